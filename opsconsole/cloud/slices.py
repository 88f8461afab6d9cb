"""What becomes of what one slice of an app's processes asks for: done, refused, or lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.cloud.channels import Channel, Share
from opsconsole.cloud.server import Answer

if TYPE_CHECKING:
    from opsconsole.cloud.demand import Caller, Network

NO_CONNECTION = "timed out waiting for a connection"
MILLI_PER_US = 1_000 * 1_000_000  # one request per microsecond, in milli-requests per second


def share_of(
    caller: Caller, channel: Channel, network: Network, now_us: int, rate: int, total: int, slots: int
) -> Share:
    """What becomes of one slice's `rate`; `total` is the rate of all `slots` slices that use the endpoint.

    A share is kept until something changes for it. While only its rate does, its connections stay as they are.
    """
    share = channel.share
    if share is None or (share.wake_us is not None and share.wake_us <= now_us):
        _connect(caller, channel, network)
    elif share.asked == rate:
        return share
    share = channel.share = _share(caller, channel, network, now_us, rate, total, slots)
    return share


def _connect(caller: Caller, channel: Channel, network: Network) -> None:
    """Bring a slice's connections up to date."""
    if channel.live:
        zone = network.places.zones[channel.zone]
        channel.connect(
            lambda target: network.meet(zone, target, channel.writes),
            lambda target: network.turned_away(caller, zone, target),
            caller.timeout_us,
        )


def _share(app: Caller, channel: Channel, network: Network, now_us: int, rate: int, total: int, slots: int) -> Share:
    """What becomes of one slice's `rate`; `total` is the rate of all `slots` slices that use the endpoint."""
    share = Share(rate)
    zone = network.places.zones[channel.zone]
    if not channel.live:
        if not _in_flight(app, channel, now_us, rate, share):
            condition = zone.describe_condition()
            share.errors.append((f"{channel.zone} is {condition}: users do not reach {app.id} there", rate))
        return share
    spread = channel.spread(rate)
    for (target, held), (_, part) in zip(channel.held.items(), spread, strict=False):
        share.connections.append((target, app.pool * held.parts // slots))
        if held.silent_since_us is not None:
            swallow_us = min(app.timeout_us, app.pool * MILLI_PER_US // total) if total else 0
            silence = (held.silent_since_us, held.silent_since_us + swallow_us, app.timeout_us)
            _vanish(channel, target, silence, held.deaf and network.makes_durable(target), now_us, part, share)
        else:
            answer = network.meet(zone, target, channel.writes).answer
            _meet_engine(app, channel, network, target, answer, now_us, part, share)
    for target, part in spread[len(channel.held) :]:
        if not _in_flight(app, channel, now_us, part, share):
            share.errors.append((network.why_not(app, zone, target), part))
    return share


def _in_flight(app: Caller, channel: Channel, now_us: int, part: int, share: Share) -> bool:
    """Writes that were in flight when connections were reset end unknown: as many as fall due in one latency."""
    until_us = channel.reset_us + app.write_us
    if not channel.writes or now_us >= until_us:
        return False
    share.unknown += part
    share.wake(until_us)
    return True


def _meet_engine(
    app: Caller, channel: Channel, network: Network, target: str, answer: Answer, now_us: int, part: int, share: Share
) -> None:
    """A working connection: the statement is done, refused, or waits for storage."""
    if answer is Answer.SERVES:
        missing, wake_us = network.missing_tables(target, now_us)
        if wake_us is not None:
            share.wake(max(wake_us, now_us + 1))
        left = part
        for damage in missing:
            failing = min(left, part * damage.share_ppm // 1_000_000)
            left -= failing
            share.errors.append((network.servers[target].missing_table_error(damage.table), failing))
        share.served.append(((channel.zone, target, channel.writes), left))
        return
    error = network.servers[target].error(answer, channel.writes)
    if answer is not Answer.STALLED:
        share.errors.append((error, part))
        return
    share.hangs = True
    hanging = 0
    if channel.writes and app.writes:
        # Each connection's statement hangs until the timeout and ends unknown; the others find no free connection.
        hanging = min(part, part * app.pool * MILLI_PER_US // (app.timeout_us * app.writes))
    share.unknown += hanging
    share.errors.append((error, part - hanging))


def _vanish(
    channel: Channel, target: str, silence: tuple[int, int, int], durable: bool, now_us: int, part: int, share: Share
) -> None:
    """Connections into nowhere: each swallows one request, then everybody waits for a connection."""
    since_us, swallowed_us, timeout_us = silence
    share.hangs = True
    if now_us >= swallowed_us:
        share.wake(since_us + timeout_us)
        share.errors.append((NO_CONNECTION, part))
        return
    share.wake(swallowed_us)
    if not channel.writes:
        share.errors.append(("timed out", part))
    elif durable:
        share.durable.append((target, part))
    else:
        share.unknown += part
