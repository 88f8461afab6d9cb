"""What a client may ask of a database's engine that AWS's API does not offer: databases in it, and TLS of its users."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

from pydantic import Field

from opsconsole.cloud import Cloud, Refused, databases
from opsconsole.cloud.rds import DbInstance
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.operations import Operation
from opsconsole.commands.targets import TargetKind
from opsconsole.simulation import Step

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}", re.ASCII)


def _require_writable(db: DbInstance) -> None:
    if not db.primary.running:
        raise Refused("InvalidDBInstanceState", f"{db.id} is {db.status.value}: its engine does not run")
    if db.replication is not None:
        source = db.replication.source.id
        raise Refused("InvalidDBInstanceState", f"{db.engine.read_only_error}; its databases are those of {source}")


class RequireSsl(Operation):
    """Let a user of a database connect by TLS only (`GRANT USAGE ON *.* TO 'user'@'%' REQUIRE SSL`, or `ALTER USER`).

    MySQL, MariaDB and Aurora MySQL: new plain connections of that user are refused, whatever the parameter group says.
    Open connections stay. A user is an app, and has its id; replicas have the same users. `NONE` takes it back.
    """

    name: ClassVar[str] = "sql:require-ssl"
    title: ClassVar[str] = "Require TLS of a user"
    takes: ClassVar[TargetKind] = TargetKind.DATABASE

    user: str = Field(description="an app's id")
    require: Literal["SSL", "NONE"] = Field("SSL", description="SSL, or NONE to take it back")

    def check(self, cloud: Cloud) -> None:
        engine = (cloud.clusters.get(self.target) or cloud.rds[self.target]).engine
        why = databases.why_read_only(cloud, self.target)
        if not engine.plain_user_refused_error:
            instead = f"; set {engine.tls_parameter} in its parameter group" if engine.tls_parameter else ""
            raise Refused("InvalidParameterValue", f"{engine.title} has no REQUIRE SSL for a user{instead}")
        if why is not None:
            cluster = self.target in cloud.clusters
            raise Refused("InvalidDBClusterStateFault" if cluster else "InvalidDBInstanceState", why)
        if self.user not in cloud.apps:
            raise Refused(
                "InvalidParameterValue", f"there is no user {self.user!r}; there are: {', '.join(cloud.apps)}"
            )
        if (self.user in tls_users(cloud, self.target).value) is (self.require == "SSL"):
            raise Refused("InvalidParameterValue", f"{self.user} has REQUIRE {self.require} in {self.target} already")

    def preview(self, cloud: Cloud) -> Preview:
        if self.require == "NONE":
            return Preview((self.target,), (), (self.user,), (f"{self.user} may connect without TLS again",))
        stays = "new plain connections are refused, open ones stay until the pool renews them"
        return Preview((self.target,), (), (self.user,), (stays,))

    async def run(self, cloud: Cloud) -> None:
        users = tls_users(cloud, self.target)
        others = tuple(user for user in users.value if user != self.user)
        users.set(cloud.now_us, (*others, self.user) if self.require == "SSL" else others)
        databases.touch(cloud, self.target)


def tls_users(cloud: Cloud, id: str) -> Step[tuple[str, ...]]:
    """Whose accounts in a database say REQUIRE SSL."""
    return databases.content_of(cloud, id).branch.tls_users


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
        found = ", ".join((*db.contents.databases_at(cloud.now_us), self.database))
        followers = tuple(f"{replica.id} gets it too" for replica in db.replicas())
        return Preview((db.id,), (), (), (f"then it has {found}", *followers))

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
        found = db.contents.databases_at(cloud.now_us)
        if self.database not in found:
            raise Refused("InvalidParameterValue", f"{db.id} has no database {self.database}: {', '.join(found)}")
        if self.database == found[0]:
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
