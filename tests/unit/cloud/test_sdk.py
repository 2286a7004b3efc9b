"""No module of the provider's SDK loads while a program runs: its threads would find half of it."""

import re
import subprocess
import sys
from pathlib import Path

CLOUD = Path(__file__).parents[3] / "bentre_infra/cloud"
LATER = """
import types
from bentre_infra.cloud.sdk import openstack
for name, module in vars(openstack).items():
    if isinstance(module, types.ModuleType) and type(module) is not types.ModuleType:
        print(name)
"""


def test_what_the_stacks_use_is_loaded():
    code = "".join(path.read_text() for path in CLOUD.glob("*.py"))
    used = set(re.findall(r"\bopenstack\.([a-z]+)\.", code))
    argv = [sys.executable, "-c", LATER]
    later = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    assert "networking" in used
    assert "vpnaas" in later  # nobody uses it
    assert not used & set(later)
