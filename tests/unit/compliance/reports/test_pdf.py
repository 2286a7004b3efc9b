"""The PDF, judged by poppler: another program than the ones that write and seal it."""

import inspect
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from bentre_infra.compliance.reports import Format, pdf, write
from bentre_infra.compliance.reports.report import build
from bentre_infra.compliance.reports.sealing import with_key
from bentre_infra.runtime.errors import BentreError
from tests.unit.compliance.reports.sample import audit, catalogue


@pytest.fixture(scope="module")
def made():
    return pdf.files(build(audit(), catalogue()))["report.pdf"]


def poppler(data, tmp_path, *command):
    path = tmp_path / "report.pdf"
    path.write_bytes(data)
    where = [str(path), "-"] if command[0] == "pdftotext" else [str(path)]
    return subprocess.run([*command, *where], check=True, capture_output=True, text=True).stdout


def pair(tmp_path, key, name="seal"):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Con dấu thử nghiệm")])
    now = datetime.now(UTC)
    names = inspect.signature(x509.KeyUsage).parameters
    usage = dict.fromkeys(names, False) | {"content_commitment": True}
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )
    files = tmp_path / f"{name}.key", tmp_path / f"{name}.pem"
    files[0].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    files[0].chmod(0o600)
    files[1].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return files


def test_every_font_is_embedded_and_vietnamese_is_set_in_one_family(made, tmp_path):
    lines = poppler(made, tmp_path, "pdffonts").splitlines()[2:]
    names = {line.split()[0].rpartition("+")[2] for line in lines}
    assert names
    assert all(name.startswith(("Liberation-Serif", "Liberation-Sans")) for name in names), names
    assert all(line[71:].split()[:2] == ["yes", "yes"] or " yes yes yes " in line for line in lines)


def test_it_says_that_it_is_an_archive_format_and_has_the_audits_time(made, tmp_path):
    info = poppler(made, tmp_path, "pdfinfo", "-isodates")
    assert "2026-11-25T17:30:42Z" in info
    xmp = poppler(made, tmp_path, "pdfinfo", "-meta")
    assert "<pdfaid:part>3</pdfaid:part>" in xmp or 'pdfaid:part="3"' in xmp


def test_text_can_be_read_back(made, tmp_path):
    text = poppler(made, tmp_path, "pdftotext", "-layout")
    for said in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Chưa đáp ứng đầy đủ", "Trần Thị B"):
        assert said in text


def test_the_machine_result_is_in_it(made, tmp_path):
    assert "result.json" in poppler(made, tmp_path, "pdfdetach", "-list")


def test_an_old_or_missing_font_is_named(monkeypatch):
    monkeypatch.setattr(pdf, "FONT", "No Such Serif")
    pdf._check_machine.cache_clear()
    with pytest.raises(BentreError, match=r"No Such Serif is missing.*fonts-liberation2"):
        pdf.files(build(audit(), catalogue()))
    monkeypatch.undo()
    pdf._check_machine.cache_clear()


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)]
)
def test_a_seal_of_a_local_key_holds_and_any_change_shows(made, tmp_path, key):
    seal = with_key(*pair(tmp_path, key))
    (path,) = write(audit(), catalogue(), tmp_path / "out", [Format.PDF], seal=seal)
    sealed = path.read_bytes()
    assert sealed.startswith(made)
    told = poppler(sealed, tmp_path, "pdfsig", "-nocert")
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    assert "ETSI.CAdES.detached" in told
    place = sealed.index(b"stream\n") + 40
    changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
    assert "Signature is Valid" not in poppler(changed, tmp_path, "pdfsig", "-nocert")


def test_only_the_pdf_is_sealed(tmp_path):
    forms = [Format.JSON, Format.PDF, Format.JUNIT]
    paths = write(audit(), catalogue(), tmp_path, forms, seal=lambda _: b"sealed")
    assert [p.name for p in paths if p.read_bytes() == b"sealed"] == ["report.pdf"]


def test_what_cannot_seal_is_refused(tmp_path):
    good = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    other = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()), "other")
    short = pair(tmp_path, rsa.generate_private_key(65537, 1024), "short")
    ed = pair(tmp_path, ed25519.Ed25519PrivateKey.generate(), "ed")
    for files, said in (
        ((good[0], other[1]), "is not the key of"),
        (short, "1024 bits"),
        (ed, "neither RSA nor ECDSA"),
        ((good[1], good[1]), r"seal\.pem"),
        ((good[0], good[0]), r"seal\.key"),
        ((tmp_path / "none", good[1]), "no such file"),
    ):
        for path in files:
            if path.exists():
                path.chmod(0o600)
        with pytest.raises(BentreError, match=said):
            with_key(*files)
    good[0].chmod(0o644)
    with pytest.raises(BentreError, match="others may read"):
        with_key(*good)


def test_what_is_no_pdf_is_not_sealed(tmp_path):
    seal = with_key(*pair(tmp_path, ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(BentreError, match="cannot be sealed"):
        seal(b"no PDF")
