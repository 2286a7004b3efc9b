"""After the first converge: each host sends to the other, and keeps what the other sends."""

import base64
import datetime
import os
import time
import uuid
from collections import Counter

import pytest

OTHER = {"logging-debian12": "logging-debian13", "logging-debian13": "logging-debian12"}
FOLDER = "/var/log/bentre"
PKI = "/etc/bentre/pki"
OWN = f"-cert {PKI}/logging/certificate.pem -key {PKI}/logging/key.pem"
FOREIGN = "-cert /root/foreign.pem -key /root/foreign-key.pem"


def wait(check, seconds=90):
    """What a check finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end
        time.sleep(0.2)
    return found


@pytest.fixture
def node(host):
    """The log node of a host: the other one."""
    config = f"{os.environ['MOLECULE_EPHEMERAL_DIRECTORY']}/ssh_config"
    return host.get_host(f"ssh://{OTHER[host.backend.get_hostname()]}", ssh_config=config)


@pytest.fixture
def marker():
    return uuid.uuid4().hex


def kept(node, text):
    """Lines of today that have a text; not what a program says of the search for it."""
    lines = node.run(f"grep -h {text} {FOLDER}/*/*.log").stdout.splitlines()
    return [line for line in lines if " root " in line or " device " in line]


def numbers(node, marker):
    return Counter(line.rsplit("-", 1)[1] for line in kept(node, marker))


def write(host, marker, first, last, pause=0):
    host.check_output(f"for i in $(seq {first} {last}); do logger {marker}-$i; sleep {pause}; done")


def test_a_line_comes_to_the_log_node_over_ipv6(host, node, marker):
    host.check_output(f"logger -p auth.notice 'Bến Tre {marker}'")
    line = wait(lambda: kept(node, marker))[0]
    print("seconds:", node.check_output("date +%s.%N"), line)  # how long it took: pytest -rP
    address = next(a for a in host.backend.get_variables()["bentre_addresses"] if ":" in a)
    assert line.split()[1] == address
    assert "<37>1 " in line
    assert f"Bến Tre {marker}" in line
    file = node.file(f"{FOLDER}/{host.check_output('hostname')}/{line[:10]}.log")
    assert (file.user, file.group, file.mode) == ("root", "adm", 0o640)


def test_nothing_is_lost_or_doubled_while_the_log_node_is_away(host, node, marker):
    node.check_output("systemctl stop rsyslog syslog.socket")
    write(host, marker, 1, 100)
    node.check_output("systemctl start rsyslog")
    write(host, marker, 101, 101)
    wait(lambda: len(numbers(node, marker)) == 101)
    assert set(numbers(node, marker).values()) == {1}


def test_nothing_is_lost_when_the_log_node_is_killed(host, node, marker):
    write(host, marker, 1, 20)
    node.check_output("systemctl kill -s KILL rsyslog")
    write(host, marker, 21, 60)
    wait(lambda: len(numbers(node, marker)) == 60)
    lines = kept(node, marker)
    # those between writing and acknowledging come twice, and are known by it
    assert len({line.split(" ", 2)[2] for line in lines}) == 60


def foreign(host, name):
    """A certificate of nobody that we trust."""
    host.check_output(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-subj /CN={name} -addext subjectAltName=DNS:{name} "
        "-keyout /root/foreign-key.pem -out /root/foreign.pem"
    )


def test_a_foreign_log_node_gets_nothing_and_nothing_is_lost(host, node, marker):
    foreign(node, node.check_output("hostname"))
    node.check_output(
        f"cp -a {PKI}/logging /root/logging && cp /root/foreign.pem {PKI}/logging/certificate.pem "
        f"&& cp /root/foreign-key.pem {PKI}/logging/key.pem && systemctl restart rsyslog"
    )
    since = host.check_output("date +@%s")
    write(host, marker, 1, 20)
    said = f"journalctl -u bentre-log-tunnel --since {since} -o cat -g 'certificate'"
    wait(lambda: host.run(said).stdout)
    assert not numbers(node, marker)
    node.check_output(f"cp -a /root/logging/. {PKI}/logging/ && systemctl restart rsyslog")
    write(host, marker, 21, 21)
    wait(lambda: len(numbers(node, marker)) == 21)
    assert set(numbers(node, marker).values()) == {1}


def relp(text):
    """The opening of a session, and one line."""
    offer = "relp_version=0\nrelp_software=test\ncommands=syslog"
    line = f"<13>1 2026-11-25T12:00:00Z stranger device - - - {text}"
    return f"1 open {len(offer)} {offer}\n2 syslog {len(line)} {line}\n"


def send(host, to, frames, certificate):
    data = base64.b64encode(frames.encode()).decode()
    host.run(
        f"(echo {data} | base64 -d; sleep 3) | openssl s_client -quiet -no_ign_eof -connect {to} "
        f"-CAfile {PKI}/authorities.pem {certificate}"
    )


def test_strangers_are_refused(host, node, marker):
    name = host.check_output("hostname")
    foreign(host, name)
    to = next(a for a in node.check_output("hostname -I").split() if ":" not in a)
    send(host, f"{to}:6514", relp(f"{marker}-none"), "")
    send(host, f"{to}:6514", relp(f"{marker}-foreign"), FOREIGN)
    # of the right authority, but of a name that may not send: the log node's own
    send(node, "localhost:6514", relp(f"{marker}-name"), OWN)
    send(host, f"{to}:6514", relp(f"{marker}-good"), OWN)
    wait(lambda: numbers(node, marker)["good"])
    assert set(numbers(node, marker)) == {"good"}


def look_after(host):
    host.check_output("systemctl start bentre-logs.service")


def metric(host, name):
    lines = host.check_output("cat /var/lib/prometheus/node-exporter/bentre_logs.prom")
    return dict(line.rsplit(" ", 1) for line in lines.splitlines())[name]


def test_a_full_log_disk_raises_the_alarm(host, node, marker):
    since = node.check_output("date +@%s")
    used = int(node.check_output(f"du -sk {FOLDER}").split()[0])
    node.check_output(f"mount -o remount,size={used + 4}k {FOLDER}")
    write(host, marker, 1, 200)  # more than there is room for
    look_after(node)
    alarm = node.check_output(f"journalctl -t bentre-logs -p alert --since {since} -o cat")
    assert "log disk" in alarm
    assert metric(node, "bentre_logs_disk_full") == "1"
    node.check_output(f"mount -o remount,size=8m {FOLDER}")
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
    said = host.run(command)
    return said.rc != 0 and "ermitted" in said.stderr


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
    host.check_output(f"logger {marker}-1")
    wait(lambda: kept(node, marker))
    file = f"{FOLDER}/{host.check_output('hostname')}/{day(0)}.log"
    assert refused(node, f"truncate -s 0 {file}")
    assert refused(node, f"rm -f {file}")
    assert refused(node, f"sh -c 'echo > {file}'")


def test_the_journal_stays_within_its_limit(host):
    assert host.check_output("ls /var/log/journal/*/system.journal")
    said = host.check_output("journalctl -t systemd-journald -o cat -g 'System Journal'")
    assert "max 200" in said.splitlines()[-1]


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
    assert host.service("rsyslog").is_running
    assert host.service("bentre-log-tunnel").is_running
