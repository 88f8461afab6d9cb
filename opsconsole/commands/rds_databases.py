"""What a client may ask of the engine of an RDS DB instance that AWS's API does not offer: another database in it."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field

from opsconsole.cloud import Cloud, Refused
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.operations import Operation
from opsconsole.commands.targets import TargetKind

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}", re.ASCII)


class CreateDatabase(Operation):
    """Create another database in a DB instance (`CREATE DATABASE`, by any client of the engine).

    An instance begins with one; all of them share its class, storage, backups and replicas. Refused on a read replica,
    which gets what its source has, and while the engine does not run.
    """

    name: ClassVar[str] = "sql:create-database"
    title: ClassVar[str] = "Create a database"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.DB_INSTANCE

    database: str = Field(alias="name", description="letters, digits and underscores")

    def check(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        if not db.primary.running:
            raise Refused("InvalidDBInstanceState", f"{db.id} is {db.status.value}: its engine does not run")
        if db.replication is not None:
            source = db.replication.source.id
            raise Refused("InvalidDBInstanceState", f"{db.engine.read_only_error}; create it in {source}")
        if not NAME.fullmatch(self.database):
            raise Refused(
                "InvalidParameterValue", f"{self.database!r} is no name: a letter, then letters, digits or underscores"
            )
        if self.database in db.contents.databases_at(cloud.now_us):
            raise Refused("InvalidParameterValue", f"{db.id} has a database {self.database} already")

    def preview(self, cloud: Cloud) -> Preview:
        db = cloud.rds[self.target]
        databases = ", ".join((*db.contents.databases_at(cloud.now_us), self.database))
        followers = tuple(f"{replica.id} gets it too" for replica in db.replicas())
        return Preview((db.id,), (), (), (f"then it has {databases}", *followers))

    async def run(self, cloud: Cloud) -> None:
        cloud.rds[self.target].contents.add_database(self.database)
