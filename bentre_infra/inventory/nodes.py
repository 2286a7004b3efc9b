"""The one document that a stack hands to the inventory: its nodes. No secret stands in it."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.site.model import Site

VERSION = 1

type Address = IPv4Address | IPv6Address


@dataclass(frozen=True, order=True)
class NodeRecord:
    """A server as a stack made it.

    Attributes:
        name: host name, the one of the site.
        server_id: the cloud's identity of the server, or the machine's without a cloud.
        zone: the zone whose network it is on.
        addresses: its addresses there, IPv4 first.
        groups: security groups of its port.
        unit: slug of the unit that it serves.
        floating_address: the address by which it is reached from outside.
    """

    name: str
    server_id: str
    zone: str
    addresses: tuple[Address, ...]
    groups: tuple[str, ...] = ()
    unit: str = ""
    floating_address: Address | None = None


_HOST_NAME = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
_ID = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:._-]{1,255}$")]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: _HOST_NAME
    server_id: _ID
    zone: str
    addresses: list[Address] = Field(min_length=1)
    groups: list[str] = Field(default_factory=list)
    unit: str = ""
    floating_address: Address | None = None


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Literal[1]
    site: str
    nodes: list[_Record]


def export_path(site: str, paths: Paths | None = None) -> Path:
    """Where the last export of a site lies on this machine, for work without the cloud."""
    return (paths or Paths.from_env()).state / "sites" / site / "nodes.json"


def document(site: str, records: Iterable[NodeRecord]) -> dict[str, Any]:
    """Return nodes as the stack output ``nodes``: plain JSON, in the order of their names."""
    return {
        "version": VERSION,
        "site": site,
        "nodes": [
            {
                "name": r.name,
                "server_id": r.server_id,
                "zone": r.zone,
                "addresses": [str(a) for a in r.addresses],
                "groups": list(r.groups),
                "unit": r.unit,
                "floating_address": str(r.floating_address) if r.floating_address else None,
            }
            for r in sorted(records, key=lambda r: (r.name, r.server_id))
        ],
    }


def parse_nodes(text: str, where: str) -> tuple[str, tuple[NodeRecord, ...]]:
    """Read a document; each server once.

    Returns:
        The site's name, and the nodes by name.

    Raises:
        BentreError: not the document, or one name or one server said in two ways.
    """
    try:
        parsed = _Document.model_validate_json(text)
    except ValidationError as e:
        first = e.errors(include_url=False, include_input=False)[0]
        at = ".".join(str(step) for step in first["loc"])
        raise BentreError(
            f"{where}: {at or 'the document'}: {first['msg']}", "export it anew"
        ) from e
    records = {
        NodeRecord(
            r.name,
            r.server_id,
            r.zone,
            tuple(r.addresses),
            tuple(r.groups),
            r.unit,
            r.floating_address,
        )
        for r in parsed.nodes
    }
    _once(records, where)
    return parsed.site, tuple(sorted(records, key=lambda r: r.name))


def _once(records: Iterable[NodeRecord], where: str) -> None:
    by_id: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for record in sorted(records, key=lambda r: (r.name, r.server_id)):
        if record.server_id in by_id:
            raise BentreError(
                f"{where}: server {record.server_id} is said in two ways, as {record.name} and "
                f"as {by_id[record.server_id]}",
                "bentre apply, which exports what there is now",
            )
        if record.name in by_name:
            raise BentreError(
                f"{where}: two servers are named {record.name}: {by_name[record.name]} and "
                f"{record.server_id}",
                "delete the one that no stack declares, then: bentre apply",
            )
        by_id[record.server_id] = record.name
        by_name[record.name] = record.server_id


def read_nodes(path: Path) -> tuple[str, tuple[NodeRecord, ...]]:
    """Read an export.

    Raises:
        BentreError: it cannot be read, or is not right.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as e:
        raise BentreError(f"{path}: {e.strerror}", "bentre apply, which exports the nodes") from e
    return parse_nodes(text, str(path))


def write_nodes(path: Path, site: str, records: Iterable[NodeRecord]) -> None:
    """Write an export in one step; only the operator reads it, for it maps the network."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    text = json.dumps(document(site, records), indent=1) + "\n"
    temporary.unlink(missing_ok=True)
    with os.fdopen(
        os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    temporary.replace(path)


def planned(site: Site) -> tuple[NodeRecord, ...]:
    """Nodes of a site without a cloud: its machines, as the site lists them."""
    serials = dict(site.machines)
    return tuple(
        NodeRecord(
            name=node.name,
            server_id=serials.get(node.name) or f"machine:{node.name}",
            zone=node.zone,
            addresses=(node.ipv4.ip, node.ipv6.ip),
            groups=(f"{node.service}-{node.part}",),
            unit=node.unit.slug,
        )
        for node in site.nodes
    )
