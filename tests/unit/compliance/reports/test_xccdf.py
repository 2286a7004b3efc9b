"""OpenSCAP's answer: read, and refused where it is none. oscap is a stand-in that writes an ARF."""

import subprocess
from types import SimpleNamespace

import pytest

from bentre_infra.compliance.reports.xccdf import evaluate
from bentre_infra.runtime.errors import BentreError

ARF = """\
<arf:asset-report-collection xmlns:arf="http://scap.nist.gov/schema/asset-reporting-format/1.1">
<TestResult xmlns="http://checklists.nist.gov/xccdf/1.2">{}</TestResult>
</arf:asset-report-collection>"""
RULE = '<rule-result idref="rule_{}"><result>{}</result></rule-result>'


def arf(**results) -> str:
    rules = [RULE.format(f"{r}_{n}", r) for r, count in results.items() for n in range(count)]
    return ARF.format("".join(rules))


@pytest.fixture
def node(tmp_path, monkeypatch):
    """Runs commands here, with an oscap that writes what it is told."""
    content = tmp_path / "it's content.xml"
    content.write_text("")
    folder = tmp_path / "bin"
    folder.mkdir()

    def answers(text, rc=0):
        (tmp_path / "arf").write_text(text)
        oscap = folder / "oscap"
        oscap.write_text(
            '#!/bin/sh\nwhile [ "$1" != --results-arf ]; do shift; done\n'
            f'cp {tmp_path}/arf "$2"; echo chatter; echo broken content >&2; exit {rc}\n'
        )
        oscap.chmod(0o755)

        def run(command):
            env = {"PATH": f"{folder}:/usr/bin:/bin", "TMPDIR": str(tmp_path)}
            done = subprocess.run(
                ["sh", "-c", command], env=env, capture_output=True, text=True, check=False
            )
            return SimpleNamespace(rc=done.returncode, stdout=done.stdout, stderr=done.stderr)

        return run, str(content)

    return answers


def test_results_are_counted(node):
    run, content = node(arf(**{"pass": 60, "fail": 2, "notapplicable": 9, "notselected": 5}), 2)
    found = evaluate(run, content, "standard")
    assert found.counts == {"fail": 2, "notapplicable": 9, "pass": 60}
    assert found.failed == ("rule_fail_0", "rule_fail_1")
    assert found.evaluated == 62


def test_success_with_every_rule_not_applicable_is_no_answer(node):
    run, content = node(arf(notapplicable=391))
    with pytest.raises(BentreError, match="evaluated 0 rules, fewer than 50: 391 notapplicable"):
        evaluate(run, content, "standard")


def test_a_node_without_oscap_or_content_is_not_assessed(node):
    run, content = node(arf(**{"pass": 60}))
    assert evaluate(run, f"{content}.none", "standard") is None


@pytest.mark.parametrize("text", ["", "<a", "no XML \x00"])
def test_what_is_no_result_is_one_clear_error(node, text):
    run, content = node(text)
    with pytest.raises(BentreError, match="cannot be read"):
        evaluate(run, content, "standard")


def test_what_oscap_complains_of_is_told(node):
    run, content = node("", 1)
    with pytest.raises(BentreError, match="exit code 1: broken content"):
        evaluate(run, content, "standard")


def test_nothing_stays_on_the_node(node, tmp_path):
    run, content = node(arf(**{"pass": 60}))
    before = sorted(tmp_path.iterdir())
    evaluate(run, content, "standard")
    assert sorted(tmp_path.iterdir()) == before
