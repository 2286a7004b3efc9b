"""Guest images: what a lab server and a test host boot from."""

import hashlib
import json
import shutil
import tempfile
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Protocol

from bentre_infra.hosts import apt, mounts
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.lock import MachineLock
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.process import run

SUITES = {"debian12": "bookworm", "debian13": "trixie"}

PACKAGES = (
    "ca-certificates",
    "cloud-init",
    "curl",
    "dbus",
    "e2fsprogs",
    "iproute2",
    "iputils-ping",
    "kmod",
    "less",
    "libnss-resolve",
    "libnss-systemd",
    "libpam-systemd",
    "netcat-openbsd",
    "nftables",
    "openssh-server",
    "procps",
    "python3",
    "python3-apt",
    "sudo",
    "systemd-resolved",
    "systemd-sysv",
    "udev",
    # the metapackage instead of the converter, which pulls all of perl in
    "usr-is-merged",
)


class Reporter(Protocol):
    """What tells the user of a long step (:class:`bentre_infra.runtime.progress.Progress`)."""

    def phase(self, title: str) -> AbstractContextManager[None]:
        """Name a step while it runs."""


@dataclass(frozen=True)
class GuestImage:
    """A root file system to boot from.

    Attributes:
        name: for example ``debian13``.
        suite: Debian's name of the release, for example ``trixie``.
        ext4: the file: ext4 without a partition table, sparse.
        fingerprint: of everything that the image was built from, except the archive's own state.
    """

    name: str
    suite: str
    ext4: Path
    fingerprint: str


def build(name: str, paths: Paths, progress: Reporter, *, anew: bool = False) -> GuestImage:
    """Build a guest image with mmdebstrap(1), unless the cache has it.

    It comes from the machine's own apt sources, but holds none of them: nor a CA, a host key, a
    machine-id, an authorized key or a policy-rc.d. Those are given at run time.

    Args:
        name: ``debian12`` or ``debian13``.
        paths: where the cache is; the image lies in ``images/NAME.ext4``.
        progress: is told when something has to be built.
        anew: build even when it is there, to take the archive's updates.

    Raises:
        BentreError: the name is unknown, or a program failed.
    """
    if name not in SUITES:
        raise BentreError(f"{name}: no such guest image", f"one of {', '.join(SUITES)}")
    folder = paths.cache / "images"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = GuestImage(name, SUITES[name], folder / f"{name}.ext4", _fingerprint(name))
    with MachineLock(f"image-{name}"):
        if not anew and _recorded(wanted) == wanted.fingerprint:
            return wanted
        with progress.phase(f"guest image {name}"):
            _build(wanted)
    return wanted


def _recorded(image: GuestImage) -> str | None:
    record = image.ext4.with_suffix(".json")
    if not image.ext4.exists() or not record.exists():
        return None
    return str(json.loads(record.read_text())["fingerprint"])


def _fingerprint(name: str) -> str:
    digest = hashlib.sha256(json.dumps([name, PACKAGES]).encode())
    with as_file(files("bentre_infra.hosts")) as here:
        parts = [here / "image.py", *sorted(p for p in (here / "guest").rglob("*") if p.is_file())]
        for part in parts:
            digest.update(str(part.relative_to(here)).encode() + part.read_bytes())
    return digest.hexdigest()[:16]


def _build(image: GuestImage) -> None:
    folder = image.ext4.parent
    for left in folder.glob(f".{image.name}-*"):  # a build that was killed
        shutil.rmtree(left)
    work = Path(tempfile.mkdtemp(prefix=f".{image.name}-", dir=folder))
    try:
        root = work / "root"
        _bootstrap(image.suite, work, root)
        _customise(root)
        made = work / "image"
        mounts.pack_ext4(root, made, image.name)
        made.replace(image.ext4)
        record = work / "record"
        record.write_text(json.dumps(asdict(image) | {"packages": PACKAGES}, default=str, indent=2))
        record.replace(image.ext4.with_suffix(".json"))
    finally:
        shutil.rmtree(work)


def _bootstrap(suite: str, work: Path, root: Path) -> None:
    sources = work / "sources.list"
    sources.write_text("".join(f"{source}\n" for source in apt.sources(suite)))
    settings = work / "apt.conf"
    settings.touch(mode=0o600)
    ours = 'APT::Install-Recommends "false";\nAcquire::Retries "5";\n'
    settings.write_text(ours + apt.settings())
    dpkg = files("bentre_infra.hosts").joinpath("guest/etc/dpkg/dpkg.cfg.d/bentre")
    options = [line for line in dpkg.read_text().splitlines() if not line.startswith("#")]
    run(
        [
            "mmdebstrap",
            "--variant=minbase",
            "--mode=root",
            "--format=directory",
            f"--include={','.join(PACKAGES)}",
            f"--aptopt={settings}",
            *(f"--dpkgopt={option}" for option in options),
            suite,
            str(root),
            str(sources),
        ]
    )


def _customise(root: Path) -> None:
    """Take out what must not be baked in, and put our few files in."""
    etc = root / "etc"
    for baked in (
        *etc.glob("apt/sources.list*"),
        *etc.glob("apt/sources.list.d/*"),
        etc / "apt/apt.conf.d/99mmdebstrap",
        etc / "dpkg/dpkg.cfg.d/99mmdebstrap",
        *etc.glob("ssh/ssh_host_*"),
        etc / "hostname",
        root / "usr/sbin/policy-rc.d",
        *(root / "var/log").glob("*.log"),
    ):
        if baked.is_dir():
            continue
        baked.unlink(missing_ok=True)
    (etc / "machine-id").write_text("")
    (root / "var/lib/dbus/machine-id").unlink(missing_ok=True)
    with as_file(files("bentre_infra.hosts").joinpath("guest")) as guest:
        shutil.copytree(guest, root, dirs_exist_ok=True)
    run(
        [
            "systemctl",
            f"--root={root}",
            "enable",
            "systemd-networkd.service",
            "systemd-resolved.service",
            "bentre-fstab.service",
        ]
    )
    run(["systemctl", f"--root={root}", "mask", "e2scrub_reap.service"])
    _login_before_network(root)
    # systemd-update-done.service(8): nothing in /usr is newer, so the first boot rebuilds no cache
    for stamp in (etc / ".updated", root / "var/.updated"):
        stamp.touch()


def _login_before_network(root: Path) -> None:
    """Let sshd start while the network is still coming up.

    The config drive gives users and keys without a network, but cloud-init's second stage waits
    until an interface is online, and sshd waits for that stage.
    """
    for unit in ("cloud-init.service", "cloud-init-network.service"):
        packaged = root / "usr/lib/systemd/system" / unit
        if not packaged.exists():
            continue
        lines = packaged.read_text().splitlines(keepends=True)
        waits = ("After=systemd-networkd-wait-online.service", "After=networking.service")
        ours = root / "etc/systemd/system" / unit
        ours.write_text("".join(line for line in lines if line.strip() not in waits))
