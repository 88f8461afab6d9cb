"""How a name resolves now, as `dig` prints it: the chain of records, and what an application has cached of it."""

from __future__ import annotations

from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.names import Record, address


def dig(cloud: Cloud, name: str, app: str | None = None) -> list[str]:
    """How a name resolves now, line by line as `dig` prints it; for an app also what its processes have cached.

    Raises KeyError for a name or an app that does not exist.
    """
    record = cloud.names.find(name)
    if record is None:
        raise KeyError(name)
    lines = [f"; SIMULATED  {record.fqdn}", *_chain(cloud, record)]
    if app is not None:
        lines += _cached(cloud, record, app)
    return lines


def _chain(cloud: Cloud, record: Record) -> list[str]:
    answers = record.answers.value
    if not answers:
        return [f"{record.fqdn}.  {record.ttl_s:g}  IN  (no answer: the endpoint is inactive)"]
    lines: list[str] = []
    for answer in answers:
        if record.own or answer not in cloud.names.records:  # a server, and no other name
            zone = cloud.servers[answer].zone.name
            lines.append(f"{record.fqdn}.  {record.ttl_s:g}  IN  A      {address(cloud.fleet.name, zone, answer)}")
            continue
        onward = cloud.names.records[answer]
        lines.append(f"{record.fqdn}.  {record.ttl_s:g}  IN  CNAME  {onward.fqdn}.")
        lines += _chain(cloud, onward)
    return lines


def _cached(cloud: Cloud, record: Record, app: str) -> list[str]:
    channels = [c for c in cloud.apps[app].channels if c.record is record and c.live]
    if not channels:
        return [f"; {app} does not use this name now"]
    count: dict[str, int] = {}
    for channel in channels:
        key = ", ".join(channel.answer) or "nothing"
        count[key] = count.get(key, 0) + 1
    return [
        f"; {app}: {share * 100 // len(channels)} % of its processes have cached {answer}"
        for answer, share in sorted(count.items())
    ]
