"""What an application team may change: rates, pauses, endpoints, caches, pools."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.apps import App
from opsconsole.commands.base import Command, Danger, Kind, PerSecond, Preview, Seconds
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet import Tls
from opsconsole.fleet.units import BadQuantity, parse_duration


class AppCommand(Command):
    """Something done to an application, not to AWS."""

    kind: ClassVar[Kind] = Kind.APP
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.APP

    def app(self, cloud: Cloud) -> App:
        """The app it is aimed at."""
        return cloud.apps[self.target]

    def preview(self, cloud: Cloud) -> Preview:
        return Preview(apps=(self.target,))


class PauseWrites(AppCommand):
    """Stop sending writes, for example to fence an old primary. Writes stay due, and count as failed."""

    name: ClassVar[str] = "app:pause-writes"
    title: ClassVar[str] = "Pause writes"
    danger: ClassVar[Danger] = Danger.INTERRUPTS

    def check(self, cloud: Cloud) -> None:
        if self.app(cloud).paused:
            raise Refused("InvalidParameterCombination", f"{self.target} has its writes paused already")

    async def run(self, cloud: Cloud) -> None:
        self.app(cloud).pause_writes(True)


class ResumeWrites(AppCommand):
    """Send writes again."""

    name: ClassVar[str] = "app:resume-writes"
    title: ClassVar[str] = "Resume writes"

    def check(self, cloud: Cloud) -> None:
        if not self.app(cloud).paused:
            raise Refused("InvalidParameterCombination", f"{self.target} has no paused writes")

    async def run(self, cloud: Cloud) -> None:
        self.app(cloud).pause_writes(False)


class SetRate(AppCommand):
    """Change how much an app asks for, at once or as a ramp (a staircase of at most 60 steps)."""

    name: ClassVar[str] = "app:set-rate"
    title: ClassVar[str] = "Change the load"
    danger: ClassVar[Danger] = Danger.INTERRUPTS

    writes: PerSecond | None = Field(None, description="for example 800/s")
    reads: PerSecond | None = Field(None, description="for example 6000/s")
    ramp: Seconds = Field(0.0, description="how long the change takes, for example 2m")

    def check(self, cloud: Cloud) -> None:
        app = self.app(cloud)
        if self.writes is None and self.reads is None:
            raise Refused("InvalidParameterCombination", "give writes=…, reads=… or both")
        if self.writes and not app.writes_to:
            raise Refused("InvalidParameterCombination", f"{app.id} writes to no endpoint")
        if self.reads and not app.reads_from:
            raise Refused("InvalidParameterCombination", f"{app.id} reads from no endpoint")

    async def run(self, cloud: Cloud) -> None:
        app = self.app(cloud)
        writes, reads = app.asked_for
        writes = writes if self.writes is None else self.writes * 1000
        reads = reads if self.reads is None else self.reads * 1000
        if self.ramp:
            await app.ramp(writes, reads, self.ramp)
        else:
            app.change_rates(writes, reads)


class SetEndpoint(AppCommand):
    """Point an app at another name (its connection string): writes, reads, or both. Its processes reconnect."""

    name: ClassVar[str] = "app:set-endpoint"
    title: ClassVar[str] = "Change the endpoint"
    danger: ClassVar[Danger] = Danger.INTERRUPTS

    endpoint: str = Field(description="orders.writer, orders-eu.reader, orders-2, or a full name")
    use: Literal["writes", "reads", "both"] | None = Field(
        None, description="writes for a writer endpoint and reads for a reader endpoint if not given"
    )

    def check(self, cloud: Cloud) -> None:
        record = cloud.names.find(self.endpoint)
        if record is None:
            known = ", ".join(name for name, record in cloud.names.records.items() if record.kind != "instance")
            raise Refused("InvalidParameterValue", f"no endpoint is called {self.endpoint}; there are: {known}")
        caches = [id for id, group in cloud.caches.items() if any(one is record for one in group.records())]
        if caches:
            raise Refused(
                "InvalidParameterValue",
                f"{self.endpoint} is a name of the cache {caches[0]}: a database client finds no database there",
            )

    async def run(self, cloud: Cloud) -> None:
        record = cloud.names.find(self.endpoint)
        if record is None:
            return
        use = self.use or ("reads" if record.kind in ("reader", "custom") else "writes")
        self.app(cloud).set_endpoint(record.id, use in ("writes", "both"), use in ("reads", "both"))


def cache_time(ttl: str) -> int | None:
    """How long an answer is kept, in microseconds, as it is written: `5s`; `forever` is None. Raises Refused."""
    if ttl == "forever":
        return None
    try:
        return round(parse_duration(ttl) * 1_000_000)
    except BadQuantity as bad:
        raise Refused("InvalidParameterValue", f"ttl={ttl}: {bad}") from None


class SetDnsTtl(AppCommand):
    """Change how long an app's processes keep a resolved address, whatever its TTL; `forever` as some JVMs do.

    Its processes restart with fresh answers, so it also cures `sim:stale-dns`.
    """

    name: ClassVar[str] = "app:set-dns-ttl"
    title: ClassVar[str] = "Change the DNS cache"

    ttl: str = Field(description="5s, 60s, forever; 0s follows the record's TTL")

    def check(self, cloud: Cloud) -> None:
        cache_time(self.ttl)

    async def run(self, cloud: Cloud) -> None:
        app = self.app(cloud)
        for fault in [cloud.faults.in_force[id] for id in app.stale_dns]:
            cloud.faults.end(fault)
        app.set_dns_cache(cache_time(self.ttl))


class SetTls(AppCommand):
    """Change how an app connects to databases: by TLS, and verified with AWS's certificate or not, or plainly.

    Its processes reconnect. A server whose parameters, or whose user, want TLS refuses a plain connection; an app that
    verifies and does not have AWS's root certificate (`missing-ca`) connects to nobody.
    """

    name: ClassVar[str] = "app:set-tls"
    title: ClassVar[str] = "Change TLS"
    danger: ClassVar[Danger] = Danger.INTERRUPTS

    tls: Tls = Field(description="verify, require (not verified), off, or missing-ca")

    def check(self, cloud: Cloud) -> None:
        if self.app(cloud).tls == self.tls:
            raise Refused("InvalidParameterCombination", f"{self.target} connects so already: tls={self.tls}")

    async def run(self, cloud: Cloud) -> None:
        self.app(cloud).set_tls(self.tls)


class RecyclePool(AppCommand):
    """Drop every pooled connection of an app; the cure for connections stuck on an old writer."""

    name: ClassVar[str] = "app:recycle-pool"
    title: ClassVar[str] = "Recycle the pool"

    async def run(self, cloud: Cloud) -> None:
        self.app(cloud).recycle_pool()
