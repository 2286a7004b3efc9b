"""The authority, and certificates that reach who uses them."""

import json
import os
import sys
from pathlib import Path

import pytest
import testinfra

from tests.waiting import eventually

sys.path.insert(0, str(Path(__file__).parent))
from support import AUTHORITY, FUTURE, HOME, NODE, alarms, metric, serial, shown

NAMES = ["portal", "mail"]
EPHEMERAL = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])


@pytest.fixture
def drop_in(host):
    """Settings of a unit for one test."""
    made = []

    def make(unit, text):
        folder = f"/run/systemd/system/{unit}.d"
        host.check_output(f"mkdir -p {folder} && printf '%b' '{text}' > {folder}/test.conf")
        host.check_output("systemctl daemon-reload")
        made.append(folder)

    yield make
    for folder in made:
        host.check_output(f"rm -r {folder}")
    host.check_output("systemctl daemon-reload && systemctl reset-failed")
    host.check_output("systemctl restart bentre-pki.timer")


def is_authority(host):
    return host.backend.get_variables()["pki_authority"] == host.backend.get_hostname()


def addresses(host):
    """Of the node, as a TLS client writes them."""
    for address in host.backend.get_variables()["bentre_addresses"]:
        yield f"[{address}]" if ":" in address else address


def url(host):
    authority = authority_addresses(host)
    return [f"http://[{a}]" if ":" in a else f"http://{a}" for a in authority]


def authority_addresses(host):
    """As the node was told."""
    settings = json.loads(host.file("/etc/bentre/pki-node/node.json").content_string)
    return settings["authority"]["addresses"]


def leaf(host, name):
    """A certificate and its issuer, in two files."""
    certificate = f"{HOME}/{name}/certificate.pem"
    host.check_output(
        f"openssl x509 -in {certificate} -out /tmp/leaf.pem;"
        f" sed '1,/END CERTIFICATE/d' {certificate} > /tmp/issuer.pem"
    )
    return "-issuer /tmp/issuer.pem -cert /tmp/leaf.pem"


@pytest.mark.parametrize("name", NAMES)
def test_certificate_is_the_inventorys(host, name):
    certificate = f"{HOME}/{name}/certificate.pem"
    host.check_output(
        f"openssl verify -CAfile {HOME}/authorities.pem -untrusted {certificate} {certificate}"
    )
    for address in host.backend.get_variables()["bentre_addresses"]:
        said = host.check_output(f"openssl x509 -in {certificate} -noout -checkip {address}")
        assert "does match" in said
    wanted = host.backend.get_hostname() if name == "portal" else "mail.test.bentre.example"
    said = host.check_output(f"openssl x509 -in {certificate} -noout -checkhost {wanted}")
    assert "does match" in said


def test_key_is_read_by_root_and_one_group(host):
    for name, group in (("portal", "www-data"), ("mail", "root")):
        key = host.file(f"{HOME}/{name}/key.pem")
        assert (key.user, key.group, key.mode) == ("root", group, 0o640)


def test_no_key_of_the_root_is_on_a_node(host):
    root = host.check_output(f"openssl x509 -in {HOME}/authorities.pem -noout -pubkey")
    found = host.check_output(
        "grep -rlsE 'BEGIN .*PRIVATE KEY' /etc /home /opt /root /srv /tmp /usr/local /var || true"
    ).split()
    assert found
    for file in found:
        assert "ENCRYPTED" not in host.file(file).content_string
        assert host.run(f"openssl pkey -in {file} -pubout -passin pass:").stdout.strip() != root
    folder = EPHEMERAL / "pki"
    key = (folder / "root-key.pem").read_text()
    assert key.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert (folder / "root-key.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", NAMES)
def test_consumer_presents_it_on_both_families(host, name):
    for address in addresses(host):
        assert eventually(lambda a=address: shown(host, name, a) == serial(host, name), 60)


def test_timer_renews_and_every_consumer_presents_the_new_one(host, drop_in):
    before = {name: serial(host, name) for name in NAMES}
    keys = {name: host.file(f"{HOME}/{name}/key.pem").sha256sum for name in NAMES}
    # 25 days later, for the timer's unit alone; nothing is run by hand
    drop_in("bentre-pki.service", f"[Service]\\nEnvironment=LD_PRELOAD={FUTURE} FAKETIME=+25d\\n")
    drop_in(
        "bentre-pki.timer", "[Timer]\\nOnActiveSec=1s\\nRandomizedDelaySec=0\\nAccuracySec=1s\\n"
    )
    host.check_output("systemctl restart bentre-pki.timer")
    for name in NAMES:
        assert eventually(lambda n=name: serial(host, n) != before[n], 120)
        assert eventually(lambda n=name: shown(host, n) == serial(host, n), 120)
        assert host.file(f"{HOME}/{name}/key.pem").sha256sum != keys[name]
    idle = "systemctl show -p ActiveState --value bentre-pki.service"
    assert eventually(lambda: host.check_output(idle) in {"inactive", "failed"}, 120)
    state = host.check_output("systemctl show -p Result --value bentre-pki.service")
    assert state == "success", host.check_output("journalctl -u bentre-pki.service --no-pager")


def test_failed_renewal_leaves_the_old_one_and_raises_an_alarm(host, drop_in):
    before = serial(host, "portal")
    earlier = alarms(host)
    drop_in(
        "bentre-pki.service",
        f"[Service]\\nEnvironment=LD_PRELOAD={FUTURE} FAKETIME=+25d\\n"
        "RestrictAddressFamilies=\\nRestrictAddressFamilies=AF_UNIX\\n",  # the network is away
    )
    assert host.run("systemctl start bentre-pki.service").rc != 0
    assert serial(host, "portal") == before
    assert shown(host, "portal") == before
    assert eventually(lambda: "certificate portal: " in alarms(host).removeprefix(earlier), 30)
    assert metric(host, 'bentre_pki_failed{name="portal"}') == 1
    until = metric(host, 'bentre_pki_certificate_expiry_timestamp_seconds{name="portal"}')
    now = float(host.check_output("date +%s"))
    assert 29 < (until - now) / 86400 < 31


def test_a_consumer_that_shows_the_old_one_raises_an_alarm(host, drop_in):
    # a service that does not take the new one up, as in modoboa#3195
    drop_in("nginx.service", "[Service]\\nExecReload=\\nExecReload=/bin/true\\n")
    said = host.run(f"timeout 300 {NODE} renew portal")
    assert said.rc == 1
    assert "port 8443 does not show serial" in said.stderr
    host.check_output("systemctl restart nginx")
    assert shown(host, "portal") == serial(host, "portal")


def test_revoked_one_is_refused_and_replaced(host):
    old = serial(host, "portal").partition("=")[2]
    certificates = leaf(host, "portal")
    ask = f"openssl ocsp -CAfile {HOME}/authorities.pem {certificates} -no_nonce"
    for base in url(host):
        said = host.run(f"{ask} -url {base}/ocsp")
        assert "leaf.pem: good" in said.stdout, said.stdout + said.stderr
        assert "Response verify OK" in said.stderr
    authority = host.backend.get_variables()["pki_authority"]
    other = testinfra.get_host(f"ssh://{authority}", ssh_config=str(EPHEMERAL / "ssh_config"))
    other.check_output(f"{AUTHORITY} revoke {old}")
    check = (
        "cat /tmp/list.pem /tmp/root-list.pem > /tmp/lists.pem;"
        f" openssl verify -crl_check_all -CRLfile /tmp/lists.pem -CAfile {HOME}/authorities.pem"
        " -untrusted /tmp/issuer.pem /tmp/leaf.pem"
    )
    for base in url(host):
        host.check_output(
            f"curl -sfg {base}/pki/intermediate.crl | openssl crl -inform DER -out /tmp/list.pem &&"
            f" curl -sfg {base}/pki/root.crl | openssl crl -inform DER -out /tmp/root-list.pem"
        )
        said = host.run(check)
        assert said.rc != 0
        assert "certificate revoked" in said.stderr
        assert "leaf.pem: revoked" in host.run(f"{ask} -url {base}/ocsp").stdout
    # a client that reads the list refuses the connection
    said = host.run(
        "openssl s_client -connect localhost:8443 -crl_check_all -CRL /tmp/lists.pem"
        f" -verify_return_error -CAfile {HOME}/authorities.pem </dev/null"
    )
    assert said.rc != 0
    assert "certificate revoked" in said.stderr
    host.check_output(f"{NODE} run")
    assert serial(host, "portal").partition("=")[2] != old
    assert eventually(lambda: shown(host, "portal") == serial(host, "portal"), 60)


def test_without_credentials_there_is_no_certificate(host):
    ssh = (
        "ssh -F none -p 2561 -o BatchMode=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR"
        " -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes"
    )
    address = authority_addresses(host)[0]
    host.check_output(
        "rm -f /tmp/stranger*; ssh-keygen -q -t ed25519 -N '' -f /tmp/stranger;"
        " openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        " -keyout /tmp/asked.key -out /tmp/asked.csr"
        " -subj /CN=evil -addext subjectAltName=DNS:evil.example"
    )
    target = f"bentre-pki@{address}"
    said = host.run(f"{ssh} -i /tmp/stranger {target} sign portal < /tmp/asked.csr || exit 1")
    assert said.rc == 1
    assert "Permission denied" in said.stderr
    # a node has what the inventory gives it, not what it asks for
    mine = f"{ssh} -i /var/lib/bentre/pki/enrolment_ed25519 {target}"
    said = host.run(f"{mine} sign directory < /tmp/asked.csr")
    assert said.rc == 1
    assert "no certificate 'directory'" in said.stderr
    given = host.check_output(
        f"{mine} sign mail < /tmp/asked.csr | openssl x509 -noout -subject -ext subjectAltName"
    )
    assert "evil" not in given
    assert "mail.test.bentre.example" in given
    # and nothing else is to be had
    for other in ("", "crl; id", "/bin/sh"):
        assert host.run(f"{mine} '{other}' </dev/null").rc == 1
    weak = "openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=a"
    said = host.run(f"{weak} 2>/dev/null | {mine} sign mail")
    assert "neither P-256 nor P-384" in said.stderr


def test_revocation_list_is_renewed_before_its_end(host, drop_in):
    if not is_authority(host):
        pytest.skip("the authority's")
    number = "openssl crl -in /var/lib/bentre-pki/crl.pem -noout -crlnumber"
    host.check_output("systemctl start bentre-pki-authority.service")
    before = host.check_output(number)
    host.check_output("systemctl start bentre-pki-authority.service")
    assert host.check_output(number) == before
    service = "[Service]\\nEnvironment=LD_PRELOAD=" + FUTURE + " FAKETIME=+30h\\n"
    drop_in("bentre-pki-authority.service", service)
    drop_in("bentre-pki-authority.timer", "[Timer]\\nOnActiveSec=1s\\nAccuracySec=1s\\n")
    host.check_output("systemctl restart bentre-pki-authority.timer")
    assert eventually(lambda: host.check_output(number) != before, 60)
    until = metric(host, "bentre_pki_crl_expiry_timestamp_seconds", "bentre_pki_authority.prom")
    assert until > float(host.check_output("date +%s")) + 30 * 3600


def test_authority_is_watched(host):
    if is_authority(host):
        for unit in ("enrolment.service", "ocsp.service", "authority.timer"):
            assert host.service(f"bentre-pki-{unit}").is_running
            assert host.service(f"bentre-pki-{unit}").is_enabled
    assert host.service("bentre-pki.timer").is_running
    assert host.service("bentre-pki.timer").is_enabled


def test_policy_of_the_authority_has_no_secret(host):
    settings = json.loads(host.file("/etc/bentre/pki-node/node.json").content_string)
    assert "passphrase" not in json.dumps(settings)
    assert host.check_output("systemctl --failed --no-legend") == ""
