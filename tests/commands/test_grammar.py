"""One line is one command: read, explained when wrong, and written back so that it reads the same."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticUndefined

from opsconsole.commands import BadCommand, Command, TargetKind, parse, registry, timed
from opsconsole.commands.grammar import field_names

words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
sentences = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=20)
durations = st.integers(1, 10**10).map(lambda us: us / 1e6)


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Values for a field, by what its annotation says."""
    text = str(annotation)
    if "Literal" in text:
        members = [arg for arg in _arguments(annotation) if isinstance(arg, str)]
        return st.sampled_from(members)
    if "bool" in text:
        return st.booleans()
    if "float" in text:
        return durations
    if "int" in text:
        return st.integers(1, 6)
    return sentences


def _arguments(annotation: Any) -> list[Any]:
    found = []
    for arg in getattr(annotation, "__args__", ()):
        found += [arg, *_arguments(arg)]
    return found


@st.composite
def commands(draw: st.DrawFn) -> Command:
    """Any command with any of its fields."""
    model = registry()[draw(st.sampled_from(sorted(registry())))]
    target = draw(sentences if model.takes is TargetKind.LABEL else words).replace("=", "-")
    fields: dict[str, Any] = {"target": target}
    for key, field in model.model_fields.items():
        if key != "target" and (field.default is PydanticUndefined or draw(st.booleans())):
            fields[key] = draw(values(field.annotation))
    return model.model_validate(fields)


@settings(max_examples=300, deadline=None)
@given(commands())
def test_every_command_reads_back_from_its_own_line(command: Command) -> None:
    line = command.line()
    assert parse(line) == command
    assert parse(line).line() == line


@settings(max_examples=300)
@given(st.text(max_size=60))
def test_any_text_is_a_command_or_a_sentence_about_what_is_wrong(text: str) -> None:
    said = ""
    try:
        said = parse(text).name
    except BadCommand as bad:
        said = str(bad)
    assert said in registry() or len(said) > 20


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("az:outage us-east-1a", "az:outage us-east-1a"),
        ("az:outage us-east-1a for=1800s", "az:outage us-east-1a for=30m"),
        ("  az:outage   us-east-1a  ", "az:outage us-east-1a"),
        ("rds:failover-db-cluster orders to=orders-3", "rds:failover-db-cluster orders to=orders-3"),
        (
            "rds:failover-db-cluster orders target_db_instance_identifier=orders-3",
            "rds:failover-db-cluster orders to=orders-3",
        ),
        ("app:set-rate checkout reads=600/s writes=80/s", "app:set-rate checkout reads=600/s writes=80/s"),
        ("app:set-rate checkout writes=80/s reads=600/s ramp=0s", "app:set-rate checkout reads=600/s writes=80/s"),
        ("az:partition us-east-1a direction=both", "az:partition us-east-1a"),
        (
            "rds:failover-global-cluster orders-global allow_data_loss=true",
            "rds:failover-global-cluster orders-global allow_data_loss=true",
        ),
        ('mark "before the storm"', "mark 'before the storm'"),
    ],
)
def test_a_line_has_one_canonical_form(text: str, line: str) -> None:
    assert parse(text).line() == line


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "az:outage us-east-1a for=30m"),
        ("az:outag us-east-1a", "did you mean az:outage?"),
        ("rds:failover-cluster orders", "did you mean rds:failover-db-cluster?"),
        ("frobnicate everything", "catalog commands"),
        ("az:outage", "az:outage needs a target: the zone it is aimed at"),
        ("az:outage for=30m", "needs a target"),
        ("az:outage us-east-1a four=30m", "has no field 'four'; did you mean for?"),
        ("az:outage us-east-1a for=30", 'write "30s"'),
        ("az:outage us-east-1a for=soon", "is not a duration"),
        ("az:outage us-east-1a for=-5m", "'-5m'"),
        ("az:outage us-east-1a 30m", "write key=value"),
        ("az:outage us-east-1a for=1m for=2m", "for is given twice"),
        ("sim:storage-node-loss orders copies=7", "it is at most 6"),
        ("sim:storage-corruption orders copy=0", "it is at least 1"),
        ("az:partition us-east-1a direction=up", "'both', 'to' or 'from'"),
        ("rds:create-db-instance orders", "needs id="),
        ("app:set-rate checkout writes=400", "/s"),
        ('mark "unfinished', "No closing quotation"),
    ],
)
def test_a_wrong_line_is_told_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(BadCommand) as caught:
        parse(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds", "line"),
    [
        ("T+60s az:outage us-east-1a", 60, "az:outage us-east-1a"),
        ("t+1m30s heal all", 90, "heal all"),
        ("T+250ms mark now", 0.25, "mark now"),
        ("heal all", 0, "heal all"),
    ],
)
def test_a_line_of_a_script_says_when(text: str, seconds: float, line: str) -> None:
    at_us, command = timed(text)
    assert (at_us, command.line()) == (round(seconds * 1e6), line)


@pytest.mark.parametrize("text", ["T+60 az:outage us-east-1a", "T+soon heal all", "T+60s", "T+ heal all"])
def test_a_time_that_is_none_is_told_so(text: str) -> None:
    with pytest.raises(BadCommand):
        timed(text)


def test_the_fields_of_a_command_are_named_as_a_line_spells_them() -> None:
    assert field_names(registry()["rds:modify-db-cluster"])[:2] == ["retention", "backup-window"]
    assert field_names(registry()["rds:create-db-instance"])[:4] == ["id", "zone", "class", "tier"]
    assert field_names(registry()["az:outage"]) == ["for"]
