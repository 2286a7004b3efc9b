"""Whoever has taken over a source cannot destroy its copies."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from support import RUN, SETTINGS, STATE, name_of, other_of, settings, snapshots

NEAR = f"{RUN} restic near"


@pytest.fixture
def ssh(host):
    """What its key can do at most: SSH without restic."""
    entry = settings(host)["repositories"][0]
    return (
        f"/usr/bin/ssh -F none -i {SETTINGS}/id_source -o BatchMode=yes -o IdentitiesOnly=yes"
        f" -o HostKeyAlias={entry['host']} -l bentre-backup -p {entry['port']}"
        f" -o UserKnownHostsFile={STATE}/known_hosts.{name_of(host)}.near {{}} {entry['address']}"
    )


def test_the_source_cannot_delete_its_copies(host):
    before = snapshots(host)
    said = host.run(f"{NEAR} forget --prune {before[-1]['id']}")
    assert said.rc != 0
    assert "403" in said.stdout + said.stderr
    assert snapshots(host) == before


def test_its_key_opens_neither_a_shell_nor_files_nor_ports(host, ssh):
    entry = settings(host)["repositories"][0]
    shell = host.run(f"timeout 60 {ssh.format('')} 'cat /etc/hostname' < /dev/null")
    assert entry["host"] not in shell.stdout
    files = host.run(f"timeout 60 {ssh.format('')} -s sftp < /dev/null")
    assert files.stdout == ""
    forward = host.run(f"timeout 60 {ssh.format('-W 127.0.0.1:22')} < /dev/null")
    assert "administratively prohibited" in forward.stderr
    # nor does the way in of the operators
    operators = ssh.replace(f"-p {entry['port']}", "-p 22").format("")
    assert "Permission denied" in host.run(f"{operators} true < /dev/null").stderr


def test_the_protocol_refuses_it_too(host, ssh):
    """The storage's own requests, through a socket that leads to the forced command."""
    host.check_output(
        "systemd-run --collect --unit=bridge systemd-socket-activate --accept --inetd"
        f" --listen=127.0.0.1:7777 {ssh.format('')}"
    )
    try:
        ask = "curl -s --retry 20 --retry-connrefused --retry-delay 1 --http2-prior-knowledge"
        ask += " -o /dev/null -w '%{http_code}' http://127.0.0.1:7777"
        pack = host.check_output(f"{NEAR} list packs").splitlines()[-1].split()[-1]
        snapshot = snapshots(host)[-1]["id"]
        _, other = other_of(host)
        sums = f"cd /srv/backup/{name_of(host)} && find data snapshots keys config -type f"
        sums += " | sort | xargs sha256sum"
        before = other.check_output(sums)
        for path in (f"data/{pack}", f"snapshots/{snapshot}", "config"):
            assert host.check_output(f"{ask}/{path}") == "200"
            assert host.check_output(f"{ask}/{path} -X DELETE") == "403"
            assert host.check_output(f"{ask}/{path} -X POST --data-binary changed") == "403"
        assert other.check_output(sums) == before
        # the counter-proof: a lock may come and go
        lock = "locks/" + "a" * 64
        assert host.check_output(f"{ask}/{lock} -X POST --data-binary lock") == "200"
        assert host.check_output(f"{ask}/{lock} -X DELETE") == "200"
    finally:
        host.check_output("systemctl stop bridge")


def test_a_source_reaches_no_copies_of_others(host, ssh):
    """Its command names its own folder; the keeper's key is refused a shell as well."""
    _, other = other_of(host)
    keys = other.check_output("cat /etc/bentre/backup-store/*/*.pub").splitlines()
    mine = host.check_output(f"cut -d ' ' -f 2 {SETTINGS}/id_source.pub")
    (line,) = [key for key in keys if mine in key]
    assert line.startswith("restrict,command=")
    assert f'--append-only /srv/backup/{name_of(host)}" ' in line
    keeper = ssh.replace("id_source", "id_keeper").format("")
    shell = host.run(f"timeout 60 {keeper} 'cat /etc/hostname' < /dev/null")
    assert settings(host)["repositories"][0]["host"] not in shell.stdout
