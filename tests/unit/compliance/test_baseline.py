"""OpenSCAP's answer: read, and refused where it is none; ssh and oscap are stand-ins."""

import pytest

from bentre_infra.compliance.gather import baseline
from bentre_infra.compliance.gather.transport import Target
from bentre_infra.compliance.result import Verdict
from tests.unit.compliance import edits
from tests.unit.compliance.recorded import ask, facts

RESULTS = """\
<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2"><Rule id="much"/>
<TestResult id="t">{}</TestResult></Benchmark>"""
RULE = '<rule-result idref="xccdf_rule_{}"><result>{}</result></rule-result>'


def results(**counts) -> str:
    rules = [RULE.format(f"{r}_{n}", r) for r, count in counts.items() for n in range(count)]
    return RESULTS.format("".join(rules))


@pytest.fixture
def node(tmp_path, monkeypatch):
    """Evaluate here, with an oscap that writes what it is told."""
    content = tmp_path / "content.xml"
    content.write_text("")
    # what ssh(1) is told to run there is run here
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()

    def answers(text, rc=0, *, there=True):
        path = str(content) if there else f"{content}.none"
        command = baseline._COMMAND.replace(
            "content=/usr/share/xml/scap/ssg/content/ssg-$ID$VERSION_ID-ds.xml", f"content={path}"
        )
        monkeypatch.setattr(baseline, "_COMMAND", command)
        (tmp_path / "results").write_text(text)
        oscap = tmp_path / "oscap"
        oscap.write_text(
            '#!/bin/sh\nwhile [ "$1" != --results ]; do shift; done\n'
            f'cp {tmp_path}/results "$2"; echo chatter; echo broken content >&2; exit {rc}\n'
        )
        oscap.chmod(0o755)
        return baseline.evaluate([Target("node", "192.0.2.1")], "standard")["node"]

    return answers


def test_results_are_counted_and_nothing_else_is_taken_home(node):
    found = node(results(**{"pass": 60, "fail": 2, "notapplicable": 9, "notselected": 5}), 2)
    assert found["counts"] == {"fail": 2, "notapplicable": 9, "pass": 60}
    assert found["failed"] == ["xccdf_rule_fail_0", "xccdf_rule_fail_1"]
    assert found["profile"].endswith("content_profile_standard")
    assert found["results"].startswith("<TestResult")
    assert "much" not in found["results"]


def test_a_node_without_content_for_its_release_is_told(node):
    assert "no content" in node(results(), there=False)["error"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "cannot be read"),
        ("<a", "cannot be read"),
        ("no XML \x00", "cannot be read"),
        ("<a/>", "no results"),
    ],
)
def test_what_is_no_result_is_told(node, text, told):
    assert told in node(text)["error"]


def test_what_oscap_complains_of_is_told(node):
    assert node("", 1)["error"] == "exit code 1: broken content"


def test_nothing_stays_on_the_node(node, tmp_path):
    assert "error" not in node(results(**{"pass": 60}))
    assert not list((tmp_path / "tmp").iterdir())


def test_success_with_every_rule_not_applicable_is_no_answer():
    document = facts("debian12-node")
    edits.baseline(**{"pass": 60, "notapplicable": 331})(document)
    said = ask("SRV-01", document)
    assert said.verdict is Verdict.NOT_ASSESSED
    assert "evaluated 60 rules, fewer than 100" in said.en


def test_nobody_asked_for_it():
    assert "was not asked" in ask("SRV-01", facts("debian12-node")).en
