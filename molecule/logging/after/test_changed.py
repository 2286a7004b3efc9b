"""After the second converge: Debian 12 is no log node, Debian 13 one of level 3; nobody sends."""

import pytest

FOLDER = "/var/log/bentre"


@pytest.fixture
def receives(host):
    return host.check_output("hostname") == "logging-debian13"


def test_nothing_goes_to_a_log_node(host):
    assert host.run("systemctl cat bentre-log-sender").rc == 1
    assert host.run("pgrep -f log-sender").rc == 1
    assert not host.file("/var/lib/private/bentre-log-sender").exists
    assert not host.file("/etc/bentre/log-sender.json").exists


def test_a_node_that_is_no_log_node_takes_nothing(host, receives):
    assert host.service("rsyslog").is_running is receives
    assert host.service("rsyslog").is_enabled is receives
    assert host.file("/etc/rsyslog.conf").exists is receives


def test_the_port_is_closed(host, receives):
    listening = host.check_output("ss -Hltn")
    assert (":6514 " in listening) is receives


def test_a_node_that_is_no_log_node_has_no_keeper(host, receives):
    there = host.run("systemctl is-enabled bentre-logs.timer").rc == 0
    assert there is receives
    assert host.file("/var/lib/prometheus/node-exporter/bentre_logs.prom").exists is receives
    assert host.service("bentre-logs.timer").is_running is receives


def test_below_level_4_files_can_be_removed(host, receives):
    if not receives:
        pytest.skip("no log node: its files stay as they are")
    host.check_output("systemctl start bentre-logs.service")
    flags = host.check_output(f"lsattr -dR {FOLDER}")
    assert {set(line.split()[0]) & {"a", "i"} == set() for line in flags.splitlines()} == {True}
    file = host.check_output(f"ls {FOLDER}/*/*.log | head -n 1")
    host.check_output(f"rm {file}")


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
