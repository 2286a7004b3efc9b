"""After the first converge: each host backs up to the other, and to itself as a second place."""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from support import (
    RUN,
    SETTINGS,
    STATE,
    edited,
    fires,
    kept,
    measured,
    name_of,
    other_of,
    settings,
    snapshots,
    started,
    sums,
)

BOTH = ("near", "far")
DOCUMENTATION = Path(__file__).parents[3] / "docs/backup.md"


def test_who_never_backs_up_raises_an_alarm_in_time(host):
    """Measurements begin with the converge, before the first backup."""
    for name in BOTH:
        assert not fires(host, "BackupOld", name)
        assert fires(host, "BackupOld", name, hours=27)
        assert fires(host, "RestoreTestOld", name, hours=24 * 400)


def test_a_backup_reaches_both_repositories_and_shows_no_secret(host):
    secret = host.check_output(f"cat {SETTINGS}/password")
    # all processes with their arguments and variables, while it goes on
    host.check_output("rm -f /var/tmp/over /var/tmp/seen")
    host.check_output(
        "(until [ -e /var/tmp/over ]; do ps axwwe; sleep 0.1; done > /var/tmp/seen 2>&1 &);"
        " systemctl start bentre-backup-run; touch /var/tmp/over"
    )
    seen = host.check_output("cat /var/tmp/seen")
    assert "restic -r rclone:near" in seen
    assert secret not in seen
    assert secret not in host.check_output("journalctl -o cat")
    for name in BOTH:
        assert not fires(host, "BackupOld", name, hours=25)
        assert snapshots(host, name)[-1]["paths"] == ["/srv/data", "/srv/letters"]
    # over IPv6, to the other host
    near = settings(host)["repositories"][0]
    assert near["host"] == other_of(host)[0]
    assert ":" in near["address"]


def test_what_is_restored_has_the_same_hashes(host):
    there = sums(host, "/srv")
    assert "Sổ [1] *.bin" in there
    assert "dump.sql" in there
    for name in BOTH:
        host.check_output("rm -rf /var/tmp/back")
        host.check_output(f"{RUN} restic {name} restore latest --target /var/tmp/back")
        assert sums(host, "/var/tmp/back/srv") == there
        assert not host.file("/var/tmp/back/srv/data/cache.tmp").exists
    # the source is gone: from its keeper
    _, keeper = other_of(host)
    keeper.check_output("rm -rf /var/tmp/back")
    where = f"near@{name_of(host)}"
    keeper.check_output(f"{RUN} restic {where} restore latest --target /var/tmp/back")
    assert sums(keeper, "/var/tmp/back/srv") == there


def commands(heading):
    """The first block of commands below a heading of the documentation, without the remarks."""
    text = DOCUMENTATION.read_text()
    block = re.search(rf"^## {heading}[\s\S]*?\n\n((?:    .*\n)+)", text, re.M)
    return [line.split("#")[0].strip() for line in block[1].splitlines()]


def test_restore_by_the_five_commands_of_the_documentation(host):
    five = commands("Restore")
    assert len(five) == 5
    assert commands("Khôi phục") == five
    before = sums(host, "/srv")
    host.check_output("rm /srv/letters/thu.eml; rm -rf /restore")
    for command in five:
        mine = command.replace("/srv/mail", "/srv/letters").replace("less", "cat")
        said = host.run(mine)
        assert said.rc == 0, f"{mine}: {said.stderr}"
    host.check_output("rm -rf /restore")
    assert sums(host, "/srv") == before


def test_the_restore_test_passes(host):
    rc, said = started(host, "test")
    assert rc == 0, said
    for name in BOTH:
        for alarm in ("BackupDamaged", "RestoreDiffers", "RestoreTestOld"):
            assert not fires(host, alarm, name)
    state = json.loads(host.check_output(f"cat {STATE}/state.json"))
    assert "/srv/data/Sổ [1] *.bin" in state["near"]["files"]
    assert not host.file(f"{STATE}/restored").exists


def test_a_damaged_repository_and_a_wrong_restore_are_found(host):
    """The second one, which lies on this host, is damaged; from the first other things return."""
    where = f"/srv/backup/{name_of(host)}/data"
    pack = host.check_output(f"find {where} -type f -size +100k | head -n 1")
    state = json.loads(host.check_output(f"cat {STATE}/state.json"))
    state["near"]["files"]["/srv/letters/thu.eml"] = "0" * 64
    with kept(host, pack), edited(host, f"{STATE}/state.json", **state):
        host.check_output(f"printf damage | dd of={pack} bs=1 seek=5000 conv=notrunc status=none")
        rc, said = started(host, "test")
    assert rc != 0
    assert "far: restic check" in said
    assert fires(host, "BackupDamaged", "far")
    assert not fires(host, "BackupDamaged", "near")
    assert "near: /srv/letters/thu.eml is not what was backed up" in said
    assert fires(host, "RestoreDiffers", "near")


def test_a_repository_that_is_not_reached_is_not_called_damaged(host):
    host.check_output("systemctl stop bentre-backup-store")
    try:
        rc, said = started(host, "test")
    finally:
        host.check_output("systemctl start bentre-backup-store")
    assert rc != 0
    assert "unable to open repository" in said  # restic may shorten why
    # both as the last whole test found them; what is reached was tested
    for name in BOTH:
        assert not fires(host, "BackupDamaged", name)
        assert not fires(host, "RestoreDiffers", name)


def test_what_was_not_backed_up_is_told_and_no_success(host):
    before = measured(host)
    mine = f"/srv/backup/{name_of(host)}"
    lacking = {"paths": ["/srv/data", "/srv/none", "/proc/1/mem"]}
    with edited(host, f"{SETTINGS}/backup.json", **lacking):
        rc, said = started(host, "run")
    assert rc != 0
    assert "/srv/none does not exist" in said
    assert "near: /proc/1/mem could not be read" in said
    # a dump that failed; and one repository is gone, which is never made anew by itself
    host.check_output(f"mv {mine} {mine}.away")
    try:
        with edited(host, f"{SETTINGS}/backup.json", hooks=["false"]):
            rc, said = started(host, "run")
        made = host.run(f"ls {mine}/config").rc == 0
    finally:
        host.check_output(f"rm -rf {mine} && mv {mine}.away {mine}")
    assert rc != 0
    assert "before the backup: false" in said
    assert "far: restic cat" in said
    assert not made
    for name in BOTH:
        last = f'bentre_backup_last_success_timestamp_seconds{{repository="{name}"}}'
        assert measured(host)[last] == before[last]


def test_who_was_killed_stops_nobody(host):
    """A check has a lock for itself alone, and is killed with all that it has started."""
    locks = f"/srv/backup/{name_of(host)}/locks"
    host.check_output(
        "systemctl start --no-block bentre-backup-test;"
        f' timeout 300 sh -c "until ls -A {locks} | grep -q .; do sleep 0.02; done";'
        " systemctl kill --signal=KILL bentre-backup-test;"
        " while systemctl is-active bentre-backup-test | grep -q ing; do sleep 0.1; done"
    )
    host.check_output("systemctl reset-failed")
    assert host.check_output(f"ls -A {locks}")
    rc, said = started(host, "run")
    assert rc == 0, said
    assert not host.check_output(f"ls -A {locks}")


def test_one_run_waits_for_the_other(host):
    said = "/var/tmp/said"
    waits = "another run is going on"
    host.check_output(
        f"rm -f {said}; flock --close {STATE}/lock sh -c '"
        f"({RUN} run; echo code $?) > {said} 2>&1 &"
        f' until grep "{waits}" {said}; do sleep 0.1; done; ! grep code {said}\';'
        f" until grep code {said}; do sleep 0.1; done"
    )
    assert host.check_output(f"cat {said}").endswith("code 0")


def test_the_keeper_removes_what_the_policy_lets_go(host):
    name, (_, other) = name_of(host), other_of(host)
    near = f"{RUN} restic near"
    host.check_output(f"{near} backup --time '2020-01-01 00:00:00' /srv/letters")
    old = next(s["id"] for s in snapshots(host) if s["time"].startswith("2020-"))
    # a copy with a date of the future would make all others old
    host.check_output(f"{near} backup --time '2040-01-01 00:00:00' /srv/letters")
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
    assert not fires(other, "OldBackupsStay", "near", source=name)
    assert fires(other, "OldBackupsStay", "near", hours=24 * 16, source=name)


def test_no_password_is_where_the_copies_are(host):
    secret = host.check_output(f"cat {SETTINGS}/password")
    assert len(secret) >= 40
    for file in ("password", "id_source", "id_keeper"):
        assert host.file(f"{SETTINGS}/{file}").mode == 0o600
    places = "/srv/backup /etc/bentre/backup-store /etc/ssh /etc/systemd /var/log"
    assert host.run(f"grep -rqF -- '{secret}' {places}").rc == 1
    assert host.run(f"runuser -u bentre-backup -- ls {SETTINGS}").rc != 0


def test_other_roles_keep_their_folder(host):
    assert host.file("/etc/bentre").mode == 0o755


def test_timers_are_waiting(host):
    for verb in ("run", "test", "keep"):
        timer = host.service(f"bentre-backup-{verb}.timer")
        assert timer.is_running
        assert timer.is_enabled


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
