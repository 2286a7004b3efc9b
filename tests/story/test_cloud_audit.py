"""An audit sees what is broken in the site's projects; all of it is put back."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from openstack.connection import Connection
from openstack.network.v2.network import Network

from bentre_infra.commands.environment import lab_environment
from bentre_infra.compliance.result import Verdict
from bentre_infra.runtime.paths import Paths
from tests.lab_connection import LabUnderTest
from tests.story.auditor import Auditor
from tests.story.datacentre import DataCentre

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.story]

type Break = Callable[[Connection], AbstractContextManager[None]]


def zone(cloud: Connection, name: str) -> Network:
    """The site's network of a zone: the lab has those of others too."""
    own = {p.id for p in cloud.identity.projects() if p.name.startswith("lab-")}
    return next(n for n in cloud.network.networks(name=name) if n.project_id in own)


@contextmanager
def network_changed(cloud: Connection, name: str, broken: object, whole: object) -> Iterator[None]:
    """One property of the dmz's network is another for a while."""
    network = zone(cloud, "dmz")
    cloud.network.update_network(network, **{name: broken})
    try:
        yield
    finally:
        cloud.network.update_network(network, **{name: whole})


@contextmanager
def renamed(cloud: Connection, server: str, name: str) -> Iterator[None]:
    (found,) = (s for s in cloud.compute.servers(all_projects=True) if s.name == server)
    cloud.compute.update_server(found, name=name)
    try:
        yield
    finally:
        cloud.compute.update_server(found, name=server)


@contextmanager
def interface_in_the_clear(cloud: Connection) -> Iterator[None]:
    service = cloud.identity.create_service(type="audit-test", name="audit-test")
    endpoint = cloud.identity.create_endpoint(
        service_id=service.id, interface="public", url="http://192.0.2.1:8080"
    )
    try:
        yield
    finally:
        cloud.identity.delete_endpoint(endpoint)
        cloud.identity.delete_service(service)


@contextmanager
def default_group_open(cloud: Connection) -> Iterator[None]:
    project = next(p for p in cloud.identity.projects() if p.name.startswith("lab-"))
    (group,) = cloud.network.security_groups(name="default", project_id=project.id)
    rule = cloud.network.create_security_group_rule(
        security_group_id=group.id,
        direction="ingress",
        ethertype="IPv4",
        remote_ip_prefix="0.0.0.0/0",
    )
    try:
        yield
    finally:
        cloud.network.delete_security_group_rule(rule)


CASES: list[tuple[str, str, Break]] = [
    (
        "NET-01",
        "zones without a network: dmz",
        lambda c: network_changed(c, "name", "somebodys", "dmz"),
    ),
    ("NET-14", "not doubled", lambda c: renamed(c, "portal-front-2", "portal-other")),
    (
        "NET-19",
        "port security is off",
        lambda c: network_changed(c, "port_security_enabled", False, True),
    ),
    ("CLD-01", "share a project", lambda c: renamed(c, "base-time-1", "mail-server-1")),
    ("CLD-04", "in the clear", interface_in_the_clear),
    ("CLD-05", "lets anybody in", default_group_open),
]


@pytest.mark.parametrize(("control", "says", "broken"), CASES, ids=[c[0] for c in CASES])
def test_what_is_broken_in_the_cloud_is_seen(datacentre: DataCentre, control, says, broken):
    auditor = Auditor.of(datacentre)
    lab = LabUnderTest(Paths.from_env(), lab_environment(Paths.from_env()))
    assert auditor.judge_cloud(control, auditor.cloud()).verdict is Verdict.PASS
    with lab.connect("bentre-lab-admin") as cloud, broken(cloud):
        red = auditor.judge_cloud(control, auditor.cloud())
    assert red.verdict is Verdict.FAIL
    assert says in red.en
    assert auditor.judge_cloud(control, auditor.cloud()).verdict is Verdict.PASS
