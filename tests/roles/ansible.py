"""Run Ansible and Molecule from the clone, as a user does, with folders of their own."""

import os
import subprocess
import sys
from pathlib import Path

from tests import command

ROOT = Path(__file__).parents[2]
ROLES = sorted(path.parents[1].name for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
SCENARIOS = sorted(path.parent.name for path in ROOT.glob("molecule/*/molecule.yml"))


def ansible(
    program: str, *arguments: str | Path, state: Path, code: int | None = 0, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment; ``state`` is where it keeps what it needs.

    Further settings are variables of its environment.
    """
    mine = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ANSIBLE_HOME": str(state),
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "MOLECULE_COMMAND_BORDERS": "0",
        "NO_COLOR": "1",
    }
    return command.run([program, *arguments], ROOT, os.environ | mine | settings, code=code)
