"""Whoever has taken over a source cannot destroy its copies."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from support import RUN, SETTINGS, STATE, name_of, other_of, settings, snapshots

NEAR = f"{RUN} restic near"


@pytest.fixture
def options(host):
    """What the key of a source can do at most: SSH without restic."""
    entry = settings(host)["repositories"][0]
    return (
        f"-F none -i {SETTINGS}/id_source -o BatchMode=yes -o IdentitiesOnly=yes"
        f" -o HostKeyAlias={entry['host']} -o User=bentre-backup -o Port={entry['port']}"
        f" -o UserKnownHostsFile={STATE}/known_hosts.{name_of(host)}.near"
    )


@pytest.fixture
def ssh(host, options):
    return f"/usr/bin/ssh {options} {settings(host)['repositories'][0]['address']}"


def identities(host):
    return sorted(snapshot["id"] for snapshot in snapshots(host))


def test_the_source_cannot_delete_its_copies(host):
    before = identities(host)
    # restic would try it again and again; of Debian 13 it is even content with having tried
    host.check_output(f"{NEAR} forget {before[-1]} 2>&1 | grep --max-count=1 403")
    host.check_output(f"{NEAR} unlock")  # the pipe ended it
    assert identities(host) == before


def test_its_key_opens_neither_a_shell_nor_files_nor_ports(host, ssh):
    entry = settings(host)["repositories"][0]
    # what comes is the storage's protocol, whatever is asked for
    asked = "timeout 60 {} < /dev/null | tr -cd [:print:]"
    shell = host.check_output(asked.format(f"{ssh} 'cat /etc/hostname'"))
    assert entry["host"] not in shell
    assert "SFTP" not in host.check_output(asked.format(f"{ssh} -s sftp"))
    sftp = f"sftp -b - {ssh.removeprefix('/usr/bin/ssh ')}"
    listed = host.check_output(f"echo 'ls /etc' | timeout 60 {sftp}; echo ended with $?")
    assert "passwd" not in listed
    assert "ended with 0" not in listed
    forward = host.run(f"timeout 60 {ssh} -W 127.0.0.1:22 < /dev/null; true")
    assert "administratively prohibited" in forward.stderr
    # nor does the way in of the operators know it
    operators = ssh.replace(f"-o Port={entry['port']}", "-o Port=22")
    assert "Permission denied" in host.run(f"{operators} true < /dev/null; true").stderr


def test_the_protocol_refuses_it_too(host, ssh):
    """The storage's own requests, through a socket that leads to the forced command."""
    host.check_output(
        "systemd-run --collect --unit=bridge systemd-socket-activate --accept --inetd"
        f" --listen=127.0.0.1:7777 {ssh}"
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
    keeper = ssh.replace("id_source", "id_keeper")
    shell = host.check_output(
        f"timeout 60 {keeper} 'cat /etc/hostname' < /dev/null | tr -cd [:print:]"
    )
    assert settings(host)["repositories"][0]["host"] not in shell
