"""After the second converge: one host backs up less, the other does nothing any more."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support import RUN, SETTINGS, STATE, fires, login, measured, snapshots, started

LETTER = "/srv/letters/thu.eml"


@pytest.fixture(scope="module")
def source():
    return login("backup-debian12")


@pytest.fixture(scope="module")
def idle():
    return login("backup-debian13")


def test_what_is_taken_off_the_list_stays_in_old_copies_only(source):
    old = next(s for s in snapshots(source, "far") if "/srv/letters" in s["paths"])
    rc, said = started(source, "run")
    new = snapshots(source, "far")[-1]
    assert new["paths"] == ["/srv/data"]
    assert LETTER in source.check_output(f"{RUN} restic far ls {old['id']}")
    assert LETTER not in source.check_output(f"{RUN} restic far ls {new['id']}")
    # the other repository is there no more: that is told, and raises its alarm in time
    assert rc != 0
    assert "close: restic cat" in said
    assert fires(source, "BackupOld", "close", hours=27)
    assert not fires(source, "BackupOld", "far", hours=25)


def test_a_repository_that_is_named_no_more_is_measured_no_more(source):
    assert not [series for series in measured(source) if "near" in series]
    assert source.run(f"{RUN} restic near snapshots").stderr.strip() == "near: no such repository"


def test_who_stores_nothing_listens_no_more_and_copies_stay(idle):
    assert not idle.file("/etc/systemd/system/bentre-backup-store.service").exists
    assert not idle.file("/etc/bentre/backup-store").exists
    assert ":2562 " not in idle.check_output("ss -Hltn")
    assert idle.check_output("find /srv/backup/backup-debian12/snapshots -type f")


def test_who_backs_up_nothing_waits_for_nothing(idle):
    for verb in ("run", "test"):
        assert not idle.service(f"bentre-backup-{verb}.timer").is_running
        assert not idle.service(f"bentre-backup-{verb}.timer").is_enabled
    assert idle.service("bentre-backup-keep.timer").is_running
    assert not idle.file(f"{SETTINGS}/backup.json").exists
    said = idle.run(f"{RUN} run")
    assert said.rc == 1
    assert "nothing of this node is backed up" in said.stderr


def test_who_backs_up_nothing_raises_no_alarm(idle):
    assert not idle.file("/var/lib/prometheus/node-exporter/bentre_backup.prom").exists
    assert idle.check_output(f"cat {STATE}/state.json") == "{}"


def test_its_key_is_let_in_no_more_but_its_keepers_is(source):
    store = "/etc/bentre/backup-store"
    assert not source.file(f"{store}/sources/backup-debian13.pub").exists
    listed = source.check_output(f"{RUN} restic near@backup-debian13 ls latest /srv/letters")
    assert LETTER in listed


def test_hosts_are_whole(source, idle):
    for host in (source, idle):
        assert host.check_output("systemctl --failed --no-legend") == ""
