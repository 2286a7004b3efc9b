"""The machine result is the whole audit: it can be read back."""

import json

import pytest

from bentre_infra.compliance.reports import Format, write
from bentre_infra.compliance.reports.machine import SCHEMA, load
from bentre_infra.runtime.errors import BentreError
from tests.unit.compliance.reports.sample import audit, catalogue


@pytest.fixture
def result(tmp_path):
    (path,) = write(audit(), catalogue(), tmp_path, [Format.JSON])
    return path


def test_the_same_audit_comes_back(result):
    assert load(result) == audit()


def test_it_counts_what_the_reports_count(result):
    summary = json.loads(result.read_bytes())["summary"]
    assert summary["outcomes"] == {
        "not-met": 2,
        "not-assessed": 2,
        "equivalent": 1,
        "met": 1,
        "not-applicable": 1,
    }
    assert summary["unreached"] == ["portal-db-1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ('{"schema": "', "no JSON"),
        ("[]", "schema None"),
        ('{"schema": "other/9"}', "schema 'other/9'"),
        (json.dumps({"schema": SCHEMA}), "audit: Input should be"),
        (json.dumps({"schema": SCHEMA, "audit": {"id": 1}}), r"audit\.id"),
    ],
)
def test_what_is_no_result_is_one_clear_error(tmp_path, text, said):
    path = tmp_path / "result.json"
    path.write_text(text)
    with pytest.raises(BentreError, match=said):
        load(path)


def test_a_truncated_result_is_one_clear_error(result):
    result.write_bytes(result.read_bytes()[:-200])
    with pytest.raises(BentreError, match="no JSON"):
        load(result)


def test_a_missing_result_is_one_clear_error(tmp_path):
    with pytest.raises(BentreError, match="No such file"):
        load(tmp_path / "none.json")
