"""After the first converge: both hosts keep what either of them sends."""

import datetime
import os
import time
import uuid
from collections import Counter

import pytest

from tests.waiting import eventually

OTHER = {"logging-debian12": "logging-debian13", "logging-debian13": "logging-debian12"}
FOLDER = "/var/log/bentre"
PKI = "/etc/bentre/pki"
SENDER = "bentre-log-sender.service"


@pytest.fixture
def node(host):
    """The log node of a host: the other one."""
    config = f"{os.environ['MOLECULE_EPHEMERAL_DIRECTORY']}/ssh_config"
    return host.get_host(f"ssh://{OTHER[host.backend.get_hostname()]}", ssh_config=config)


@pytest.fixture
def marker():
    return uuid.uuid4().hex


def kept(node, text):
    """Lines of today that have a text, and are no program's that says so of its search."""
    lines = node.run(f"grep -ha {text} {FOLDER}/*/*.log").stdout.splitlines()
    return [line for line in lines if " bentre-test " in line]


def numbers(node, marker):
    return Counter(line.rsplit("-", 1)[1] for line in kept(node, marker))


def write(host, marker, first, last, filling=""):
    host.check_output(
        f"seq -f '{filling}{marker}-%g' {first} {last} | logger -t bentre-test -S 4096"
    )


def all_come(node, marker, last):
    eventually(lambda: len(numbers(node, marker)) == last)
    return numbers(node, marker)


def said(host, since, what):
    """What a program has written to the journal."""
    return host.run(f"journalctl --since {since} -o cat {what}").stdout


def now(host):
    return host.check_output("date +@%s")


def test_a_line_comes_to_the_log_node_over_ipv6(host, node, marker):
    host.check_output(f"logger -t bentre-test -p auth.notice 'Bến Tre {marker}'")
    line = eventually(lambda: kept(node, marker))[0]
    came, address, priority, written = line.split()[:4]
    latency = datetime.datetime.fromisoformat(came) - datetime.datetime.fromisoformat(written)
    print("seconds:", latency.total_seconds())  # pytest -rP
    assert address == next(a for a in host.backend.get_variables()["bentre_addresses"] if ":" in a)
    assert priority == "<37>1"
    assert line.endswith(f" - - Bến Tre {marker}")
    file = node.file(f"{FOLDER}/{host.check_output('hostname')}/{line[:10]}.log")
    assert (file.user, file.group, file.mode) == ("root", "adm", 0o640)


def test_no_entry_stops_the_sender(host, node, marker):
    # numbers that are none, a time that is too late; bytes that are no text, two lines in one
    odd = f"""
from systemd._journal import sendv
tag, nines = b"SYSLOG_IDENTIFIER=bentre-test", b"9" * 5000
numbers = [b"SYSLOG_FACILITY=" + nines, b"PRIORITY=-1", b"COREDUMP_TIMESTAMP=" + nines[:30]]
sendv(tag, b"MESSAGE={marker}-1", *numbers)
sendv(tag, b"MESSAGE=\\xff\\0\\n{marker}-2")
"""
    host.check_output(f"python3 -c '{odd}'")
    all_come(node, marker, 2)
    assert "<13>1 " in next(line for line in kept(node, marker) if line.endswith("-1"))


def test_nothing_is_lost_or_doubled_while_the_log_node_is_away(host, node, marker):
    node.check_output("systemctl stop syslog.socket rsyslog")
    write(host, marker, 1, 50)
    # what is under way comes twice when the sender ends: the other log node has all of these
    all_come(host, marker, 50)
    time.sleep(2)
    host.check_output(f"systemctl restart {SENDER}")
    write(host, marker, 51, 100)
    # nor does it hold up another log node
    assert set(all_come(host, marker, 100).values()) == {1}
    node.check_output("systemctl start rsyslog")
    write(host, marker, 101, 101)
    assert set(all_come(node, marker, 101).values()) == {1}


def test_nothing_is_lost_when_either_side_is_killed(host, node, marker):
    write(host, marker, 1, 500)
    node.check_output("systemctl kill -s KILL rsyslog")
    write(host, marker, 501, 1000)
    host.check_output(f"systemctl kill -s KILL {SENDER}")
    write(host, marker, 1001, 1500)
    all_come(node, marker, 1500)
    # those between writing and acknowledging come twice, and are known by it
    assert len({line.split(" ", 2)[2] for line in kept(node, marker)}) == 1500


@pytest.mark.parametrize(
    ("certificate", "fault"),
    [("foreign", "unable to get local issuer"), ("other", "Hostname mismatch")],
)
def test_a_false_log_node_gets_nothing_and_nothing_is_lost(host, node, marker, certificate, fault):
    since = now(host)
    show = "cp -a {}/. " + f"{PKI}/logging/ && systemctl restart rsyslog"
    node.check_output(f"cp -a {PKI}/logging /root/ && {show.format(f'/root/{certificate}')}")
    try:
        write(host, marker, 1, 20)
        eventually(lambda: said(host, since, f"-u {SENDER} -g '{fault}'"))
        assert not numbers(node, marker)
    finally:
        node.check_output(show.format("/root/logging"))
    assert set(all_come(node, marker, 20).values()) == {1}


def send(host, to, line, certificate=""):
    return host.check_output(f"python3 /root/relp.py {to} {line} {certificate}")


def test_strangers_are_refused(host, node, marker):
    to = node.check_output("hostname -I").split()[0]
    assert "200 OK" not in send(host, to, f"{marker}-none")
    assert "200 OK" not in send(host, to, f"{marker}-foreign", "/root/foreign")
    assert "200 OK" not in send(host, to, f"{marker}-other", "/root/other")
    assert send(host, to, f"{marker}-good", f"{PKI}/logging").count("200 OK") == 2
    assert set(numbers(node, marker)) == {"good"}


def look_after(host):
    host.check_output("systemctl start bentre-logs.service")


def metric(host, name):
    lines = host.check_output("cat /var/lib/prometheus/node-exporter/bentre_logs.prom")
    return dict(line.rsplit(" ", 1) for line in lines.splitlines())[name]


def test_a_full_log_disk_raises_the_alarm_and_loses_nothing(host, node, marker):
    since = now(node)
    used = int(node.check_output(f"df --output=used -k {FOLDER}").split()[1])
    node.check_output(f"mount -o remount,size={used + 100}k {FOLDER}")
    try:
        write(host, marker, 1, 200, "x" * 2000)  # 400 KB
        alarm = "-t bentre-logs -p alert"
        eventually(lambda: "no line is taken" in said(node, since, alarm))
        look_after(node)
        eventually(lambda: "the alarm is set to 80 %" in said(node, since, alarm))
        assert metric(node, "bentre_logs_disk_full") == "1"
        node.check_output("systemctl restart rsyslog")
        assert len(numbers(node, marker)) < 50
    finally:
        node.check_output(f"mount -o remount,size=64m {FOLDER}")
    all_come(node, marker, 200)
    look_after(node)
    assert metric(node, "bentre_logs_disk_full") == "0"


def test_somebody_looks_after_the_files_every_minute(host):
    assert host.service("bentre-logs.timer").is_running
    assert "minute" in host.check_output("systemctl cat bentre-logs.timer")
    silent = 'bentre_logs_last_line_timestamp_seconds{host="%s"}'
    assert metric(host, silent % host.check_output("hostname"))
    assert metric(host, "bentre_logs_failed") == "0"


def day(ago):
    return datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(ago)


def test_files_go_after_their_time_and_not_before(host, marker):
    old = f"{FOLDER}/{marker}"
    months = 6 * 31  # level 4
    ages = [f"{day(months + 1)}.log", f"{day(months)}.log", f"{day(months + 2)}.log.gz"]
    host.check_output(f"mkdir {old}")
    for name in ages:
        host.check_output(f"echo {marker} > {old}/{name}; touch -d '2 days ago' {old}/{name}")
    host.check_output(f"echo {marker} > {old}/notes.txt")
    look_after(host)
    assert set(host.check_output(f"ls {old}").split()) == {f"{day(months)}.log.gz", "notes.txt"}


def refused(host, command):
    answer = host.run(command)
    return answer.rc != 0 and "ermitted" in answer.stderr


def test_closed_files_are_not_changed_or_removed(host, marker):
    old = f"{FOLDER}/{marker}"
    host.check_output(f"mkdir {old}; echo {marker} > {old}/{day(1)}.log")
    host.check_output(f"touch -d yesterday {old}/{day(1)}.log")
    look_after(host)
    packed = f"{old}/{day(1)}.log.gz"
    assert host.check_output(f"zcat {packed}") == marker
    for command in (
        f"rm -f {packed}",
        f"truncate -s 0 {packed}",
        f"sh -c 'echo >> {packed}'",
        f"mv {packed} /root",
        f"mv {old} {FOLDER}/other",
    ):
        assert refused(host, command), command
    assert host.check_output(f"zcat {packed}") == marker


def test_files_of_today_only_grow(host, node, marker):
    look_after(node)
    write(host, marker, 1, 1)
    all_come(node, marker, 1)
    file = f"{FOLDER}/{host.check_output('hostname')}/{day(0)}.log"
    assert refused(node, f"truncate -s 0 {file}")
    assert refused(node, f"rm -f {file}")
    assert refused(node, f"sh -c 'echo > {file}'")


def test_the_journal_stays_within_its_limit(host):
    assert host.check_output("ls /var/log/journal/*/system.journal")
    limit = host.check_output("journalctl -t systemd-journald -o cat -g 'System Journal'")
    assert "max 200" in limit.splitlines()[-1]


def test_a_journal_that_is_too_small_for_what_waits_is_an_alarm(host, node, marker):
    host.check_output(f"systemctl stop {SENDER}")
    since = now(host)
    write(host, marker, 1, 2)
    host.check_output("journalctl --rotate; journalctl --vacuum-time=1us")
    write(host, marker, 3, 4)
    host.check_output(f"systemctl start {SENDER}")
    eventually(lambda: set(numbers(node, marker)) == {"3", "4"})
    eventually(lambda: "has dropped lines" in said(host, since, f"-u {SENDER} -p alert"))


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
    assert host.service("rsyslog").is_running
    assert host.service("bentre-log-sender").is_running
