"""Backup."""

import json

from bentre_infra.compliance.checks.common import requires, shown
from bentre_infra.compliance.checks.control import Judge, control, not_assessed
from bentre_infra.compliance.facts.host import Host

# dpkg's own copy of its database is no backup of a host
_JOBS = (r"(?!dpkg-)(?!.*(keep|test)).*(backup|restic|borg).*\.timer",)
_SETTINGS = "/etc/bentre/backup/backup.json"
_HOURS_26 = 26 * 3600  # a day, and the time that a backup takes


def _measured(host: Host, name: str) -> dict[str, float]:
    return {
        labels.get("repository", ""): value
        for metric, labels, value in host.metrics()
        if metric == f"bentre_backup_{name}"
    }


def _repositories(host: Host) -> list[dict]:  # type: ignore[type-arg]
    """Where copies of this host go, as its program is told.

    Raises:
        NotAssessedError: it backs up with something else, which nobody here can read.
    """
    text = host.text(_SETTINGS)
    jobs = host.active(*_JOBS)
    requires(text or jobs, "this host has nothing to back up", "máy không có dữ liệu cần sao lưu")
    if not text:
        raise not_assessed(
            f"backed up by {shown(jobs)}, whose repositories cannot be read",
            f"sao lưu bằng {shown(jobs)}, không đọc được nơi lưu",
        )
    found: list[dict] = json.loads(text).get("repositories", [])  # type: ignore[type-arg]
    return found


@control("BAK-01")
def test_backup_jobs(host: Host, judge: Judge) -> None:
    """A timer makes backups, and the last that went well is at most 26 hours old."""
    timers = host.active(*_JOBS)
    judge.expect(
        bool(timers),
        "a timer is active",
        shown(timers),
        "nothing is backed up by itself",
        "không có sao lưu tự động",
    )
    last = _measured(host, "last_success_timestamp_seconds")
    now = host.document["began"]
    late = [f"{r} ({(now - t) / 3600:.0f} h)" for r, t in last.items() if now - t > _HOURS_26]
    judge.expect(
        bool(last) and not late,
        "the last one <= 26 h ago",
        shown(late, f"{len(last)} repositories" if last else "never"),
        "the last backup that went well is too old, or there is none",
        "lần sao lưu thành công gần nhất quá cũ hoặc chưa có",
    )


@control("BAK-02")
def test_backup_apart(host: Host, judge: Judge) -> None:
    """Keys of sources have a forced command that only adds (rclone's --append-only)."""
    keys = [
        line
        for _, line in host.lines(r"/etc/bentre/backup-store/sources/.*\.pub")
        if "ssh-" in line
    ]
    requires(keys, "stores no copies of others", "không lưu bản sao của máy khác")
    loose = [k.split()[-1] for k in keys if "command=" not in k or "--append-only" not in k]
    judge.expect(
        not loose,
        'command="… --append-only"',
        shown(loose, f"{len(keys)} keys"),
        f"sources that can delete their copies: {shown(loose)}",
        f"máy nguồn có thể xóa bản sao: {shown(loose)}",
    )


@control("BAK-03")
def test_three_two_one(host: Host, judge: Judge) -> None:
    """With the data itself three copies: two repositories, one of them elsewhere."""
    repositories = _repositories(host)
    judge.expect(
        len(repositories) >= 2,
        ">= 2 repositories",
        shown(r.get("name") for r in repositories),
        "there are fewer than three copies",
        "có ít hơn ba bản sao",
    )
    away = [r.get("name") for r in repositories if r.get("offsite")]
    judge.expect(
        bool(away),
        "one off-site",
        shown(away),
        "no copy is elsewhere",
        "không có bản sao ở nơi khác",
    )


@control("BAK-04")
def test_backups_encrypted(host: Host, judge: Judge) -> None:
    """Restic encrypts whatever it stores; what else makes copies is not known to."""
    repositories = _repositories(host)
    judge.expect(
        "restic" in host.packages and bool(repositories),
        "restic",
        f"restic {host.packages.get('restic', 'not installed')}",
        "copies are not encrypted",
        "bản sao lưu không được mã hóa",
    )


@control("BAK-05")
def test_restore(host: Host, judge: Judge) -> None:
    """A restore went well within the time of the level, to the same hashes."""
    _repositories(host)
    months = judge.threshold("restore_months")
    good = _measured(host, "restore_ok")
    when = _measured(host, "restore_timestamp_seconds")
    failed = [r for r, value in good.items() if value != 1]
    judge.expect(
        bool(good) and not failed,
        "the last restore went well",
        shown(failed, f"{len(good)} repositories" if good else "never tried"),
        "the last restore failed, or none was tried",
        "lần khôi phục thử gần nhất thất bại hoặc chưa thử",
    )
    now = host.document["began"]
    old = [
        f"{r} ({(now - t) / 86_400:.0f} d)"
        for r, t in when.items()
        if now - t > months * 30.5 * 86_400
    ]
    judge.expect(
        bool(when) and not old,
        f"<= {months} months ago",
        shown(old, f"{len(when)} repositories" if when else "never"),
        "no restore was tried in time",
        "quá hạn thử khôi phục",
    )
