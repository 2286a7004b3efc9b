"""What follows from what was read, and from what could not be."""

import json
from dataclasses import replace
from datetime import date

import pytest

from bentre_infra.commands.audit import exit_code, targets_of
from bentre_infra.compliance.audit import SITE, Selection, requests
from bentre_infra.compliance.exemptions import load_exemptions
from bentre_infra.compliance.reports.history import Move, diff
from bentre_infra.compliance.reports.outcome import Outcome
from bentre_infra.compliance.result import Attempt, ExceptionKind, Exemption, Verdict
from bentre_infra.compliance.store import Store, dump, parse, read
from bentre_infra.runtime.errors import BentreError
from bentre_infra.site.errors import SiteError
from tests.unit.compliance import edits as e
from tests.unit.compliance.audits import BEGAN, NODE, audit, finding
from tests.unit.compliance.recorded import CATALOGUE, facts, lab

RED = "SRV-10"


def exemption(**values):
    return Exemption(
        **{"id": "W-1", "kind": ExceptionKind.WAIVER, "control": RED, "reason": "r", "owner": "o",
           "expires": date(2027, 1, 1), **values}
    )  # fmt: skip


def test_a_host_that_was_not_reached_passes_nothing():
    audited, _ = audit(reason="ssh: Connection refused")
    verdicts = {f.verdict for f in audited.findings if f.subject == NODE}
    assert verdicts == {Verdict.NOT_ASSESSED}
    assert "Connection refused" in finding(audited, RED).message
    (subject,) = audited.subjects
    assert not subject.reached
    assert exit_code(audited) == 4


def test_a_program_that_is_not_its_packages_is_not_believed():
    document = facts(NODE)
    document["tampered"] = ["/usr/sbin/sshd"]
    audited, _ = audit(document)
    found = finding(audited, "SRV-04")
    assert found.verdict is Verdict.NOT_ASSESSED
    assert "its word is not taken" in found.message


def test_what_a_liar_hides_in_sshd_t_is_seen_on_the_wire():
    document = facts(NODE)
    document["ssh"]["macs_in"].append("hmac-md5")
    audited, _ = audit(document)
    assert finding(audited, "SRV-16").verdict is Verdict.FAIL


@pytest.mark.parametrize("broken", [
    e.says("sshd", "", 1), e.gone("sshd"), e.says("sshd", "\x00\xff garbage"),
    lambda d: d["commands"]["sshd"].update(truncated=True),
])  # fmt: skip
def test_what_cannot_be_read_is_no_pass(broken):
    document = facts(NODE)
    broken(document)
    audited, _ = audit(document)
    assert finding(audited, "SRV-04").verdict is not Verdict.PASS


def test_empty_facts_pass_nothing():
    document = {
        **facts(NODE), "commands": {}, "files": {}, "sysctl": {}, "accounts": [], "tls": {},
        "http": [], "ssh": None, "names": [], "probes": [], "reach": [],
    }  # fmt: skip
    audited, _ = audit(document)
    passed = [f.control for f in audited.findings if f.verdict is Verdict.PASS]
    assert passed == []


def test_every_control_of_the_profile_is_in_a_whole_audit_once_a_subject():
    audited, _ = audit(selection=Selection(3))
    assert {f.control for f in audited.findings} == {c.id for c in CATALOGUE.profile(3)}
    keys = [(f.control, f.subject) for f in audited.findings]
    assert len(keys) == len(set(keys))
    manual = finding(audited, "SRV-43", SITE)
    assert manual.verdict is Verdict.NOT_ASSESSED
    assert "signed review" in manual.message


def test_only_what_is_named_is_audited():
    audited, _ = audit(selection=Selection(3, hosts=(NODE,), controls=("NET-02", "BAK")))
    assert {f.control for f in audited.findings} == {"NET-02", "BAK-01"}


def test_each_finding_names_evidence_that_is_there():
    audited, items = audit()
    there = {i.evidence.sha256 for i in items}
    for found in audited.findings:
        assert set(found.evidence) <= there
        if found.verdict in (Verdict.PASS, Verdict.FAIL):
            assert found.evidence, found.control


def test_a_waiver_counts_until_its_day_and_only_where_it_holds():
    for values, counts in (
        ({}, "W-1"),
        ({"expires": date(2026, 11, 26)}, None),
        ({"subjects": ("other-1",)}, None),
        ({"subjects": (NODE,)}, "W-1"),
        ({"control": "SRV-11"}, None),
    ):
        audited, _ = audit(exemptions=[exemption(**values)])
        assert finding(audited, RED).verdict is Verdict.FAIL
        assert finding(audited, RED).exemption == counts, values


def test_an_equivalent_measure_goes_before_a_waiver_and_neither_makes_up_for_not_looking():
    equal = exemption(id="E-1", kind=ExceptionKind.EQUIVALENT)
    audited, _ = audit(exemptions=[exemption(), equal])
    assert finding(audited, RED).exemption == "E-1"
    unseen, _ = audit(exemptions=[equal], reason="gone")
    assert finding(unseen, RED).exemption is None


def test_exit_codes():
    audited, _ = audit()
    assert exit_code(audited) == 3
    good = replace(audited, findings=tuple(
        f for f in audited.findings if f.verdict not in (Verdict.FAIL, Verdict.PARTIAL)
    ))  # fmt: skip
    assert exit_code(good) == 0
    waived = replace(audited, findings=tuple(replace(f, exemption="W") for f in audited.findings))
    assert exit_code(waived) == 0


def test_each_node_is_tried_from_another_zone():
    asked = requests(lab(), Selection(3))
    probes = [(source, p) for source, r in asked.items() for p in r.probes if p.kind != "flow"]
    assert {p.subject for _, p in probes} == {n.name for n in lab().nodes}
    zones = {n.name: n.zone for n in lab().nodes}
    for source, probe in probes:
        assert zones[source] not in ("management", zones[probe.subject])
        assert probe.zone == zones[source]
    assert {p.subject for _, p in probes if p.kind == "relay"} == {"mail-server-1"}


def test_each_tcp_port_of_the_flow_matrix_is_tried_from_where_it_is_open_to():
    asked = requests(lab(), Selection(3))
    tried = {
        (source, p.subject, p.port)
        for source, r in asked.items()
        for p in r.probes
        if p.kind == "flow"
    }
    assert {
        ("portal-front-1", "portal-app-1", 8000),
        ("portal-app-1", "portal-db-1", 5432),
        ("base-dns-1", "base-dns-2", 53),
        ("base-logs-1", "wan-router-2", 9100),
    } <= tried
    assert ("portal-front-1", "portal-db-1", 5432) not in tried
    addresses = {p.address for p in asked["portal-app-1"].probes if p.port == 5432}
    assert {":" in address for address in addresses} == {False, True}
    # a part alone is tried by nobody
    few = requests(lab(), Selection(3, hosts=("portal-app-1",)))
    assert not few["portal-app-1"].probes


def test_what_was_tried_stands_in_the_result():
    document = facts(NODE)
    probe = {"subject": "portal-db-1", "port": 5432, "kind": "flow"}
    document["probes"] = [{**probe, "result": "open"}, {**probe, "result": "timeout"}]
    audited, _ = audit(document)
    assert audited.attempts == (Attempt(NODE, "portal-db-1", "tcp/5432", answered=False),)


def test_json_of_an_audit_comes_back_the_same(tmp_path):
    audited, _ = audit(exemptions=[exemption()])
    assert parse(dump(audited), "x") == audited


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 2}', '{"schema": 1}',
                                  '{"schema": 1, "audit": {"id": 7}}'])  # fmt: skip
def test_what_is_no_audit_is_told(text):
    with pytest.raises(BentreError):
        parse(text.encode(), "x.json")


def test_runs_are_found_by_name_and_by_last(tmp_path):
    store = Store(tmp_path / "audits")
    assert store.runs() == []
    audited, _ = audit()
    folder = store.place(BEGAN, audited.id)
    folder.mkdir(parents=True)
    (folder / "audit.json").write_bytes(dump(audited))
    assert store.find("last") == store.find(folder.name) == store.find("2026") == folder
    assert read(folder) == audited
    with pytest.raises(BentreError, match="no such run"):
        store.find("1999")


def test_a_diff_says_what_got_worse_first():
    before, _ = audit()
    document = facts(NODE)
    e.policy("input", "accept")(document)
    e.said("sshd_admin", "^authenticationmethods .*", "authenticationmethods a,b")(document)
    after, _ = audit(document)
    changes = diff(before, after)
    assert (changes[0].control, changes[0].before, changes[0].after) == (
        "NET-02", Outcome.MET, Outcome.NOT_MET,
    )  # fmt: skip
    assert ("SRV-10", Move.BETTER) in {(c.control, c.move) for c in changes}
    assert diff(before, before) == []


GOOD = """exemptions:
  - {id: W-1, kind: waiver, control: SRV-10, reason: thử nghiệm, owner: an, expires: 2027-01-01}
"""


def test_exemptions_are_data_beside_the_site(tmp_path):
    path = tmp_path / "exemptions.yaml"
    assert load_exemptions(path, CATALOGUE) == ()
    path.write_text(GOOD)
    (one,) = load_exemptions(path, CATALOGUE)
    assert (one.control, one.owner, one.expires) == ("SRV-10", "an", date(2027, 1, 1))


@pytest.mark.parametrize(("old", "new", "says"), [
    ("SRV-10", "SRV-99", "not known"), ("waiver", "pardon", "kind"), ("owner: an, ", "", "owner"),
    ("2027-01-01", "soon", "expires"), ("reason: thử nghiệm", 'reason: ""', "reason"),
])  # fmt: skip
def test_faults_of_exemptions_are_told_with_their_line(tmp_path, old, new, says):
    path = tmp_path / "exemptions.yaml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(SiteError, match=says) as caught:
        load_exemptions(path, CATALOGUE)
    assert caught.value.problems[0].line == 2


def test_ways_to_hosts_are_ansibles():
    told = {"_meta": {"hostvars": {"a": {
        "ansible_host": {"__ansible_unsafe": "2001:db8::1"}, "ansible_user": "debian",
        "ansible_ssh_private_key_file": "{{ lookup('env', 'BENTRE_SSH_KEY') }}",
        "ansible_host_key_checking": False, "ansible_port": "2222",
        "ansible_ssh_common_args": "-o ProxyJump=bastion",
    }}}}  # fmt: skip
    command = targets_of(told, {"BENTRE_SSH_KEY": "/key"})["a"].command()
    text = " ".join(command)
    for word in (
        "-l debian",
        "-i /key",
        "-p 2222",
        "ProxyJump=bastion",
        "StrictHostKeyChecking=no",
    ):
        assert word in text
    assert command[-2] == "2001:db8::1"
    json.dumps(command)
