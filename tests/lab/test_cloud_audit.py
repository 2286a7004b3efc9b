"""What an audit says of volumes and of a management network: projects made for it, broken, mended.

The lab's own site has volumes in one project alone, and no network without a gateway.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from openstack.connection import Connection

from bentre_infra.compliance.checks.control import Judgement
from bentre_infra.compliance.gather.cloud import gather_cloud
from bentre_infra.compliance.result import Verdict
from tests import projects
from tests.lab_connection import LabUnderTest
from tests.unit.compliance.recorded import ask
from tests.waiting import PATIENCE

pytestmark = pytest.mark.lab


@dataclass(frozen=True)
class Owner:
    """A system of the site that is audited: its project."""

    name: str
    project: str
    cloud: Connection

    def volume(self, kind: Any) -> Any:
        storage = self.cloud.block_storage
        volume = storage.create_volume(size=1, volume_type=kind.name, name=kind.name)
        return storage.wait_for_status(volume, "available", interval=0.3, wait=PATIENCE)

    def discard(self, volume: Any) -> None:
        self.cloud.block_storage.delete_volume(volume)
        self.cloud.block_storage.wait_for_delete(volume, interval=0.3, wait=PATIENCE)


@pytest.fixture
def owners(lab: LabUnderTest, admin: Connection) -> Iterator[list[Owner]]:
    made = [projects.make(lab, admin) for _ in range(2)]
    operator = lab.connect("bentre-lab")
    yield [Owner(p.name, p.id, operator.connect_as_project(p.name)) for p in made]
    for project in made:
        projects.remove(lab, admin, project)


@pytest.fixture
def kinds(admin: Connection, owners: list[Owner]) -> Iterator[list[Any]]:
    """A type of volumes for each of them; deleted with their projects still there."""
    storage = admin.block_storage
    made = [storage.create_type(name=owner.name) for owner in owners]
    yield made
    for owner in owners:
        for volume in owner.cloud.block_storage.volumes():
            owner.discard(volume)
    for kind in made:
        storage.delete_type(kind)


@pytest.fixture
def judge(
    lab: LabUnderTest, owners: list[Owner], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Judgement]:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", lab.env["OS_CLIENT_CONFIG_FILE"])

    def said(control: str) -> Judgement:
        facts = gather_cloud("bentre-lab-admin", [owner.name for owner in owners])
        return ask(control, facts, kind="cloud")

    return said


def test_systems_that_share_a_type_of_volumes_are_seen(judge, owners, kinds):
    for owner, kind in zip(owners, kinds, strict=True):
        owner.volume(kind)
    assert judge("CLD-02").verdict is Verdict.PASS
    foreign = owners[1].volume(kinds[0])
    red = judge("CLD-02")
    assert red.verdict is Verdict.FAIL
    assert f"systems share volume types: {kinds[0].name}" in red.en
    owners[1].discard(foreign)
    assert judge("CLD-02").verdict is Verdict.PASS


def test_volumes_in_the_clear_are_seen(judge, owners, kinds):
    """The lab keeps none that is encrypted (docs/lab.md): they are in the clear, or none."""
    assert judge("DAT-02").verdict is Verdict.NOT_APPLICABLE
    plain = owners[0].volume(kinds[0])
    red = judge("DAT-02")
    assert red.verdict is Verdict.FAIL
    assert f"volumes in the clear: {plain.name}" in red.en
    owners[0].discard(plain)
    assert judge("DAT-02").verdict is Verdict.NOT_APPLICABLE


def test_a_gateway_of_the_management_network_is_seen(judge, owners):
    network = owners[0].cloud.network
    net = network.create_network(name="management")
    subnet = network.create_subnet(
        network_id=net.id,
        ip_version=4,
        cidr="10.98.0.0/24",
        gateway_ip=None,
        allocation_pools=[{"start": "10.98.0.10", "end": "10.98.0.99"}],
    )
    assert judge("NET-11").verdict is Verdict.PASS
    network.update_subnet(subnet, gateway_ip="10.98.0.1")
    red = judge("NET-11")
    assert red.verdict is Verdict.FAIL
    assert "the management network has a gateway: 10.98.0.0/24" in red.en
    network.update_subnet(subnet, gateway_ip=None)
    assert judge("NET-11").verdict is Verdict.PASS
