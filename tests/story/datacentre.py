"""The lab's own site, brought up as its user does, and its nodes as people outside meet them."""

import base64
import hashlib
import json
import os
import shlex
import socket
import ssl
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bentre_infra.commands.environment import lab_environment
from bentre_infra.commands.stacks import runners
from bentre_infra.engine.lines import teller
from bentre_infra.inventory import export_path
from bentre_infra.lab.layout import Layout
from bentre_infra.lab.supervisor import Supervisor
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress
from bentre_infra.site import load_site
from tests.command import PATIENCE as PATIENCE_OF_COMMANDS
from tests.command import run
from tests.lab.guest import Guest
from tests.waiting import PATIENCE

REPOSITORY = Path(__file__).parents[2]
BENTRE = Path(sys.executable).with_name("bentre")
PEOPLE = "ou=people,dc=lab,dc=bentre,dc=example"


@dataclass(frozen=True)
class Node:
    """A node of the site, entered as the operator enters it."""

    guest: Guest

    def root(self, command: str) -> str:
        """Run a shell's command as root; stdout."""
        return self.guest.ssh(f"sudo sh -c {shlex.quote(command)}", timeout=PATIENCE)

    def put(self, file: str, content: bytes) -> None:
        text = base64.b64encode(content).decode()
        self.root(f"umask 077; echo {text} | base64 -d > {file}")

    def get(self, file: str) -> bytes:
        return base64.b64decode(self.root(f"base64 -w0 {file}"))


class DataCentre:
    """The site, once ``bentre up`` has ended."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self.first = self.up()
        self.cloud_since = self.cloud_starts()

    def up(self) -> dict[str, Any]:
        """Run the main job; what it says."""
        up = [BENTRE, "up", "--env", "lab", "--json"]
        done = run(up, REPOSITORY, os.environ, patience=4 * PATIENCE_OF_COMMANDS)
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    def configure(self, nodes: Iterable[str]) -> None:
        """Let the roles come to some nodes again."""
        configure = [BENTRE, "configure", "--env", "lab", "--limit", ",".join(sorted(nodes))]
        run(configure, REPOSITORY, os.environ, patience=PATIENCE_OF_COMMANDS)

    def names_changed(self, asking: str) -> None:
        """Let a node, and the resolver, ask for names anew."""
        self.node("base-resolver-1").root("sleep 3; systemctl restart unbound")
        self.node(asking).root("resolvectl flush-caches")

    @staticmethod
    def unchanged(said: dict[str, Any]) -> bool:
        """Whether a run of the main job found everything as it should be."""
        kinds = {kind for changes in said["changes"].values() for kind in changes}
        return said["configured"] == 0 and kinds <= {"same"}

    def audits(self) -> list[str]:
        """Runs of ``bentre audit`` that are kept, the oldest first."""
        return [str(run["run"]) for run in self._audit("list")]

    def audit_diff(self, before: str, after: str) -> list[dict[str, str]]:
        """What is found otherwise by the second of two audits."""
        return self._audit("diff", before, after)

    def _audit(self, *words: str) -> list[dict[str, str]]:
        asked = [BENTRE, "audit", *words, "--env", "lab", "--json"]
        done = run(asked, REPOSITORY, os.environ, patience=PATIENCE_OF_COMMANDS)
        said: list[dict[str, str]] = json.loads(done.stdout)
        return said

    def end(self) -> None:
        """Take the site's stacks down; the lab stays.

        As ``bentre down`` does it: what holds data is refused to ``bentre destroy``.
        """
        progress = Progress()
        for stack in reversed(runners("lab")):
            stack.destroy(teller(progress))
        export_path("lab", self._paths).unlink(missing_ok=True)

    def cloud_starts(self) -> dict[str, int]:
        """When each service of the lab's cloud was last started, in seconds since the epoch."""
        supervisor = Supervisor(Layout.of(self._paths).supervisor_socket)
        found = supervisor.processes().values()
        return {each.name: supervisor.started_at(each.layer, each.name) for each in found}

    @cached_property
    def root_certificate(self) -> Path:
        """The internal authority's, as a visitor's machine was given it."""
        return self._paths.state / "sites/lab/secrets/pki/root.pem"

    @cached_property
    def seals_root(self) -> Path:
        """That of the authority which stands for the national one."""
        return self._paths.state / "sites/lab/secrets/signing/authorities.pem"

    @cached_property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.root_certificate))

    def node(self, name: str) -> Node:
        export = json.loads(export_path("lab", self._paths).read_text())
        address = next(n["addresses"][-1] for n in export["nodes"] if n["name"] == name)
        return Node(Guest(address, Path(lab_environment(self._paths)["BENTRE_SSH_KEY"])))

    def public(self, name: str) -> list[str]:
        """Public addresses of a name, IPv4 first: floating ones, or a balancer's."""
        for outputs in self.first["outputs"].values():
            if name in (ends := outputs.get("endpoints", {})):
                return list(ends[name])
        raise AssertionError(f"{name} is no public name")

    def nodes(self) -> list[str]:
        return [node.name for node in load_site(REPOSITORY / "inventories/lab").nodes]

    def verified(self, name: str, address: str) -> None:
        """Meet a web server as a visitor who knows the internal authority.

        Raises:
            ssl.SSLCertVerificationError: its certificate is of another authority or name.
        """
        with (
            socket.create_connection((address, 443), PATIENCE) as raw,
            self.trust.wrap_socket(raw, server_hostname=name),
        ):
            pass

    def key_hashes(self, certificate: str, nodes: Iterable[str]) -> str:
        """Hashes of the nodes' keys, as Chromium takes them in place of an authority of its own."""
        return ",".join(self._key_hash(self.node(name), certificate) for name in nodes)

    def _key_hash(self, node: Node, certificate: str) -> str:
        shown = x509.load_pem_x509_certificate(
            node.get(f"/etc/bentre/pki/{certificate}/certificate.pem")
        )
        der = shown.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(der).digest()).decode()
