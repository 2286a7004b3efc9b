"""What of packages is due, from what dpkg tells."""

import importlib.util
import os
import time
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "plugins/modules/node_packages.py"


@pytest.fixture(scope="module")
def node_packages():
    spec = importlib.util.spec_from_file_location("node_packages", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Dpkg:
    """Instead of the node."""

    def run_command(self, argv, check_rc):
        assert argv[0] == "dpkg-query"
        assert check_rc
        told = "vim\tinstalled\nnginx\tconfig-files\nlibc6\tinstalled\nlibc6\tnot-installed\n"
        return 0, told + "chrony\thalf-configured\n", ""


@pytest.mark.parametrize(
    ("names", "present", "purge", "due"),
    [
        (["vim", "libc6"], True, False, []),
        (["vim", "nginx", "chrony", "knot"], True, False, ["nginx", "chrony", "knot"]),
        (["vim=2:9"], True, False, ["vim=2:9"]),
        (["nginx", "knot"], False, False, []),
        (["nginx", "knot"], False, True, ["nginx"]),
        (["vim", "libc6", "chrony"], False, False, ["vim", "libc6", "chrony"]),
        ([], True, False, []),
    ],
)  # fmt: skip
def test_due_is_what_dpkg_has_otherwise(node_packages, names, present, purge, due):
    assert node_packages.due(Dpkg(), names, present, purge) == due


def test_lists_are_stale_after_an_hour_and_where_there_are_none(
    node_packages, tmp_path, monkeypatch
):
    stamp = tmp_path / "stamp"
    monkeypatch.setattr(node_packages, "STAMP", stamp)
    assert node_packages.stale()
    stamp.touch()
    assert not node_packages.stale()
    old = time.time() - 3700
    os.utime(stamp, (old, old))
    assert node_packages.stale()
