"""Applications in a fleet file: what they ask for, of which endpoints, and how they use a cache."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from .spec import Tls
from .values import DnsCache, Duration, Instead, Profile, Rate, Share, Size, Table


class CacheUseTable(Table):
    """How an application uses a cache."""

    instead: ClassVar[Instead] = {
        "strategy": ("the key is called pattern here", 'write pattern = "lazy"'),
        "endpoint": ("an app names the cache, and finds its nodes by itself", 'write store = "sessions"'),
    }

    store: str = Field(description="The id of the cache, in a Region that the app runs in.", examples=["sessions"])
    pattern: Literal["lazy", "write-through", "lazy+write-through", "session"] = Field(
        description="lazy: ask the cache, on a miss read the database and keep the answer. write-through: write both. "
        "session: the cache is the only place the data is.",
        examples=["lazy"],
    )
    keys: int = Field(description="How many different keys the app asks for.", examples=[50000])
    ttl: Duration | None = Field(None, description="How long an item lives in the cache. Default: it does not expire.")
    jitter: Share = Field(0.0, description="By how much the TTL varies from item to item, as a share of it.")
    item: Size = Field(2048, description="The size of an item, its key included.")
    reads: Literal["primary", "reader"] = Field(
        "primary", description="Whether reads go to the primaries or to their replicas, which lag a little."
    )
    hot_key: Share = Field(0.0, description="The share of all reads that ask for one and the same key.")
    timeout: Duration | None = Field(
        None, description="How long it waits for the cache before it does without. Default: 100ms."
    )


class AppTable(Table):
    """An application that calls the fleet: what it asks for, from where, and how patiently."""

    instead: ClassVar[Instead] = {
        "region": ("an app runs in its homes", 'write homes = ["us-east-1"]'),
        "cluster": ("an app names the endpoints it calls", "write writes_to and reads_from"),
        "ssl": ("the key is called tls here", 'write tls = "verify"'),
    }

    homes: list[str] = Field(
        description="Regions its processes run in, in every zone; the next takes over when the router finds one dead."
    )
    writes_to: str | None = Field(
        None,
        description='The endpoint it writes to: "orders" (its writer endpoint), "orders-eu.writer", an instance.',
    )
    reads_from: list[str] = Field(
        default=[],
        description='Endpoints it reads from: "orders" (its reader endpoint), "orders.reports", "ledger-ro".',
    )
    writes: Rate = Field(0, description="Writes that are due per second, whatever became of the last ones.")
    reads: Rate = Field(0, description="Reads that are due per second.")
    pool: int = Field(60, description="Connections its pool may hold, per endpoint.")
    pool_lifetime: Duration = Field(1800.0, description="How long a pooled connection lives.")
    timeout: Duration = Field(2.0, description="How long it waits for an answer.")
    dns_cache: DnsCache = Field(5.0, description='How long it keeps a DNS answer, whatever its TTL; or "forever".')
    health_check: Duration | None = Field(
        None, description="How long its router takes to find a home dead. Default: 10s."
    )
    tls: Tls = Field(
        "verify",
        description="How it connects to databases. verify: by TLS, and verifies the server with AWS's certificate. "
        "require: by TLS, not verified. off: plainly. missing-ca: it would verify, and has no certificate to do so.",
    )
    cache: CacheUseTable | None = Field(None, description="The cache it uses, and how. Default: none.")
    profile: Profile = Field(
        (), description='How the rates change over the day, UTC: "office", or 24 multiples of them, one an hour.'
    )
