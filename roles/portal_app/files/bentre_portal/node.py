"""What role portal_app has written on this node."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("/etc/bentre/portal")
STATE = Path("/var/lib/bentre-portal")


@dataclass(frozen=True)
class Node:
    """The role's settings, none of them secret.

    Attributes:
        addresses: where the program answers.
        port: its port (HTTPS).
        certificate: TLS certificate, with the intermediates'.
        key: its key.
        authorities: who issues certificates of the database and of web servers.
        names: names at which it answers, beside those of the sites.
        database: host, address, port, name and owner of the database.
        sites: name, title and host name of each site.
        workers: processes that answer.
    """

    addresses: list[str]
    port: int
    certificate: str
    key: str
    authorities: str
    names: list[str]
    database: dict[str, str]
    sites: list[dict[str, str]]
    workers: int

    @classmethod
    def read(cls) -> "Node":
        """Read the role's file."""
        return cls(**json.loads((FOLDER / "portal.json").read_text()))


def secret(name: str) -> str:
    """Read a secret: the service has it as a credential of systemd's, root from the file."""
    return (Path(os.environ.get("CREDENTIALS_DIRECTORY", FOLDER)) / name).read_text().strip()


def make_secret_key() -> bool:
    """Make the key of sessions and forms, which stays on this node; whether there was none."""
    file = FOLDER / "secret-key"
    if file.exists():
        return False
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(f"{secrets.token_urlsafe(50)}\n")
    new.replace(file)
    return True
