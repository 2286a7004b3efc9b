"""After a wrong configuration that was taken back, and a second one with other variables."""

import os
import subprocess
from pathlib import Path

FOLDER = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])


def ssh(host, *arguments):
    return subprocess.run(
        [
            "ssh",
            "-oControlPath=none",
            "-oClearAllForwardings=yes",
            "-oBatchMode=yes",
            *arguments,
            "-F",
            FOLDER / "ssh_config",
            host.backend.get_hostname(),
            "id -un",
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def person(host, user, *arguments):
    return ssh(host, "-l", user, "-i", FOLDER / "person", *arguments)


def test_wrong_configurations_are_gone_and_were_told_of(host):
    assert ssh(host).stdout == "root\n"
    assert "allowgroups" not in host.check_output("sshd -T")
    told = host.check_output("journalctl -t bentre-ssh -p alert -o cat")
    assert told.count("the old one is back") >= 2


def test_no_authority_no_certificates(host):
    said = person(host, "an", f"-oCertificateFile={FOLDER}/good-cert.pub")
    assert "Permission denied" in said.stderr
    assert "Server host certificate" not in ssh(host, "-v").stderr
    assert not host.file("/etc/ssh/ssh_known_hosts").exists


def test_a_key_that_is_revoked_no_more_admits(host):
    assert ssh(host, "-l", "cloud", "-i", FOLDER / "lost").stdout == "cloud\n"


def test_cloud_user_is_not_locked_out_without_pam(host):
    assert "usepam no" in host.check_output("sshd -T")
    assert host.check_output("getent shadow cloud").split(":")[1] == "*"
    assert person(host, "cloud").stdout == "cloud\n"


def test_who_was_locked_on_purpose_stays_locked(host):
    assert host.check_output("getent shadow locked").split(":")[1].startswith("!$")
    assert "Permission denied" in person(host, "locked").stderr
