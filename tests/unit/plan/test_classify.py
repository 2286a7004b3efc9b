from bentre_infra.engine.steps import State, Step, top_level
from bentre_infra.plan.classify import CASCADE, Kind, classify
from bentre_infra.plan.rules import load_rules

INSTANCE = "openstack:compute/instance:Instance"
VOLUME = "openstack:blockstorage/volume:Volume"


def step(op: str, type_: str = INSTANCE, name: str = "web", **more) -> Step:
    return Step(op, f"urn:pulumi:lab::foundation::{type_}::{name}", type_, **more)


def only(*steps: Step):
    changes = classify(steps, load_rules())
    assert len(changes) == 1
    return changes[0]


def test_what_stays_is_left_out():
    assert classify([step("same"), step("read"), step("refresh")], load_rules()) == ()


def test_components_and_providers_are_left_out():
    steps = [
        step("create", "bentre:cloud:Server", custom=False),
        step("create", "pulumi:providers:openstack"),
    ]
    assert classify(steps, load_rules()) == ()


def test_an_image_change_previews_as_update_and_is_a_rebuild():
    change = only(step("update", changed=("imageId", "metadata", "flavorName")))
    assert (change.kind, change.properties) == (Kind.REBUILD, ("imageId",))
    assert "root disk" in change.loses
    assert change.destructive
    assert change.name == "Instance/web"


def test_a_resize_restarts_and_needs_no_allowance():
    change = only(step("update", changed=("flavorName", "name")))
    assert (change.kind, change.properties) == (Kind.RESTART, ("flavorName",))
    assert not change.destructive


def test_any_other_update_is_harmless():
    change = only(step("update", changed=("metadata", "name")))
    assert (change.kind, change.loses) == (Kind.UPDATE, "")


def test_the_steps_of_a_replacement_are_one_change():
    steps = [
        step("create-replacement", keys=("userData",), changed=("userData", "metadata")),
        step("replace", keys=("userData",), changed=("userData", "metadata")),
        step("delete-replaced"),
    ]
    change = only(*steps)
    assert (change.kind, change.properties) == (Kind.REPLACE, ("userData",))
    assert change.destructive


def test_a_replacement_that_only_follows_from_another_says_so():
    steps = [
        step("create-replacement", keys=("userData",)),
        step("replace"),
        step("delete-replaced"),
    ]
    assert only(*steps).properties == (CASCADE,)


def test_replacing_what_holds_nothing_passes():
    assert not only(step("replace", "openstack:compute/keypair:Keypair")).destructive


def test_a_type_without_a_rule_counts_as_holding_something():
    change = only(step("delete", "openstack:database/instance:Instance"))
    assert change.kind is Kind.DELETE_DATA
    assert change.destructive


def test_deletes():
    assert only(step("delete", VOLUME)).kind is Kind.DELETE_DATA
    rule = only(step("delete", "openstack:networking/secGroupRule:SecGroupRule"))
    assert (rule.kind, rule.destructive) == (Kind.DELETE, False)


def test_an_image_beside_a_boot_volume_is_a_conflict_from_the_start():
    device = {"uuid": "7d0e", "sourceType": "image", "destinationType": "volume", "bootIndex": 0}
    wrong = State(inputs={"imageId": "7d0e", "blockDevices": [device]})
    change = only(step("create", new=wrong))
    assert (change.kind, change.properties) == (Kind.CONFLICT, ("imageId", "blockDevices"))
    assert change.destructive
    right = State(inputs={"blockDevices": [device]})
    assert only(step("create", new=right)).kind is Kind.CREATE
    local = State(
        inputs={"imageId": "7d0e", "blockDevices": [device | {"destinationType": "local"}]}
    )
    assert only(step("create", new=local)).kind is Kind.CREATE


def test_top_level():
    assert top_level("networks[0].port") == "networks"
    assert top_level('metadata["a.b"]') == "metadata"
    assert top_level("imageId") == "imageId"
