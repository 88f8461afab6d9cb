"""The actions of Application Auto Scaling: AWS's names and members, and how AWS refuses them."""

from typing import Any

import pytest

from opsconsole import catalog
from opsconsole.commands import parse, registry
from tests.cloud.play import Play
from tests.cloud.test_failover import ALONE, PAIR
from tests.commands.test_registry import camel, snake

botocore_session = pytest.importorskip("botocore.session")
SERVICE = "application-autoscaling"
NAMES = [name for name in registry() if name.startswith(f"{SERVICE}:")]
PUT, REGISTER = f"{SERVICE}:put-scaling-policy", f"{SERVICE}:register-scalable-target"

REFUSALS = [
    ("global_aurora", (), f"{REGISTER} orders-eu min=1 max=2", "ValidationException", "secondary cluster"),
    ("global_aurora", (), f"{PUT} orders-eu value=60 min=1 max=2", "ValidationException", "secondary cluster"),
    (PAIR, (), f"{REGISTER} orders", "ValidationException", "give min and max"),
    (PAIR, (), f"{REGISTER} orders min=3 max=2", "ValidationException", "at most the maximum"),
    (PAIR, (), f"{PUT} orders value=60", "ObjectNotFoundException", "min=1 max=15"),
    (PAIR, (), f"{PUT} orders value=0 min=1 max=2", "ValidationException", "value=0 is no target"),
    (PAIR, (), f"{PUT} orders value=101 min=1 max=2", "ValidationException", "value=101 is no target"),
    (
        PAIR,
        (f"{PUT} orders value=60 min=1 max=2",),
        f"{PUT} orders policy=other value=50",
        "ValidationException",
        "Only one TargetTrackingScaling policy for a given metric specification is allowed",
    ),
    (PAIR, (), f"{SERVICE}:delete-scaling-policy orders", "ObjectNotFoundException", "No scalable target"),
    (
        PAIR,
        (f"{PUT} orders value=60 min=1 max=2",),
        f"{SERVICE}:delete-scaling-policy orders policy=other",
        "ObjectNotFoundException",
        "it has: orders-policy",
    ),
    (PAIR, (), f"{SERVICE}:deregister-scalable-target orders", "ObjectNotFoundException", "No scalable target"),
    (PAIR, ("region:outage us-east-1",), f"{REGISTER} orders min=1 max=2", "ServiceUnavailable", "us-east-1"),
]


@pytest.fixture(scope="module")
def service() -> Any:
    return botocore_session.get_session().get_service_model(SERVICE)


@pytest.mark.parametrize(("text", "before", "line", "code", "says"), REFUSALS, ids=[r[2] for r in REFUSALS])
def test_it_is_refused_with_awss_code_and_a_sentence_that_helps(
    text: str, before: tuple[str, ...], line: str, code: str, says: str, service: Any
) -> None:
    play = Play(text)
    for one in before:
        play.do(one)
    refused = play.wait("1s").refusal(line)
    assert refused.code == code
    assert says in refused.sentence
    assert code in catalog.errors()
    listed = [shape.name for shape in service.operation_model(camel(parse(line).name.partition(":")[2])).error_shapes]
    assert code in (*listed, "ServiceUnavailable")


@pytest.mark.fact("AUR-AS-02")
@pytest.mark.parametrize("bounds", ["min=0 max=8", "min=1 max=16", "min=-1 max=1"])
def test_the_bounds_are_1_to_15_replicas(bounds: str) -> None:
    for action in (REGISTER, f"{PUT} orders value=60"):
        line = f"{action} {bounds}" if action != REGISTER else f"{REGISTER} orders {bounds}"
        refused = Play(PAIR).refusal(line)
        assert refused.code == "ValidationException"
        assert "1 to 15" in refused.sentence
    for fits in ("min=1 max=15", "min=15 max=15"):
        Play(PAIR).do(f"{REGISTER} orders {fits}")


@pytest.mark.fact("AUR-AS-03")
def test_a_policy_says_what_an_auto_scaling_group_says_metric_target_bounds_and_cool_downs() -> None:
    play = Play(PAIR).do(f"{PUT} orders metric=connections value=40 min=1 max=4 scale_in_cooldown=10m")
    scaler = play.cloud.autoscaling["orders"]
    assert scaler.target is not None
    assert (scaler.target.min_capacity, scaler.target.max_capacity) == (1, 4)
    policy = scaler.trackers["orders-policy"].policy
    assert (policy.metric, policy.target) == ("RDSReaderAverageDatabaseConnections", 40.0)
    assert (policy.scale_in, policy.scale_in_cooldown_s, policy.scale_out_cooldown_s) == (True, 600.0, 300.0)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_is_an_action_and_its_fields_are_members_of_its_request(name: str, service: Any) -> None:
    operation = service.operation_model(camel(name.partition(":")[2]))
    assert f"`{operation.name}`" in (registry()[name].__doc__ or "")
    tracking = service.shape_for("TargetTrackingScalingPolicyConfiguration").members
    metric = service.shape_for("PredefinedMetricSpecification").members
    target = service.operation_model("RegisterScalableTarget").input_shape.members
    shapes = [operation.input_shape.members, *([tracking, metric, target] if name == PUT else [])]
    members = {snake(member) for shape in shapes for member in shape}
    asked = {key for key in registry()[name].model_fields if "_" in key}
    assert asked <= members


def test_a_preview_says_what_the_bounds_do_now() -> None:
    def sentences(text: str, line: str) -> tuple[str, ...]:
        return parse(line).preview(Play(text).cloud).sentences

    assert sentences(PAIR, f"{REGISTER} orders min=3 max=8") == ("2 more readers are created at once: there are 1",)
    assert sentences(PAIR, f"{REGISTER} orders min=1 max=8") == ("from 1 to 8 readers; there are 1",)
    assert "no reader" in sentences(ALONE, f"{REGISTER} orders min=1 max=8")[0]
    assert sentences(PAIR, f"{PUT} orders value=60 min=1 max=8")[0] == "keeps its readers near 60 % of CPU"


def test_the_line_of_a_policy_reads_back() -> None:
    line = f"{PUT} orders disable_scale_in=true max=8 metric=connections min=1 scale_in_cooldown=10m value=40.0"
    assert parse(line).line() == line
