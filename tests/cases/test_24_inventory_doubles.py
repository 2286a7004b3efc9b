"""ansible#32983, ansible PR#14662: stale and doubled hosts in a dynamic inventory.

One host for each server id; a server that was deleted is gone at the next read.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bentre_infra.inventory import planned
from bentre_infra.inventory.nodes import document, parse_nodes
from bentre_infra.runtime.errors import BentreError
from tests.unit.inventory.ansible import export, inventory_of, listed
from tests.unit.site.sites import load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "site"
    path.mkdir()
    (path / "bentre.yml").write_text("plugin: bentre\n")
    return path


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_a_deleted_server_goes_at_the_next_read(folder: Path, state: Path) -> None:
    site = load(folder)
    records = planned(site)
    export(site, state, records)
    assert len(listed(folder, state)["_meta"]["hostvars"]) == len(records) == 6
    export(site, state, [r for r in records if r.name != "mail-front-2"])
    printed = listed(folder, state)
    assert "mail-front-2" not in printed["_meta"]["hostvars"]
    assert printed["zone_dmz"]["hosts"] == ["mail-front-1"]


def test_a_server_that_is_said_twice_is_one_host(folder: Path) -> None:
    site = load(folder)
    data = document("test", planned(site))
    data["nodes"] += data["nodes"]
    _, records = parse_nodes(json.dumps(data), "nodes.json")
    assert len(records) == 6


def test_one_server_under_two_names_is_refused(folder: Path, state: Path) -> None:
    site = load(folder)
    first, second, *others = planned(site)
    export(site, state, [first, replace(second, server_id=first.server_id), *others])
    said = " ".join(inventory_of(folder, state).stderr.split())
    assert (
        f"server {first.server_id} is said in two ways, as {second.name} and as {first.name}"
        in said
    )


def test_two_servers_under_one_name_are_refused(folder: Path, state: Path) -> None:
    site = load(folder)
    first, *others = planned(site)
    export(site, state, [first, replace(first, server_id="left-over"), *others])
    said = " ".join(inventory_of(folder, state).stderr.split())
    assert f"two servers are named {first.name}: left-over and {first.server_id}" in said


def test_parse_names_the_file() -> None:
    with pytest.raises(BentreError, match=r"^export\.json: "):
        parse_nodes("{", "export.json")
