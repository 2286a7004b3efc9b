"""Projects that tests make in the lab, and how everything in them goes again.

A run that is killed leaves its projects, servers and hosts behind; they would take the room of the
next. ``python -m tests.projects`` removes them; ``make test`` begins with it.
"""

import fcntl
import re
import sys
import uuid
from collections.abc import Iterable
from typing import Any

from openstack.connection import Connection
from openstack.network.v2.port import Port

from bentre_infra.hosts import network
from bentre_infra.hosts.throwaway import Throwaway
from bentre_infra.lab import lifecycle
from bentre_infra.runtime.paths import Paths
from tests.lab_connection import SCENARIOS, Holding, LabUnderTest

ROLES = ("member", "load-balancer_member", "creator", "swiftoperator")
_MADE_BY_TESTS = re.compile(r"(tests|gate|quota|test)-?[0-9a-f]{6,8}(-[a-z]+)?")


def make(lab: LabUnderTest, admin: Connection) -> Any:
    """A project in which the operator may do what an ordinary user does."""
    project = admin.identity.create_project(name=f"tests-{uuid.uuid4().hex[:8]}")
    operator = admin.identity.find_user("operator")
    for name in ROLES:
        role = admin.identity.find_role(name)
        admin.identity.assign_project_role_to_user(project, operator, role)
    return project


def remove(lab: LabUnderTest, admin: Connection, project: Any) -> None:
    """Delete a project and all that is in it."""
    operator, member = admin.identity.find_user("operator"), admin.identity.find_role("member")
    admin.identity.assign_project_role_to_user(project, operator, member)
    with lab.connect("bentre-lab").connect_as_project(project.name) as inside:
        inside.project_cleanup(dry_run=False)
    # it passes over ports on networks that other projects share
    _delete(admin, admin.network.ports(project_id=project.id))
    # asked for by project, Neutron would make the default group anew
    for group in admin.network.security_groups():
        if group.project_id == project.id:
            admin.network.delete_security_group(group)
    admin.identity.delete_project(project)


def remove_orphans(admin: Connection) -> None:
    """Delete ports of projects that are gone: they hold security groups and networks of others."""
    ports = list(admin.network.ports())  # first: who owns one of these now is known below
    known = {project.id for project in admin.identity.projects()}
    _delete(admin, [port for port in ports if port.project_id and port.project_id not in known])


def _delete(admin: Connection, ports: Iterable[Port]) -> None:
    """Delete ports that no server or service uses any more."""
    for port in ports:
        if not port.device_owner:
            admin.network.delete_port(port)


def sweep(lab: LabUnderTest) -> list[str]:
    """Remove what killed runs left; says what it was. Nobody else may be running tests."""
    with lab.connect("bentre-lab-admin") as admin:
        remove_orphans(admin)
        left = [p for p in admin.identity.projects() if _MADE_BY_TESTS.fullmatch(p.name)]
        # others stand on the networks of a site's foundation
        left.sort(key=lambda p: p.name.endswith("-foundation"))
        for project in left:
            remove(lab, admin, project)
    with lab.connect("bentre-lab") as cloud:
        for key in cloud.compute.keypairs():
            if _MADE_BY_TESTS.fullmatch(key.name):
                cloud.compute.delete_keypair(key)
    return [f"project {p.name}" for p in left]


def sweep_hosts(paths: Paths) -> list[str]:
    """Remove throw-away hosts and their networks that killed runs left."""
    left = [f"host {name}" for name in Throwaway(paths).destroy_named("test-")]
    for net in network.named("test-"):
        network.delete(net)
        left.append(f"network {net.name}")
    return left


def main() -> None:
    """Sweep, once no other run of the tests is going on."""
    paths = Paths.from_env()
    with Holding(fcntl.LOCK_EX), Holding(fcntl.LOCK_EX, SCENARIOS):
        left = sweep_hosts(paths)
        if lifecycle.exists(paths):
            left += sweep(LabUnderTest(paths, lifecycle.environment(paths)))
    for what in left:
        print(f"left by a killed run, removed: {what}", file=sys.stderr)


if __name__ == "__main__":
    main()
