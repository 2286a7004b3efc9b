"""After the first converge: who gets in, how, and what is refused; by new connections."""

import json
import os
import subprocess
import time
from pathlib import Path

FOLDER = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])


def ssh(host, *arguments, environment=None):
    """What a client says who comes from the operator's machine, without the operator's own key."""
    options = [
        "ControlMaster=no",
        "ControlPath=none",
        "ClearAllForwardings=yes",
        "NumberOfPasswordPrompts=1",
        *(["BatchMode=yes"] if environment is None else []),
    ]
    return subprocess.run(
        [
            "ssh",
            *(f"-o{option}" for option in options),
            *arguments,
            "-F",
            FOLDER / "ssh_config",
            host.backend.get_hostname(),
            "id -un",
        ],
        env=os.environ | (environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def person(host, user, *arguments, environment=None):
    key = ("-l", user, "-i", FOLDER / "person")
    return ssh(host, *key, *arguments, environment=environment)


def certified(host, name):
    return person(host, "an", f"-oCertificateFile={FOLDER}/{name}-cert.pub")


def refused(said):
    return said.returncode == 255 and "Permission denied" in said.stderr


def test_operator_gets_in_by_a_new_connection(host):
    assert ssh(host).stdout == "root\n"


def test_certificate_of_the_authority_admits(host):
    assert certified(host, "good").stdout == "an\n"


def test_no_other_certificate_admits(host):
    for name in ("revoked", "expired", "elsewhere", "stranger"):
        assert refused(certified(host, name)), name
    reasons = "revoked by file|expired|name is not a listed"
    said = host.check_output(f"journalctl -u ssh -g '{reasons}' -o cat")
    assert "revoked by file" in said
    assert "expired" in said


def test_a_certificate_is_for_its_principals_account_only(host):
    assert refused(person(host, "binh", f"-oCertificateFile={FOLDER}/good-cert.pub"))


def test_a_revoked_key_admits_nobody(host):
    assert person(host, "cloud").stdout == "cloud\n"
    assert refused(ssh(host, "-l", "cloud", "-i", FOLDER / "lost"))


def test_host_shows_a_certificate_of_the_authority(host):
    known = FOLDER / f"known-{host.backend.get_hostname()}"
    for authority, admits in (("host-ca", True), ("other-ca", False)):
        known.write_text(f"@cert-authority * {(FOLDER / f'{authority}.pub').read_text()}")
        said = ssh(host, f"-oUserKnownHostsFile={known}", "-oGlobalKnownHostsFile=/dev/null")
        assert (said.stdout == "root\n") is admits, said.stderr


def test_nodes_believe_each_other_by_certificate(host):
    """The other node's key is in no file of this one: the authority's word is enough."""
    hosts = json.loads((FOLDER / "inventory/site.yml").read_text())["all"]["hosts"]
    (other,) = (hosts[name] for name in hosts if name != host.backend.get_hostname())
    asks = "ssh -v -o BatchMode=yes -o StrictHostKeyChecking=yes -l nobody"
    for address in other["bentre_addresses"]:
        said = host.check_output(f"{asks} {address} 2>&1 || true")
        assert f"Host '{address}' is known and matches the ED25519-CERT host certificate" in said
        assert "Permission denied" in said


def test_weak_algorithms_are_refused(host):
    said = host.check_output("sshd -T")
    for weak in ("-cbc", "3des", "md5", "sha1", "rc4", "arcfour"):
        assert weak not in said.replace("pubkeyauthoptions", ""), weak
    for option, why in (
        ("Ciphers=aes256-cbc", "cipher"),
        ("KexAlgorithms=diffie-hellman-group14-sha1", "key exchange method"),
        ("HostKeyAlgorithms=ssh-rsa", "host key type"),
    ):
        refusal = ssh(host, f"-o{option}")
        assert refusal.returncode == 255
        assert f"no matching {why} found" in refusal.stderr
    # a cipher that has no code of its own
    refusal = ssh(host, "-oCiphers=aes256-ctr", "-oMACs=hmac-sha1")
    assert "no matching MAC found" in refusal.stderr


def test_passwords_alone_do_not_admit(host):
    said = ssh(host, "-l", "two", "-oPubkeyAuthentication=no")
    assert "Permission denied (publickey)" in said.stderr


def test_two_factors_where_they_are_asked_for(host, tmp_path):
    one = person(host, "two")
    assert "Permission denied (keyboard-interactive)" in one.stderr
    answer = tmp_path / "answer"
    answer.write_text(f"#!/bin/sh\ncut -d ' ' -f 1 {FOLDER}/secrets/password\n")
    answer.chmod(0o700)
    asked = {"SSH_ASKPASS": str(answer), "SSH_ASKPASS_REQUIRE": "force"}
    assert person(host, "two", environment=asked).stdout == "two\n"


def test_cloud_user_without_a_password_gets_in(host):
    assert host.check_output("getent shadow cloud").split(":")[1] == "!"
    assert person(host, "cloud").stdout == "cloud\n"


def test_idle_shell_is_closed_by_sshd(host):
    """Client and network are alive: the session was silent."""
    command = ["ssh", "-tt", "-F", FOLDER / "ssh_config", "-oControlPath=none"]
    idle = subprocess.Popen(
        [*command, host.backend.get_hostname()],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 120
    while idle.poll() is None and time.monotonic() < end:
        time.sleep(0.5)
    closed = idle.poll() is not None
    idle.kill()
    idle.wait()
    assert closed


def test_banner_comes_before_a_log_in(host):
    said = host.run("ssh -oBatchMode=yes -oStrictHostKeyChecking=no nobody@localhost; true")
    assert "Permission denied" in said.stderr
    assert host.file("/etc/issue.net").content_string.strip() in said.stderr


def test_nothing_is_on_trial_any_more(host):
    assert not host.file("/var/lib/bentre/ssh/previous").exists
    assert not host.service("bentre-ssh-rollback.timer").is_running
    assert host.service("bentre-ssh-rollback.service").is_enabled


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
