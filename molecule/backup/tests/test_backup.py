"""After the first converge: each host backs up to the other, and to itself as a second place."""

import json
import os
from pathlib import Path

import testinfra

RUN = "/usr/local/sbin/bentre-backup"
NEAR = f"{RUN} restic near"


def measured(host, file="bentre_backup"):
    text = host.check_output(f"cat /var/lib/prometheus/node-exporter/{file}.prom")
    return dict(line.rsplit(" ", 1) for line in text.splitlines())


def started(host, verb):
    """Run a unit as its timer does; what it says."""
    done = host.run(f"systemctl start bentre-backup-{verb}.service")
    said = host.check_output(f"journalctl -u bentre-backup-{verb} -o cat -n 40")
    host.check_output("systemctl reset-failed")
    return done.rc, said


def other_of(host):
    """The other host: it stores this one's copies, and is their keeper."""
    name = next(n for n in host.backend.get_variables()["groups"]["all"] if n != name_of(host))
    config = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "ssh_config"
    return name, testinfra.get_host(f"ssh://root@{name}", ssh_config=str(config))


def name_of(host):
    return host.backend.get_hostname()


def snapshots(host, name="near"):
    return json.loads(host.check_output(f"{RUN} restic {name} snapshots --json"))


def test_a_backup_reaches_both_repositories(host):
    rc, said = started(host, "run")
    assert rc == 0, said
    metrics = measured(host)
    for name in ("near", "far"):
        last = f'bentre_backup_last_success_timestamp_seconds{{repository="{name}"}}'
        assert float(metrics[last]) > 1e9
        assert snapshots(host, name)[-1]["paths"] == ["/srv/data", "/srv/letters"]
    # over IPv6, to the other host
    near = json.loads(host.check_output("cat /etc/bentre/backup/backup.json"))["repositories"][0]
    assert near["host"] == other_of(host)[0]
    assert ":" in near["address"]


def test_what_is_restored_has_the_same_hashes(host):
    for name in ("near", "far"):
        host.check_output("rm -rf /var/tmp/back && mkdir /var/tmp/back")
        host.check_output(f"{RUN} restic {name} restore latest --target /var/tmp/back")
        sums = (
            "cd {} && find data letters -type f ! -name '*.tmp' | sort | xargs -d '\\n' sha256sum"
        )
        there, back = (host.check_output(sums.format(d)) for d in ("/srv", "/var/tmp/back/srv"))
        assert there == back
        assert "Sổ [1] *.bin" in there
        assert "dump.sql" in there
        assert not host.file("/var/tmp/back/srv/data/cache.tmp").exists


def test_the_restore_test_passes(host):
    rc, said = started(host, "test")
    assert rc == 0, said
    metrics = measured(host)
    for name in ("near", "far"):
        assert metrics[f'bentre_backup_check_ok{{repository="{name}"}}'] == "1"
        assert metrics[f'bentre_backup_restore_ok{{repository="{name}"}}'] == "1"
    sample = json.loads(host.check_output("cat /var/lib/bentre-backup/state.json"))["near"]["files"]
    assert "/srv/data/Sổ [1] *.bin" in sample


def test_the_source_cannot_delete_its_copies(host):
    before = snapshots(host)
    said = host.run(f"{NEAR} forget --prune {before[-1]['id']}")
    assert said.rc != 0
    assert "403" in said.stdout + said.stderr
    assert snapshots(host) == before


def test_the_source_cannot_by_the_protocol_either(host):
    """Without restic: what its SSH key can do at most."""
    entry = json.loads(host.check_output("cat /etc/bentre/backup/backup.json"))["repositories"][0]
    ssh = (
        "/usr/bin/ssh -F none -i /etc/bentre/backup/id_source -o BatchMode=yes"
        f" -o HostKeyAlias={entry['host']} -l bentre-backup"
        f" -o UserKnownHostsFile=/var/lib/bentre-backup/known_hosts.{name_of(host)}.near"
    )
    # neither a shell nor files
    shell = host.run(f"timeout 60 {ssh} {entry['address']} 'cat /etc/hostname' < /dev/null")
    assert entry["host"] not in shell.stdout
    files = host.run(f"timeout 60 {ssh} -s {entry['address']} sftp < /dev/null")
    assert files.stdout == ""
    # the storage's own requests, through a socket that leads to the forced command
    host.check_output(
        "systemd-run --collect --unit=bridge systemd-socket-activate --accept --inetd"
        f" --listen=127.0.0.1:7777 {ssh} {entry['address']}"
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


def test_a_damaged_repository_is_found(host):
    """The second one, which lies on this host."""
    where = f"/srv/backup/{name_of(host)}/data"
    pack = host.check_output(f"find {where} -type f -size +100k | head -n 1")
    host.check_output(f"cp -p {pack} /var/tmp/pack")
    host.check_output(f"printf damage | dd of={pack} bs=1 seek=5000 conv=notrunc status=none")
    try:
        rc, said = started(host, "test")
    finally:
        host.check_output(f"cp -p /var/tmp/pack {pack}")
    assert rc != 0
    assert "far: restic check" in said
    metrics = measured(host)
    assert metrics['bentre_backup_check_ok{repository="far"}'] == "0"
    assert metrics['bentre_backup_check_ok{repository="near"}'] == "1"


def test_a_difference_after_a_restore_is_told(host):
    file = "/var/lib/bentre-backup/state.json"
    host.check_output(f"cp -p {file} /var/tmp/state.json")
    state = json.loads(host.check_output(f"cat {file}"))
    state["near"]["files"]["/srv/letters/thu.eml"] = "0" * 64
    host.check_output(f"cat > {file} <<'END'\n{json.dumps(state)}\nEND")
    try:
        rc, said = started(host, "test")
        metrics = measured(host)
    finally:
        host.check_output(f"cp -p /var/tmp/state.json {file}")
    assert rc != 0
    assert "near: /srv/letters/thu.eml is not what was backed up" in said
    assert metrics['bentre_backup_restore_ok{repository="near"}'] == "0"
    assert metrics['bentre_backup_restore_ok{repository="far"}'] == "1"


def test_the_keeper_removes_what_the_policy_lets_go(host):
    name, (_, other) = name_of(host), other_of(host)
    host.check_output(f"{NEAR} backup --time '2020-01-01 00:00:00' /srv/letters")
    old = next(s["id"] for s in snapshots(host) if s["time"].startswith("2020-"))
    # a copy with a date of the future would make all others old
    host.check_output(f"{NEAR} backup --time '2040-01-01 00:00:00' /srv/letters")
    there = snapshots(host)
    rc, said = started(other, "keep")
    assert rc != 0
    assert f"{name}: near: snapshot {there[-1]['short_id']} is of the future" in said
    assert snapshots(host) == there
    # the keeper can delete
    other.check_output(f"{RUN} restic near@{name} forget {there[-1]['id']}")
    rc, said = started(other, "keep")
    assert rc == 0, said
    left = [s["id"] for s in snapshots(host)]
    assert left
    assert old not in left
    assert set(left) < {s["id"] for s in there}
    kept = f'bentre_backup_kept_timestamp_seconds{{source="{name}",repository="near"}}'
    assert float(measured(other, "bentre_backup_keeper")[kept]) > 1e9


def test_a_failed_dump_is_no_success(host):
    file = "/etc/bentre/backup/backup.json"
    before = measured(host)
    host.check_output(f"cp -p {file} /var/tmp/ && sed -i 's/date >/false >/' {file}")
    try:
        rc, said = started(host, "run")
    finally:
        host.check_output(f"cp -p /var/tmp/backup.json {file}")
    assert rc != 0
    assert "before the backup: false > /srv/data/dump.sql" in said
    last = 'bentre_backup_last_success_timestamp_seconds{repository="near"}'
    assert measured(host)[last] == before[last]


def test_no_password_is_where_the_copies_are(host):
    secret = host.check_output("cat /etc/bentre/backup/password")
    assert len(secret) > 40
    for file in ("password", "id_source", "id_keeper"):
        assert host.file(f"/etc/bentre/backup/{file}").mode == 0o600
    assert host.run(f"grep -rq -- '{secret}' /srv/backup /etc/ssh /etc/systemd /var/log").rc == 1
    assert host.run("runuser -u bentre-backup -- ls /etc/bentre/backup").rc != 0


def test_timers_are_waiting(host):
    for verb in ("run", "test", "keep"):
        timer = host.service(f"bentre-backup-{verb}.timer")
        assert timer.is_running
        assert timer.is_enabled


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
