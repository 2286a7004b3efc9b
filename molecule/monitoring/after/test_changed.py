"""After the second converge: one server is left, which asks itself only."""

import json
import time


def prometheus(host, what):
    return json.loads(host.check_output(f"curl -sS 'http://127.0.0.1:9090/api/v1/{what}'"))["data"]


def is_server(host):
    return host.backend.get_hostname() == "monitoring-debian13"


def test_a_removed_node_is_no_more_asked(host):
    if not is_server(host):
        return
    end = time.monotonic() + 120
    while True:
        targets = prometheus(host, "targets?state=active")["activeTargets"]
        nodes = [t for t in targets if t["labels"]["job"] == "nodes"]
        if [t["labels"]["instance"] for t in nodes] == ["monitoring-debian13"]:
            break
        assert time.monotonic() < end, nodes
        time.sleep(0.5)
    assert nodes[0]["health"] == "up"


def test_rules_are_those_of_the_role(host):
    if not is_server(host):
        return
    names = {rule["name"] for rule in prometheus(host, "rules")["groups"][0]["rules"]}
    assert "HostDown" in names
    assert not {name for name in names if name.startswith("Test")}


def test_a_server_no_more(host):
    if is_server(host):
        return
    assert not host.package("prometheus").is_installed
    assert not host.package("prometheus-alertmanager").is_installed
    assert not host.file("/etc/prometheus").exists
    listening = host.check_output("ss -Hltn")
    assert ":9090 " not in listening
    assert ":9093 " not in listening
    assert host.service("prometheus-node-exporter").is_running


def test_a_renewed_certificate_is_presented_without_a_restart(host):
    address = host.backend.get_variables()["bentre_addresses"][0]
    shown = host.check_output(
        f"python3 -c 'import ssl; print(ssl.get_server_certificate((\"{address}\", 9100)))'"
    )
    assert (
        shown.strip()
        == host.file("/etc/bentre/pki/monitoring/certificate.pem").content_string.strip()
    )
    started, renewed = host.check_output(
        "systemctl show -P ActiveEnterTimestamp --timestamp=unix prometheus-node-exporter;"
        "stat -c %Y /etc/bentre/pki/monitoring/certificate.pem"
    ).split()
    assert int(started.removeprefix("@")) < int(renewed)
