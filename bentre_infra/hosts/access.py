"""How an operator gets into throw-away hosts: a key, the hosts' keys, an ssh_config(5).

The hosts have no way out of their network. Debian's archives come to them through the operator's
own connection: ``ssh`` listens on a host's loopback and is the SOCKS proxy (RemoteForward, without
a destination) that apt asks; names are resolved on this side.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

PROXY = "127.0.0.1:1080"
"""Where a host's apt finds the SOCKS proxy, while an operator is connected."""

_SOCKETS = Path("/run/bentre-infra/ssh")
_PERSIST = 600  # seconds that a connection outlives its last use
_PATIENCE = 60  # seconds to connect: a busy machine takes its time


@dataclass(frozen=True)
class Access:
    """The files of one scenario's operator.

    Attributes:
        folder: they lie in it; the private key is for this user's eyes only.
    """

    folder: Path

    @property
    def config(self) -> Path:
        """What ``ssh -F`` takes; a host is called by its name."""
        return self.folder / "ssh_config"

    @property
    def arguments(self) -> str:
        """What Ansible gives to ssh (``ansible_ssh_args``).

        Ansible has to see that connections persist; else it makes sockets of its own.
        """
        options = " ".join(f"-o {name}={value}" for name, value in self._control.items())
        return f"-F {self.config} {options}"

    @property
    def _key(self) -> Path:
        return self.folder / "ssh_key"

    def new_key(self) -> str:
        """Make a key pair, in place of the last run's, and return its public half."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._key.unlink(missing_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "operator", "-f", self._key])
        return self._key.with_suffix(".pub").read_text()

    def write(self, hosts: Mapping[str, tuple[str, str]]) -> None:
        """Write the configuration.

        Args:
            hosts: name, and its address and public host key.
        """
        known = self.folder / "known_hosts"
        known.write_text("".join(f"{address} {key.strip()}\n" for address, key in hosts.values()))
        _SOCKETS.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.config.write_text(
            "".join(f"Host {name}\n  HostName {address}\n" for name, (address, _) in hosts.items())
            + "Host *\n"
            + "".join(f"  {line}\n" for line in self._settings(known))
        )

    def close(self) -> None:
        """End the connections that are still open; nothing to do when there is none."""
        if not self.config.exists():
            return
        for line in self.config.read_text().splitlines():
            keyword, _, name = line.partition(" ")
            if keyword == "Host" and name != "*":
                # it fails where nobody is connected
                run(["ssh", "-F", self.config, "-O", "exit", name], check=False)

    @property
    def _control(self) -> dict[str, str]:
        """How connections are shared: never with those of a run before, to the same address."""
        run_of = hashlib.sha256(self._key.with_suffix(".pub").read_bytes()).hexdigest()[:8]
        return {
            "ControlMaster": "auto",
            "ControlPersist": str(_PERSIST),
            "ControlPath": f"{_SOCKETS}/{run_of}-%C",
        }

    def _settings(self, known: Path) -> list[str]:
        return [
            "User root",
            f"IdentityFile {self._key}",
            "IdentitiesOnly yes",
            f"UserKnownHostsFile {known}",
            "StrictHostKeyChecking yes",
            f"ConnectTimeout {_PATIENCE}",
            *(f"{name} {value}" for name, value in self._control.items()),
            f"RemoteForward {PROXY}",
        ]


def apt_settings(settings: str) -> str:
    """The apt.conf(5) text that leads a host's apt through its operator's connection.

    Args:
        settings: how this machine's apt reaches its archives (:func:`.apt.settings`).

    Raises:
        BentreError: it goes through a proxy, to which the connection does not lead.
    """
    if "proxy" in settings.lower():
        raise BentreError(
            "apt of this machine asks a proxy: test hosts cannot follow it there",
            "apt sources that the machine reaches itself (apt-config dump | grep -i proxy)",
        )
    return f'Acquire::http::Proxy "socks5h://{PROXY}";\n'
