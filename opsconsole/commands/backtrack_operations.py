"""Backtrack of an Aurora MySQL cluster: the one way back that needs neither a backup nor a new cluster."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from opsconsole.cloud import Cloud, Refused, backtrack
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.blast import users_of
from opsconsole.commands.moments import moment, written
from opsconsole.commands.operations import Operation, require_aurora, require_available
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet import format_duration


class BacktrackCluster(Operation):
    """Rewind an Aurora MySQL cluster in place (RDS `BacktrackDBCluster`): the same names, the state of that moment.

    The database pauses for a minute or two and every connection of the writer and the readers is closed. Everything
    written since is discarded, right or wrong; forwards again is possible while the window holds it. Refused where
    backtrack is off (InvalidDBClusterStateFault), in a global database, and for a moment outside of the actual window
    (InvalidParameterValue), unless `use-earliest=true`. Source: AWS documentation, Backtracking an Aurora DB cluster.
    """

    name: ClassVar[str] = "rds:backtrack-db-cluster"
    title: ClassVar[str] = "Backtrack"
    danger: ClassVar[Danger] = Danger.LOSES_DATA
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    backtrack_to: str = Field(alias="to", description="a mark, T+10m, or 2026-01-05T09:10:00Z")
    use_earliest_time_on_point_in_time_unavailable: bool = Field(
        False, alias="use-earliest", description="true: the earliest there is, if that moment is too long ago"
    )

    def _at(self, cloud: Cloud) -> int:
        cluster = cloud.aurora[self.target]
        at_us, earliest_us = moment(cloud, self.backtrack_to), cluster.window.earliest_us(cloud.now_us)
        if self.use_earliest_time_on_point_in_time_unavailable:
            at_us = max(at_us, earliest_us)
        if at_us > cloud.now_us:
            raise Refused(
                "InvalidParameterValue",
                f"{cluster.id} cannot be rewound to {written(cloud, at_us)}, which is in the future: it is "
                f"{written(cloud, cloud.now_us)} now",
            )
        if at_us < earliest_us:
            length = format_duration((cloud.now_us - earliest_us) // 1_000_000)
            raise Refused(
                "InvalidParameterValue",
                f"{cluster.id} cannot be rewound to {written(cloud, at_us)}: its window of {length} begins at "
                f"{written(cloud, earliest_us)}",
            )
        return at_us

    @classmethod
    def check_target(cls, cloud: Cloud, target: str) -> None:
        cluster = require_aurora(cloud, target, "backtrack")
        require_available(cluster)
        if not cluster.engine.backtrack:
            raise Refused("InvalidParameterCombination", f"{cluster.engine.title} has no backtrack")
        if cloud.global_of(cluster) is not None:
            raise Refused("InvalidDBClusterStateFault", f"{cluster.id} is in a global database, which has no backtrack")
        if not cluster.settings.backtrack_s:
            raise Refused(
                "InvalidDBClusterStateFault",
                f"backtrack is off on {cluster.id}: restore to a point in time instead, to a new cluster",
            )

    def check(self, cloud: Cloud) -> None:
        self._at(cloud)

    def preview(self, cloud: Cloud) -> Preview:
        cluster, at_us = cloud.aurora[self.target], self._at(cloud)
        content, now = cluster.volume.content(at_us), cluster.volume.content(cloud.now_us)
        given_up = max(0, now.position - content.position) // 1_000_000_000
        seconds = cloud.timing("aurora-backtrack").typical_s
        wrong = (now.wrong_rows - content.wrong_rows) // 1_000_000_000
        among = f", {wrong:,} wrong ones among them" if wrong > 0 else ""
        sentences = [
            f"back to {written(cloud, at_us)}, under the same names; nothing answers for about {seconds:.0f} s",
            f"{given_up:,} writes made since are discarded{among}",
        ]
        names = (cluster.writer_record.id, cluster.reader_record.id)
        apps = users_of(cloud, cluster.instances.values())
        return Preview(tuple(cluster.instances), names, apps, tuple(sentences), given_up)

    async def run(self, cloud: Cloud) -> None:
        cluster = cloud.aurora[self.target]
        cluster.change = cloud.kernel.spawn(backtrack.rewind(cluster, self._at(cloud)), f"{cluster.id}: backtrack")
