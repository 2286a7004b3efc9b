"""`bentre drift` finds what a hand did to the real lab (the port's group: tests/cases/test_07)."""

import pytest

from tests.stacks.clone import Clone

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("gate")]


def test_none(clone: Clone) -> None:
    assert clone.drift(code=0) == []
    assert "no drift" in clone.bentre("drift")


def test_a_changed_quota(clone: Clone, admin) -> None:
    project = clone.cloud.current_project_id
    admin.compute.update_quota_set(project, cores=7)
    [found] = clone.drift()
    assert (found["resource"], found["property"]) == ("QuotaSetV2/quota", "cores")
    assert (found["recorded"], found["actual"], found["owner"]) == (10, 7, "stack foundation")
    clone.drift("--repair", code=0)
    assert admin.compute.get_quota_set(project).cores == 10


def test_a_server_and_a_rule_that_nobody_declared(clone: Clone) -> None:
    compute, network = clone.cloud.compute, clone.cloud.network
    server = compute.create_server(
        name="by-hand",
        image_id=clone.cloud.image.find_image("debian12").id,
        flavor_id=compute.find_flavor("bentre.tiny").id,
        networks="none",
    )
    group = network.find_security_group("ssh", project_id=clone.cloud.current_project_id)
    rule = network.create_security_group_rule(
        security_group_id=group.id,
        direction="ingress",
        ethertype="IPv4",
        protocol="tcp",
        port_range_min=3306,
        port_range_max=3306,
    )
    found = {d["resource"]: d for d in clone.drift()}
    assert found.keys() == {"Instance/by-hand", "SecGroupRule/ssh: ingress IPv4 tcp 3306"}
    assert found["Instance/by-hand"]["owner"] == f"user {clone.cloud.current_user_id}"
    assert found["Instance/by-hand"]["id"] == server.id
    network.delete_security_group_rule(rule)
    compute.delete_server(server)
    compute.wait_for_delete(server, interval=0.3)
    assert clone.drift(code=0) == []


def test_a_deleted_server_is_found_and_made_again(clone: Clone) -> None:
    before = clone.server()
    clone.cloud.compute.delete_server(before)
    clone.cloud.compute.wait_for_delete(before, interval=0.3)
    found = {d["resource"]: d for d in clone.drift()}
    assert (found["Instance/web"]["recorded"], found["Instance/web"]["actual"]) == ("there", None)
    clone.drift("--repair", code=0)
    assert clone.server().id != before.id
