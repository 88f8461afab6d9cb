"""Steps that people write wrong: each mistake is reported alone, at its place, in a whole sentence."""

import pytest

from tests.drills.mistakes import assert_alone, step, swap

HELD = 'at = "60s", expect = "orders.copies == 6"'
OUTAGE = 'at = "60s", fault = "az:outage", target = "us-east-1b"'
REWIND = 'at = "60s", action = "rds:backtrack-db-cluster", target = "orders"'
FAILOVER = 'at = "60s", action = "rds:failover-db-cluster", target = "orders"'

MISTAKES = {
    # --- faults and actions ---
    "load of an app that there is not": (
        step('at = "60s", load = §"chekout", set = { writes = "20/s" }'),
        "timeline[9].load",
        'there is no app "chekout"',
        'did you mean "checkout"?',
    ),
    "writes of an app that only reads": (
        step('at = "60s", load = "browsing", set = { writes = §"20/s" }'),
        "timeline[9].set.writes",
        "browsing has no writes",
        "leave it out",
    ),
    "a load that sets nothing": (
        step('at = "60s", load = "checkout", set = §{}'),
        "timeline[9].set",
        "a load step says what it sets",
        'write set = { writes = "800/s" }',
    ),
    "a load without its set": (
        step('at = "60s", load = "checkout", §writes = "20/s"'),
        "timeline[9].writes",
        "a step has no writes",
        'write set = { writes = "…" }',
    ),
    "a ramp that is longer than the load": (
        step('at = "60s", load = "checkout", set = { writes = "20/s" }, ramp = §"5m", for = "1m"'),
        "timeline[9].ramp",
        "the load ends before the ramp does",
        "make for longer, or the ramp shorter",
    ),
    "a misspelt fault": (
        step('at = "60s", fault = §"az:outtage", target = "us-east-1b"'),
        "timeline[9].fault",
        'there is no fault "az:outtage"',
        "did you mean az:outage?",
    ),
    "a fault of another tool": (
        step('at = "60s", fault = §"pod-delete", target = "us-east-1b"'),
        "timeline[9].fault",
        'there is no fault "pod-delete"',
        "`opsconsole catalog commands` lists them",
    ),
    "a fault as an action": (
        step('at = "60s", action = §"az:outage", target = "us-east-1b"'),
        "timeline[9].action",
        "az:outage is a fault",
        'write fault = "az:outage"',
    ),
    "an action as a fault": (
        step('at = "60s", fault = §"rds:failover-db-cluster", target = "orders"'),
        "timeline[9].fault",
        "rds:failover-db-cluster is an action",
        'write action = "rds:failover-db-cluster"',
    ),
    "an action as the API has it": (
        step('at = "60s", action = §"rds:FailoverDBCluster", target = "orders"'),
        "timeline[9].action",
        'there is no action "rds:FailoverDBCluster"',
        "did you mean rds:failover-db-cluster?",
    ),
    "an action as the command line has it": (
        step('at = "60s", action = §"aws rds failover-db-cluster", target = "orders"'),
        "timeline[9].action",
        'there is no action "aws rds failover-db-cluster"',
        "did you mean rds:failover-db-cluster?",
    ),
    "a fault without a target": (
        step('at = "60s", fault = "az:outage"'),
        "timeline[9]",
        "az:outage needs a target",
        'add target = "…", the zone it is aimed at',
    ),
    "a target that does not exist": (
        step('at = "60s", fault = "az:outage", target = §"us-east-1z"'),
        "timeline[9].target",
        "there is no zone called 'us-east-1z'",
        "did you mean us-east-1c?",
    ),
    "a target of another kind": (
        step('at = "60s", fault = "az:outage", target = §"orders"'),
        "timeline[9].target",
        "orders is a cluster, not a zone",
        "there are: us-east-1a, us-east-1b, us-east-1c",
    ),
    "any in the timeline": (
        step('at = "60s", fault = "az:outage", target = §"any(us-east-1)"'),
        "timeline[9].target",
        "only [chaos] chooses its targets",
        "name one",
    ),
    "two targets of a step": (
        step('at = "60s", fault = "az:outage", target = §["us-east-1a", "us-east-1b"]'),
        "timeline[9].target",
        "a list is not text",
        'write it in quotes, like "…"',
    ),
    "a misspelt member": (
        step('at = "60s", fault = "sim:bad-deploy", target = "checkout", with = { §worng = "2%" }'),
        "timeline[9].with.worng",
        "sim:bad-deploy has no worng",
        'did you mean "wrong"?',
    ),
    "a member as the API has it": (
        step(FAILOVER + ', with = { §TargetDBInstanceIdentifier = "orders-2" }'),
        "timeline[9].with.TargetDBInstanceIdentifier",
        "rds:failover-db-cluster has no TargetDBInstanceIdentifier",
        'did you mean "target_db_instance_identifier"?',
    ),
    "a member of a command without any": (
        step(OUTAGE + ', with = { §power = "off" }'),
        "timeline[9].with.power",
        "az:outage has no power",
        "leave it out: it has no members",
    ),
    "a member that does not fit": (
        step('at = "60s", fault = "sim:bad-deploy", target = "checkout", with = { wrong = §"2" }'),
        "timeline[9].with.wrong",
        "'2' is not a share",
        "write for example 2%",
    ),
    "a bare number for a member": (
        step('at = "60s", fault = "sim:bad-deploy", target = "checkout", with = { wrong = §2 }'),
        "timeline[9].with.wrong",
        "'2' is not a share",
        "write for example 2%",
    ),
    "a member that names nothing": (
        step(FAILOVER + ', with = { target_db_instance_identifier = §"orders-9" }'),
        "timeline[9].with.target_db_instance_identifier",
        "there is no instance called 'orders-9'",
        "did you mean orders-2?",
    ),
    "a moment that no mark names": (
        step(f'{REWIND}, with = {{ backtrack_to = §"drak" }}'),
        "timeline[9].with.backtrack_to",
        '"drak" names no moment',
        'did you mean "dark"?',
    ),
    "a table for a member": (
        step(FAILOVER + ", with = { target_db_instance_identifier = §{ a = 1 } }"),
        "timeline[9].with.target_db_instance_identifier",
        "a table cannot be a member of a command",
        "write text in quotes, a number, true or false",
    ),
    "a date for a member": (
        step(f"{REWIND}, with = {{ backtrack_to = §2026-01-05T09:00:00Z }}"),
        "timeline[9].with.backtrack_to",
        "2026-01-05T09:00:00+00:00 cannot be a member of a command",
        "write text in quotes, a number, true or false",
    ),
    "a target among the members": (
        step('at = "60s", fault = "az:outage", with = { §target = "us-east-1b" }'),
        "timeline[9].with.target",
        "target is no member of a command",
        "write target in the step itself, beside with",
    ),
    "a code without its end": (
        step(FAILOVER + ', refused = §"InvalidDBClusterState"'),
        "timeline[9].refused",
        'AWS has no error "InvalidDBClusterState"',
        'did you mean "InvalidDBClusterStateFault"?',
    ),
    "a code that AWS has not": (
        step(FAILOVER + ', refused = §"AccessDenied"'),
        "timeline[9].refused",
        'AWS has no error "AccessDenied"',
        "`opsconsole catalog errors` lists AWS's codes",
    ),
    # --- keys of a step ---
    "for on what happens at one instant": (
        step('at = "60s", fault = "sim:crash-instance", target = "orders-1", §for = "5m"'),
        "timeline[9].for",
        "sim:crash-instance happens at one instant",
        "leave for out",
    ),
    "for on an action": (
        step(FAILOVER + ', §for = "5m"'),
        "timeline[9].for",
        "a step with action takes no for",
        'it belongs to "fault", "load", "expect" or "always"',
    ),
    "within on a fault": (
        step(OUTAGE + ', §within = "5m"'),
        "timeline[9].within",
        "a step with fault takes no within",
        'it belongs to "expect"',
    ),
    "refused on a fault": (
        step(OUTAGE + ', §refused = "InvalidDBClusterStateFault"'),
        "timeline[9].refused",
        "a step with fault takes no refused",
        'it belongs to "action"',
    ),
    "within on an always": (
        step('at = "60s", always = "orders.copies == 6", §within = "5m"'),
        "timeline[9].within",
        "a step with always takes no within",
        'it belongs to "expect"',
    ),
    "a target on an expect": (
        step(HELD + ', §target = "orders"'),
        "timeline[9].target",
        "a step with expect takes no target",
        'it belongs to "fault" or "action"',
    ),
    "members on a message": (
        step('at = "60s", say = "x", §with = { a = 1 }'),
        "timeline[9].with",
        "a step with say takes no with",
        'it belongs to "fault" or "action"',
    ),
    "all of an always forgiven": (
        step('at = "60s", always = "orders.copies == 6", for = "1m", allow = §"2m"'),
        "timeline[9].allow",
        "all of it would be forgiven: it could not fail",
        "allow less than its for",
    ),
    "allow where nothing is held": (
        step(HELD + ', within = "1m", §allow = "2m"'),
        "timeline[9].allow",
        "allow forgives what happens during a for, and there is none",
        'say how long it stays true: for = "5m"',
    ),
    "a misspelt key": (
        step(HELD + ', §whithin = "5m"'),
        "timeline[9].whithin",
        '"whithin" is not a key here',
        'did you mean "within"?',
    ),
    "duration for for": (
        step(OUTAGE + ', §duration = "5m"'),
        "timeline[9].duration",
        "a step has no duration",
        "write for: how long it lasts",
    ),
    "timeout for within": (
        step(HELD + ', §timeout = "5m"'),
        "timeline[9].timeout",
        "a step has no timeout",
        "write within: the deadline of an expect",
    ),
    "a probe": (
        step('at = "60s", §probe = "orders.copies == 4"'),
        "timeline[9].probe",
        "a step has no probe",
        "write expect, for what comes true, or always, for what stays true",
    ),
    "yes for a solution": (
        step(FAILOVER + ', solution = §"yes"'),
        "timeline[9].solution",
        '"yes" is not true or false',
        "write true or false, without quotes",
    ),
    "points that are taken away": (
        step(HELD + ', within = "5m", points = §-1'),
        "timeline[9].points",
        "a check that takes points away",
        "write 0 or more",
    ),
    "points for a message": (
        step('at = "60s", say = "x", §points = 1'),
        "timeline[9].points",
        "a step with say takes no points",
        'it belongs to "expect" or "always"',
    ),
    "a mark called start": (
        step('at = "60s", mark = §"start"'),
        "timeline[9].mark",
        '"start" is the mark of the first instant',
        "take another name",
    ),
    "a mark without a name": (
        step('at = "60s", mark = §""'),
        "timeline[9].mark",
        "an empty text",
        "write why, or which",
    ),
    "a message that says nothing": (
        step('at = "60s", say = §""'),
        "timeline[9].say",
        "an empty text",
        "write what it says",
    ),
    # --- kinds and starts ---
    "two kinds in a step": (
        step('at = "60s", fault = "az:outage", target="us-east-1b", §expect = "orders.copies == 4"'),
        "timeline[9].expect",
        "a step is exactly one thing, and this one is fault and expect",
        "make two steps of it",
    ),
    "three kinds in a step": (
        step('at = "60s", fault = "az:outage", target="us-east-1b", §say = "x", mark = "y"'),
        "timeline[9].say",
        "a step is exactly one thing, and this one is fault and say and mark",
        "make two steps of it",
    ),
    "no kind in a step": (
        step('at = "60s"'),
        "timeline[9]",
        "a step that does nothing",
        'give it one of "fault", "action", "load", "mark", "say", "expect", "always" or "stop"',
    ),
    "a text for a step": (
        swap('  { at = "80s", mark = "dark" },', '  { at = "80s", mark = "dark" },\n  §"wait",'),
        "timeline[4]",
        '"wait" stands where a table should be',
        "write it in braces, like { key = value }, or under its own [heading]",
    ),
    "two starts of a step": (
        step('at = "60s", §after = "outage", mark = "x"'),
        "timeline[9].after",
        "a step starts at a time or after a step, not both",
        'keep one; a later time is after = "…" with delay = "…"',
    ),
    "no start of a step": (
        step('mark = "x"'),
        "timeline[9]",
        "nothing says when this mark starts",
        'add at = "60s", after = "an id", or when = "a check"',
    ),
    "after a step that there is not": (
        step('after = §"outtage", mark = "x"'),
        "timeline[9].after",
        'no step has the id "outtage"',
        'did you mean "outage"?',
    ),
    "after two steps": (
        step('after = §["outage", "home"], mark = "x"'),
        "timeline[9].after",
        "a list is not text",
        'write it in quotes, like "…"',
    ),
    "after itself": (
        step('after = §"x", id = "x", mark = "x"'),
        "timeline[9].after",
        "it can never start: it waits for itself",
        "begin the chain with at or when",
    ),
    "after the end": (
        swap(
            'stop = "too much is lost" },',
            'stop = "too much is lost", id = "end" },\n  { after = §"end", mark = "x" },',
        ),
        "timeline[9].after",
        "it can never start: the drill ends with that step",
        "name another one",
    ),
    "after what holds to the end": (
        swap(
            '{ at = "70s", always = "orders.copies >= 4", for = "14m", allow = "10s" },',
            '{ at = "70s", always = "orders.copies >= 4", id = "hold" },\n  { after = §"hold", mark = "x" },',
        ),
        "timeline[3].after",
        "it can never start: that step holds until the end of the drill",
        "give that one a for",
    ),
    "a start beyond the end": (
        step('at = §"21m", mark = "x"'),
        "timeline[9].at",
        "it can never start: the drill ends at 20m",
        "begin earlier, or make length longer",
    ),
    "a delay beyond the end": (
        step('at = "15m", delay = §"6m", mark = "x"'),
        "timeline[9].delay",
        "it can never start: the drill ends at 20m",
        "begin earlier, or make length longer",
    ),
    "a delay of another step beyond the end": (
        step('after = "outage", delay = §"25m", mark = "x"'),
        "timeline[9].delay",
        "it can never start: the drill ends at 20m",
        "begin earlier, or make length longer",
    ),
    "repetitions beyond the end": (
        step('at = "60s", every = "10m", times = §3, say = "x"'),
        "timeline[9].times",
        "its last time can never come: the drill ends at 20m",
        "repeat it less often, or make length longer",
    ),
    "every without times": (
        step('at = "60s", §every = "1m", say = "x"'),
        "timeline[9].every",
        "every stands alone",
        "say how often: times = 7",
    ),
    "repetitions of what waits": (
        step('at = "60s", when = "orders.copies < 6", §every = "1m", times = 3, say = "x"'),
        "timeline[9].every",
        "only what starts at a time can be repeated",
        'write at = "…", and leave when out',
    ),
    "times without every": (
        step('at = "60s", §times = 3, say = "x"'),
        "timeline[9].times",
        "times stands alone",
        'say how far apart: every = "1d"',
    ),
    "repetitions too close": (
        step('at = "60s", every = §"10ms", times = 3, say = "x"'),
        "timeline[9].every",
        "steps less than a second apart",
        'write every = "1s" or more',
    ),
    "no repetitions": (
        step('at = "60s", every = "1m", times = §0, say = "x"'),
        "timeline[9].times",
        "0 times",
        "write 1 to 10,000",
    ),
    "too many repetitions": (
        step('at = "60s", every = "1s", times = §10001, say = "x"'),
        "timeline[9].times",
        "10001 times",
        "write 1 to 10,000",
    ),
    "repetitions after a step": (
        step('after = "outage", §every = "1m", times = 3, say = "x"'),
        "timeline[9].every",
        "only what starts at a time can be repeated",
        'write at = "…"',
    ),
    "an expect that the end cuts off": (
        step('at = "15m", expect = "orders.copies == 6", within = §"6m"'),
        "timeline[9].within",
        "it can end 1m after the drill does",
        "shorten it, or make length longer",
    ),
    "a hold that the end cuts off": (
        step('at = "15m", expect = "orders.copies == 6", within = "1m", for = §"5m"'),
        "timeline[9].for",
        "it can end 1m after the drill does",
        "shorten it, or make length longer",
    ),
    "an always that the end cuts off": (
        step('at = "15m", always = "orders.copies == 6", for = §"6m"'),
        "timeline[9].for",
        "it can end 1m after the drill does",
        "shorten it, or make length longer",
    ),
    "a fault of no length": (
        step('at = "60s", fault = "az:outage", target = "us-east-1b", for = §"0s"'),
        "timeline[9].for",
        "it would last no time at all",
        "write how long, or leave it out",
    ),
    "an id given twice": (
        step('at = "60s", mark = "x", id = §"outage"'),
        "timeline[9].id",
        'the id "outage" is given twice, first at timeline[0]',
        "rename one of them",
    ),
    "an id with a space": (
        step('at = "60s", mark = "x", id = §"the outage"'),
        "timeline[9].id",
        '"the outage" is no id',
        "begin with a letter, go on with letters, digits, - or _",
    ),
    "a mark set twice": (
        step('at = "60s", mark = §"dark"'),
        "timeline[9].mark",
        'the mark "dark" is set twice, first at timeline[3]',
        "rename one of them",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_alone_at_its_place(name: str) -> None:
    found, key, wrong, right = MISTAKES[name]
    assert_alone(found, key, wrong, right)
