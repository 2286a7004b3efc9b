"""An audit as JSON, and the runs that a site has had."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bentre_infra.compliance.result import Audit
from bentre_infra.runtime.errors import BentreError
from bentre_infra.site.errors import near

AUDIT_FILE = "audit.json"
SCHEMA = 1

_ADAPTER: TypeAdapter[Audit] = TypeAdapter(Audit)


def plain(audit: Audit) -> Any:
    """An audit as plain data for JSON."""
    return _ADAPTER.dump_python(audit, mode="json")


def restored(data: Any, name: str) -> Audit:
    """Read an audit from plain data.

    Raises:
        BentreError: it is none; names what is wrong where.
    """
    try:
        return _ADAPTER.validate_json(json.dumps(data), strict=True)
    except ValidationError as e:
        first = e.errors(include_url=False)[0]
        at = ".".join(str(step) for step in ("audit", *first["loc"]))
        raise BentreError(f"{name}: {at}: {first['msg']}", "a file that bentre audit wrote") from e


def dump(audit: Audit) -> bytes:
    """An audit as JSON, UTF-8."""
    data = {"schema": SCHEMA, "audit": plain(audit)}
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def parse(data: bytes, name: str) -> Audit:
    """Read an audit.

    Raises:
        BentreError: it is none, or one of another version.
    """
    try:
        document: Any = json.loads(data)
    except ValueError as e:
        raise BentreError(f"{name}: is no JSON: {e}", "an audit.json that bentre wrote") from e
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise BentreError(
            f"{name}: has schema {schema!r}, this program reads {SCHEMA}",
            "the version of the program that wrote it",
        )
    return restored(document.get("audit"), name)


def read(path: Path) -> Audit:
    """Read an audit from its file, or from the folder of its bundle.

    Raises:
        BentreError: it is not there, or is none.
    """
    file = path / AUDIT_FILE if path.is_dir() else path
    try:
        return parse(file.read_bytes(), str(file))
    except OSError as e:
        raise BentreError(f"{file}: {e.strerror}", "bentre audit list") from e


@dataclass(frozen=True)
class Run:
    """A run that was kept: its name is the moment of its start (UTC) and its id's beginning."""

    name: str
    folder: Path


@dataclass(frozen=True)
class Store:
    """The runs of a site."""

    folder: Path

    def place(self, began: datetime, audit_id: str) -> Path:
        """Where a run's bundle goes."""
        return self.folder / f"{began:%Y%m%dT%H%M%SZ}-{audit_id[:8]}"

    def runs(self) -> list[Run]:
        """All runs, the oldest first."""
        if not self.folder.is_dir():
            return []
        found = (p for p in self.folder.iterdir() if (p / AUDIT_FILE).is_file())
        return [Run(p.name, p) for p in sorted(found)]

    def find(self, name: str) -> Path:
        """Find a run by its name, the end or beginning of it, ``last``, or a folder's path.

        Raises:
            BentreError: there is none, or more than one.
        """
        if "/" in name or Path(name).is_dir():
            return Path(name)
        runs = self.runs()
        if name == "last" and runs:
            return runs[-1].folder
        found = [r for r in runs if r.name == name] or [
            r for r in runs if r.name.startswith(name) or r.name.partition("-")[2] == name[:8]
        ]
        if len(found) != 1:
            said = "more than one run begins so" if found else "there is no such run"
            raise BentreError(
                f"{name}: {said}{near(name, (r.name for r in runs))}", "bentre audit list"
            )
        return found[0].folder
