"""After the first converge: each host is a server that watches both."""

import json
import os
import shlex
import time
from pathlib import Path

import testinfra

from tests.waiting import eventually

PKI = "/etc/bentre/pki"
TEXTFILES = "/var/lib/prometheus/node-exporter"
CERTIFICATE = f"--cert {PKI}/monitoring/certificate.pem --key {PKI}/monitoring/key.pem"


def prometheus(host, what):
    return json.loads(host.check_output(f"curl -sS 'http://127.0.0.1:9090/api/v1/{what}'"))["data"]


def messages(host, status, name, node):
    """What has come to the receiver about an alarm of a node."""
    lines = host.check_output("cat /var/tmp/alarms.jsonl").splitlines()
    alarms = [alarm for line in lines for alarm in json.loads(line)["alerts"]]
    return [
        alarm
        for alarm in alarms
        if alarm["status"] == status
        and (alarm["labels"]["alertname"], alarm["labels"]["instance"]) == (name, node)
    ]


def forget(host):
    host.check_output(": > /var/tmp/alarms.jsonl")


def other_than(host):
    name = host.backend.get_hostname()
    other = next(n for n in host.backend.get_variables()["groups"]["all"] if n != name)
    config = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "ssh_config"
    return other, testinfra.get_host(f"ssh://root@{other}", ssh_config=str(config))


def test_every_node_is_asked_by_both_families(host):
    def answers():
        targets = prometheus(host, "targets?state=active")["activeTargets"]
        return {t["labels"]["instance"]: t for t in targets if t["labels"]["job"] == "nodes"}

    nodes = set(host.backend.get_variables()["groups"]["all"])
    up = eventually(
        lambda: (now := answers()) and all(t["health"] == "up" for t in now.values()) and now
    )
    assert set(up) == nodes
    assert up["monitoring-debian12"]["scrapeUrl"].startswith("https://[fd")
    assert up["monitoring-debian13"]["scrapeUrl"].startswith("https://10.")
    assert {t["labels"]["zone"] for t in up.values()} == {"management"}


def test_only_who_has_a_certificate_gets_an_answer(host):
    for address in host.backend.get_variables()["bentre_addresses"]:
        literal = f"[{address}]" if ":" in address else address
        ask = (
            f"curl -sS --max-time 20 --cacert {PKI}/authorities.pem https://{literal}:9100/metrics"
        )
        assert "node_load1 " in host.check_output(f"{ask} {CERTIFICATE}")
        without = host.run(ask)
        assert without.rc != 0
        assert "alert" in without.stderr
        assert without.stdout == ""
        assert host.run(f"{ask} {CERTIFICATE} --tls-max 1.2").rc != 0
        assert "node_" not in host.run(ask.replace("https:", "http:")).stdout


def test_nothing_listens_elsewhere(host):
    sockets = host.check_output("ss -Hltn").splitlines()
    listening = {line.split()[3] for line in sockets}
    ours = {s for s in listening if s.rpartition(":")[2] in {"9090", "9093", "9094", "9100"}}
    addresses = host.backend.get_variables()["bentre_addresses"]
    exporters = {f"[{a}]:9100" if ":" in a else f"{a}:9100" for a in addresses}
    assert ours == {"127.0.0.1:9090", "127.0.0.1:9093"} | exporters


def test_every_alarm_names_its_control_in_two_languages(host):
    rules = prometheus(host, "rules")["groups"][0]["rules"]
    assert len(rules) > 20
    for rule in rules:
        assert rule["health"] in {"ok", "unknown"}
        assert rule["labels"]["control"]
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["vi"]
        assert rule["annotations"]["en"]
    names = {rule["name"] for rule in rules}
    assert "TestQueueLong" in names
    assert "MemoryLow" not in names


def test_a_rule_that_says_something_else_is_refused(host):
    # a rule that no more says what it has to say
    host.check_output(
        "sed 's/bentre_undeclared_services > 0/bentre_undeclared_services > 5/' "
        "/etc/prometheus/rules.yml > /var/tmp/rules.yml"
    )
    assert "bentre_undeclared_services > 5" in host.check_output("cat /var/tmp/rules.yml")
    said = host.run("/usr/local/sbin/bentre-monitoring-rules /var/tmp/rules.yml")
    assert said.rc != 0
    assert "ServiceUndeclared" in said.stdout + said.stderr


def test_a_dead_node_is_an_alarm_that_arrives_and_ends(host):
    name, other = other_than(host)
    forget(host)
    other.check_output("systemctl stop prometheus-node-exporter")
    try:
        alarm = eventually(lambda: messages(host, "firing", "HostDown", name))[0]
    finally:
        other.check_output("systemctl start prometheus-node-exporter")
    assert alarm["labels"]["control"] == "SRV-42"
    assert alarm["labels"]["severity"] == "critical"
    assert alarm["annotations"]["vi"] == f"Máy {name} không trả lời"
    assert alarm["annotations"]["en"] == f"{name} does not answer"
    eventually(lambda: messages(host, "resolved", "HostDown", name))


def test_what_roles_find_is_an_alarm_that_arrives(host):
    name = host.backend.get_hostname()
    stamp = "/var/lib/apt/periodic/upgrade-stamp"
    forget(host)
    expected = {
        "MalwareFound": "bentre_antivirus_quarantined 1",
        "BreakGlassUsed": f"bentre_break_glass_last_use_timestamp_seconds {int(time.time())}",
        "IntegrityChanged": "bentre_integrity_changes 3",
        "LogDiskFull": "bentre_logs_disk_full 1",
        "CertificateEnds": 'bentre_pki_certificate_expiry_timestamp_seconds{name="a"} 1',
        "BackupOld": 'bentre_backup_last_success_timestamp_seconds{repository="a"} 1',
    }
    text = shlex.quote("\n".join(expected.values()) + "\n")
    host.check_output(f"printf %s {text} > {TEXTFILES}/bentre_test.prom")
    host.check_output(f"touch -d '10 days ago' {stamp}")
    try:
        for alarm in [*expected, "UpdatesOld"]:
            eventually(lambda alarm=alarm: messages(host, "firing", alarm, name))
    finally:
        host.check_output(f"rm {TEXTFILES}/bentre_test.prom")
        host.check_output(f"touch -d yesterday {stamp}")
    eventually(lambda: messages(host, "resolved", "UpdatesOld", name))


def test_a_broken_file_changes_nothing(host):
    before = prometheus(host, "rules")["groups"][0]["rules"]
    forget(host)
    host.check_output("cp -p /etc/prometheus/rules.yml /var/tmp/kept.yml")
    try:
        host.check_output(
            "echo 'groups: [{name: broken, rules: [{alert: A, expr: \"a >\"}]}]'"
            " > /etc/prometheus/rules.yml"
        )
        host.run("systemctl reload prometheus")
        loaded = "query?query=prometheus_config_last_reload_successful"
        eventually(lambda: [r for r in prometheus(host, loaded)["result"] if r["value"][1] == "0"])
        now = prometheus(host, "rules")["groups"][0]["rules"]
        assert [r["query"] for r in now] == [r["query"] for r in before]
        eventually(lambda: messages(host, "firing", "MonitoringStale", host.backend.get_hostname()))
    finally:
        host.check_output("cp -p /var/tmp/kept.yml /etc/prometheus/rules.yml")
        host.check_output("systemctl reload prometheus")


def test_key_is_kept(host):
    key = host.file(f"{PKI}/monitoring/key.pem")
    assert (key.user, key.group, key.mode) == ("root", "prometheus", 0o640)


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
