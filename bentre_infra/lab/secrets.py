"""Passwords and keys of one lab: random, made once, each in a file that only root reads."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from bentre_infra.runtime.errors import BentreError


def _password() -> str:
    return secrets.token_urlsafe(24)


def _key_32_bytes() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def _rndc_key() -> str:
    # rndc(8) takes standard base64, not the URL-safe alphabet
    return base64.b64encode(os.urandom(32)).decode()


SERVICE_USERS = (
    "placement",
    "glance",
    "nova",
    "neutron",
    "cinder",
    "octavia",
    "designate",
    "barbican",
    "swift",
)
"""Keystone users of the services; each has a password of its own."""

_KINDS: dict[str, Callable[[], str]] = {
    "admin": _password,
    "operator": _password,
    "rabbitmq": _password,
    "erlang-cookie": _password,
    "rndc": _rndc_key,
    "barbican-kek": _key_32_bytes,
    "swift-prefix": _password,
    "swift-suffix": _password,
    "pulumi-passphrase": _password,
    **dict.fromkeys((f"user-{user}" for user in SERVICE_USERS), _password),
}


class Secrets:
    """The secrets in one folder.

    Args:
        folder: where they lie; mode 0700.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self) -> None:
        """Create those that are missing; an existing one is never changed."""
        for name, kind in _KINDS.items():
            path = self._folder / name
            if not path.exists():
                write_private(path, kind())

    def path(self, name: str) -> Path:
        """File of one secret, for programs that read it themselves.

        Raises:
            BentreError: the lab has no secret of this name.
        """
        if name not in _KINDS:
            raise BentreError(f"the lab has no secret '{name}'", f"one of {', '.join(_KINDS)}")
        return self._folder / name

    def __getitem__(self, name: str) -> str:
        """Value of one secret."""
        return self.path(name).read_text()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads (0600), whole or not at all."""
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    part.replace(path)
