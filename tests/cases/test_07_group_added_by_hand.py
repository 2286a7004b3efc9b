"""terraform-provider-openstack 552: a security group added by hand is invisible."""

import pytest

from tests.stacks.clone import Clone

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("gate")]


def test_drift_names_the_port_and_the_group_and_repairs_it(clone: Clone) -> None:
    network = clone.cloud.network
    port = next(network.ports(name="web"))
    group = network.create_security_group(name="by-hand")
    declared = list(port.security_group_ids)
    network.update_port(port, security_groups=[*declared, group.id])
    found = {d["resource"]: d for d in clone.drift() if d["property"] == "securityGroupIds"}
    assert found["Port/web"]["recorded"] == declared
    assert group.id in found["Port/web"]["actual"]
    # it is still seen once the state was refreshed, where plain Pulumi takes it for right
    clone.drift("--accept")
    assert "Port/web" in {d["resource"] for d in clone.drift()}
    left = clone.drift("--repair")  # the group itself is declared by nobody
    assert network.get_port(port.id).security_group_ids == declared
    assert [d["resource"] for d in left] == ["SecGroup/by-hand"]
    network.delete_security_group(group)
    assert clone.drift(code=0) == []
