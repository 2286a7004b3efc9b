"""An audit of a real, plain Debian 12 over SSH: it changes nothing, and sees what is broken."""

import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bentre_infra.compliance.gather.baseline import evaluate
from bentre_infra.compliance.gather.gather import Gathered, gather
from bentre_infra.compliance.gather.request import Request
from bentre_infra.compliance.gather.transport import Target
from bentre_infra.compliance.result import Verdict
from bentre_infra.hosts.throwaway import Throwaway
from bentre_infra.runtime.process import run
from tests.hosts.audited import NAME, Audited, audited
from tests.unit.compliance.recorded import ask

type Shell = Callable[[str], str]


@pytest.fixture(scope="module")
def plain(hosts: Throwaway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    folder = tmp_path_factory.mktemp(f"audit-{uuid.uuid4().hex[:6]}")
    with audited("audit", "debian12", hosts, folder) as host:
        yield host


@pytest.fixture(scope="module")
def shell(plain: Audited) -> Shell:
    return plain.shell


@pytest.fixture
def read(plain: Audited) -> Callable[[], dict[str, Any]]:
    return plain.read


# what a log-in over SSH writes, whoever it is, and what the kernel makes up
_LEFT_OUT = "/proc /sys /run /dev /var/log /var/lib/systemd"

SNAPSHOT = f"""
left_out=$(printf -- '-path %s -prune -o ' {_LEFT_OUT})
find / $left_out -printf '%p %y %m %U %G %s %T@ %l\\n' | sort
dpkg-query -W
systemctl list-units --all --plain --no-legend --type=service,socket,timer |
  awk '{{print $1,$3}}' | grep -Ev '^(session-|user@|user-runtime-dir@|run-)'
systemctl list-unit-files --no-legend
nft list ruleset
sysctl -a 2>/dev/null | grep -Ev 'random|nr|state|inode|ns_last_pid|stat'
"""


def test_an_audit_changes_nothing(read, shell: Shell):
    read()  # folders of a first log-in are not the audit's
    before = shell(SNAPSHOT).splitlines()
    first, second = read(), read()
    after = shell(SNAPSHOT).splitlines()
    assert sorted(set(before) ^ set(after)) == []
    assert len(before) > 5000
    assert not first["overdue"]
    assert set(first["commands"]) == set(second["commands"])


BROKEN_AND_MENDED = [
    ("NET-02", "nft flush ruleset",
     "nft -f - <<< 'table inet t { chain i { type filter hook input priority 0; policy drop; "
     "ct state established accept; tcp dport 22 accept; icmpv6 type { nd-neighbor-solicit, "
     "nd-neighbor-advert } accept; }; }'", "gets in"),
    ("NET-04", "systemd-run -q --unit=telnet nc -lk 23; sleep 1",
     "systemctl stop telnet 2>/dev/null || true", "23/tcp"),
    ("NET-17", "nft flush ruleset",
     "nft -f - <<< 'table inet t { chain i { type filter hook input priority 0; "
     "tcp dport 22 limit rate over 99/second drop; }; }'", "limits the rate"),
    ("SRV-05", "useradd -o -u 0 toor", "sed -i /^toor/d /etc/passwd /etc/shadow", "toor"),
    ("SRV-07", "rm /etc/security/pwquality.conf",
     "printf 'minlen = 14\\nminclass = 4\\n' > /etc/security/pwquality.conf; grep -q pwquality "
     "/etc/pam.d/common-password || sed -i '1i password requisite pam_pwquality.so' "
     "/etc/pam.d/common-password", "minlen"),
    ("SRV-16", "rm -f /etc/ssh/sshd_config.d/a.conf; systemctl reload ssh",
     "echo 'MACs hmac-sha2-512-etm@openssh.com' > /etc/ssh/sshd_config.d/a.conf; "
     "systemctl reload ssh; sleep 1", "hmac-sha1"),
    ("SRV-20", "echo 'deb [trusted=yes] http://x y z' > /etc/apt/sources.list.d/x.list",
     "rm -f /etc/apt/sources.list.d/x.list", "without a signature"),
    ("SRV-25", "ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime",
     "ln -sf /usr/share/zoneinfo/Asia/Ho_Chi_Minh /etc/localtime", "Vietnam"),
    ("SRV-35", "rm -f /etc/modprobe.d/usb.conf",
     "echo 'install usb-storage /bin/false' > /etc/modprobe.d/usb.conf", "memory stick"),
    ("DAT-01", "chmod 644 /etc/shadow", "chmod 640 /etc/shadow", "/etc/shadow 0644"),
    ("DAT-01", "cp /etc/shadow /etc/shadow-; chmod 644 /etc/shadow-", "chmod 640 /etc/shadow-",
     "/etc/shadow- 0644"),
]  # fmt: skip


@pytest.mark.parametrize(("control", "breaks", "mends", "says"), BROKEN_AND_MENDED)
def test_what_is_broken_on_the_host_is_seen_and_what_is_mended_too(  # noqa: PLR0917
    read, shell: Shell, control, breaks, mends, says
):
    shell(mends)
    assert ask(control, read()).verdict is Verdict.PASS
    shell(breaks)
    found = ask(control, read())
    assert found.verdict is Verdict.FAIL
    assert says in found.en
    shell(mends)
    assert ask(control, read()).verdict is Verdict.PASS
    shell("nft flush ruleset")


def test_a_forged_sshd_is_not_believed(read, shell: Shell):
    read()  # the connection stays open: a new one would start the forged program
    shell(
        "cp /usr/sbin/sshd /root/sshd; rm /usr/sbin/sshd; "
        "printf '#!/bin/sh\\necho permitrootlogin no\\n' > /usr/sbin/sshd; chmod 755 /usr/sbin/sshd"
    )
    try:
        facts = read()
    finally:
        shell("mv /root/sshd /usr/sbin/sshd")
    assert facts["tampered"] == ["/usr/sbin/sshd"]
    found = ask("SRV-04", facts)
    assert found.verdict is Verdict.NOT_ASSESSED
    assert "its word is not taken" in found.en


def test_who_may_not_become_root_is_told(plain: Audited, shell: Shell):
    shell(
        "id an 2>/dev/null || useradd -m -c 'Nguyễn Văn An' -s /bin/bash an; "
        "install -d -m 700 -o an /home/an/.ssh; "
        "install -m 600 -o an /root/.ssh/authorized_keys /home/an/.ssh/authorized_keys"
    )
    found = gather([(plain.target(user="an"), Request())])["plain"]
    assert found.facts is None
    assert "no root without a password" in found.reason


def test_a_full_disk_hinders_nobody(read, shell: Shell):
    shell(
        "mount -t tmpfs -o size=64k none /tmp; mount -t tmpfs -o size=64k none /var/tmp; "
        "head -c 1M /dev/zero > /tmp/full 2>/dev/null; head -c 1M /dev/zero > /var/tmp/full; true"
    )
    try:
        facts = read()
    finally:
        shell("umount /tmp /var/tmp")
    assert ask("SRV-05", facts).verdict is Verdict.PASS


def test_a_host_that_is_not_there_stops_no_other(plain: Audited):
    gone = Target("gone", "192.0.2.1", options=("-o", "ConnectTimeout=1"))
    found = gather([(gone, Request()), (plain.target(), Request())])
    assert found["gone"].facts is None
    assert found["gone"].reason.startswith("ssh: ")
    assert found["plain"].facts is not None


def test_a_program_that_was_late_is_asked_again(plain: Audited, shell: Shell):
    shell(
        "printf '#!/bin/sh\\n[ -e /run/asked ] || { touch /run/asked; sleep 1000; }\\necho site\\n'"
        " > /usr/sbin/sssctl; chmod 755 /usr/sbin/sssctl"
    )
    slow = {"argv": ["sssctl", "domain-list"], "timeout": 5}
    told: list[Gathered] = []
    try:
        found = gather(
            [(plain.target(), Request(extra={"commands": {"sssd": slow}}))], told.append
        )["plain"]
    finally:
        shell("rm /usr/sbin/sssctl /run/asked")
    assert found.facts
    assert found.facts["commands"]["sssd"]["out"] == "site\n"
    assert told == [found]


def test_as_testinfra_users_know_it(plain: Audited, tmp_path: Path):
    """Checks run by pytest itself: by mark, by name, in parallel, with JUnit."""
    report, config = tmp_path / "junit.xml", plain.config
    said = run(
        [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", "--rootdir", tmp_path,
         "--pyargs", "bentre_infra.compliance.checks", f"--ssh-config={config}",
         "--hosts=ssh://plain", "-m", "level1", "-k", "NET-02 or SRV-05 or MAIL-01", "-n", "2",
         f"--junit-xml={report}"],
        cwd=tmp_path, check=False,
    )  # fmt: skip
    assert "1 failed, 1 passed, 1 skipped" in said
    text = report.read_text()
    assert "IPv4 input: drop" in text
    assert 'value="NET-02"' in text
    assert "kết nối mới" in text


def test_content_of_openscap_for_another_release_is_not_used(plain: Audited, read):
    """Debian 12 ships that of 10 and 11: it leaves every rule out, and ends with exit code 0."""
    apt = "apt-get -qq install --no-install-recommends openscap-scanner ssg-debian"
    plain.install(f"apt-get -qq update; DEBIAN_FRONTEND=noninteractive {apt} >/dev/null 2>&1")
    found = evaluate([plain.target()], "standard")[NAME]
    assert "no content for its release" in found["error"]
    # taken for its own, as somebody may have done
    content = "/usr/share/xml/scap/ssg/content"
    plain.shell(f"ln -s ssg-debian11-ds.xml {content}/ssg-debian12-ds.xml")
    found = evaluate([plain.target()], "standard")[NAME]
    assert sum(found.get("counts", {}).values()) > 10, found
    said = ask("SRV-01", {**read(), "baseline": found})
    assert said.verdict is Verdict.NOT_ASSESSED
    assert "fewer than 100" in said.en
