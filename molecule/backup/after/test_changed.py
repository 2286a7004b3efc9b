"""After the second converge: a folder is not backed up any more, and a source is none any more."""

import json

RUN = "/usr/local/sbin/bentre-backup"


def is_source(host):
    return host.backend.get_hostname() == "backup-debian12"


def test_what_is_taken_off_the_list_stays_in_old_copies_only(host):
    if not is_source(host):
        return
    # the other host has forgotten this one's key; the second repository has not
    old = json.loads(host.check_output(f"{RUN} restic far snapshots --json"))[-1]
    assert old["paths"] == ["/srv/data", "/srv/letters"]
    host.run("systemctl start bentre-backup-run")
    new = json.loads(host.check_output(f"{RUN} restic far snapshots --json"))[-1]
    assert new["paths"] == ["/srv/data"]
    assert "/srv/letters/thu.eml" in host.check_output(f"{RUN} restic far ls {old['id']}")
    assert "/srv/letters/thu.eml" not in host.check_output(f"{RUN} restic far ls {new['id']}")


def test_a_source_no_more_is_not_let_in_and_told(host):
    if not is_source(host):
        return
    said = host.run(f"{RUN} restic near snapshots")
    assert said.rc != 0
    assert "Permission denied" in said.stderr
    assert host.run("systemctl start bentre-backup-run").rc != 0
    host.check_output("systemctl reset-failed")


def test_its_copies_stay(host):
    if is_source(host):
        return
    assert host.check_output("find /srv/backup/backup-debian12/snapshots -type f")


def test_who_backs_up_nothing_waits_for_nothing(host):
    if is_source(host):
        return
    for verb in ("run", "test"):
        assert not host.service(f"bentre-backup-{verb}.timer").is_running
        assert not host.service(f"bentre-backup-{verb}.timer").is_enabled
    assert host.service("bentre-backup-keep.timer").is_running
