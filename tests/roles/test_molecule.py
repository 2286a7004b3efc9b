"""Every scenario, as its author runs it: ``molecule test -s NAME``."""

import fcntl

import pytest

from tests.lab_connection import Holding
from tests.roles.ansible import ROLES, ROOT, SCENARIOS, ansible


def test_every_role_has_a_scenario():
    assert set(ROLES) <= set(SCENARIOS)


UNFINISHED = {
    "backup": "restore tests and removal were not seen to pass from the bare image yet",
    "logging": "delivery after a full log disk, and a sender stopped while its log node is away",
}
"""Roles in work: their scenarios run by hand only, and no site may use them yet."""


@pytest.mark.molecule
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario):
    if scenario in UNFINISHED:
        pytest.skip(f"role in work: {UNFINISHED[scenario]}")
    # hosts that are in use are no leftovers of a killed run
    with Holding(fcntl.LOCK_SH):
        done = ansible("molecule", "test", "-s", scenario, state=ROOT / ".ansible")
    # Molecule passes over a step that it finds nothing for
    assert "Missing playbook" not in done.stdout + done.stderr
    assert "no tests found" not in done.stdout + done.stderr
    assert " passed in " in done.stdout
