"""Maps: what is declared, what was measured, and where the two differ."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from bentre_infra.cli import app
from bentre_infra.compliance.maps import measured, model, pictures
from bentre_infra.compliance.reports import Format, write
from bentre_infra.compliance.result import Attempt, Verdict
from bentre_infra.site import load_site
from tests.unit.compliance.reports import sample
from tests.unit.site.sites import load

ROOT = Path(__file__).parents[3]


@pytest.fixture
def site(tmp_path):
    return load(tmp_path)


def audit_of(site, *, leave_out=(), unreached=(), failed=(), more=()):
    subjects = tuple(
        replace(
            sample.node(n.name, n.zone, str(n.ipv4.ip), n.service), reached=n.name not in unreached
        )
        for n in site.nodes
        if n.name not in leave_out
    )
    findings = tuple(
        sample.finding("NET-02", s.name, Verdict.FAIL if s.name in failed else Verdict.PASS, "", "")
        for s in subjects
    )
    now = sample.audit()
    return replace(now, subjects=(*subjects, *more), findings=findings, exemptions=())


def line(dot, text):
    (found,) = [part for part in dot.split("<TR>") if text in part]
    return found


def test_the_model_has_every_zone_node_address_and_flow(site):
    dot = model(site)
    for zone in site.zones:
        assert f"cluster_{zone.name}" in dot
    for node in site.nodes:
        assert node.name in dot
        assert str(node.ipv6.ip) in dot
    assert '"mail-front" -> "mail-store" [label="tcp/24"' in dot
    assert '"internet" -> "mail-front" [label="tcp/25"' in dot


def test_the_measured_map_tells_what_differs(site):
    stranger = sample.node("stranger", "dmz", "10.9.9.9", "mail")
    run = audit_of(
        site,
        leave_out=["mail-db-1"],
        unreached=["mail-store-1"],
        failed=["mail-front-2"],
        more=[stranger],
    )
    dot = measured(site, run)
    assert "✓ mail-front-1" in line(dot, "mail-front-1")
    assert "✗ mail-front-2" in line(dot, "mail-front-2")
    assert "Không kết nối được" in line(dot, "mail-store-1")
    assert "không được đo" in line(dot, "mail-db-1")
    assert "stranger · 10.9.9.9" in dot
    assert "Ngoài mô hình" in dot


def test_another_address_than_the_models_is_told(site):
    run = audit_of(site)
    moved = replace(run.subjects[0], addresses=("10.1.99.99",))
    dot = measured(site, replace(run, subjects=(moved, *run.subjects[1:])))
    assert "≠ 10.1.99.99" in line(dot, moved.name)
    assert dot.count("≠") == 1


def test_flows_are_told_by_what_tried_them(site):
    probes = [
        Attempt("mail-front-1", "mail-store-1", "tcp/24", answered=True),
        Attempt("mail-store-1", "mail-db-1", "tcp/5432", answered=False),
        Attempt("internet", "mail-db-1", "tcp/5432", answered=True),
        Attempt("internet", "mail-store-1", "tcp/24", answered=False),
    ]
    dot = measured(site, replace(audit_of(site), attempts=tuple(probes)))
    assert '"mail-front" -> "mail-store" [label="tcp/24 ✓"' in dot
    assert '"mail-store" -> "mail-db" [label="tcp/5432 không trả lời / no answer"' in dot
    assert '"internet" -> "mail-db" [label="tcp/5432 mở, không khai báo / open' in dot
    assert '"internet" -> "mail-store"' not in dot  # refused, as it should be
    assert '"internet" -> "mail-front" [label="tcp/25 ?"' in dot  # nobody tried


def test_one_silent_node_of_a_part_is_not_hidden_by_another(site):
    probes = [
        Attempt("mail-front-1", "mail-store-1", "tcp/24", answered=True),
        Attempt("mail-front-1", "mail-store-2", "tcp/24", answered=False),
    ]
    assert "tcp/24 không trả lời" in measured(site, replace(audit_of(site), attempts=tuple(probes)))


def test_a_flow_of_all_nodes_is_one_line_where_all_of_it_answers():
    site = load_site(ROOT / "inventories" / "lab")
    nodes = {part.group: part.nodes for part in site.parts}
    tried = [
        Attempt(nodes[group][0].name, "base-directory-1", "tcp/636", answered=True)
        for group in nodes
        if group != "base-directory"
    ]
    dot = measured(site, replace(audit_of(site), attempts=tuple(tried)))
    (drawn,) = [edge for edge in dot.splitlines() if "tcp/636" in edge]
    assert '"all" -> "base-directory" [label="tcp/636 ✓"' in drawn
    one = replace(tried[0], answered=False)
    dot = measured(site, replace(audit_of(site), attempts=(one, *tried[1:])))
    assert dot.count("tcp/636 không trả lời") == 1
    dot = measured(site, replace(audit_of(site), attempts=tuple(tried[1:])))
    assert f"tcp/636 ✓ {len(tried) - 1}/{len(tried)}" in dot


def test_both_are_drawn_and_stand_in_the_report(site, tmp_path):
    drawn = pictures(site, audit_of(site))
    names = [element.get("id") for p in drawn for element in ET.fromstring(p.svg).iter()]
    names = [name for name in names if name]
    assert len(names) == len(set(names))
    (page,) = write(sample.audit(), sample.catalogue(), tmp_path, [Format.HTML], pictures=drawn)
    text = page.read_text()
    assert "Theo kết quả đo của đợt đánh giá" in text
    assert text.count('role="img" aria-label=') == 2


def test_the_same_site_gives_the_same_picture(site):
    assert pictures(site) == pictures(site)


def test_the_command_writes_both(tmp_path):
    (result,) = write(sample.audit(), sample.catalogue(), tmp_path, [Format.JSON])
    where = str(ROOT / "inventories" / "lab")
    done = CliRunner().invoke(
        app, ["graph", where, "--result", str(result), "--out", str(tmp_path / "maps")]
    )
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in (tmp_path / "maps").iterdir()) == ["measured.svg", "model.svg"]
