"""The data centre that the stories are told of: brought up once, by one worker, after all else."""

import fcntl
import json
import os
import subprocess
from collections.abc import Generator, Iterator

import pytest

from bentre_infra.commands.environment import lab_environment
from bentre_infra.inventory import export_path
from bentre_infra.runtime.paths import Paths
from tests.lab.tenant import DNS4
from tests.lab_connection import Holding, LabUnderTest
from tests.roles import passed
from tests.story.datacentre import DataCentre
from tests.story.passes import PASSED, all_passed
from tests.waiting import eventually

OUTSIDE = "outside.example"

MADE_OF = [
    "ansible.cfg",
    "bentre_infra",
    "inventories/lab",
    "playbooks",
    "plugins",
    "roles",
    "stacks",
    "tests/story",
]
"""What the stories run; the reports of an audit are no part of them."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.passed:
        item.session.stash.setdefault(PASSED, set()).add(item.nodeid)
    return report


@pytest.fixture(scope="session")
def datacentre(request: pytest.FixtureRequest) -> Iterator[DataCentre]:
    """The lab's site as ``bentre up`` leaves it; nobody restarts the lab meanwhile.

    It takes as long as many scenarios, so `make test` leaves it to whoever asks, and a pass of all
    stories counts as theirs do (tests/roles/passed.py).
    A site that nobody had up before is taken down again.
    """
    asked = any("tests/story" in argument for argument in request.config.args)
    if not asked and not os.environ.get("BENTRE_TEST_ALL"):
        pytest.skip("the whole site takes half an hour of two cores: pytest tests/story")
    key = passed.digest(MADE_OF)
    if before := passed.before("story", key):
        pytest.skip(before)
    paths = Paths.from_env()
    stood = _stands(paths)
    with Holding(fcntl.LOCK_SH):
        made = DataCentre(paths)
        try:
            yield made
        finally:
            if not stood:
                made.end()
    if all_passed(request.session) and passed.digest(MADE_OF) == key:
        passed.keep("story", key)


@pytest.fixture(scope="session")
def outside(datacentre: DataCentre) -> Iterator[str]:
    """A domain of somebody else, as the Internet knows it: its mail comes from this machine."""
    lab = LabUnderTest(Paths.from_env(), lab_environment(Paths.from_env()))
    with lab.connect("bentre-lab") as cloud:
        for old in cloud.dns.zones(name=f"{OUTSIDE}."):
            cloud.dns.delete_zone(old)  # of a killed run
        eventually(lambda: not list(cloud.dns.zones(name=f"{OUTSIDE}.")))
        zone = cloud.dns.create_zone(name=f"{OUTSIDE}.", email=f"hostmaster@{OUTSIDE}")
        for name, kind, record in (
            (f"{OUTSIDE}.", "MX", f"10 mx.{OUTSIDE}."),
            (f"{OUTSIDE}.", "TXT", '"v=spf1 a:mx.outside.example -all"'),
            (f"mx.{OUTSIDE}.", "A", DNS4),
        ):
            cloud.dns.create_recordset(zone, name=name, type=kind, records=[record])
        # before anybody asks, who would remember that it is not there
        ask = ["dig", "+short", f"@{DNS4}", OUTSIDE, "MX"]
        eventually(lambda: "mx." in subprocess.check_output(ask, text=True))
        yield OUTSIDE
        cloud.dns.delete_zone(zone)


def _stands(paths: Paths) -> bool:
    """Whether somebody has the site up already."""
    export = export_path("lab", paths)
    return export.exists() and bool(json.loads(export.read_text())["nodes"])
