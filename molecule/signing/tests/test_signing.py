"""Seals, time stamps, validation: by the service, and as independent programs see them."""

import json
import os
import re
import sys
import unicodedata
from pathlib import Path

import pytest
import testinfra

from tests.waiting import eventually

sys.path.insert(0, str(Path(__file__).parent))
import support
from node import restart
from support import (
    ETC,
    PLACE,
    REASON,
    UNITS,
    ask,
    pdfsig,
    python,
    refused,
    revoked,
    seal,
    validated,
)

EPHEMERAL = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
PLAIN = "/var/tmp/plain.pdf"
SEALED = "/var/tmp/sealed.pdf"
CHAIN = "/var/tmp/issuing.pem"


@pytest.fixture(autouse=True)
def document(host):
    """A document, the same with a seal (for the tests after the change, too), the chain."""
    if not host.file(SEALED).exists:
        support.put(host, PLAIN, support.pdf("Cong van so 3"))
        host.check_output(f"sed '1,/END CERTIFICATE/d' {ETC}/certificates/seal.pem > {CHAIN}")
        done = seal(host, PLAIN, "/var/tmp/new.pdf")
        assert done == "200", support.content(host, "/var/tmp/new.pdf")
        host.check_output(f"mv /var/tmp/new.pdf {SEALED}")


@pytest.mark.parametrize("level", ["B-T", "B-LT"])
def test_a_seal_is_accepted_by_poppler_and_by_the_service(host, level):
    out = f"/var/tmp/{level}.pdf"
    assert seal(host, PLAIN, out, level, unicodedata.normalize("NFD", REASON)) == "200"
    said = pdfsig(host, out)
    assert "Signature is Valid" in said
    assert "Certificate is Trusted" in said
    assert "ETSI.CAdES.detached" in said
    result = validated(host, out)
    assert result["valid"] is True
    [signature] = result["signatures"]
    assert (signature["reason"], signature["location"]) == (REASON, PLACE)
    assert signature["serial"] == support.serial(host).lstrip("0")
    assert signature["time"]
    # the authority's answers are in the document itself
    sealed = support.content(host, out)
    assert (b"/DSS" in sealed, b"/OCSPs" in sealed) == (level == "B-LT",) * 2


def test_a_second_seal_leaves_the_first_one_valid(host):
    assert seal(host, SEALED, "/var/tmp/twice.pdf") == "200"
    result = validated(host, "/var/tmp/twice.pdf")
    assert [s["field"] for s in result["signatures"]] == ["Seal1", "Seal2"]
    assert result["valid"] is True
    assert pdfsig(host, "/var/tmp/twice.pdf").count("Signature is Valid") == 2


def test_a_flipped_byte_is_refused(host):
    bad = bytearray(support.content(host, SEALED))
    bad[bad.index(b"Cong van so 3")] ^= 1
    file = support.put(host, "/var/tmp/bad.pdf", bytes(bad))
    result = validated(host, file)
    assert result["valid"] is False
    assert result["signatures"][0]["sub_indication"] == "HASH_FAILURE"
    assert "Digest Mismatch" in pdfsig(host, file)


def test_a_document_without_a_seal_is_not_valid(host):
    assert validated(host, PLAIN) == {"valid": False, "signatures": []}


def test_any_bytes_are_signed_apart_from_them(host):
    """Evidence of an audit, for one: openssl verifies it, with the time stamp in it."""
    data = support.put(host, "/var/tmp/manifest.json", '{"tỉnh": "Bến Tre"}'.encode())
    signature = "/var/tmp/manifest.p7s"
    assert ask(host, "sign", data, out=signature) == "200"
    verify = (
        f"openssl cms -verify -cades -binary -inform DER -in {signature} -content {data}"
        f" -CAfile {ETC}/authorities.pem -purpose any -out /dev/null 2>&1"
    )
    assert "CAdES Verification successful" in host.check_output(verify)
    told = host.check_output(f"openssl cms -cmsout -print -inform DER -in {signature}")
    assert "id-smime-aa-timeStampToken" in told
    support.put(host, data, '{"tỉnh": "Ben Tre"}'.encode())
    assert host.run(verify).rc != 0
    with revoked(host):
        assert ask(host, "sign", data) == "503"
        assert refused(host)["error"] == "certificate-revoked"


def test_many_at_once_do_not_disturb_each_other(host):
    """Each is granted; a shared certificate was written by one thread while another read it."""
    settings = json.loads(host.check_output(f"cat {ETC}/service.json"))
    host.check_output(f"openssl ts -query -data {PLAIN} -sha256 -cert -out /var/tmp/q")
    said = host.check_output(
        "curl -sS -Z --parallel-max 8 -H 'Content-Type: application/timestamp-query'"
        " --data-binary @/var/tmp/q -o /dev/null -w '%{http_code}\\n'"
        f" '{settings['time_stamp_url']}?[1-400]' 2>/var/tmp/curl"
    )
    assert said.split() == ["200"] * 400


def test_threads_share_no_certificate_that_was_parsed(host):
    """asn1crypto's objects change while they are read and written (the fault is a rare race)."""
    code = """
from asn1crypto.core import Asn1Value
from bentre_signing import seal, settings, timestamp, token
from bentre_signing.certificates import chain_of
mine = settings.ServiceSettings.read()
opened = token.Token(settings.TokenSettings.read(), settings.pin())
stamps, seals = chain_of(mine.time_stamp_key), chain_of(mine.seal_key)
for shared in (
    timestamp.TimeStampAuthority(opened, mine.time_stamp_key, stamps, mine.time_stamp_policy),
    seal.Sealer(opened, mine.seal_key, seals, mine.time_stamp_url, mine.timeout),
):
    for name, value in vars(shared).items():
        for one in value if isinstance(value, list) else [value]:
            assert not isinstance(one, (Asn1Value, seal.Signer)), name
"""
    done = python(host, code)
    assert done.rc == 0, done.stderr


def test_time_stamps_as_openssl_has_them(host):
    settings = json.loads(host.check_output(f"cat {ETC}/service.json"))
    url = settings["time_stamp_url"]
    chain = f"-CAfile {ETC}/authorities.pem -untrusted {CHAIN}"
    post = (
        f"curl -sS -H 'Content-Type: application/timestamp-query' --data-binary @/var/tmp/q {url}"
    )
    ask_for = "openssl ts -query -data {} -{} -cert -out /var/tmp/q 2>/dev/null"
    host.check_output(f"{ask_for.format(PLAIN, 'sha256')}; {post} -o /var/tmp/r")
    verify = f"openssl ts -verify -queryfile /var/tmp/q -in /var/tmp/r {chain}"
    assert "Verification: OK" in host.check_output(f"{verify} 2>&1")
    # what it says is of this document alone
    host.check_output(ask_for.format(SEALED, "sha256"))
    assert "Verification: FAILED" in host.run(f"{verify} 2>&1").stdout
    for query, why in (("sha1", "unsupported algorithm"), (None, "wrong format")):
        make = ask_for.format(PLAIN, query) if query else "echo rubbish > /var/tmp/q"
        said = host.check_output(f"{make}; {post} | openssl ts -reply -in /dev/stdin -text 2>&1")
        assert "Rejected" in said
        assert why in said


def test_ocsp_as_openssl_has_it(host):
    certificate = f"{ETC}/certificates/seal.pem"
    url = host.check_output(f"openssl x509 -noout -ocsp_uri -in {certificate}")
    asked = (
        f"openssl ocsp -issuer {CHAIN} -cert {certificate} -url {url}"
        f" -CAfile {ETC}/authorities.pem -verify_other {CHAIN} 2>&1"
    )
    said = host.check_output(asked)
    assert "Response verify OK" in said
    assert f"{certificate}: good" in said
    with revoked(host):
        assert f"{certificate}: revoked" in host.check_output(asked)


def test_a_revoked_certificate_seals_nothing(host):
    with revoked(host):
        for level in ("B-T", "B-LT"):
            assert seal(host, PLAIN, "/var/tmp/answer", level) == "503"
            assert refused(host)["error"] == "certificate-revoked"
        # what was sealed before, with a time stamp that says so, holds
        assert validated(host, SEALED)["valid"] is True
    assert seal(host, PLAIN, "/var/tmp/answer") == "200"


def test_a_seal_made_after_the_revocation_is_not_valid(host):
    """Somebody goes on with the key beside the service, which looks first."""
    code = f"""
import asyncio, json
from pathlib import Path
from bentre_signing import seal, settings, token
from bentre_signing.certificates import chain_of
async def looked_at(*_): pass
seal.usable = looked_at
metadata = seal.PdfSignatureMetadata
seal.PdfSignatureMetadata = lambda **more: metadata(**more | {{"validation_context": None}})
url = json.loads(Path("{ETC}/service.json").read_text())["time_stamp_url"]
opened = token.Token(settings.TokenSettings.read(), settings.pin())
sealer = seal.Sealer(opened, "seal", chain_of("seal"), url, 10)
late = asyncio.run(sealer.seal(Path("{PLAIN}").read_bytes(), "B-T", {{}}))
Path("/var/tmp/late.pdf").write_bytes(late)
"""
    with revoked(host):
        done = python(host, code)
        assert done.rc == 0, done.stderr
        result = validated(host, "/var/tmp/late.pdf")
        assert result["valid"] is False
        assert result["signatures"][0]["sub_indication"] == "REVOKED_NO_POE"
    assert validated(host, "/var/tmp/late.pdf")["valid"] is True


def test_a_revoked_time_stamp_authority_is_not_asked(host):
    with revoked(host, "time-stamps"):
        assert seal(host, PLAIN, "/var/tmp/answer", "B-T") == "503"
        assert refused(host)["error"] == "certificate-not-good"


def test_without_the_authoritys_word_nothing_is_sealed(host):
    """Public reports timestamp-authority#1100, jsignpdf#441: long-term seals without the data."""
    host.check_output("systemctl stop bentre-signing-lab-authority")
    try:
        for level in ("B-T", "B-LT"):
            assert seal(host, PLAIN, "/var/tmp/answer", level) == "503"
            told = refused(host)
            assert told["error"] == "certificate-not-good"
            assert "Chứng thực ký số công vụ" in told["detail"]
    finally:
        host.check_output("systemctl start bentre-signing-lab-authority")
    eventually(lambda: seal(host, PLAIN, "/var/tmp/answer") == "200")


def test_an_authority_that_is_there_and_silent_is_no_yes(host):
    code = f"""
import asyncio, json
from pathlib import Path
from bentre_signing import refusals, seal, settings, token, validate
from bentre_signing.certificates import chain_of
url = json.loads(Path("{ETC}/service.json").read_text())["time_stamp_url"]
opened = token.Token(settings.TokenSettings.read(), settings.pin())
sealer = seal.Sealer(opened, "seal", chain_of("seal"), url, timeout=1)
plain, sealed = Path("{PLAIN}").read_bytes(), Path("{SEALED}").read_bytes()
for asked in (sealer.seal(plain, "B-T", {{}}), validate.validate(sealed, timeout=1)):
    try:
        print(asyncio.run(asked))
    except refusals.RefusedError as refusal:
        print(refusal.code)
"""
    host.check_output("systemctl kill -s STOP bentre-signing-lab-authority")
    try:
        done = python(host, code)
    finally:
        host.check_output("systemctl kill -s CONT bentre-signing-lab-authority")
    assert done.stdout.split() == ["certificate-not-good"] * 2, done.stderr


def test_without_time_stamps_nothing_is_sealed(host):
    host.check_output("systemctl stop bentre-signing-time-stamps")
    try:
        assert seal(host, PLAIN, "/var/tmp/answer", "B-T") == "503"
        assert refused(host)["error"] == "time-stamp-missing"
    finally:
        host.check_output("systemctl start bentre-signing-time-stamps")


def test_who_may_ask(host):
    # no certificate; one of the site's that was revoked: TLS ends, and nothing answers
    for certificate in (None, "former"):
        assert seal_as(host, certificate) == "000"
    assert seal_as(host, "signing") == "200"


def test_a_node_that_is_not_on_the_list_is_refused(host):
    """Its certificate is of the same authority."""
    other = ({"signing-debian12", "signing-debian13"} - {support.name(host)}).pop()
    there = testinfra.get_host(f"ssh://{other}", ssh_config=str(EPHEMERAL / "ssh_config"))
    at = support.address(there)
    for path in ("seal", "sign", "validate"):
        assert ask(host, path, PLAIN, at=at) == "403"
        assert refused(host)["error"] == "not-allowed"
    assert ask(host, "health", at=at) == "403"


def seal_as(host, certificate):
    return ask(host, "seal?level=B-T", PLAIN, certificate=certificate)


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("seal", b"no document", "422", "no-document"),
        ("validate", b"%PDF-1.7 rubbish", "422", "no-document"),
        ("seal?level=B-B", None, "400", "bad-request"),
        ("seal?reason=two%0Alines", None, "400", "bad-request"),
        ("seal", b"%PDF-1.7\n" + b"0" * 2**20, "413", "too-large"),
    ],
)
def test_what_cannot_be_done_is_said(host, path, body, status, error):
    file = PLAIN
    if body and len(body) < 1000:
        file = support.put(host, "/var/tmp/body", body)
    elif body:
        host.check_output("head -c 1100000 /dev/zero > /var/tmp/body")
        file = "/var/tmp/body"
    assert ask(host, path, file) == status
    assert refused(host)["error"] == error


def test_keys_cannot_leave_the_token(host):
    code = """
import json
import pkcs11
from pkcs11 import Attribute, KeyType, ObjectClass
from bentre_signing import settings, token
session = token.Token(settings.TokenSettings.read(), settings.pin(), writable=True)._session
told = {}
for key in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}):
    always = (Attribute.SENSITIVE, Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE)
    flags = [key[a] for a in always]
    secret = Attribute.PRIVATE_EXPONENT if key.key_type == KeyType.RSA else Attribute.VALUE
    wrapping = session.generate_key(KeyType.AES, 256)
    attempts = []
    free = lambda: key.__setitem__(Attribute.EXTRACTABLE, True)
    for attempt in (lambda: key[secret], lambda: wrapping.wrap_key(key), free):
        try:
            attempt()
            attempts.append("done")
        except pkcs11.PKCS11Error as error:
            attempts.append(type(error).__name__)
    told[key[Attribute.LABEL]] = [flags, key[Attribute.EXTRACTABLE], attempts]
print(json.dumps(told))
"""
    done = python(host, code)
    assert done.rc == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) == {"seal", "time-stamps"}
    for flags, extractable, attempts in told.values():
        assert (flags, extractable) == ([True] * 3, False)
        assert attempts[:2] == ["AttributeSensitive", "KeyUnextractable"]
        assert attempts[2] != "done"


def test_the_pin_is_nowhere_to_be_seen(host):
    secrets = EPHEMERAL / "secrets"
    secrets.mkdir(mode=0o700, exist_ok=True)
    for name in ("pin", "officer-pin"):
        file = host.file(f"{ETC}/{name}")
        assert (file.user, file.mode) == ("root", 0o600)
        # what Ansible and Molecule said is looked through for it (tests/roles/test_molecule.py)
        mine = secrets / f"{support.name(host)}-{name}"
        mine.write_text(file.content_string)
        pin = file.content_string.strip()
        assert len(pin) >= 32
        # the pattern goes in by a file, or grep would find itself
        look = f"tr -d '\\n' < {ETC}/{name} > /run/pattern"
        places = "/proc/[0-9]*/cmdline /proc/[0-9]*/environ /etc/systemd /var/log"
        host.check_output(look)
        found = host.run(f"grep -rlaF -f /run/pattern {places} 2>/dev/null").stdout
        journal = host.run("journalctl --no-pager -o export | grep -caF -f /run/pattern").stdout
        host.check_output("rm /run/pattern")
        assert found == ""
        assert journal.strip() == "0"
    assert host.run(f"runuser -u bentre-signing -- cat {ETC}/pin").rc != 0


def test_it_seals_again_by_itself_after_a_restart_of_its_processes(host):
    """Units are started when they answer, so the first request after a restart is sealed."""
    host.check_output(f"systemctl restart {UNITS}")
    assert seal(host, PLAIN, "/var/tmp/answer") == "200"
    for unit in UNITS.split():
        before = pid(host, unit)
        host.check_output(f"kill -9 {before}")
        eventually(lambda unit=unit, before=before: pid(host, unit) not in {"0", before})
    eventually(lambda: seal(host, PLAIN, "/var/tmp/answer") == "200")


def test_it_seals_again_by_itself_after_a_restart_of_the_node(host):
    """Public report signserver-ce#129: the crypto token was inactive after a restart.

    It has to seal within 10 s. On a busy machine the clock measures the others: the processor's
    time until both answer is what the host itself measures.
    """
    before = booted(host)
    restart(EPHEMERAL, support.name(host))
    assert eventually(lambda: booted(host)) != before
    eventually(lambda: seal(host, PLAIN, "/var/tmp/answer") == "200")
    assert sum(processor_seconds(host, unit) for unit in UNITS.split()) < 10


def test_it_seals_again_by_itself_when_the_token_is_back(host):
    tokens = "/var/lib/bentre-signing/tokens"
    host.check_output(f"mv {tokens} {tokens}.away")
    try:
        assert host.run(f"systemctl restart {UNITS}").rc != 0
    finally:
        host.check_output(f"mv {tokens}.away {tokens}")
    eventually(lambda: seal(host, PLAIN, "/var/tmp/answer") == "200")


def test_a_new_certificate_is_taken_up_without_a_restart(host):
    before, first = pid(host, "bentre-signing.service"), shown(host)
    names = [f"{support.PKI}/{name}" for name in ("signing", "former")]
    swap = "mv {0} {0}.tmp && mv {1} {0} && mv {0}.tmp {1}"
    swap += " && chgrp bentre-signing {0}/key.pem && chmod 640 {0}/key.pem"
    host.check_output(f"{swap.format(*names)}; systemctl reload bentre-signing")
    try:
        eventually(lambda: shown(host) != first)
    finally:
        host.check_output(f"{swap.format(*names)}; systemctl reload bentre-signing")
    eventually(lambda: shown(host) == first)
    assert pid(host, "bentre-signing.service") == before


def test_every_seal_stands_in_the_journal(host):
    mark = f"Quyết định {support.name(host)}"
    assert seal(host, PLAIN, "/var/tmp/marked.pdf", "B-T", mark) == "200"
    lines = host.check_output("journalctl -u bentre-signing -o cat --no-pager").splitlines()
    [entry] = [json.loads(line) for line in lines if mark in line]
    assert entry["client"] == support.name(host)
    assert entry["level"] == "B-T"
    assert entry["sealed"] == host.check_output("sha256sum /var/tmp/marked.pdf").split()[0]


def test_who_watches_it_tells(host):
    run = "systemctl start bentre-signing-watch"
    host.check_output(run)
    assert measured(host)["bentre_signing_up"] == "1"
    assert 'bentre_signing_requests_total{asked="health",outcome="answered"}' in measured(host)
    told = host.check_output(f"openssl x509 -noout -enddate -in {ETC}/certificates/seal.pem")
    end = host.check_output(f"date -d '{told.partition('=')[2]}' +%s")
    assert measured(host)['bentre_signing_certificate_expiry_timestamp_seconds{key="seal"}'] == end
    with revoked(host):
        assert host.run(run).rc != 0
        assert measured(host)["bentre_signing_up"] == "0"
    alarms = host.check_output("journalctl -u bentre-signing-watch -p alert --no-pager -o cat")
    assert "revoked" in alarms
    host.check_output(run)


def measured(host):
    text = host.check_output("cat /var/lib/prometheus/node-exporter/bentre_signing.prom")
    return dict(line.rsplit(" ", 1) for line in text.splitlines())


def booted(host):
    """When systemd began, by the machine's clock that never goes back."""
    return host.run("systemctl show -p UserspaceTimestampMonotonic --value").stdout.strip()


def processor_seconds(host, unit):
    """Of a unit's process, since it began."""
    told = host.check_output(f"cat /proc/{pid(host, unit)}/stat").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / 100  # user, system: proc_pid_stat(5)


def pid(host, unit):
    return host.check_output(f"systemctl show -p MainPID --value {unit}")


def shown(host):
    """The serial number of the certificate on the wire."""
    said = host.run(
        f"openssl s_client -connect {support.address(host)}:443 </dev/null 2>/dev/null"
        " | openssl x509 -noout -serial"
    )
    return re.sub(r"^serial=", "", said.stdout.strip())
