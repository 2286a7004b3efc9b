"""openshift/installer issue 3729, terraform-provider-openstack issue 1621.

A floating address was given to a port that was not ready, or before its network had a router, and
by an association that Nova has given up. Here Neutron's own is used, after the port, and a port is
made only once its zone is joined to the router.
"""

import pytest

from tests.stacks.site import STACKS

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("site")]


def test_the_association_is_neutrons_and_waits_for_the_port(applied):
    resources = [r for stack in STACKS for r in applied.resources(stack)]
    found = [r for r in resources if "FloatingIpAssociate" in r["type"]]
    assert {r["type"] for r in found} == {
        "openstack:networking/floatingIpAssociate:FloatingIpAssociate"
    }
    for association in found:
        waits = association["propertyDependencies"]["portId"]
        assert any("LoadBalancer" in urn or "Port" in urn for urn in waits)


def test_a_zone_is_known_to_others_once_it_is_joined_to_the_router(applied):
    joined = {
        r["urn"]
        for r in applied.resources("foundation")
        if r["type"] == "openstack:networking/routerInterface:RouterInterface"
    }
    shares = [
        r
        for r in applied.resources("foundation")
        if r["type"] == "openstack:networking/rbacPolicyV2:RbacPolicyV2"
    ]
    assert shares
    for share in shares:
        assert len(joined & set(share["propertyDependencies"]["objectId"])) == 2
