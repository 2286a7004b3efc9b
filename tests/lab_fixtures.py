"""The lab cloud as tests use it: shared by all, or for one test alone (marker ``exclusive``)."""

import fcntl
from collections.abc import Iterator

import pytest
from openstack.connection import Connection

from bentre_infra.lab import lifecycle
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress
from tests import projects
from tests.lab.tenant import Tenant
from tests.lab_connection import Holding, LabUnderTest


@pytest.fixture(scope="session")
def lab() -> LabUnderTest:
    paths = Paths.from_env()
    with Holding(fcntl.LOCK_SH):
        lifecycle.up(paths, Progress())
    return LabUnderTest(paths, lifecycle.environment(paths))


@pytest.fixture(autouse=True)
def _lab_in_use(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that stops services waits until nobody else uses them, and the other way round."""
    exclusive = request.node.get_closest_marker("exclusive")
    if not exclusive and not {"lab", "hosts"} & set(request.fixturenames):
        yield
        return
    with Holding(fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH):
        yield


@pytest.fixture(scope="session")
def cloud(lab: LabUnderTest, admin: Connection) -> Iterator[Connection]:
    """The ordinary operator, in a project that is this worker's own."""
    with Holding(fcntl.LOCK_SH):
        project = projects.make(lab, admin)
    with lab.connect("bentre-lab").connect_as_project(project.name) as connection:
        yield connection
    with Holding(fcntl.LOCK_SH):
        projects.remove(lab, admin, project)


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
    with Holding(fcntl.LOCK_SH), Tenant(cloud, lab.ssh_key) as made:
        yield made
