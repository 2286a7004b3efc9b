import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bentre_infra.commands.site import app
from bentre_infra.runtime.errors import BentreError
from tests.unit.site.sites import changed, line_of, load

INVENTORIES = Path(__file__).parents[3] / "inventories"
runner = CliRunner()


@pytest.fixture(autouse=True)
def _project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(INVENTORIES.parent)


def test_check_all() -> None:
    done = runner.invoke(app, ["check", "--on", "2026-11-25"])
    assert done.exit_code == 0
    checked = [line.partition(":")[0] for line in done.output.splitlines()]
    assert checked == ["bentre", "lab", "vinhlong"]


def test_waivers_must_run_on_the_day_of_the_check() -> None:
    done = runner.invoke(app, ["check", "lab", "--on", "2028-01-01"])
    assert done.exit_code == 1
    text = (INVENTORIES / "lab/site.yaml").read_text()
    line = line_of(text, "control: NET-15")
    message = f"inventories/lab/site.yaml:{line}: waiver of NET-15 ended on 2027-12-31\n"
    assert done.stderr == message


def test_check_prints_every_fault_and_fails(tmp_path: Path) -> None:
    load(tmp_path)
    text = changed(("to: mail.db", "to: mail.dc"), ("owner: so-y-te", "owner: so-y-tt"))
    (tmp_path / "site.yaml").write_text(text)
    done = runner.invoke(app, ["check", str(tmp_path)])
    assert done.exit_code == 1
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert all(f"{tmp_path}/site.yaml:" in line and "did you mean" in line for line in lines)
    done = runner.invoke(app, ["check", str(tmp_path), "--json"])
    assert done.exit_code == 1
    (row,) = json.loads(done.stdout)
    assert row["ok"] is False
    lines_at_fault = {line_of(text, "to: mail.dc"), line_of(text, "so-y-tt")}
    assert {p["line"] for p in row["problems"]} == lines_at_fault


def test_show_and_graph() -> None:
    shown = runner.invoke(app, ["show", "lab"]).output
    assert "2001:db8:8300:1::a" in shown
    assert "Văn phòng Ủy ban nhân dân" in shown
    data = json.loads(runner.invoke(app, ["show", "lab", "--json"]).output)
    assert data["level"] == 3
    assert len(data["digest"]) == 64
    assert "<- portal.app  tcp/5432  content" in runner.invoke(app, ["graph", "lab"]).output
    dot = runner.invoke(app, ["graph", "lab", "--format", "dot"]).output
    assert dot.startswith('digraph "lab" {')
    assert dot.count("subgraph") == 7
    assert json.loads(runner.invoke(app, ["graph", "lab", "--json"]).output)["flows"]


def test_diff() -> None:
    done = runner.invoke(app, ["diff", "bentre", "vinhlong"])
    assert "unit Phường An Hội: merged (was " in done.output
    assert ": kept" not in done.output
    data = json.loads(runner.invoke(app, ["diff", "bentre", "vinhlong", "--json"]).output)
    assert data["counts"]["unit"]["merged"] == 48


def test_diff_of_profiles() -> None:
    done = runner.invoke(app, ["diff", "bentre-2016", "vinhlong-2025", "--json"])
    fates = json.loads(done.output)["counts"]["unit"]
    assert fates["ended"] == 9
    assert fates["unsourced"] == 17
    assert fates["created"] == 76
    assert sum(fates.values()) == 9 + 17 + 76 + 48 + 1


def test_allocate_writes_once(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(changed())
    assert ": written" in runner.invoke(app, ["allocate", str(tmp_path)]).output
    assert ": nothing to do" in runner.invoke(app, ["allocate", str(tmp_path)]).output
    assert runner.invoke(app, ["check", str(tmp_path), "--on", "2026-11-25"]).exit_code == 0
    done = runner.invoke(app, ["allocate", str(tmp_path), "--json"])
    assert json.loads(done.output)["written"] is False
    text = changed(("db: {zone: database}", "db: {zone: database, nodes: 1}"))
    (tmp_path / "site.yaml").write_text(text)
    assert ": nothing to do" in runner.invoke(app, ["allocate", str(tmp_path)]).output
    assert ": written" in runner.invoke(app, ["allocate", str(tmp_path), "--prune"]).output
    assert "mail-db-2" not in (tmp_path / "addresses.yaml").read_text()


@pytest.mark.parametrize("kind", ["site", "profile", "addresses"])
def test_schema(kind: str) -> None:
    done = runner.invoke(app, ["schema", "--of", kind])
    assert json.loads(done.output)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_site_that_is_not_there() -> None:
    done = runner.invoke(app, ["show", "labb"])
    assert isinstance(done.exception, BentreError)
    assert "lab" in str(done.exception.fix)
