"""TLS between apps and databases: who connects how, and what a server tells those whom it does not let in.

Every engine offers TLS; none wants it unless its parameter group says so, or the user's account does. It is looked at
when a connection is made: those that are open stay open until the pool renews them.
"""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.catalog import Engine
from opsconsole.cloud.writelog import Branch
from opsconsole.fleet import Tls

CA = "rds-ca-rsa2048-g1"
"""AWS's certificate authority for new databases (AWS documentation, April 2026: Using SSL/TLS; fact sheet 12)."""
WELCOME = ("verify", "require")
"""How a client connects that every server lets in."""


class Client(NamedTuple):
    """Who connects: a database user (the app's id), from a host, in some way."""

    user: str
    host: str
    tls: Tls


def expired(engine: Engine) -> str:
    """What a client is told by its own verification when the server's certificate has expired."""
    return engine.certificate_expired_error or engine.certificate_error


def refusal(engine: Engine, required: bool, branch: Branch | None, client: Client) -> str:
    """What keeps a client from connecting, in the words that it is told; empty if nothing does."""
    if client.tls in WELCOME:
        return ""
    if client.tls == "missing-ca":
        return engine.certificate_error
    error = engine.plain_refused_error if required else ""
    if not error and branch is not None and client.user in branch.tls_users.value:
        error = engine.plain_user_refused_error
    databases = branch.databases.value if branch is not None else ()
    return error.format(user=client.user, host=client.host, database=databases[0] if databases else client.user)
