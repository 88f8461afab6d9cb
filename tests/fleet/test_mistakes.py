"""Every kind of mistake in a fleet is reported alone, at its place, with its key and both halves of the sentence."""

import pytest

from opsconsole import catalog
from opsconsole.fleet import parse_fleet
from tests.fleet.mistakes import FILE, SOUND, Mistake, after, assert_alone, change, mistake, problem_texts, problems_of

ORDERS = "[aurora.orders]"
EU = "[aurora.orders-eu]"
CHECKOUT = "[apps.checkout]"
FIRST = '  { id = "orders-1", zone = "a", class = "db.r6g.large" },'
ROW = '{ id = "orders-1", zone = "a", class = "db.r6g.large" }'
POSTGRES = """\
[aurora.books]
engine = "aurora-postgresql"
region = "us-east-1"
backtrack = §"24h"
instances = [{ id = "books-1", zone = "a", class = "db.r6g.large" }]
"""
ALONE = SOUND.replace('[global.orders-global]\nprimary = "orders"\nsecondaries = ["orders-eu"]\n', "")


def rows(first: int, last: int, mark: int = -1) -> str:
    """Some instances, one of them marked."""
    return "\n".join(
        f'  {"§" if number == mark else ""}{{ id = "more-{number}", zone = "a", class = "db.r6g.large" }},'
        for number in range(first, last + 1)
    )


def secondaries(count: int) -> Mistake:
    """A global database with so many secondaries, in as many Regions; the eleventh is marked."""
    regions = [name for name in sorted(catalog.regions()) if name != "us-east-1"][:count]
    tables = "".join(
        f'[aurora.s{number}]\nengine = "aurora-mysql"\nregion = "{region}"\n' for number, region in enumerate(regions)
    )
    names = ", ".join(("§" if number == 10 else "") + f'"s{number}"' for number in range(len(regions)))
    return mistake(
        f'[aurora.head]\nengine = "aurora-mysql"\nregion = "us-east-1"\ninstances = [{ROW}]\n'
        f'{tables}[global.world]\nprimary = "head"\nsecondaries = [{names}]\n'
    )


MISTAKES = {
    # --- AWS's limits ---
    "a sixteenth reader": (
        after(FIRST.replace('1", zone = "a"', '2", zone = "b"'), rows(1, 15, mark=15)),
        "aurora.orders.instances[16]",
        "a cluster may have 15 readers beside its writer, and this is reader 16",
        "leave it out",
    ),
    "a seventeenth reader in a secondary": (
        change(
            '[{ id = "orders-eu-1", zone = "a", class = "db.r6g.large" }]',
            "[\n" + rows(1, 17, mark=17) + "\n]",
        ),
        "aurora.orders-eu.instances[16]",
        "a secondary cluster may have 16 readers, and this is reader 17",
        "leave it out",
    ),
    "a backtrack window of 73 hours": (
        after(ORDERS, 'backtrack = §"73h"', ALONE),
        "aurora.orders.backtrack",
        "a backtrack window of 73 h is longer than the 72 h that AWS allows",
        'write "72h" or less',
    ),
    "a backtrack window of half a second": (
        after(ORDERS, 'backtrack = §"500ms"', ALONE),
        "aurora.orders.backtrack",
        "a backtrack window has whole seconds",
        'write "1s"',
    ),
    "backtrack on PostgreSQL": (
        mistake(SOUND + POSTGRES),
        "aurora.books.backtrack",
        "Aurora PostgreSQL cannot backtrack",
        "leave it out; only Aurora MySQL can",
    ),
    "backtrack in a global database": (
        after(ORDERS, 'backtrack = §"24h"'),
        "aurora.orders.backtrack",
        "a cluster of a global database (orders-global) cannot backtrack",
        "leave it out, or take the cluster out of orders-global",
    ),
    "backtrack on a secondary": (
        after(EU, 'backtrack = §"24h"'),
        "aurora.orders-eu.backtrack",
        "a cluster of a global database (orders-global) cannot backtrack",
        "leave it out, or take the cluster out of orders-global",
    ),
    "a secondary in the Region of its primary": (
        change('region = "eu-west-1"', 'region = "us-east-1"', SOUND.replace('["orders-eu"]', '[§"orders-eu"]')),
        "global.orders-global.secondaries[0]",
        "secondary orders-eu is in us-east-1, the Region of its primary orders",
        "place it in another Region: a global database has one cluster in each",
    ),
    "two secondaries in one Region": (
        change(
            '["orders-eu"]',
            '["orders-eu", §"orders-eu2"]',
            SOUND + '[aurora.orders-eu2]\nengine = "aurora-mysql"\nregion = "eu-west-1"\n',
        ),
        "global.orders-global.secondaries[1]",
        "secondary orders-eu2 is in eu-west-1, where orders-eu is a secondary already",
        "place it in another Region: a global database has one cluster in each",
    ),
    "an eleventh secondary": (
        secondaries(11),
        "global.world.secondaries[10]",
        "a global database may have 10 secondary Regions, and this is number 11",
        "leave it out",
    ),
    "a class that Aurora does not offer": (
        change(FIRST, FIRST.replace('"db.r6g.large"', '§"db.t3.micro"')),
        "aurora.orders.instances[0].class",
        "Aurora MySQL does not offer db.t3.micro",
        'write "db.t3.medium", the smallest of its family there',
    ),
    "a class that nobody offers": (
        change(FIRST, FIRST.replace('"db.r6g.large"', '§"db.r6g.lrage"')),
        "aurora.orders.instances[0].class",
        '"db.r6g.lrage" is not an instance class known here',
        'did you mean "db.r6g.large"?',
    ),
    "a promotion tier of 16": (
        change(FIRST, FIRST.replace(" }", ", tier = §16 }")),
        "aurora.orders.instances[0].tier",
        "the promotion tier 16 is out of range",
        "write 0 (promoted first) to 15 (last)",
    ),
    "a sixth custom endpoint": (
        after(ORDERS, "endpoints = [" + "".join(f'{{ id = "e{n}" }}, ' for n in range(5)) + '§{ id = "e5" }]'),
        "aurora.orders.endpoints[5]",
        "a cluster may have 5 custom endpoints, and this is number 6",
        "leave it out",
    ),
    "backups kept for 36 days": (
        after(ORDERS, 'backup_retention = §"36d"'),
        "aurora.orders.backup_retention",
        "36d is outside what Aurora allows, 1 to 35 days",
        'write "1d" to "35d"; Aurora\'s backups cannot be switched off',
    ),
    "backups switched off": (
        after(ORDERS, 'backup_retention = §"0d"'),
        "aurora.orders.backup_retention",
        "0s is outside what Aurora allows, 1 to 35 days",
        'write "1d" to "35d"; Aurora\'s backups cannot be switched off',
    ),
    "backups kept for a day and a half": (
        after(ORDERS, 'backup_retention = §"36h"'),
        "aurora.orders.backup_retention",
        "backups are kept for whole days",
        'write "2d"',
    ),
    "less storage than a volume begins with": (
        after(ORDERS, 'storage = §"9 GiB"'),
        "aurora.orders.storage",
        "9 GiB is less than an Aurora volume's first 10 GiB",
        'write "10 GiB" or more, or leave it out',
    ),
    "more storage than a volume can hold": (
        after(ORDERS, 'storage = §"129 TiB"', ALONE),
        "aurora.orders.storage",
        "129 TiB is more than a volume of 8.0.mysql_aurora.3.08.0 can hold",
        'write "128 TiB" or less',
    ),
    "other storage in a secondary": (
        after(EU, 'storage = §"20 GiB"'),
        "aurora.orders-eu.storage",
        "a secondary's volume is a copy of its primary's, and starts with the same data",
        'leave it out (the primary has "10 GiB")',
    ),
    "magnetic storage": (
        after(ORDERS, '§storage_type = "magnetic"'),
        "aurora.orders.storage_type",
        "Aurora has no choice of storage: its volume is SSD, shared by all instances, and grows by itself",
        "leave the key out; there is no magnetic storage, gp2 or io1 to choose",
    ),
    "a cluster without instances": (
        mistake(SOUND + '[aurora.§empty]\nengine = "aurora-mysql"\nregion = "us-east-1"\n'),
        "aurora.empty",
        "the cluster has no instance, so nothing can connect to it",
        'add instances = [{ id = "empty-1", zone = "a", class = "db.r6g.large" }]',
    ),
    # --- places ---
    "an unknown Region": (
        change("eu-west-1 = {}", "§eu-wset-1 = {}", SOUND.replace('region = "eu-west-1"', 'region = "eu-wset-1"')),
        "regions.eu-wset-1",
        '"eu-wset-1" is not an AWS Region known here',
        'did you mean "eu-west-1"?',
    ),
    "a Region that the file does not declare": (
        change('region = "eu-west-1"', 'region = §"eu-west-2"'),
        "aurora.orders-eu.region",
        "Region eu-west-2 is not in [regions]",
        "add eu-west-2 = {} there, or name one that is",
    ),
    "a zone for a Region": (
        change('homes = ["us-east-1"]', 'homes = [§"us-east-1a"]'),
        "apps.checkout.homes[0]",
        '"us-east-1a" is a zone, not a Region',
        'write "us-east-1"',
    ),
    "an unknown zone": (
        change(FIRST, FIRST.replace('"a"', '§"z"')),
        "aurora.orders.instances[0].zone",
        'us-east-1 has no zone "z"',
        'write "a", "b" or "c"',
    ),
    "a zone of the Region that this fleet does not use": (
        change(FIRST, FIRST.replace('"a"', '§"us-east-1d"')),
        "aurora.orders.instances[0].zone",
        "zone us-east-1d is not one of this fleet's zones in us-east-1",
        'write "a", "b" or "c", or add "d" to it in [regions]',
    ),
    "a zone of another Region": (
        change(FIRST, FIRST.replace('"a"', '§"eu-west-1a"')),
        "aurora.orders.instances[0].zone",
        "zone eu-west-1a lies in eu-west-1, not in us-east-1",
        'write "a", "b" or "c"',
    ),
    "an AZ id for a zone": (
        change(FIRST, FIRST.replace('"a"', '§"use1-az2"')),
        "aurora.orders.instances[0].zone",
        '"use1-az2" is an AZ id; a fleet file names zones by letter',
        'write "b"',
    ),
    "too few zones": (
        change("us-east-1 = {}", 'us-east-1 = { zones = §["a", "b"] }'),
        "regions.us-east-1.zones",
        "2 zones are too few: an Aurora volume keeps its six copies in three",
        'list at least 3 of "a", "b", "c", "d", "e" or "f"',
    ),
    "a zone listed twice": (
        change("us-east-1 = {}", 'us-east-1 = { zones = ["a", "b", "c", §"us-east-1b"] }'),
        "regions.us-east-1.zones[3]",
        "zone us-east-1b is listed twice",
        "leave one of them out",
    ),
    # --- ids ---
    "an instance id given twice": (
        change('id = "orders-2"', 'id = §"orders-1"'),
        "aurora.orders.instances[1].id",
        'the id "orders-1" is taken by the instance at aurora.orders.instances[0].id',
        "ids are one namespace over the whole file: choose another",
    ),
    "an app called like a cluster": (
        change("[apps.checkout]", "[apps.§orders]"),
        "apps.orders",
        'the id "orders" is taken by the cluster at aurora.orders',
        "ids are one namespace over the whole file: choose another",
    ),
    "a custom endpoint called like an app": (
        after(ORDERS, 'endpoints = [{ id = "e1" }]', SOUND.replace("[apps.checkout]", "[apps.§e1]")),
        "apps.e1",
        'the id "e1" is taken by the custom endpoint at aurora.orders.endpoints[0].id',
        "ids are one namespace over the whole file: choose another",
    ),
    "an id with an underscore": (
        change("[apps.checkout]", "[apps.§check_out]"),
        "apps.check_out",
        'the id "check_out" has a character other than letters, digits and hyphens: "_"',
        'write something like "check-out"',
    ),
    "an id that starts with a digit": (
        change('id = "orders-2"', 'id = §"2-orders"'),
        "aurora.orders.instances[1].id",
        'the id "2-orders" does not start with a letter',
        'write something like "orders"',
    ),
    "an id with two hyphens in a row": (
        change('id = "orders-2"', 'id = §"orders--2"'),
        "aurora.orders.instances[1].id",
        'the id "orders--2" has two hyphens in a row',
        'write something like "orders-2"',
    ),
    "an id that ends with a hyphen": (
        change('id = "orders-2"', 'id = §"orders-"'),
        "aurora.orders.instances[1].id",
        'the id "orders-" ends with a hyphen',
        'write something like "orders"',
    ),
    "an id with capitals": (
        change('id = "orders-2"', 'id = §"Orders-2"'),
        "aurora.orders.instances[1].id",
        'the id "Orders-2" has capital letters, and AWS stores identifiers in lower case',
        'write something like "orders-2"',
    ),
    "an id of 64 characters": (
        change('id = "orders-2"', f'id = §"{"o" * 64}"'),
        "aurora.orders.instances[1].id",
        f'the id "{"o" * 23}…" has 64 characters, AWS allows 63',
        "shorten it",
    ),
    "an empty id": (
        change('id = "orders-2"', 'id = §""'),
        "aurora.orders.instances[1].id",
        "an id has at least one character",
        'write something like "orders-1"',
    ),
    "an instance called reader": (
        change('id = "orders-2"', 'id = §"reader"'),
        "aurora.orders.instances[1].id",
        '"reader" names a natural endpoint, as in orders.reader',
        "choose another id",
    ),
    "an app called like a Region": (
        change("[apps.checkout]", "[apps.§us-east-1]"),
        "apps.us-east-1",
        '"us-east-1" is the name of a Region',
        "choose another id",
    ),
    # --- engines ---
    "an engine of RDS": (
        change('[aurora.orders]\nengine = "aurora-mysql"', '[aurora.orders]\nengine = §"mysql"'),
        "aurora.orders.engine",
        '"mysql" is not an Aurora engine',
        'write "aurora-mysql"',
    ),
    "an engine version without its prefix": (
        after(ORDERS, 'engine_version = §"3.08.0"'),
        "aurora.orders.engine_version",
        'Aurora MySQL has no version "3.08.0" here',
        'did you mean "8.0.mysql_aurora.3.08.0"?',
    ),
    "a secondary with another engine": (
        change('[aurora.orders-eu]\nengine = "aurora-mysql"', '[aurora.orders-eu]\nengine = §"aurora-postgresql"'),
        "aurora.orders-eu.engine",
        "a secondary runs the engine of its primary, and orders runs aurora-mysql",
        'write "aurora-mysql"',
    ),
    "a secondary with another version": (
        after(EU, 'engine_version = §"8.0.mysql_aurora.3.09.0"'),
        "aurora.orders-eu.engine_version",
        "a secondary runs the version of its primary, and orders runs 8.0.mysql_aurora.3.08.0",
        "leave it out",
    ),
    # --- global databases ---
    "a secondary that does not exist": (
        change('["orders-eu"]', '["orders-eu", §"orders-ue"]'),
        "global.orders-global.secondaries[1]",
        'there is no Aurora cluster "orders-ue"',
        'did you mean "orders-eu"?',
    ),
    "an instance for a primary": (
        change('primary = "orders"', 'primary = §"orders-1"'),
        "global.orders-global.primary",
        '"orders-1" is not an Aurora cluster: it is the instance',
        'did you mean "orders"?',
    ),
    "a primary that is its own secondary": (
        change('["orders-eu"]', '["orders-eu", §"orders"]'),
        "global.orders-global.secondaries[1]",
        '"orders" is in this global database already',
        "leave it out, or name another cluster",
    ),
    "a cluster in two global databases": (
        mistake(SOUND + '[global.zweite]\nprimary = §"orders"\n'),
        "global.zweite.primary",
        "cluster orders is in the global database orders-global already",
        "name another cluster: one can be in one global database only",
    ),
    # --- apps and endpoints ---
    "an app that writes to a reader endpoint": (
        change('writes_to = "orders"', 'writes_to = §"orders.reader"'),
        "apps.checkout.writes_to",
        "a reader endpoint takes no writes",
        'write "orders.writer", or just "orders"',
    ),
    "an app that writes to a secondary": (
        change('writes_to = "orders"', 'writes_to = §"orders-eu"'),
        "apps.checkout.writes_to",
        "orders-eu is a secondary of a global database and takes no writes",
        'write "orders", or "orders-eu.writer", which answers once it is promoted',
    ),
    "an app that writes to a reader": (
        change('writes_to = "orders"', 'writes_to = §"orders-2"'),
        "apps.checkout.writes_to",
        "orders-2 starts as a reader and takes no writes",
        'write "orders", the writer endpoint, which follows the writer',
    ),
    "an app that writes to an instance of a secondary": (
        change('writes_to = "orders"', 'writes_to = §"orders-eu-1"'),
        "apps.checkout.writes_to",
        "orders-eu-1 belongs to orders-eu, a secondary of a global database, which takes no writes",
        'write "orders", the writer endpoint, which follows the writer',
    ),
    "an app that writes to a READER endpoint": (
        change(
            'writes_to = "orders"',
            'writes_to = §"orders.e1"',
            SOUND.replace(f"{ORDERS}\n", f'{ORDERS}\nendpoints = [{{ id = "e1" }}]\n'),
        ),
        "apps.checkout.writes_to",
        "e1 is a READER endpoint and takes no writes",
        'write "orders", the writer endpoint, which follows the writer',
    ),
    "an app that calls nobody": (
        change('reads_from = ["orders"]', 'reads_from = [§"ordres"]'),
        "apps.checkout.reads_from[0]",
        'there is no cluster, instance or custom endpoint "ordres"',
        'did you mean "orders"?',
    ),
    "an app that calls an endpoint its cluster does not have": (
        change('reads_from = ["orders"]', 'reads_from = [§"orders.raeder"]'),
        "apps.checkout.reads_from[0]",
        'cluster orders has no endpoint "raeder"',
        'did you mean "reader"?',
    ),
    "an app that calls a global database": (
        change('writes_to = "orders"', 'writes_to = §"orders-global"'),
        "apps.checkout.writes_to",
        '"orders-global" is a global database and has no endpoint of its own',
        'name a cluster: "orders" or "orders-eu"',
    ),
    "an app that calls one endpoint by two names": (
        change('reads_from = ["orders"]', 'reads_from = ["orders", §"orders.reader"]'),
        "apps.checkout.reads_from[1]",
        '"orders.reader" is listed twice',
        "leave one of them out",
    ),
    "an app that writes nowhere": (
        change('writes_to = "orders"\n', "", SOUND.replace('"10/s"', '§"10/s"')),
        "apps.checkout.writes",
        "the app has writes and nowhere to write to",
        'add writes_to = "orders"',
    ),
    "an app that reads nowhere": (
        change('reads_from = ["orders"]\n', "", SOUND.replace('"100/s"', '§"100/s"')),
        "apps.checkout.reads",
        "the app has reads and nowhere to read from",
        'add reads_from = ["orders"]',
    ),
    "an app without endpoints": (
        mistake(SOUND + '[apps.§idle]\nhomes = ["us-east-1"]\n'),
        "apps.idle",
        "the app calls nothing",
        'add writes_to = "orders" or reads_from = ["orders"]',
    ),
    "an app without a home": (
        change('homes = ["us-east-1"]', "homes = §[]"),
        "apps.checkout.homes",
        "the app runs nowhere",
        'write homes = ["us-east-1"]',
    ),
    "an app with one home twice": (
        change('homes = ["us-east-1"]', 'homes = ["us-east-1", §"us-east-1"]'),
        "apps.checkout.homes[1]",
        '"us-east-1" is listed twice',
        "leave one of them out",
    ),
    "an app with an empty pool": (
        after(CHECKOUT, "pool = §0"),
        "apps.checkout.pool",
        "a pool of 0 is not possible",
        "write 1 to 100000",
    ),
    "an app without patience": (
        after(CHECKOUT, 'timeout = §"0s"'),
        "apps.checkout.timeout",
        "a timeout of 0s would end everything at once",
        'write "2s" or more',
    ),
    "a custom endpoint of an unknown instance": (
        after(ORDERS, 'endpoints = [{ id = "e1", members = ["orders-1", §"orders-eu-1"] }]'),
        "aurora.orders.endpoints[0].members[1]",
        '"orders-eu-1" is not an instance of orders',
        'did you mean "orders-1"?',
    ),
    "a custom endpoint with both lists": (
        after(ORDERS, 'endpoints = [{ id = "e1", members = ["orders-1"], §excluded = ["orders-2"] }]'),
        "aurora.orders.endpoints[0].excluded",
        "a custom endpoint has members or excluded, not both",
        "keep one of the two lists",
    ),
    "a custom endpoint without members": (
        after(ORDERS, 'endpoints = [{ id = "e1", members = §[] }]'),
        "aurora.orders.endpoints[0].members",
        "the endpoint has no member",
        "name an instance, or leave the key out for all of them",
    ),
    "a WRITER endpoint": (
        after(ORDERS, 'endpoints = [{ id = "e1", type = §"WRITER" }]'),
        "aurora.orders.endpoints[0].type",
        '"WRITER" is not possible here',
        'write "READER" or "ANY"',
    ),
    # --- auto scaling ---
    "auto scaling of a secondary": (
        after(EU, '§auto_scaling = { metric = "cpu", target = 60 }'),
        "aurora.orders-eu.auto_scaling",
        "auto scaling does not work on a secondary cluster of a global database",
        "leave it out, or scale the primary",
    ),
    "auto scaling to no reader at all": (
        after(ORDERS, 'auto_scaling = { metric = "cpu", target = 60, min = §0 }'),
        "aurora.orders.auto_scaling.min",
        "a min of 0 readers is out of range",
        "write 1 to 15",
    ),
    "auto scaling to sixteen readers": (
        after(ORDERS, 'auto_scaling = { metric = "cpu", target = 60, max = §16 }'),
        "aurora.orders.auto_scaling.max",
        "a max of 16 readers is out of range",
        "write 1 to 15",
    ),
    "auto scaling with a minimum above its maximum": (
        after(ORDERS, 'auto_scaling = { metric = "cpu", target = 60, min = §5, max = 4 }'),
        "aurora.orders.auto_scaling.min",
        "the minimum is above the maximum",
        "write 4 or less",
    ),
    "auto scaling to more than all of the CPU": (
        after(ORDERS, 'auto_scaling = { metric = "cpu", target = §101 }'),
        "aurora.orders.auto_scaling.target",
        "a target of 101 is out of range",
        "it is in per cent of CPU, write 1 to 100",
    ),
    "auto scaling to no connection": (
        after(ORDERS, 'auto_scaling = { metric = "connections", target = §0 }'),
        "aurora.orders.auto_scaling.target",
        "a target of 0 is out of range",
        "it is in connections per reader, write 1 or more",
    ),
    "auto scaling by an unknown metric": (
        after(ORDERS, 'auto_scaling = { metric = §"memory", target = 60 }'),
        "aurora.orders.auto_scaling.metric",
        '"memory" is not possible here',
        'write "cpu" or "connections"',
    ),
    "auto scaling without a target": (
        after(ORDERS, '§auto_scaling = { metric = "cpu" }'),
        "aurora.orders.auto_scaling",
        "target is missing",
        "add target = 60",
    ),
    "a cool-down of half a second": (
        after(ORDERS, 'auto_scaling = { metric = "cpu", target = 60, scale_in_cooldown = §"500ms" }'),
        "aurora.orders.auto_scaling.scale_in_cooldown",
        "a cool-down has whole seconds",
        'write "1s"',
    ),
    "a maintenance window of a cluster that is too short": (
        after(ORDERS, 'maintenance_window = §"sun:05:00-sun:05:10"'),
        "aurora.orders.maintenance_window",
        'the window "sun:05:00-sun:05:10" is shorter than 30 minutes',
        "let it end 30 minutes after it begins, or later",
    ),
    "a backup window of a cluster that is too short": (
        after(ORDERS, 'backup_window = §"04:00-04:10"'),
        "aurora.orders.backup_window",
        'the window "04:00-04:10" is shorter than 30 minutes',
        "let it end 30 minutes after it begins, or later",
    ),
    "a maintenance window in a cluster's backup window": (
        after(ORDERS, 'maintenance_window = §"sun:03:15-sun:03:45"'),
        "aurora.orders.maintenance_window",
        'the maintenance window "sun:03:15-sun:03:45" overlaps the backup_window "03:00-03:30"',
        "move one of the two: AWS keeps them apart",
    ),
    # --- timings ---
    "an unknown timing": (
        mistake(SOUND + '[timings]\n§aurora-failvoer = "24s"\n'),
        "timings.aurora-failvoer",
        '"aurora-failvoer" is not a timing of the catalog',
        'did you mean "aurora-failover"?',
    ),
    "a timing without its unit": (
        mistake(SOUND + "[timings]\naurora-failover = §24\n"),
        "timings.aurora-failover",
        "a duration needs its unit",
        'write "24s"',
    ),
    "a timing whose floor is above its median": (
        mistake(SOUND + '[timings]\naurora-failover = { typical = "24s", min = §"30s" }\n'),
        "timings.aurora-failover.min",
        "the floor is above the median",
        'write "24s" or less',
    ),
    "a timing whose maximum is below its median": (
        mistake(SOUND + '[timings]\naurora-failover = { typical = "24s", max = §"20s" }\n'),
        "timings.aurora-failover.max",
        "the maximum is below the median",
        'write "24s" or more',
    ),
    "a timing of nothing that has a spread": (
        mistake(SOUND + '[timings]\naurora-failover = { typical = §"0s", max = "20s" }\n'),
        "timings.aurora-failover.typical",
        "a median of 0s leaves no spread",
        'leave max out, or write typical = "1ms"',
    ),
    # --- kinds of values, units, keys ---
    "a bare number for a duration": (
        after(CHECKOUT, "timeout = §2"),
        "apps.checkout.timeout",
        "a duration needs its unit",
        'write "2s"',
    ),
    "a bare number in quotes for a duration": (
        after(CHECKOUT, 'timeout = §"2"'),
        "apps.checkout.timeout",
        "a duration needs its unit",
        'write "2s"',
    ),
    "a duration in words": (
        after(CHECKOUT, 'timeout = §"2 seconds"'),
        "apps.checkout.timeout",
        '"2 seconds" is not a duration',
        'write it like "250ms", "30s", "1m30s", "12h" or "7d"',
    ),
    "an app that wants TLS a little": (
        after(CHECKOUT, 'tls = §"prefer"'),
        "apps.checkout.tls",
        '"prefer" is not possible here',
        'write "verify", "require", "off" or "missing-ca"',
    ),
    "an app with AWS's other word for TLS": (
        after(CHECKOUT, "§ssl = true"),
        "apps.checkout.ssl",
        "the key is called tls here",
        'write tls = "verify"',
    ),
    "a DNS cache that is no duration": (
        after(CHECKOUT, 'dns_cache = §"always"'),
        "apps.checkout.dns_cache",
        '"always" is not a duration',
        'write it like "250ms", "30s", "1m30s", "12h" or "7d", or "forever"',
    ),
    "a bare number for a size": (
        after(ORDERS, "storage = §400"),
        "aurora.orders.storage",
        "a size needs its unit",
        'write "400 GiB"',
    ),
    "a size in decimal units": (
        after(ORDERS, 'storage = §"400 GB"'),
        "aurora.orders.storage",
        '"400 GB" is in GB, and AWS counts in binary units',
        'write "400 GiB"',
    ),
    "a bare number for a rate": (
        change('"10/s"', "§10"),
        "apps.checkout.writes",
        "a rate needs its unit",
        'write "10/s"',
    ),
    "a rate per minute": (
        change('"10/s"', '§"10/min"'),
        "apps.checkout.writes",
        '"10/min" is not a rate',
        'write a whole number of requests per second, like "1200/s"',
    ),
    "text for a number": (
        after(CHECKOUT, 'pool = §"60"'),
        "apps.checkout.pool",
        '"60" is not a whole number',
        "write it without quotes, like 5",
    ),
    "a number for text": (
        change('homes = ["us-east-1"]', "homes = [§5]"),
        "apps.checkout.homes[0]",
        "5 is not text",
        'write it in quotes, like "5"',
    ),
    "text for a list": (
        change('reads_from = ["orders"]', 'reads_from = §"orders"'),
        "apps.checkout.reads_from",
        '"orders" is not a list',
        'write it in brackets, like ["orders"]',
    ),
    "a number for a switch": (
        after(ORDERS, "deletion_protection = §1"),
        "aurora.orders.deletion_protection",
        "1 is not true or false",
        "write true or false, without quotes",
    ),
    "text for a table": (
        change("eu-west-1 = {}", 'eu-west-1 = §"all"'),
        "regions.eu-west-1",
        '"all" stands where a table should be',
        "write it in braces, like { key = value }, or under its own [heading]",
    ),
    "text for an instance": (
        change(FIRST, f'{FIRST}\n  §"orders-3",'),
        "aurora.orders.instances[1]",
        '"orders-3" stands where a table should be',
        "write it in braces, like { key = value }, or under its own [heading]",
    ),
    "an unknown key": (
        change(FIRST, FIRST.replace(" }", ", §teir = 0 }")),
        "aurora.orders.instances[0].teir",
        '"teir" is not a key here',
        'did you mean "tier"?',
    ),
    "an unknown key like nothing known": (
        change(FIRST, FIRST.replace(" }", ", §colour = 0 }")),
        "aurora.orders.instances[0].colour",
        '"colour" is not a key here',
        'write "class", "id", "tier" or "zone"',
    ),
    "a key given a second time with a slip": (
        after(ORDERS, '§engin = "aurora-mysql"'),
        "aurora.orders.engin",
        '"engin" is not a key here',
        "leave it out: engine is given already",
    ),
    "AWS's long name for the tier": (
        change(FIRST, FIRST.replace(" }", ", §promotion_tier = 0 }")),
        "aurora.orders.instances[0].promotion_tier",
        "the key is called tier here",
        "write tier = 0",
    ),
    "a missing key": (
        change(FIRST, FIRST.replace("{", "§{").replace(', class = "db.r6g.large"', "")),
        "aurora.orders.instances[0]",
        "class is missing",
        'add class = "db.r6g.large"',
    ),
    "a missing engine": (
        change('[aurora.orders]\nengine = "aurora-mysql"\n', "[aurora.§orders]\n"),
        "aurora.orders",
        "engine is missing",
        'add engine = "aurora-mysql"',
    ),
    "a start without an offset": (
        change("[regions]", "start = §2026-01-05T09:00:00\n[regions]"),
        "start",
        "a start needs its offset from UTC",
        "write 2026-01-05T09:00:00Z",
    ),
    "a start in quotes": (
        change("[regions]", 'start = §"2026-01-05T09:00:00Z"\n[regions]'),
        "start",
        '"2026-01-05T09:00:00Z" is not a date and time',
        "write it without quotes, like 2026-01-05T09:00:00Z",
    ),
    "a start long ago": (
        change("[regions]", "start = §1999-01-05T09:00:00Z\n[regions]"),
        "start",
        "the start lies outside the years 2000 to 2199",
        "write something like 2026-01-05T09:00:00Z",
    ),
    "a negative seed": (
        change("[regions]", "seed = §-1\n[regions]"),
        "seed",
        "the seed -1 is out of range",
        "write a whole number from 0 to 9223372036854775807",
    ),
    "a control character in the name": (
        change('"Sound"', '§"So\\u001b[31mund"'),
        "name",
        "the character U+001B has no place in a text",
        "leave it out",
    ),
    "a character that turns text around": (
        change('"Sound"', '§"So\u202eund"'),
        "name",
        "the character U+202E has no place in a text",
        "leave it out",
    ),
    "a control character in an id": (
        change('id = "orders-2"', 'id = §"orders\\u0007"'),
        "aurora.orders.instances[1].id",
        "the character U+0007 has no place in a text",
        "leave it out",
    ),
    "an empty name": (
        change('"Sound"', '§" "'),
        "name",
        "a name has 1 to 100 characters, and this one 0",
        "write one, or leave the key out",
    ),
}


def test_the_fleet_that_the_mistakes_are_made_in_is_sound() -> None:
    assert parse_fleet(SOUND, FILE).aurora


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_alone_at_its_place_with_both_halves(name: str) -> None:
    assert_alone(*MISTAKES[name])


def test_all_mistakes_of_a_file_are_reported_at_once_in_the_order_of_the_file() -> None:
    text = SOUND.replace('"a", class = "db.r6g.large" },', '"q", class = "db.t3.micro", tier = 99 },')
    text = text.replace('writes = "10/s"', "writes = 10").replace('name = "Sound"', "naem = 3")
    problems = problems_of(text)
    assert [problem.key for problem in problems] == [
        "naem",
        "aurora.orders.instances[0].zone",
        "aurora.orders.instances[0].class",
        "aurora.orders.instances[0].tier",
        "apps.checkout.writes",
    ]
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)


def test_a_mistyped_key_or_a_missing_value_hides_no_other_mistake() -> None:
    wrong_class = SOUND.replace("db.r6g.large", "db.r6g.lage", 1)
    slip = wrong_class.replace('engine = "aurora-mysql"', 'engin = "aurora-mysql"\nengine_version = "9"', 1)
    assert problem_texts(slip) == [
        '"engin" is not a key here',
        'Aurora MySQL has no version "9" here',
        '"db.r6g.lage" is not an instance class known here',
    ]
    assert problem_texts(wrong_class.replace('engine = "aurora-mysql"', "", 1)) == [
        "engine is missing",
        '"db.r6g.lage" is not an instance class known here',
    ]
    unfit = problem_texts(SOUND.replace('engine = "aurora-mysql"', "engin = 5", 1))
    assert sorted(unfit) == ['"engin" is not a key here', "engine is missing"]


def test_a_mistake_in_a_region_is_not_reported_again_by_everything_in_it() -> None:
    (problem,) = problems_of(SOUND.replace("us-east-1 = {}", 'us-east-1 = { zones = ["a", "b", "z"] }'))
    assert problem.key == "regions.us-east-1.zones[2]"


def test_what_refers_to_an_instance_with_mistakes_is_not_reported_as_missing() -> None:
    text = SOUND.replace('["orders"]', '["orders", "ledger-ro"]')
    problems = problems_of(text + '[rds.ledger]\nreplicas = [{ id = "ledger-ro", zone = "b" }]\n')
    assert {problem.key for problem in problems} == {"rds.ledger"}


def test_a_thousand_problems_are_listed_and_the_rest_counted() -> None:
    rows = ", ".join(f'{{ id = "x-{number}", zone = "q", class = "no" }}' for number in range(2_000))
    problems = problems_of(f'[aurora.x]\nengine = "aurora-mysql"\nregion = "us-east-1"\ninstances = [{rows}]\n')
    assert len(problems) == 1_001
    assert "3,001 more problems" in problems[-1].wrong
