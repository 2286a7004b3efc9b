import socket

import pytest

from bentre_infra.runtime import machine
from bentre_infra.runtime.errors import BentreError


def test_a_package_that_is_not_installed_is_named_with_its_command():
    check = machine.packages(["dpkg", "no-such-package-anywhere"])
    assert not check.ok
    assert check.found == "missing no-such-package-anywhere"
    assert "apt-get install --no-install-recommends no-such-package-anywhere" in check.fix


def test_installed_packages_suit():
    assert machine.packages(["dpkg", "apt"]).ok


def test_a_taken_port_is_named():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        check = machine.ports([("127.0.0.1", port)])
    assert not check.ok
    assert check.found == f"taken: 127.0.0.1:{port}"
    assert machine.ports([("127.0.0.1", port)]).ok


def test_a_missing_tun_device_is_named(tmp_path):
    check = machine.tun(tmp_path / "tun")
    assert not check.ok
    assert "No such file" in check.found
    assert "mknod" in check.fix


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        ('ID=debian\nVERSION_ID="12"\n', True),
        ('ID=debian\nVERSION_ID="13"\n', True),
        ('ID=debian\nVERSION_ID="11"\n', False),
        ('ID=ubuntu\nVERSION_ID="24.04"\n', False),
        ("", False),
    ],
)
def test_only_debian_12_and_13_suit(tmp_path, text, ok):
    release = tmp_path / "os-release"
    release.write_text(text)
    assert machine.debian(release).ok is ok


def test_a_machine_without_cgroup2_is_told_what_to_mount(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text("proc /proc proc rw 0 0\n")
    assert "mount -t cgroup2" in machine.cgroup2(mounts).fix


def test_a_full_disk_is_named(tmp_path):
    check = machine.disk(tmp_path / "not" / "there", 1 << 20)
    assert not check.ok
    assert "GiB free of 1048576 needed" in check.found


def test_require_raises_the_first_that_does_not_suit():
    checks = [machine.Check("a", True, ""), machine.Check("b", False, "broken", "mend it")]
    with pytest.raises(BentreError, match=r"b: broken \(mend it\)"):
        machine.require(checks)
