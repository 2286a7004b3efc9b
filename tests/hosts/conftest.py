"""One throw-away host of each suite, shared by the tests that only look at it."""

import uuid
from collections.abc import Iterator

import pytest

from bentre_infra.hosts import image
from bentre_infra.hosts.image import GuestImage
from bentre_infra.hosts.throwaway import Request, Throwaway
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress


@pytest.fixture(scope="session")
def hosts() -> Throwaway:
    return Throwaway(Paths.from_env())


@pytest.fixture(scope="session", params=sorted(image.SUITES))
def guest_image(request: pytest.FixtureRequest) -> GuestImage:
    return image.build(request.param, Paths.from_env(), Progress())


@pytest.fixture
def name(hosts: Throwaway) -> Iterator[str]:
    """A host's name that no other test has; the host is gone after the test."""
    mine = f"test-{uuid.uuid4().hex[:8]}"
    yield mine
    hosts.destroy(mine)


@pytest.fixture(scope="session")
def host(hosts: Throwaway, guest_image: GuestImage) -> Iterator[str]:
    mine = f"test-{uuid.uuid4().hex[:8]}"
    hosts.create(Request(mine, guest_image, hostname=f"{mine}.example.test"))
    hosts.wait(mine)
    yield mine
    hosts.destroy(mine)
