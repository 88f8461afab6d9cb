"""What a client may ask of the engine of an RDS DB instance that AWS's API does not offer: databases in it."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field

from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.rds import DbInstance
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.operations import Operation
from opsconsole.commands.targets import TargetKind

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}", re.ASCII)


def _require_writable(db: DbInstance) -> None:
    if not db.primary.running:
        raise Refused("InvalidDBInstanceState", f"{db.id} is {db.status.value}: its engine does not run")
    if db.replication is not None:
        source = db.replication.source.id
        raise Refused("InvalidDBInstanceState", f"{db.engine.read_only_error}; its databases are those of {source}")


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
        _require_writable(db)
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


class DropDatabase(Operation):
    """Drop a database of a DB instance (`DROP DATABASE`): the mistake that neither a standby nor a replica undoes.

    It is copied to the standby at once and to each replica as soon as that applies it; promoting one brings nothing
    back that it has applied. Only a copy of an earlier state does.
    """

    name: ClassVar[str] = "sql:drop-database"
    title: ClassVar[str] = "Drop a database"
    danger: ClassVar[Danger] = Danger.IRREVERSIBLE
    takes: ClassVar[TargetKind] = TargetKind.DB_INSTANCE

    database: str = Field(alias="name", description="one of those it has")

    def check(self, cloud: Cloud) -> None:
        db = cloud.rds[self.target]
        _require_writable(db)
        databases = db.contents.databases_at(cloud.now_us)
        if self.database not in databases:
            raise Refused("InvalidParameterValue", f"{db.id} has no database {self.database}: {', '.join(databases)}")
        if self.database == databases[0]:
            raise Refused(
                "InvalidParameterValue", f"{self.database} is in use by the apps of {db.id}: drop another one"
            )

    def preview(self, cloud: Cloud) -> Preview:
        db = cloud.rds[self.target]
        followers = tuple(f"{replica.id} drops it too" for replica in db.replicas())
        standby = ("the standby has no older copy of it",) if db.multi_az else ()
        return Preview((db.id,), (), (), (f"{self.database} is gone with all it holds", *standby, *followers))

    async def run(self, cloud: Cloud) -> None:
        cloud.rds[self.target].contents.drop_database(self.database)
