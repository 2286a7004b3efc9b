from bentre_infra.engine.steps import State, Step
from bentre_infra.plan.drift import of_step
from bentre_infra.plan.rules import load_rules

PORT = "openstack:networking/port:Port"
QUOTA = "openstack:compute/quotaSetV2:QuotaSetV2"


def found(op: str, type_: str, old: State | None, new: State | None, *changed: str):
    step = Step(op, f"urn:pulumi:lab::mail::{type_}::a", type_, changed=changed, old=old, new=new)
    return of_step("mail", step, load_rules())


def port(declared: list[str] | None, there: list[str]) -> tuple[State, State]:
    inputs = {} if declared is None else {"securityGroupIds": declared}
    return State("1", inputs, {}), State("1", inputs, {"allSecurityGroupIds": there})


def test_a_changed_property():
    old, new = State("1", {}, {"cores": 10}), State("1", {}, {"cores": 7})
    [drift] = found("update", QUOTA, old, new, "cores")
    assert (drift.property, drift.recorded, drift.actual, drift.hidden) == ("cores", 10, 7, False)


def test_a_deleted_resource():
    [drift] = found("delete", PORT, State("1"), None)
    assert (drift.resource, drift.actual) == ("Port/a", None)


def test_a_group_more_or_less_on_a_port_is_seen_though_the_engine_calls_it_the_same():
    for there in (["a", "b", "c"], ["a"], []):
        [drift] = found("same", PORT, *port(["a", "b"], there))
        assert (drift.property, drift.actual, drift.hidden) == ("securityGroupIds", there, True)


def test_the_order_of_groups_is_no_drift():
    assert found("same", PORT, *port(["a", "b"], ["b", "a"])) == []


def test_a_port_that_declares_no_groups_is_not_compared():
    assert found("same", PORT, *port(None, ["default"])) == []
