"""Which switch program the chassis get."""

import pytest

from bentre_infra.lab import switch
from bentre_infra.runtime.errors import BentreError

SAYS = {
    "3.1.0": "ovs-vswitchd (Open vSwitch) 3.1.0\n",
    "3.5.0": "ovs-vswitchd (Open vSwitch) 3.5.0\n",
}


@pytest.fixture
def machines(monkeypatch):
    """Give the machine a version of its own."""
    monkeypatch.setattr(switch, "run", lambda _: SAYS[machines_version[0]])
    machines_version: list[str] = []
    return machines_version.append


def test_one_that_suits_is_taken_from_the_machine(machines, tmp_path):
    machines("3.5.0")
    assert switch.is_ready(tmp_path)
    assert switch.program(tmp_path) == "ovs-vswitchd"
    assert str(switch.schema(tmp_path)) == "/usr/share/openvswitch/vswitch.ovsschema"


def test_one_that_ends_itself_is_not(machines, tmp_path):
    machines("3.1.0")
    assert not switch.is_ready(tmp_path)
    assert switch.program(tmp_path).startswith(f"{tmp_path}/lab/openvswitch-")
    assert switch.schema(tmp_path).is_relative_to(tmp_path)


def test_what_tells_no_version_is_refused(machines, tmp_path, monkeypatch):
    monkeypatch.setitem(SAYS, "none", "ovs-vswitchd: not found\n")
    machines("none")
    with pytest.raises(BentreError, match="does not tell its version"):
        switch.program(tmp_path)
