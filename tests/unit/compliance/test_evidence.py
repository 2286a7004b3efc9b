"""A bundle proves itself offline; any changed, missing or added byte is found."""

import hashlib
import json
import shutil
import subprocess

import pytest

from bentre_infra.compliance.evidence import write_bundle
from bentre_infra.compliance.seal import HttpStamper, LocalKey
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
    (bundle / "manifest.p7s").write_bytes(other.sign(text))
    (bundle / "signer.pem").write_bytes(other.certificate)
    found = verify(bundle, sealed / "key" / "audit-signer.pem")
    assert not found.trusted
    assert not found.whole
    assert verify(bundle).trusted is None


def test_a_run_is_never_written_over(sealed):
    audited, items = audit()
    with pytest.raises(FileExistsError):
        write_bundle(sealed / "run", audited, items, LocalKey(sealed / "key", "lab"))


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


class Authority(HttpStamper):
    """Answers itself, instead of a service over HTTP."""

    def _ask(self, query: bytes) -> bytes:
        from pathlib import Path

        folder = Path(self.url)
        (folder / "query").write_bytes(query)
        subprocess.run(
            ["openssl", "ts", "-reply", "-queryfile", "query", "-out", "reply",
             "-config", "tsa.cnf"], cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        return (folder / "reply").read_bytes()


def test_a_time_stamp_is_of_the_signature(tmp_path, authority):
    audited, items = audit()
    stamper = Authority(str(authority))
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
        HttpStamper("file:///etc/passwd").stamp(b"x")


def test_what_is_no_bundle_is_told(tmp_path):
    with pytest.raises(BentreError):
        verify(tmp_path)
