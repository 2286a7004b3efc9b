"""Throw-away hosts: a bare Debian with an SSH key, for the time of a test."""

import hashlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from bentre_infra.hosts import access, apt, mounts, netns, network
from bentre_infra.hosts.image import GuestImage
from bentre_infra.hosts.network import Nic
from bentre_infra.hosts.podman import Podman, Running
from bentre_infra.hosts.spec import HostSpec, Limits
from bentre_infra.hosts.sweep import sweep
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.lock import MachineLock
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.process import run

PREFIX = "bentre-h-"
CGROUP = "bentre-hosts"
_POLL = 0.1  # seconds
_HOST_KEY = Path("etc/ssh/ssh_host_ed25519_key")


@dataclass(frozen=True)
class Request:
    """A host to make.

    Attributes:
        name: unique among the throw-away hosts of the machine.
        image: what it boots from.
        hostname: what it calls itself; its name when empty.
        nics: its interfaces.
        authorized_key: who may log in as root over SSH (sshd(8), AUTHORIZED_KEYS); empty for none.
        packages: whether it gets the machine's apt sources; it reaches them through its operator's
            connection (:mod:`.access`).
        limits: what it may use; None for no limit.
    """

    name: str
    image: GuestImage
    hostname: str = ""
    nics: tuple[Nic, ...] = ()
    authorized_key: str = ""
    packages: bool = False
    limits: Limits | None = None


class Throwaway:
    """The throw-away hosts of this machine.

    Args:
        paths: they are in ``hosts`` of the state folder.
    """

    def __init__(self, paths: Paths) -> None:
        self._folder = paths.state / "hosts"
        other = hashlib.sha256(str(self._folder).encode()).hexdigest()[:8]
        self.podman = Podman(f"hosts-{other}", CGROUP, PREFIX)

    def create(self, request: Request) -> None:
        """Boot a host from the bare image; one of that name is replaced.

        It is on its way up when this returns; see :meth:`wait`.
        """
        name = PREFIX + request.name
        if self._remains(request.name):
            self.destroy(request.name)
        folder = self._folder / "roots" / request.name
        root = folder / "root"
        mounts.mount_overlay(self._lower(request.image), folder, root)
        hostname = request.hostname or request.name
        _prepare(root, request, hostname)
        netns.create(name)
        network.connect(name, request.nics)
        self.podman.boot(
            HostSpec(
                name=name,
                rootfs=root,
                hostname=hostname,
                netns=name,
                limits=request.limits,
                console=folder / "console.log",
            )
        )

    def wait(self, name: str, patience: float = 120) -> str:
        """Wait until a host has come up; returns ``running``, or ``degraded`` (systemctl(1)).

        Raises:
            BentreError: it stopped, or was not up after ``patience`` seconds.
        """
        end = time.monotonic() + patience
        while time.monotonic() < end:
            state = self.podman.ask(PREFIX + name, "systemctl", "is-system-running")
            if state is None:
                raise BentreError(f"{name}: stopped while it booted", f"see {self.console(name)}")
            if state.strip() in ("running", "degraded"):
                return state.strip()
            time.sleep(_POLL)
        raise BentreError(f"{name}: not up after {patience:g} s", f"see {self.console(name)}")

    def run(self, name: str, *command: str, check: bool = True) -> str:
        """Run a program in a host and return what it wrote."""
        return self.podman.execute(PREFIX + name, *command, check=check)

    def find(self, name: str) -> Running:
        """A host as podman knows it."""
        return self.podman.find(PREFIX + name)

    def names(self) -> list[str]:
        """The hosts that there are."""
        return sorted(c.name.removeprefix(PREFIX) for c in self.podman.list())

    def console(self, name: str) -> Path:
        """The file with what a host wrote on its console."""
        return self._folder / "roots" / name / "console.log"

    def destroy(self, name: str) -> None:
        """Remove a host and all that it wrote; nothing to do when there is none."""
        self.podman.stop(PREFIX + name, grace=0)
        netns.delete(PREFIX + name)
        folder = self._folder / "roots" / name
        mounts.unmount(folder / "root")
        if folder.exists():
            shutil.rmtree(folder)

    def destroy_named(self, prefix: str) -> list[str]:
        """Remove every host whose name begins so, whatever a killed process left of it.

        Returns:
            The names of those that there were.
        """
        folder = self._folder / "roots"
        roots = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        spaces = [name.removeprefix(PREFIX) for name in netns.named(PREFIX)]
        found = sorted(n for n in {*self.names(), *spaces, *roots} if n.startswith(prefix))
        for name in found:
            self.destroy(name)
        return found

    def destroy_all(self) -> None:
        """Remove every host, whatever state a killed process left them in."""
        sweep(self._folder, [self.podman], PREFIX)
        if self._folder.exists():
            shutil.rmtree(self._folder)

    def host_key(self, name: str) -> str:
        """The public key that a host's sshd shows."""
        return (self._root(name) / _HOST_KEY).with_suffix(".pub").read_text()

    def _root(self, name: str) -> Path:
        return self._folder / "roots" / name / "root"

    def _remains(self, name: str) -> bool:
        """Whether a host of that name is there, or anything that a killed process left of one."""
        return self._root(name).parent.exists() or netns.exists(PREFIX + name)

    def _lower(self, image: GuestImage) -> Path:
        """The image's read-only mount; an image that is built anew gets another one."""
        at = self._folder / "images" / f"{image.name}-{image.ext4.stat().st_ino}"
        if not at.is_mount():
            with MachineLock("hosts-images"):
                mounts.mount_ext4(image.ext4, at, read_only=True)
        return at


def _prepare(root: Path, request: Request, hostname: str) -> None:
    """What cloud-init does on a server, without cloud-init."""
    (root / "etc/cloud/cloud-init.disabled").touch()
    short = hostname.partition(".")[0]
    hosts = f"127.0.0.1 localhost\n127.0.1.1 {hostname} {short}\n::1 localhost ip6-localhost\n"
    (root / "etc/hosts").write_text(hosts)
    network.configure(root, request.nics)
    key = root / _HOST_KEY
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", hostname, "-f", key])
    if request.authorized_key:
        keys = root / "root/.ssh/authorized_keys"
        keys.parent.mkdir(mode=0o700, exist_ok=True)
        keys.touch(mode=0o600)
        keys.write_text(request.authorized_key.strip() + "\n")
    if request.packages:
        lines = "".join(f"{source}\n" for source in apt.sources(request.image.suite))
        (root / "etc/apt/sources.list.d/machine.list").write_text(lines)
        settings = root / "etc/apt/apt.conf.d/90machine"
        settings.touch(mode=0o600)
        ours = apt.settings()
        settings.write_text(ours + access.apt_settings(ours))
