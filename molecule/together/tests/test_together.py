"""After the base roles of a site: they do not get in each other's way."""

import json

from tests.waiting import eventually

PKI = "/etc/bentre/pki"


def prometheus(host, what):
    return json.loads(host.check_output(f"curl -sS 'http://127.0.0.1:9090/api/v1/{what}'"))["data"]


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""


def test_every_service_is_declared(host):
    assert json.loads(host.check_output("bentre-services"))["undeclared"] == {}


def test_certificates_are_the_authoritys(host):
    for name in ("logging", "monitoring", "time"):
        file = f"{PKI}/{name}/certificate.pem"
        trust = f"-CAfile {PKI}/authorities.pem -untrusted {file}"
        host.check_output(f"openssl verify {trust} {file}")


def test_time_comes_from_a_server_that_proves_who_it_is(host):
    cookies = eventually(
        lambda: [
            line.split()[-2]
            for line in host.check_output("chronyc -n authdata").splitlines()
            if " NTS " in line and line.split()[-2] != "0"
        ]
    )
    assert len(cookies) == 1


def test_directory_is_reached_over_tls(host):
    server = "together-debian13.test.bentre.example"
    said = host.check_output(
        f"openssl s_client -brief -verify_return_error -CAfile {PKI}/authorities.pem "
        f"-verify_hostname {server} -connect {server}:636 2>&1 </dev/null"
    )
    assert "Verification: OK" in said


def test_every_node_is_watched_and_nothing_is_amiss(host):
    if host.backend.get_hostname() != "together-debian13":
        return
    eventually(
        lambda: all(
            target["health"] == "up"
            for target in prometheus(host, "targets?state=active")["activeTargets"]
        )
    )
    alerts = prometheus(host, "alerts")["alerts"]
    assert [alert["labels"] for alert in alerts] == []


def test_no_flow_of_the_base_roles_is_dropped(host):
    said = json.loads(host.check_output("nft -j list counters"))["nftables"]
    dropped = {
        entry["counter"]["name"]: entry["counter"]["packets"]
        for entry in said
        if "counter" in entry and entry["counter"]["name"].startswith("dropped")
    }
    assert dropped
    assert not any(dropped.values()), dropped
