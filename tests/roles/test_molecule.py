"""Every scenario, as its author runs it: ``molecule test -s NAME``."""

import fcntl
import re
import shutil

import pytest

from bentre_infra.hosts.scenario import Scenario, destroy
from bentre_infra.hosts.throwaway import Throwaway
from bentre_infra.runtime.paths import Paths
from scripts.role_readme import scenario_of
from tests.lab_connection import SCENARIOS as RUNNING
from tests.lab_connection import Holding
from tests.roles import passed
from tests.roles.ansible import ROLES, ROOT, SCENARIOS, ansible
from tests.roles.scenarios import LONGEST, PLAIN, SECRETIVE


def test_every_role_has_a_scenario():
    """Of its name; the roles of a node kind share one, whose converge.yml names them."""
    assert [role for role in ROLES if scenario_of(role) not in SCENARIOS] == []


STATE = ROOT / ".ansible"
# all that Ansible can say: tasks at -vvv, what changes in each file (YAML takes much longer)
TOLD = {
    "state": STATE,
    "ANSIBLE_VERBOSITY": "3",
    "ANSIBLE_DIFF_ALWAYS": "true",
    "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
    "ANSIBLE_CALLBACK_FORMAT_PRETTY": "false",
}


@pytest.mark.molecule
@pytest.mark.parametrize("scenario", sorted(SCENARIOS, key=lambda name: name not in LONGEST))
def test_scenario(scenario):
    """The whole sequence from bare images, and no secret in anything that was said."""
    key = passed.inputs(scenario)
    if before := passed.before(scenario, key):
        pytest.skip(before)
    told = TOLD | ({"ANSIBLE_STRATEGY": "linear"} if scenario in PLAIN else {})
    with Holding(fcntl.LOCK_SH, RUNNING):
        # after a killed run Molecule believes that its hosts are there
        _remove(scenario)
        try:
            done = ansible("molecule", "test", "-s", scenario, "--destroy", "never", **told)
            secrets = [file.read_text().split()[0] for file in STATE.glob(_secrets(scenario))]
            if scenario == "base":
                ansible("molecule", "destroy", "-s", scenario, state=STATE)
                assert not list(STATE.glob(f"{_folder(scenario)}/ssh_config"))
                assert not [n for n in _hosts().names() if n.startswith(f"test-{scenario}-")]
        finally:
            _remove(scenario)
    said = done.stdout + done.stderr
    # Molecule passes over a step that it finds nothing for
    assert "Missing playbook" not in said
    assert "no tests found" not in said
    assert " passed in " in said
    # ansible#38214 and #80966: -vvv and --diff printed secrets
    assert [secret for secret in secrets if secret in said] == []
    assert bool(secrets) is (scenario in SECRETIVE)
    # what is hashed is all that ran
    ran = {f"roles/{role}" for role in re.findall(r"^TASK \[(\w+) : ", said, re.M)}
    assert ran
    assert ran <= passed.sources(scenario)
    if passed.inputs(scenario) == key:  # nobody wrote meanwhile
        passed.keep(scenario, key)


def _folder(scenario: str) -> str:
    return f"tmp/molecule.*.{scenario}"


def _secrets(scenario: str) -> str:
    return f"{_folder(scenario)}/secrets/*"


def _hosts() -> Throwaway:
    return Throwaway(Paths.from_env())


def _remove(scenario: str) -> None:
    """What ``molecule destroy`` does, which takes seconds to start."""
    for folder in STATE.glob(_folder(scenario)):
        made = Scenario(scenario, ROOT, folder, platforms=(), variables={})
        destroy(made, _hosts())
        shutil.rmtree(folder)
