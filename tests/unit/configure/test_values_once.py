"""Values that were good are not looked at again before a run, until something changes."""

from pathlib import Path

import pytest

from bentre_infra.commands import configure as command
from bentre_infra.configure import VALUES_ONLY, Outcome
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress


@pytest.fixture
def clone(tmp_path: Path, monkeypatch) -> Path:
    files = ("ansible.cfg", "roles/a/tasks/main.yml", "playbooks/site.yml", "plugins/filter/f.py")
    for name in (*files, "inventories/x/site.yaml", "export.json"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    monkeypatch.setattr(command, "playbook_file", lambda name: tmp_path / f"playbooks/{name}.yml")
    monkeypatch.setattr(command, "site_file", lambda env: tmp_path / f"inventories/{env}/site.yaml")
    monkeypatch.setattr(command, "export_path", lambda _env, _paths: tmp_path / "export.json")
    return tmp_path


@pytest.fixture
def looked(clone: Path, monkeypatch):
    """Run a playbook; whether values were looked at before it."""
    calls: list[list[str]] = []
    faults: list[str] = []

    def ansible(_root, _inventory, _playbook, arguments, **_):
        calls.append(list(arguments))
        if faults and VALUES_ONLY in arguments:
            raise BentreError(faults.pop(), "x")
        return Outcome((), ())

    def run(**how) -> bool:
        calls.clear()
        paths = Paths(state=clone / "state", cache=clone / "cache")
        (paths.state / "sites/x").mkdir(parents=True, exist_ok=True)
        command.run_playbook("x", "site", paths, Progress(), **how)
        return any(VALUES_ONLY in arguments for arguments in calls)

    run.faults = faults
    monkeypatch.setattr(command, "configure", ansible)
    return run


@pytest.mark.parametrize(
    "changed", ["roles/a/tasks/main.yml", "inventories/x/site.yaml", "export.json"]
)
def test_they_are_looked_at_once_and_again_after_a_change(looked, clone: Path, changed):
    assert looked()
    assert not looked()
    (clone / changed).write_text("other\n")
    assert looked()
    assert not looked()


def test_other_nodes_are_looked_at_too(looked):
    assert looked(limit="a")
    assert looked()


def test_a_fault_is_not_forgotten(looked):
    looked.faults.append("wrong")
    with pytest.raises(BentreError, match="wrong"):
        looked()
    assert looked()
