"""The lab cloud as tests use it: shared by all, or for one test alone (marker ``exclusive``)."""

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openstack
import pytest
from openstack.config import OpenStackConfig
from openstack.connection import Connection

from bentre_infra.lab import lifecycle
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress
from tests.lab.tenant import Tenant

_IN_USE = Path("/run/bentre-infra/tests.lock")


@dataclass(frozen=True)
class LabUnderTest:
    """The running lab: where it is, and the environment of its clients."""

    paths: Paths
    env: dict[str, str]

    @property
    def ssh_key(self) -> Path:
        return Path(self.env["BENTRE_SSH_KEY"])

    def connect(self, cloud: str) -> Connection:
        config = OpenStackConfig(config_files=[self.env["OS_CLIENT_CONFIG_FILE"]])
        return openstack.connection.Connection(config=config.get_one(cloud=cloud))


@pytest.fixture(scope="session")
def lab() -> LabUnderTest:
    paths = Paths.from_env()
    with _Holding(fcntl.LOCK_SH):
        lifecycle.up(paths, Progress())
    return LabUnderTest(paths, lifecycle.environment(paths))


@pytest.fixture(autouse=True)
def _lab_in_use(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that stops services waits until nobody else uses them, and the other way round."""
    exclusive = request.node.get_closest_marker("exclusive")
    if not exclusive and "lab" not in request.fixturenames:
        yield
        return
    with _Holding(fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH):
        yield


class _Holding:
    def __init__(self, how: int) -> None:
        self._how = how

    def __enter__(self) -> None:
        _IN_USE.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(_IN_USE, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._fd, self._how)

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)


@pytest.fixture(scope="session")
def cloud(lab: LabUnderTest) -> Connection:
    """The ordinary operator of project ``bentre``."""
    return lab.connect("bentre-lab")


@pytest.fixture(scope="session")
def admin(lab: LabUnderTest) -> Connection:
    return lab.connect("bentre-lab-admin")


@pytest.fixture
def tenant(lab: LabUnderTest, cloud: Connection) -> Iterator[Tenant]:
    """Resources for one test; all of them are deleted after it."""
    with Tenant(cloud, lab.ssh_key) as made:
        yield made


@pytest.fixture(scope="module")
def shared(lab: LabUnderTest, cloud: Connection) -> Iterator[Tenant]:
    """Resources for the tests of one file, which only look at them."""
    with _Holding(fcntl.LOCK_SH), Tenant(cloud, lab.ssh_key) as made:
        yield made
