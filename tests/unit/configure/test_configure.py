"""Ansible itself, on this machine alone."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from bentre_infra.configure import VALUES_ONLY, Outcome, configure
from bentre_infra.runtime.errors import BentreError
from tests.unit.inventory.ansible import ROOT

PLAYBOOK = """\
- name: "Brackets [of] a name"
  hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {{content: x, dest: {folder}/made, mode: "0600"}}
- name: Last
  hosts: all
  gather_facts: false
  tasks:
    - {task}
"""


@pytest.fixture
def run(tmp_path: Path):
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("all: {hosts: {one: null}, vars: {ansible_connection: local}}\n")
    said: list[str] = []

    def with_task(task: str, *arguments: str) -> tuple[Outcome, list[str]]:
        playbook = tmp_path / "play.yml"
        playbook.write_text(PLAYBOOK.format(folder=tmp_path, task=task))
        said.clear()
        # a plain strategy: the connection is no SSH
        env = {"ANSIBLE_STRATEGY": "linear", "ANSIBLE_HOME": str(tmp_path / "home")}
        outcome = configure(
            ROOT, inventory, playbook, arguments, env=env, log=tmp_path / "log", say=said.append
        )
        return outcome, said

    with_task.said = said
    return with_task


def test_what_changed_and_a_second_run_that_changes_nothing(run) -> None:
    outcome, said = run("ansible.builtin.meta: noop")
    assert [(node.node, node.changed, node.good) for node in outcome.nodes] == [("one", 1, True)]
    assert [play.name for play in outcome.plays] == ["Brackets [of] a name", "Last"]
    assert said == ["Brackets [of] a name", "Last"]
    assert run("ansible.builtin.meta: noop")[0].changed == 0


def test_a_fault_is_said_and_names_the_node_and_the_log(run, tmp_path: Path) -> None:
    with pytest.raises(BentreError, match=r"play\.yml failed at one") as told:
        run("ansible.builtin.fail: {msg: the disk is full}")
    assert told.value.fix == f"less {tmp_path / 'log'}"
    assert any("the disk is full" in line for line in run.said)
    assert "the disk is full" in (tmp_path / "log").read_text()


def test_values_are_looked_at_before_anything_changes(run, tmp_path: Path) -> None:
    demand = "{ansible.builtin.assert: {that: TRUTH}, tags: [always]}"
    run(demand.replace("TRUTH", "true"), VALUES_ONLY)
    with pytest.raises(BentreError, match=r"play\.yml failed at one"):
        run(demand.replace("TRUTH", "false"), VALUES_ONLY)
    assert not (tmp_path / "made").exists()


def test_a_playbook_that_is_none_is_no_traceback(run) -> None:
    with pytest.raises(BentreError, match=r"play\.yml failed"):
        run("no.such.module: {}")
    assert any("no.such.module" in line for line in run.said)


def test_ctrl_c_is_told_to_ansible_which_ends(run, tmp_path: Path) -> None:
    begun = tmp_path / "begun"

    def press() -> None:
        while not begun.exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        run(f"ansible.builtin.shell: touch {begun}; sleep 600")
    assert begun.exists()
