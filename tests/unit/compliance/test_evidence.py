"""A bundle proves itself offline; any changed, missing or added byte is found."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from bentre_infra.compliance.evidence import write_bundle
from bentre_infra.compliance.seal import LocalKey, Signed, TimeStamps, over_http
from bentre_infra.compliance.verify import verify
from bentre_infra.runtime.errors import BentreError
from tests.unit.compliance.audits import audit


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sealed")
    audited, items = audit()
    write_bundle(folder / "run", audited, items, LocalKey(folder / "key", "lab"))
    return folder


@pytest.fixture
def bundle(sealed, tmp_path):
    return shutil.copytree(sealed / "run", tmp_path / "run")


def test_a_bundle_is_whole_and_known_by_its_signer(sealed, bundle):
    found = verify(bundle, sealed / "key" / "audit-signer.pem")
    assert found.problems == ()
    assert found.trusted
    assert found.whole
    assert found.files > 50


def test_openssl_alone_verifies_it(bundle):
    subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "manifest.p7s",
         "-content", "manifest.json", "-CAfile", "signer.pem", "-purpose", "any",
         "-out", "/dev/null"],
        cwd=bundle, check=True, capture_output=True,
    )  # fmt: skip


def test_the_manifest_says_what_where_when_in_both_times(bundle):
    manifest = json.loads((bundle / "manifest.json").read_text())
    one = next(i for i in manifest["evidence"] if i["source"] == "sshd -T")
    assert one["subject"] == "base-time-1"
    assert one["utc"].endswith("+00:00")
    assert one["vietnam"].endswith("+07:00")
    data = (bundle / "evidence" / one["sha256"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == one["sha256"]
    assert b"permitrootlogin" in data


def flip(path, at=0):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_every_single_file_is_held(bundle):
    for path in sorted(p for p in bundle.rglob("*") if p.is_file()):
        whole = path.read_bytes()
        for broken in (bytes([whole[0] ^ 1, *whole[1:]]), whole[:-1], whole + b"\n"):
            path.write_bytes(broken)
            try:
                problems = verify(bundle).problems
            except BentreError:
                continue  # a manifest that is none
            assert problems, f"{path.name} was changed and nobody saw it"
        path.write_bytes(whole)
    assert verify(bundle).problems == ()


def test_missing_and_added_files_are_found(bundle):
    victim = next((bundle / "evidence").iterdir())
    victim.unlink()
    (bundle / "evidence" / "more").write_text("x")
    (bundle / "link").symlink_to("/etc/passwd")
    problems = " ".join(verify(bundle).problems)
    assert f"{victim.name}: is missing" in problems
    assert "evidence/more: was added" in problems
    assert "link: does not belong here" in problems


def test_whoever_seals_anew_is_another_signer(sealed, bundle, tmp_path):
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["site"] = "other"
    text = json.dumps(manifest).encode()
    other = LocalKey(tmp_path / "other", "lab")
    (bundle / "manifest.json").write_bytes(text)
    signed = other.sign(text)
    (bundle / "manifest.p7s").write_bytes(signed.signature)
    (bundle / "signer.pem").write_bytes(signed.certificate)
    found = verify(bundle, sealed / "key" / "audit-signer.pem")
    assert not found.trusted
    assert not found.whole
    assert verify(bundle).trusted is None


def test_a_run_is_never_written_over(sealed):
    audited, items = audit()
    with pytest.raises(FileExistsError):
        write_bundle(sealed / "run", audited, items, LocalKey(sealed / "key", "lab"))


class Officer:
    """Signs with a certificate that an authority has given."""

    name = "an officer"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key",
                      "-out", "ca.pem", "-subj", "/CN=authority", "-days", "9")  # fmt: skip
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem",
                      "-out", "officer.pem", "-subj", "/CN=cán bộ", "-utf8", "-days", "9",
                      "-CA", "ca.pem", "-CAkey", "ca.key",
                      "-addext", "basicConstraints=critical,CA:FALSE")  # fmt: skip

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def sign(self, data: bytes) -> Signed:
        (self.folder / "data").write_bytes(data)
        self._openssl("cms", "-sign", "-binary", "-in", "data", "-signer", "officer.pem",
                      "-inkey", "key.pem", "-outform", "DER", "-out", "data.p7s")  # fmt: skip
        signature = (self.folder / "data.p7s").read_bytes()
        return Signed(signature, (self.folder / "officer.pem").read_bytes())

    def seal(self, document: bytes) -> bytes:
        raise NotImplementedError


def test_a_signer_is_known_by_the_authority_that_gave_the_certificate(tmp_path, sealed):
    audited, items = audit()
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    one, other = (Officer(folder) for folder in folders)
    write_bundle(tmp_path / "run", audited, items, one)
    found = verify(tmp_path / "run", authorities=one.folder / "ca.pem")
    assert found.trusted
    assert found.whole
    assert found.subject == "CN=cán bộ"
    assert not verify(tmp_path / "run", authorities=other.folder / "ca.pem").whole
    assert verify(tmp_path / "run").trusted is None
    # a key without an authority is none's
    assert verify(sealed / "run", authorities=one.folder / "ca.pem").trusted is None


def test_where_nothing_is_signed_nothing_is_written(tmp_path):
    audited, items = audit()

    def silent(_: bytes) -> bytes:
        raise BentreError("tsa: no answer")

    with pytest.raises(BentreError, match="no answer"):
        write_bundle(
            tmp_path / "run", audited, items, LocalKey(tmp_path, "lab"), TimeStamps("tsa", silent)
        )
    assert not (tmp_path / "run").exists()


def test_the_key_is_its_owners_alone(sealed):
    assert (sealed / "key" / "audit-key.pem").stat().st_mode & 0o777 == 0o600
    assert (sealed / "run").stat().st_mode & 0o777 == 0o700


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A time-stamping authority of openssl(1)'s."""
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "tsa.cnf").write_text(
        "[req]\ndistinguished_name=d\nx509_extensions=e\nprompt=no\n[d]\nCN=stamps\n"
        "[e]\nextendedKeyUsage=critical,timeStamping\n[tsa]\ndefault_tsa=t\n"
        "[t]\nserial=serial\nsigner_cert=tsa.pem\nsigner_key=tsa.key\nsigner_digest=sha256\n"
        "default_policy=1.2.3.4\ndigests=sha256\ncrypto_device=builtin\n"
    )
    (folder / "serial").write_text("01\n")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key",
         "-out", "tsa.pem", "-config", "tsa.cnf", "-days", "9"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder


def time_stamps(folder: Path) -> TimeStamps:
    """An authority that answers itself, instead of a service over HTTP."""

    def answer(query: bytes) -> bytes:
        (folder / "query").write_bytes(query)
        subprocess.run(
            ["openssl", "ts", "-reply", "-queryfile", "query", "-out", "reply",
             "-config", "tsa.cnf"], cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        return (folder / "reply").read_bytes()

    return TimeStamps("here", answer)


def test_a_time_stamp_is_of_the_signature(tmp_path, authority):
    audited, items = audit()
    stamper = time_stamps(authority)
    run = tmp_path / "run"
    write_bundle(run, audited, items, LocalKey(tmp_path / "key", "lab"), stamper)
    assert verify(run).problems == ()
    assert verify(run, authorities=authority / "tsa.pem").problems == ()
    wrong = verify(run, authorities=tmp_path / "key" / "audit-signer.pem").problems
    assert "does not hold" in wrong[0]
    other = stamper.stamp(b"something else")
    (run / "manifest.tsr").write_bytes(other)
    assert "of something else" in verify(run).problems[0]


def test_a_stamper_refuses_what_is_no_address():
    with pytest.raises(BentreError, match="no http"):
        over_http("file:///etc/passwd")


def test_what_is_no_bundle_is_told(tmp_path):
    with pytest.raises(BentreError):
        verify(tmp_path)
