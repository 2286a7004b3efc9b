"""A redacted copy has no address and no host's name in any of its files."""

import subprocess
from dataclasses import replace
from zipfile import ZipFile

import pytest

from bentre_infra.compliance.catalogue.model import Text
from bentre_infra.compliance.reports import ALL, Picture, write
from bentre_infra.compliance.reports.history import diff
from bentre_infra.compliance.reports.redact import ADDRESS, Redactor
from tests.unit.compliance.reports.sample import audit, catalogue, earlier, node

SECRETS = (
    "mail-front-1",
    "base-logs-1",
    "portal-db-1",
    "old-1",
    "bentre.example",
    "10.83.",
    "2001:db8",
)


def redacted(text, *names):
    run = replace(
        audit(), subjects=tuple(node(n, "dmz", "10.83.2.11", "mail") for n in names or ("mail-1",))
    )
    return Redactor(run).text(text)


def test_nothing_is_left_in_any_file(tmp_path):
    svg = '<svg viewBox="0 0 9.83 10.83"><text>mail-front-1 10.83.2.11</text></svg>'
    paths = write(
        audit(),
        catalogue(),
        tmp_path,
        ALL,
        redacted=True,
        history=[earlier()],
        pictures=[Picture("model", Text("Sơ đồ", "Map"), svg)],
    )
    for path in paths:
        if path.suffix == ".pdf":
            command = ["pdftotext", str(path), "-"]
            text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        elif path.suffix in {".docx", ".xlsx"}:
            with ZipFile(path) as archive:
                text = " ".join(
                    archive.read(n).decode(errors="replace") for n in archive.namelist()
                )
        else:
            text = path.read_text()
        for secret in SECRETS:
            assert secret not in text, f"{path.name}: {secret}"
        if path.name == "report.html":
            assert "may-chu-02" in text
            assert "Bản đã lược bỏ địa chỉ và tên máy" in text
            assert 'viewBox="0 0 9.83 10.83"' in text


def test_pseudonyms_are_stable_and_longer_names_are_other_hosts():
    run = audit()
    first, again = Redactor(run).audit(run), Redactor(run).audit(run)
    assert first == again
    names = {old.name: new.name for old, new in zip(run.subjects, first.subjects, strict=True)}
    assert names == {
        "mail-front-1": "may-chu-02",
        "mail-front-10": "may-chu-03",
        "base-logs-1": "may-chu-01",
        "portal-db-1": "may-chu-04",
        "lab": "lab",
    }
    assert Redactor(run).text("mail-front-10, mail-front-1.") == "may-chu-03, may-chu-02."


@pytest.mark.parametrize(
    "address",
    [
        "192.0.2.1",
        "198.18.83.0/30",
        "2001:db8:8300:2::11",
        "2001:DB8::/48",
        "fe80::1%eth0",
        "::ffff:192.0.2.1",
        "2001:0db8:0000:0000:0000:0000:0000:0001",
        "52:54:00:ab:cd:ef",
    ],
)
@pytest.mark.parametrize("around", ["{}", "[{}]:22", "từ {}, port", "({})", "{}.", "a={};"])
def test_every_way_to_write_an_address_goes(address, around):
    assert redacted(around.format(address)) == around.format(ADDRESS)


@pytest.mark.parametrize(
    "text",
    [
        "lúc 12:30:45 ngày 25/11/2026",
        "net.ipv4.ip_forward = 0",
        "OpenSSH 9.2.1.300",
        "listens on ::",
        "0.0.0.0:22",
        "sha256:abcd",
        "mail-100 and email-1",
        "policy drop; tcp dport 22",
    ],
)
def test_what_is_no_address_stays(text):
    assert redacted(text) == text


def test_a_host_has_one_pseudonym_in_all_runs_that_are_compared():
    redactor = Redactor(audit(), earlier())
    moves = diff(redactor.audit(earlier()), redactor.audit(audit()))
    assert [c.move for c in moves] == [c.move for c in diff(earlier(), audit())]


def test_a_name_goes_with_its_domain_in_any_case():
    assert redacted("MAIL-1.Lab.Bentre.Example:25") == "may-chu-01.[tên miền]:25"
    assert redacted("root@mail-1") == "root@may-chu-01"
