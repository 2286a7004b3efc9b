"""What the roles have written into ``/etc/bentre/signing``."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("/etc/bentre/signing")
STATE = Path("/var/lib/bentre-signing")


@dataclass(frozen=True)
class TokenSettings:
    """The token (role signing_token).

    Attributes:
        module: PKCS#11 module; p11-kit's when empty, which locks what SoftHSM leaves to its caller.
        softhsm: whether the token is one of SoftHSM, which is made where there is none.
        label: name of the token.
        user: who uses it.
        subject: names of the requests for certificates, beside the key's own.
        keys: names of the keys, each with its algorithm.
    """

    module: str
    softhsm: bool
    label: str
    user: str
    subject: dict[str, str]
    keys: dict[str, str]

    @classmethod
    def read(cls) -> "TokenSettings":
        """Read the role's file."""
        return cls(**json.loads((FOLDER / "token.json").read_text()))

    def module_path(self) -> str:
        """Where the module lies on this architecture."""
        return self.module or str(next(Path("/usr/lib").glob("*/p11-kit-proxy.so")))


@dataclass(frozen=True)
class ServiceSettings:
    """The service and the time-stamp authority (role signing_service).

    Attributes:
        addresses: where both listen.
        port: port of the service.
        time_stamp_port: port of the time-stamp authority.
        certificate: TLS certificate of the service, with the intermediates'.
        key: its key.
        client_authorities: whose certificates clients have.
        client_revocations: revocation lists of these authorities; none are looked at when empty.
        clients: DNS names in certificates that may ask.
        node: the node's own name, which may ask how the service is.
        seal_key: the token's key that seals.
        time_stamp_key: the token's key of the time-stamp authority.
        time_stamp_policy: the policy's object identifier that time stamps name.
        time_stamp_url: the authority whose time stamps go into seals.
        megabytes: the largest document.
        at_once: documents that are worked on at the same time.
        timeout: seconds until another service has to have answered.
        warn_days: days before the end of a certificate at which there is an alarm.
    """

    addresses: list[str]
    port: int
    time_stamp_port: int
    certificate: str
    key: str
    client_authorities: str
    client_revocations: str
    clients: list[str]
    node: str
    seal_key: str
    time_stamp_key: str
    time_stamp_policy: str
    time_stamp_url: str
    megabytes: int
    at_once: int
    timeout: int
    warn_days: int

    @classmethod
    def read(cls) -> "ServiceSettings":
        """Read the role's file."""
        return cls(**json.loads((FOLDER / "service.json").read_text()))


def pin() -> str:
    """Read the token's PIN, which systemd hands over as a credential."""
    return (Path(os.environ["CREDENTIALS_DIRECTORY"]) / "pin").read_text().strip()
