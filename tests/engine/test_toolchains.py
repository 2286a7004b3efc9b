"""Programs with an environment of their own: pip, uv; `main`; the type checker; `pulumi about`."""

import json
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.engine.project import DEADLINE, Project

pytestmark = pytest.mark.engine

WHERE = """
import os, pathlib, sys
where = pathlib.Path(os.environ["TRIAL_FOLDER"], "where")
where.write_text(sys.prefix + "\\n" + os.getcwd())
"""


def _ran(project: Project) -> tuple[Path, Path]:
    """The environment and the working folder that the program found itself in."""
    project.pulumi("preview")
    prefix, folder = (project.folder.parent / "where").read_text().split("\n")
    return Path(prefix), Path(folder)


def test_pip_makes_the_virtual_environment(project: Project) -> None:
    project.options = {"toolchain": "pip", "virtualenv": "venv"}
    project.write(WHERE)
    (project.folder / "requirements.txt").write_text(f"pulumi=={version('pulumi')}\n")
    project.init()
    project.pulumi("install")
    assert _ran(project)[0] == project.folder / "venv"

    about = json.loads(project.pulumi("about", "--json").stdout)
    assert about["runtime"]["language"] == "python"
    assert about["runtime"]["executable"] == str(project.folder / "venv" / "bin" / "python")
    assert about["runtime"]["toolchain"] == "pip"
    assert {"name": "pulumi", "version": version("pulumi")} in about["dependencies"]


def test_uv_syncs_the_project(project: Project) -> None:
    project.options = {"toolchain": "uv"}
    project.write(WHERE)
    (project.folder / "pyproject.toml").write_text(
        '[project]\nname = "trial"\nversion = "1"\nrequires-python = ">=3.12"\n'
        f'dependencies = ["pulumi=={version("pulumi")}"]\n'
    )
    project.env["UV_PYTHON"] = sys.executable
    project.init()
    project.pulumi("install")
    assert (project.folder / "uv.lock").is_file()
    assert _ran(project)[0] == project.folder / ".venv"

    # without the option: uv.lock says it
    project.options = {}
    project.write(WHERE)
    assert _ran(project)[0] == project.folder / ".venv"


def test_poetry_installs_the_project(project: Project, tmp_path: Path) -> None:
    """Without an index: poetry has settings of its own for that, which a machine may lack."""
    tool, venv = tmp_path / "poetry", project.folder / ".venv"
    uv = ("uv", "--quiet")
    for command in (
        [*uv, "venv", "--python", sys.executable, str(tool)],
        [*uv, "pip", "install", "--python", str(tool / "bin" / "python"), "poetry==2.5.1"],
        [*uv, "venv", "--python", sys.executable, str(venv)],
    ):
        subprocess.run(command, env=project.env, check=True, timeout=DEADLINE)
    site = next(venv.glob("lib/python*/site-packages"))
    (site / "pulumi.pth").write_text(sysconfig.get_path("purelib"))
    project.env |= {
        "PATH": f"{tool}/bin:{project.env['PATH']}",
        "POETRY_VIRTUALENVS_IN_PROJECT": "true",
        "POETRY_CACHE_DIR": str(tmp_path / "poetry-cache"),
    }
    project.options = {"toolchain": "poetry"}
    project.write(WHERE)
    (project.folder / "pyproject.toml").write_text(
        '[project]\nname = "trial"\nversion = "1"\nrequires-python = ">=3.12,<4"\n'
        "[tool.poetry]\npackage-mode = false\n"
    )
    project.init()
    project.pulumi("install")
    assert (project.folder / "poetry.lock").is_file()
    assert _ran(project)[0] == venv


def test_the_projects_own_environment(project: Project) -> None:
    project.write(WHERE)
    project.init()
    assert _ran(project)[0] == Path(sys.prefix)


@pytest.mark.parametrize("main", ["src", "src/site.py"])
def test_main(project: Project, main: str) -> None:
    project.write(WHERE, main=main)
    project.init()
    assert _ran(project)[1] == project.folder / "src"


@pytest.mark.parametrize("checker", ["mypy"])
def test_the_type_checker_runs_first(project: Project, checker: str) -> None:
    project.options["typechecker"] = checker
    project.write("import pulumi\nwidth: int = 'wide'\nprint('the program ran')\n")
    project.init()
    done = project.pulumi("preview", ok=False)
    said = done.stdout + done.stderr
    assert "Incompatible types in assignment" in said
    assert "the program ran" not in said
    project.write("import pulumi\nwidth: int = 3\nprint('the program ran')\n")
    assert "the program ran" in project.pulumi("preview").stdout


def test_a_type_checker_that_is_not_installed(project: Project) -> None:
    project.options["typechecker"] = "pyright"
    project.write("")
    project.init()
    done = project.pulumi("preview", ok=False)
    assert "pyright is not installed" in done.stdout + done.stderr


def test_plain_pulumi_works_in_the_virtual_environment(project: Project) -> None:
    """As an operator does it: activate, pulumi; no variable of ours is set."""
    project.write("import pulumi, pulumi_openstack; pulumi.export('done', True)")
    own = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(Path.home())}
    keep = ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE")
    env = own | {k: project.env[k] for k in keep}
    script = f". {sys.prefix}/bin/activate && pulumi stack init dev && pulumi preview"
    done = subprocess.run(
        ["sh", "-ec", script],
        cwd=project.folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "done" in done.stdout
