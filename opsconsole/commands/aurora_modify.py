"""What ModifyDBInstance asks for at an instance of a cluster: its checks and blast radius (`rds_modify.py` asks)."""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, aurora_modify
from opsconsole.cloud.aurora import AuroraInstance
from opsconsole.cloud.calendar import next_begin_us
from opsconsole.cloud.rds_settings import Value
from opsconsole.commands.backup_checks import require_room
from opsconsole.commands.base import Preview
from opsconsole.commands.blast import names_of, users_of, with_writers_restart
from opsconsole.commands.operations import require_available, require_instance_available
from opsconsole.commands.rds_modify_rules import require_option
from opsconsole.fleet import format_duration

CLASS, TIER = "db-instance-class", "promotion-tier"


def check(cloud: Cloud, id: str, values: dict[str, Value], apply_immediately: bool) -> None:
    """Raise Refused unless the instance may be modified so: everything but class and tier belongs to its cluster."""
    instance = cloud.instances[id]
    if not isinstance(instance, AuroraInstance):
        raise Refused("InvalidParameterCombination", f"{id} belongs to the {instance.home.title} {instance.cluster}")
    if "option-group" in values:
        require_option(instance.home.engine, instance.home.version.name, str(values["option-group"]))
    others = [name for name in values if name not in (CLASS, TIER)]
    if others:
        raise Refused(
            "InvalidParameterCombination",
            f"{others[0]} of {id} is its cluster's: modify {instance.cluster}; an instance has its class and its tier",
        )
    if not values and not (apply_immediately and instance.pending_class):
        raise Refused("InvalidParameterCombination", "no modification was asked for, and none is pending")
    require_available(instance.home)
    require_instance_available(instance)
    wanted, classes, engine = values.get(CLASS), catalog.instance_classes(), instance.home.engine
    if wanted is not None and (wanted not in classes or engine.name not in classes[str(wanted)].engines):
        raise Refused("InvalidParameterValue", f"{engine.title} does not offer the class {wanted}")
    if apply_immediately and (wanted is not None or instance.pending_class):
        require_room(instance.zone)
    tier, limit = values.get(TIER), catalog.limit("promotion-tier")
    if tier is not None and not limit.allows(int(tier)):
        raise Refused("InvalidParameterValue", limit.sentence)


def preview(cloud: Cloud, id: str, values: dict[str, Value], apply_immediately: bool) -> Preview:
    """Who feels it: a reader's users while it is away, or those of a writer whose role moves."""
    instance, cluster = cloud.instances[id], cloud.cluster_of(id)
    if not isinstance(instance, AuroraInstance):
        return Preview()
    wanted = values.get(CLASS) or (instance.pending_class if apply_immediately else None)
    if wanted is None:
        return Preview((id,), sentences=(f"promotion tier {values[TIER]}, at once",) if TIER in values else ())
    minutes = cloud.timing("aurora-class-change").typical_s / 60
    sentences = [f"{id} is away for about {minutes:.0f} minutes, and comes back as {wanted} with a cold cache"]
    promotes = instance is cluster.writer and bool(cluster.candidates())
    if promotes:
        sentences.append(f"it is the writer: {cluster.candidates()[0].id} is promoted first")
    elif instance is cluster.writer:
        sentences.append(f"{cluster.id} has no reader to take over: writes fail meanwhile")
    if not apply_immediately:
        window = cluster.settings.maintenance_window
        minutes = (next_begin_us(cloud.fleet.start, cloud.now_us, window) - cloud.now_us) // 60_000_000
        sentences.append(f"waits for the maintenance window {window}, in {format_duration(minutes * 60)}")
    found = Preview((id,), names_of(cluster, instance), users_of(cloud, [instance]), tuple(sentences))
    return with_writers_restart(cloud, cluster, found) if promotes else found


async def run(cloud: Cloud, id: str, values: dict[str, Value], apply_immediately: bool) -> None:
    """The tier at once; the class at once or in the window."""
    instance = cloud.instances[id]
    if not isinstance(instance, AuroraInstance):
        return
    if TIER in values:
        instance.tier = int(values[TIER])
    wanted = values.get(CLASS) or (instance.pending_class if apply_immediately else None)
    if wanted is not None and apply_immediately:
        await aurora_modify.change_class(cloud, instance, str(wanted))
    elif wanted is not None:
        aurora_modify.await_window(cloud, instance, str(wanted))
