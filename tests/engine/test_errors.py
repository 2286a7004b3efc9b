"""What a user sees when a program or its settings are wrong: once, and where."""

from collections.abc import Callable

import pytest

from tests.engine.project import Project

pytestmark = pytest.mark.engine


def _failure(project: Project) -> str:
    """What stands under "Diagnostics" (rows above repeat its last line), or all that was said."""
    done = project.pulumi("preview", ok=False)
    return done.stdout.partition("Diagnostics:")[2] or done.stdout + done.stderr


def test_a_traceback_is_shown_once(stack: Callable[..., Project]) -> None:
    said = _failure(
        stack("""
        def zone(name):
            raise ValueError(f"no such zone: {name}")

        zone("dmz")
        """)
    )
    assert said.count("Traceback (most recent call last)") == 1
    assert said.count("ValueError: no such zone: dmz") == 1
    assert "__main__.py" in said
    assert "exit code" not in said


def test_an_exit_code_is_told(stack: Callable[..., Project]) -> None:
    said = _failure(stack("import sys; sys.exit(3)"))
    assert said.count("Program exited with non-zero exit code: 3") == 1
    assert "Traceback" not in said


def test_a_run_error_has_no_traceback(stack: Callable[..., Project]) -> None:
    said = _failure(stack("import pulumi; raise pulumi.RunError('the zone file is empty')"))
    assert said.count("the zone file is empty") == 1
    assert "Traceback" not in said


def test_a_failed_apply_is_shown_once(stack: Callable[..., Project]) -> None:
    said = _failure(
        stack("""
        import pulumi

        pulumi.export("x", pulumi.Output.from_input(1).apply(lambda n: n / 0))
        """)
    )
    assert said.count("ZeroDivisionError") == 1


def test_a_syntax_error_names_the_line(stack: Callable[..., Project]) -> None:
    said = _failure(stack("import pulumi\nnetwork = (\n"))
    assert said.count("SyntaxError") == 1
    assert "line 2" in said


def test_a_program_killed_by_a_signal(stack: Callable[..., Project]) -> None:
    said = _failure(stack("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    assert "Program exited unexpectedly: signal: killed" in said


def test_a_missing_main(project: Project) -> None:
    project.write("")
    (project.folder / "__main__.py").unlink()
    project.init()
    assert "__main__.py" in _failure(project)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"toolchain": "conda"}, 'runtime.options.toolchain is "conda"; it can be pip, poetry or'),
        ({"virtualenv": "[a]"}, "runtime.options.virtualenv must be a string"),
        ({"typechecker": "pytype"}, 'runtime.options.typechecker is "pytype"; it can be mypy'),
    ],
)
def test_a_wrong_option_is_named(project: Project, options: dict[str, str], reason: str) -> None:
    project.options |= options
    project.write("")
    project.init()
    assert reason in _failure(project)


def test_a_folder_that_is_no_virtual_environment(project: Project) -> None:
    project.options["virtualenv"] = "nothing"
    (project.folder / "nothing").mkdir()
    (project.folder / "nothing" / "file").touch()
    project.write("")
    project.init()
    assert "nothing" in _failure(project)


def test_what_a_program_prints_is_shown(stack: Callable[..., Project]) -> None:
    project = stack("import sys; print('to stdout'); print('to stderr', file=sys.stderr)")
    said = project.pulumi("preview").stdout.partition("Diagnostics:")[2]
    assert said.count("to stdout") == 1
    assert said.count("to stderr") == 1
