"""After people left the list."""

import os
import subprocess
from pathlib import Path

FOLDER = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])


def gets_in(host, user):
    options = ["-oControlPath=none", "-oClearAllForwardings=yes", "-oBatchMode=yes"]
    way = ["-F", FOLDER / "ssh_config", "-l", user, "-i", FOLDER / "person"]
    return (
        subprocess.run(
            ["ssh", *options, *way, host.backend.get_hostname(), "true"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )


def test_who_left_is_locked(host):
    for user in ("binh", "deploy", "break-glass"):
        assert host.user(user).exists
        assert not gets_in(host, user)
        assert host.check_output(f"getent shadow {user}").split(":")[1].startswith("!")
        assert host.user(user).groups == [user]
        assert not host.file(f"/home/{user}/.ssh/authorized_keys").content_string


def test_or_removed_with_the_files(host):
    assert not host.user("dung").exists
    assert not host.file("/home/dung").exists


def test_a_key_a_password_and_a_group_that_are_listed_no_more_are_gone(host):
    assert not gets_in(host, "an")
    assert host.check_output("getent shadow an").split(":")[1] == "*"
    assert set(host.user("an").groups) == {"an", "readers"}
    assert not host.group("operators").exists
    assert "deploy" not in host.file("/etc/sudoers.d/bentre").content_string


def test_who_came_back_is_enabled(host):
    assert gets_in(host, "chi")


def test_an_account_that_nobody_listed_was_not_touched(host):
    assert host.user("stranger").exists


def test_what_a_hand_changed_of_pam_is_mended(host):
    assert " remember=10 " in host.file("/etc/pam.d/common-password").content_string
