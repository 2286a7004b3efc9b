import json
import stat
from ipaddress import ip_address
from pathlib import Path

import pytest

from bentre_infra.inventory import NodeRecord, export_path, read_nodes, write_nodes
from bentre_infra.inventory.nodes import document, parse_nodes
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths

FRONT = NodeRecord(
    "mail-front-1",
    "0a1b",
    "dmz",
    (ip_address("10.1.1.10"), ip_address("2001:db8::a")),
    ("mail-front",),
    "so-y-te",
    ip_address("203.0.113.7"),
)
STORE = NodeRecord("mail-store-1", "2c3d", "servers", (ip_address("10.1.5.10"),))


def test_an_export_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "sites" / "test" / "nodes.json"
    write_nodes(path, "test", [STORE, FRONT])
    assert read_nodes(path) == ("test", (FRONT, STORE))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = path.read_bytes()
    write_nodes(path, "test", [FRONT, STORE])
    assert path.read_bytes() == first
    assert [p.name for p in path.parent.iterdir()] == ["nodes.json"]


def test_where_the_export_lies(tmp_path: Path) -> None:
    paths = Paths(cache=tmp_path / "c", state=tmp_path / "s")
    assert export_path("lab", paths) == tmp_path / "s/sites/lab/nodes.json"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "mail front"}, "nodes.0.name"),
        ({"name": "Thư-1"}, "nodes.0.name"),
        ({"server_id": ""}, "nodes.0.server_id"),
        ({"addresses": []}, "nodes.0.addresses"),
        ({"addresses": ["10.1"]}, "nodes.0.addresses"),
        ({"password": "x"}, "nodes.0.password"),
    ],
)
def test_what_is_no_node_is_refused(change: dict[str, object], message: str) -> None:
    data = document("test", [FRONT])
    data["nodes"][0] |= change
    with pytest.raises(BentreError, match=message):
        parse_nodes(json.dumps(data), "nodes.json")


@pytest.mark.parametrize("text", ["", "{}", '{"version": 2, "site": "x", "nodes": []}', "[]"])
def test_another_document_is_refused(text: str) -> None:
    with pytest.raises(BentreError, match=r"^nodes\.json: "):
        parse_nodes(text, "nodes.json")


def test_an_export_that_is_not_there() -> None:
    with pytest.raises(BentreError, match=r"/none/nodes\.json: No such file") as e:
        read_nodes(Path("/none/nodes.json"))
    assert e.value.fix == "bentre apply, which exports the nodes"
