"""After the second converge: what is configured no more is gone, and revoked."""

import json
import os
import time
from pathlib import Path

HOME = "/etc/bentre/pki"
EPHEMERAL = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])


def test_certificate_and_key_are_gone(host):
    assert not host.file(f"{HOME}/mail").exists
    assert "mail" not in host.check_output(f"ls -A {HOME}/.versions /var/lib/bentre/pki")
    assert host.file(f"{HOME}/portal/key.pem").exists


def test_it_is_revoked(host):
    settings = json.loads(host.file("/etc/bentre/pki-node/node.json").content_string)
    address = settings["authority"]["addresses"][-1]
    split = "cd /root; sed '1,/END CERTIFICATE/d' mail-before.pem > issuer.pem; "
    ask = f"openssl ocsp -no_nonce -CAfile {HOME}/authorities.pem -url 'http://[{address}]/ocsp'"
    said = host.check_output(f"{split}{ask} -issuer issuer.pem -cert mail-before.pem")
    assert "mail-before.pem: revoked" in said
    assert "cessationOfOperation" in said


def test_a_name_less_is_shown_on_the_wire(host):
    target = "openssl s_client -connect localhost:8443 </dev/null 2>/dev/null"
    deadline = time.monotonic() + 60
    while True:
        names = host.run(f"{target} | openssl x509 -noout -ext subjectAltName").stdout
        if "test.bentre.example" not in names and host.backend.get_hostname() in names:
            break
        assert time.monotonic() < deadline, names
        time.sleep(0.5)


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
