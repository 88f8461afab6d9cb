"""Quantities, checks and variables that people write wrong: each alone, at its place, in a whole sentence."""

import pytest

from tests.drills.mistakes import assert_alone, step, swap

EXPECT = 'at = "60s", expect = '

MISTAKES = {
    # --- quantities ---
    "a bare number for a duration": (
        swap('length = "20m"', "length = §20"),
        "length",
        "a duration needs its unit",
        'write "20s"',
    ),
    "a bare number in quotes": (
        swap('length = "20m"', 'length = §"20"'),
        "length",
        "a duration needs its unit",
        'write "20s"',
    ),
    "a duration in words": (
        swap('length = "20m"', 'length = §"20 minutes"'),
        "length",
        '"20 minutes" is not a duration',
        'write "20m"',
    ),
    "true for a duration": (
        swap('length = "20m"', "length = §true"),
        "length",
        "true is not a duration",
        'write it like "30s", "1m30s" or "24h"',
    ),
    "a time of day for a duration": (
        swap('length = "20m"', "length = §00:20:00"),
        "length",
        "00:20:00 is not a duration",
        'write it like "30s", "1m30s" or "24h"',
    ),
    "a drill of no length": (
        swap('length = "20m"', 'length = §"0s"'),
        "length",
        "a drill takes some time",
        'write it like "15m", "2h" or "7d"',
    ),
    "a negative duration": (
        swap('length = "20m"', 'length = §"-20m"'),
        "length",
        '"-20m" is not a duration',
        "no time is negative: write it without the minus",
    ),
    "a drill of more than 400 days": (
        swap('length = "20m"', 'length = §"401d"'),
        "length",
        "a drill lasts 400 days at most",
        'write it like "15m", "2h" or "7d"',
    ),
    "an ISO duration without its unit": (
        swap('length = "20m"', 'length = §"PT20"'),
        "length",
        '"PT20" is not a duration',
        'write it like "250ms", "30s", "1m30s", "12h" or "7d"',
    ),
    "a clock for a time": (
        step('at = §"00:05:00", mark = "m"'),
        "timeline[9].at",
        '"00:05:00" is not a duration',
        'write "5m"',
    ),
    "a time after T+ without its unit": (
        step('at = §"T+60", mark = "m"'),
        "timeline[9].at",
        "a duration needs its unit",
        'write "60s"',
    ),
    "a cron expression for a time": (
        step('at = §"*/5 * * * *", mark = "m"'),
        "timeline[9].at",
        '"*/5 * * * *" is not a duration',
        'write it like "250ms", "30s", "1m30s", "12h" or "7d"',
    ),
    "a percentage as a number": (
        swap('rpo = "0s"', "availability = §99.9"),
        "objective.checkout.availability",
        "a percentage needs its sign",
        'write "99.9%"',
    ),
    "a share where a percentage is wanted": (
        swap('rpo = "0s"', "availability = §0.99"),
        "objective.checkout.availability",
        "a percentage needs its sign",
        'write "99%"',
    ),
    "more than all": (
        swap('rpo = "0s"', 'availability = §"101%"'),
        "objective.checkout.availability",
        '"101%" is more than all',
        'write "100%" or less',
    ),
    "a percentage in words": (
        swap('rpo = "0s"', 'availability = §"three nines"'),
        "objective.checkout.availability",
        '"three nines" is not a percentage',
        'write it like "99.9%"',
    ),
    "a bare number for a rate": (
        step('at = "60s", load = "checkout", set = { writes = §20 }'),
        "timeline[9].set.writes",
        "a rate needs its unit",
        'write "20/s"',
    ),
    "a rate in rps": (
        step('at = "60s", load = "checkout", set = { writes = §"20 rps" }'),
        "timeline[9].set.writes",
        '"20 rps" is not a rate',
        'write "20/s"',
    ),
    "a factor for a rate": (
        step('at = "60s", load = "checkout", set = { writes = §"2x" }'),
        "timeline[9].set.writes",
        '"2x" is not a rate',
        'write a whole number of requests per second, like "1200/s"',
    ),
    "a number in quotes": (
        swap('rpo = "0s"', 'lost = §"0"'),
        "objective.checkout.lost",
        '"0" is not a whole number',
        "write it without quotes, like 5",
    ),
    "a fraction of a write": (
        swap('rpo = "0s"', "lost = §0.5"),
        "objective.checkout.lost",
        "0.5 is not a whole number",
        "write it without quotes, like 5",
    ),
    "fewer writes lost than none": (
        swap('rpo = "0s"', "lost = §-1"),
        "objective.checkout.lost",
        "fewer than none",
        "write 0 or more",
    ),
    # --- checks ---
    "and in a check": (
        step(EXPECT + '§"orders.copies == 6 and ledger.az == us-east-1a"'),
        "timeline[9].expect",
        "a check is one comparison",
        'write a list, which is and: ["orders.copies == 6", "ledger.az == us-east-1a"]',
    ),
    "or in a check": (
        step(EXPECT + '§"orders.copies == 6 or orders.copies == 5"'),
        "timeline[9].expect",
        "a check is one comparison, and there is no or",
        "write two steps, or turn it round",
    ),
    "not in a check": (
        step(EXPECT + '§"not orders.copies == 6"'),
        "timeline[9].expect",
        "there is no not in a check",
        'write "orders.copies != 6"',
    ),
    "one equals sign in a check": (
        step(EXPECT + '§"orders.copies = 6"'),
        "timeline[9].expect",
        '"=" is no comparison',
        'write "orders.copies == 6"',
    ),
    "SQL's unequal in a check": (
        step(EXPECT + '§"orders.copies <> 6"'),
        "timeline[9].expect",
        '"<>" is no comparison',
        'write "orders.copies != 6"',
    ),
    "an operator the wrong way round": (
        step(EXPECT + '§"orders.copies => 6"'),
        "timeline[9].expect",
        '"=>" is no comparison',
        'write "orders.copies >= 6"',
    ),
    "a mathematician's operator": (
        step(EXPECT + '§"orders.copies ≥ 6"'),
        "timeline[9].expect",
        '"≥" is no comparison',
        'write "orders.copies >= 6"',
    ),
    "a pattern in a check": (
        step(EXPECT + '§"ledger.az =~ us-east-1.*"'),
        "timeline[9].expect",
        '"=~" is no comparison',
        'write one of "==", "!=", "<=", ">=", "<" or ">"',
    ),
    "a word for an operator": (
        step(EXPECT + '§"ledger.az is us-east-1a"'),
        "timeline[9].expect",
        '"is" is no comparison',
        'write "ledger.az == us-east-1a"',
    ),
    "two comparisons in one": (
        step(EXPECT + '§"4 <= orders.copies <= 6"'),
        "timeline[9].expect",
        "a check is one comparison",
        'write a list, which is and: ["orders.copies >= 4", "orders.copies <= 6"]',
    ),
    "the value on the left": (
        step(EXPECT + '§"6 == orders.copies"'),
        "timeline[9].expect",
        '"6" stands where the subject should be',
        "write orders.copies == 6",
    ),
    "a function of Prometheus": (
        step(EXPECT + '§"rate(checkout.writes.failed[1m]) < 1"'),
        "timeline[9].expect",
        "a check calls no function",
        "write a thing and what of it, like checkout.p99 < 2s",
    ),
    "a check without a comparison": (
        step(EXPECT + '§"orders.copies"'),
        "timeline[9].expect",
        '"orders.copies" is no check',
        'write SUBJECT OP VALUE, with one of "==", "!=", "<=", ">=", "<" or ">" between',
    ),
    "an empty check": (
        step(EXPECT + '§""'),
        "timeline[9].expect",
        '"" is no check',
        'write SUBJECT OP VALUE, with one of "==", "!=", "<=", ">=", "<" or ">" between',
    ),
    "a list of no checks": (
        step(EXPECT + "§[]"),
        "timeline[9].expect",
        "no check at all is always true",
        "write one, or leave it out",
    ),
    "a check as a table": (
        step(EXPECT + '§{ subject = "orders.copies", op = "==", value = 6 }'),
        "timeline[9].expect",
        "a table is no check",
        'write a text, like "checkout.writes.ok >= 99%"',
    ),
    "a number for a check": (
        step(EXPECT + "[§6]"),
        "timeline[9].expect[0]",
        "6 is not text",
        'write it in quotes, like "6"',
    ),
    "a misspelt thing": (
        step(EXPECT + '§"order.copies == 6"'),
        "timeline[9].expect",
        'there is no "order" in this fleet',
        'did you mean "orders"?',
    ),
    "a misspelt quantity": (
        step(EXPECT + '§"orders.copys == 6"'),
        "timeline[9].expect",
        'orders, a DB cluster, has no "copys"',
        'did you mean "copies"?',
    ),
    "a quantity that it has not": (
        step(EXPECT + '§"orders.temperature == 6"'),
        "timeline[9].expect",
        'orders, a DB cluster, has no "temperature"',
        "`opsconsole catalog subjects FLEET` lists what there is",
    ),
    "a thing without a quantity": (
        step(EXPECT + '§"orders == 6"'),
        "timeline[9].expect",
        '"orders" says nothing about orders',
        "write what of it, like orders.status",
    ),
    "a metric in lower case": (
        step(EXPECT + '§"ledger.cpuutilization < 80%"'),
        "timeline[9].expect",
        'ledger, an RDS DB instance, has no "cpuutilization"',
        'did you mean "CPUUtilization"?',
    ),
    "an event that AWS has not": (
        step(EXPECT + '§"orders.events.RDS-EVENT-00O6 == 1"'),
        "timeline[9].expect",
        'AWS has no event "RDS-EVENT-00O6"',
        'did you mean "RDS-EVENT-0006"?',
    ),
    "the second check of a list": (
        step(EXPECT + '["orders.copies == 6", §"ledger.azz == us-east-1a"]'),
        "timeline[9].expect[1]",
        'ledger, an RDS DB instance, has no "azz"',
        'did you mean "az"?',
    ),
    "a zone by its letter": (
        step(EXPECT + '§"ledger.az == a"'),
        "timeline[9].expect",
        'ledger.az is never "a"',
        'write "us-east-1a", "us-east-1b" or "us-east-1c"',
    ),
    "a region for a zone": (
        step(EXPECT + '§"ledger.az == us-east-1"'),
        "timeline[9].expect",
        'ledger.az is never "us-east-1"',
        'did you mean "us-east-1a"?',
    ),
    "a health that is none": (
        step(EXPECT + '§"checkout.health == healthy"'),
        "timeline[9].expect",
        'checkout.health is never "healthy"',
        'write "failing", "impaired" or "ok"',
    ),
    "a status that is misspelt": (
        step(EXPECT + '§"ledger.status == availabel"'),
        "timeline[9].expect",
        'ledger.status is never "availabel"',
        'did you mean "available"?',
    ),
    "a writer that does not exist": (
        step(EXPECT + '§"orders.writer == order-2"'),
        "timeline[9].expect",
        'orders.writer is never "order-2"',
        'did you mean "orders-2"?',
    ),
    "yes for true": (
        step(EXPECT + '§"ledger.multi_az == yes"'),
        "timeline[9].expect",
        'ledger.multi_az is true or false: "yes" is neither true nor false',
        "write true or false",
    ),
    "less of a text": (
        step(EXPECT + '§"ledger.az < us-east-1b"'),
        "timeline[9].expect",
        "ledger.az has no greater and less: it is text",
        "write ledger.az == us-east-1b",
    ),
    "a percentage without its sign in a check": (
        step(EXPECT + '§"checkout.writes.ok >= 99"'),
        "timeline[9].expect",
        "checkout.writes.ok is a percentage, and needs its sign",
        'write "99%"',
    ),
    "more than 100 percent in a check": (
        step(EXPECT + '§"checkout.writes.ok > 100%"'),
        "timeline[9].expect",
        "checkout.writes.ok is 0% to 100%: this is never true",
        "compare it with what it can be, and can fail to be",
    ),
    "a duration in words in a check": (
        step(EXPECT + '§"checkout.p99 < 2 seconds"'),
        "timeline[9].expect",
        'checkout.p99 is a duration: "2 seconds" is not a duration',
        'write "2s"',
    ),
    "a rate without its unit in a check": (
        step(EXPECT + '§"checkout.writes.failed < 1"'),
        "timeline[9].expect",
        "checkout.writes.failed is a rate, and needs its unit",
        'write "1/s"',
    ),
    "a unit where there is none": (
        step(EXPECT + '§"orders.copies == 6 copies"'),
        "timeline[9].expect",
        'orders.copies is a number: "6 copies" is not a number',
        "write it without a unit, like 2",
    ),
    "a number with a comma": (
        step(EXPECT + '§"checkout.lost < 1,000"'),
        "timeline[9].expect",
        'checkout.lost is a number: "1,000" is not a number',
        "write 1000",
    ),
    "a mark that no step sets": (
        step(EXPECT + '§"checkout.lost == checkout.lost@drak"'),
        "timeline[9].expect",
        'no step marks "drak"',
        'did you mean "dark"?',
    ),
    "another unit at a mark": (
        step(EXPECT + '§"checkout.lost == checkout.p99@dark"'),
        "timeline[9].expect",
        "checkout.lost is a number, checkout.p99 is a duration",
        "compare what has the same unit",
    ),
    "looking back on the left": (
        step(EXPECT + '§"checkout.lost@dark == checkout.lost"'),
        "timeline[9].expect",
        "only the right side of a check looks back",
        "write checkout.lost == checkout.lost@dark",
    ),
    "two subjects in a check": (
        step(EXPECT + '§"checkout.lost == billing.lost"'),
        "timeline[9].expect",
        "the right side is a value, and billing.lost is not one",
        "write billing.lost@dark, its value at a mark",
    ),
    "a misspelt thing in given": (
        swap('given = ["orders', 'given = [§"order'),
        "given[0]",
        'there is no "order" in this fleet',
        'did you mean "orders"?',
    ),
    "and in a single given": (
        swap(
            'given = ["orders.writer.az == ${az}"]', 'given = §"orders.writer.az == ${az} and ledger.az == us-east-1a"'
        ),
        "given",
        "a check is one comparison",
        'write a list, which is and: ["orders.writer.az == us-east-1a", "ledger.az == us-east-1a"]',
    ),
    "a number for steady": (
        swap('steady = ["checkout.writes.ok >= 99%"]', "steady = §99"),
        "steady",
        "99 is no check",
        'write a text, like "checkout.writes.ok >= 99%"',
    ),
    # --- variables ---
    "a misspelt variable": (
        step(EXPECT + '§"ledger.az == ${azz}"'),
        "timeline[9].expect",
        'there is no variable "azz"',
        'did you mean "az"?',
    ),
    "an empty variable": (
        step(EXPECT + '§"ledger.az == ${}"'),
        "timeline[9].expect",
        'there is no variable ""',
        'write one of "az"',
    ),
    "a variable of the shell": (
        step(EXPECT + '§"ledger.az == $az"'),
        "timeline[9].expect",
        '"$az" is not how a variable is written',
        "write ${az}",
    ),
    "a variable of a template": (
        step(EXPECT + '§"ledger.az == {{az}}"'),
        "timeline[9].expect",
        '"{{az}}" is not how a variable is written',
        "write ${az}",
    ),
    "a variable that is not closed": (
        step(EXPECT + '§"ledger.az == ${az"'),
        "timeline[9].expect",
        '"${az" is not how a variable is written',
        "write ${az}",
    ),
    "a variable in a variable": (
        swap('{ az = "us-east-1a" }', '{ az = "us-east-1a", ax = §"${az}" }'),
        "vars.ax",
        "a variable is a text, and holds no other variable",
        "write it out",
    ),
    "a table for a variable": (
        swap('{ az = "us-east-1a" }', '{ az = "us-east-1a", x = §{ y = 1 } }'),
        "vars.x",
        "a table is not text",
        'write it in quotes, like "…"',
    ),
    "a list for the variables": (
        swap('{ az = "us-east-1a" }', '§["az"]'),
        "vars",
        "a list is not a table",
        "write it in braces, like { key = value }, or under its own [heading]",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_alone_at_its_place(name: str) -> None:
    found, key, wrong, right = MISTAKES[name]
    assert_alone(found, key, wrong, right)
