import datetime
import ssl
import subprocess

import pytest
from cryptography import x509

from bentre_infra.lab import certificates


@pytest.fixture
def made(tmp_path):
    certificates.ensure(tmp_path, "127.0.83.2", "api.lab.example")
    return tmp_path


def test_openssl_accepts_the_chain_and_the_names(made):
    for name in (["-verify_ip", "127.0.83.2"], ["-verify_hostname", "api.lab.example"]):
        done = subprocess.run(
            [
                *("openssl", "verify", "-x509_strict", "-CAfile", made / "ca.pem", *name),
                *("-purpose", "sslserver", made / "front.pem"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_openssl_refuses_another_name(made):
    done = subprocess.run(
        [
            *("openssl", "verify", "-CAfile", made / "ca.pem"),
            *("-verify_ip", "127.0.83.9", made / "front.pem"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0


def test_the_front_can_serve_with_its_file(made):
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(made / "front.pem")
    assert (made / "front.pem").stat().st_mode & 0o777 == 0o600
    assert (made / "ca.key").stat().st_mode & 0o777 == 0o600


def test_they_are_made_once_and_renewed_before_their_end(made, monkeypatch):
    before = (made / "front.pem").read_bytes(), (made / "ca.pem").read_bytes()
    certificates.ensure(made, "127.0.83.2", "api.lab.example")
    assert ((made / "front.pem").read_bytes(), (made / "ca.pem").read_bytes()) == before
    monkeypatch.setattr(certificates, "_RENEW_DAYS", 400)
    certificates.ensure(made, "127.0.83.2", "api.lab.example")
    assert (made / "front.pem").read_bytes() != before[0]
    assert (made / "ca.pem").read_bytes() == before[1]


def test_a_new_authority_means_a_new_front(made):
    before = (made / "front.pem").read_bytes()
    (made / "ca.pem").unlink()
    certificates.ensure(made, "127.0.83.2", "api.lab.example")
    assert (made / "front.pem").read_bytes() != before
    front = x509.load_pem_x509_certificate((made / "front.pem").read_bytes())
    assert front.not_valid_before_utc < datetime.datetime.now(datetime.UTC)
