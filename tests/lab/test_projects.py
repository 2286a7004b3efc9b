"""What killed runs leave in the cloud goes, also where projects lean on each other."""

import pytest

from tests import projects

pytestmark = pytest.mark.lab


def test_a_project_goes_with_its_ports_on_the_network_of_another(lab, admin):
    foundation, system = projects.make(lab, admin), projects.make(lab, admin)
    net = admin.network.create_network(name="zone", project_id=foundation.id)
    admin.network.create_rbac_policy(
        object_type="network",
        object_id=net.id,
        action="access_as_shared",
        target_project_id=system.id,
    )
    group = admin.network.create_security_group(name="nodes", project_id=foundation.id)
    port = admin.network.create_port(
        network_id=net.id, project_id=system.id, security_group_ids=[group.id]
    )
    # as one more killed run would leave it: the port of a project that is gone
    orphan = admin.network.create_port(
        network_id=net.id, project_id="0" * 32, security_group_ids=[group.id]
    )

    projects.remove(lab, admin, system)
    assert not admin.network.find_port(port.id)
    projects.remove_orphans(admin)
    assert not admin.network.find_port(orphan.id)
    projects.remove(lab, admin, foundation)
    assert not admin.network.find_security_group(group.id)
    assert not admin.network.find_network(net.id)
