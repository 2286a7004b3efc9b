"""Ctrl-C in the middle, and an engine that is killed: no process is left behind."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.project import DEADLINE, FILES, Project

pytestmark = pytest.mark.engine


def belonging(folder: Path) -> set[int]:
    """Ids of the processes that were started with this test's folder in their environment."""
    mark = f"TRIAL_FOLDER={folder}".encode()
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.add(int(entry.name))
            except OSError:
                continue  # it ended, or it is a kernel thread
    return found


def wait_until(happened: Callable[[], object], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not happened():
        assert time.monotonic() < end, f"not within {DEADLINE} s: {what}"
        time.sleep(0.05)


WAITING = """
import atexit
import os
import pathlib
import subprocess
import time

folder = pathlib.Path(os.environ["TRIAL_FOLDER"])
subprocess.Popen(["sleep", "3600"])
try:
    (folder / "started").touch()
    time.sleep(3600)
finally:
    (folder / "cleaned-up").touch()
"""


@pytest.mark.parametrize("command", ["preview", "up"])
def test_ctrl_c_ends_the_program_and_its_children(
    stack: Callable[..., Project], command: str, tmp_path: Path
) -> None:
    project = stack(WAITING)
    args = ["up", "--yes", "--skip-preview"] if command == "up" else ["preview"]
    engine = project.start(*args)
    wait_until((tmp_path / "started").exists, "the program runs")
    os.killpg(engine.pid, signal.SIGINT)
    said, _ = engine.communicate(timeout=DEADLINE)
    assert engine.returncode != 0
    assert (tmp_path / "cleaned-up").exists()
    assert "cancel" in said.lower()
    wait_until(lambda: not belonging(tmp_path), "nothing is left")
    # nothing is locked either
    project.write("")
    project.pulumi("up", "--yes", "--skip-preview")


def test_ctrl_c_ends_a_program_that_ignores_it(
    stack: Callable[..., Project], tmp_path: Path
) -> None:
    project = stack("import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + WAITING)
    engine = project.start("preview")
    wait_until((tmp_path / "started").exists, "the program runs")
    os.killpg(engine.pid, signal.SIGINT)
    engine.communicate(timeout=DEADLINE)
    assert engine.returncode != 0
    wait_until(lambda: not belonging(tmp_path), "nothing is left")


def test_a_killed_engine_takes_the_program_with_it(
    stack: Callable[..., Project], tmp_path: Path
) -> None:
    project = stack(WAITING)
    engine = project.start("preview")
    wait_until((tmp_path / "started").exists, "the program runs")
    engine.kill()
    engine.communicate(timeout=DEADLINE)
    wait_until(lambda: not belonging(tmp_path), "nothing is left")
    assert (tmp_path / "cleaned-up").exists()


def test_ctrl_c_while_a_resource_is_made(stack: Callable[..., Project], tmp_path: Path) -> None:
    """The resource under way is finished and recorded; none after it is begun."""
    slow = FILES.replace(
        '(FOLDER / name).write_text(props["text"])',
        '(FOLDER / name).write_text(props["text"])\n'
        "        import time\n"
        '        while not (FOLDER / "go-on").exists():\n'
        "            time.sleep(0.05)",
    )
    program = slow + 'first = File("first", "1")\nFile("second", first.text)\n'
    project = stack(program)
    engine = project.start("up", "--yes", "--skip-preview")
    wait_until(lambda: list(tmp_path.glob("first-*")), "the first is being made")
    os.killpg(engine.pid, signal.SIGINT)
    (tmp_path / "go-on").touch()
    engine.communicate(timeout=DEADLINE)
    assert engine.returncode != 0
    wait_until(lambda: not belonging(tmp_path), "nothing is left")
    assert not list(tmp_path.glob("second-*"))
    exported = project.pulumi("stack", "export").stdout
    assert "::first" in exported
    assert "pending_operations" not in exported
    project.pulumi("up", "--yes", "--skip-preview")
    assert len(list(tmp_path.glob("first-*"))) == 1
    project.pulumi("destroy", "--yes", "--skip-preview")
