"""What may go wrong in an application: it believes names for too long."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole.cloud import Cloud, Refused
from opsconsole.commands.apps import cache_time
from opsconsole.commands.base import Preview
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.targets import TargetKind


class StaleDns(FaultCommand):
    """An app's processes keep what a name resolved to, whatever the record's TTL says and the app is set to.

    Nothing is seen of it until a name moves. Then the endpoint leads to the new primary within seconds and the app
    still calls the old one: timeouts while that is down, read-only errors once it is back as a reader. Recycling the
    pool does not help: new connections go where the cached answer says. What does is a short DNS cache
    (`app:set-dns-ttl`, which restarts the processes and so ends this). A client that asks a cache itself who is where
    is not concerned. Source: AWS documentation, Setting the JVM TTL for DNS name lookups; that processes begin to do so
    while they run is SIM.
    """

    name: ClassVar[str] = "sim:stale-dns"
    title: ClassVar[str] = "Keep DNS answers"
    takes: ClassVar[TargetKind] = TargetKind.APP

    ttl: str = Field("forever", description="how long an answer is kept: 10m, forever")

    def check(self, cloud: Cloud) -> None:
        wanted, app = cache_time(self.ttl), cloud.apps[self.target]
        kept = [app.believes_us(use) for use in app.uses()]
        if all(own is None or (wanted is not None and own >= wanted) for own in kept):
            raise Refused("InvalidParameterCombination", f"{app.id} keeps every answer that long already")

    def preview(self, cloud: Cloud) -> Preview:
        app = cloud.apps[self.target]
        names = tuple(dict.fromkeys(use.record.id for use in app.uses()))
        text = "nothing shows it until a name moves: then it goes on calling the old address"
        return Preview((), names, (app.id,), (text,))

    async def run(self, cloud: Cloud) -> None:
        fault, app = self.begin(cloud), cloud.apps[self.target]
        app.keep_answers(fault.id, cache_time(self.ttl))
        fault.undo.append(lambda: app.expire_answers(fault.id))
        await cloud.faults.last(fault)
