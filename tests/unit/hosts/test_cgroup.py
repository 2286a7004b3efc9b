import select
import subprocess
import uuid

import pytest

from bentre_infra.hosts.cgroup import Cgroup


@pytest.fixture
def group():
    made = Cgroup(f"bentre-test-{uuid.uuid4().hex[:8]}")
    made.create()
    yield made
    made.kill()


def _sleeper(group):
    return subprocess.Popen(
        group.entering(("sh", "-c", "setsid sleep 600 & echo ready; wait")),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_process_and_what_it_leaves_behind_are_in_the_group(group):
    with _sleeper(group) as shell:
        assert shell.stdout.readline() == "ready\n"
        assert shell.pid in group.processes()
        assert len(group.processes()) == 2
        shell.kill()
        shell.wait()
        assert len(group.processes()) == 1


def test_kill_leaves_no_process_and_no_group(group):
    with _sleeper(group) as shell:
        shell.stdout.readline()
        group.kill()
        assert shell.wait(timeout=60) == -9
    assert group.processes() == set()
    group.kill()  # again, with nothing there


def test_frozen_processes_stand_still_and_go_on(group):
    with subprocess.Popen(
        group.entering(("cat",)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as echo:
        echo.stdin.write("a\n")
        echo.stdin.flush()
        assert echo.stdout.readline() == "a\n"
        with group.frozen():
            echo.stdin.write("b\n")
            echo.stdin.flush()
            assert select.select([echo.stdout], [], [], 0.2)[0] == []
        assert echo.stdout.readline() == "b\n"
        echo.stdin.close()


def test_the_argument_list_is_passed_as_it_is(group):
    done = subprocess.run(
        group.entering(("printf", "%s|", "a b", "$HOME", "'")),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "a b|$HOME|'|"
