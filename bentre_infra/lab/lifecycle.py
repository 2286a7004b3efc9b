"""Start, stop and throw away the machine's one lab."""

import contextlib
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from bentre_infra.hosts import apt, sweep
from bentre_infra.hosts.cgroup import Cgroup
from bentre_infra.hosts.image import SUITES
from bentre_infra.lab import (
    certificates,
    client,
    fingerprint,
    golden,
    graph,
    keypair,
    network,
    preflight,
    switch,
)
from bentre_infra.lab import environment as venvs
from bentre_infra.lab.catalogue import STORE, GuestFile
from bentre_infra.lab.config import Config, archives, machine_resolvers
from bentre_infra.lab.layout import CGROUP, CHASSIS, DOMAIN, GUESTS_CGROUP, PUBLIC, Layout
from bentre_infra.lab.secrets import Secrets
from bentre_infra.lab.services import Group, Service, common_env, services
from bentre_infra.lab.start import Starter
from bentre_infra.lab.supervisor import Supervisor
from bentre_infra.lab.tasks import Workshop, flush_database
from bentre_infra.runtime import machine
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.lock import MachineLock
from bentre_infra.runtime.parallel import each
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress

_OWNER = Path("/run/bentre-infra/lab.state")
"""Names the state folder of the lab that runs, or was the last to, since the machine started."""
_GUEST_GRACE = 8
"""Seconds in which a server may shut down by itself; systemd in a container needs about one."""
_DRIVER_SERVICES = ("nova-compute-1", "nova-compute-2", "cinder-volume", "designate-central")


def exists(paths: Paths) -> bool:
    """Whether this machine has a lab, running or not."""
    return fingerprint.read(Layout.of(paths)) is not None


def environment(paths: Paths) -> dict[str, str]:
    """Variables with which standard clients work with the lab; files' names, no secret.

    Raises:
        BentreError: there is no lab.
    """
    layout = Layout.of(paths)
    if not exists(paths):
        raise BentreError("there is no lab on this machine", "bentre lab up")
    key = _ssh_key(layout)
    return {
        "OS_CLOUD": "bentre-lab",
        "OS_CLIENT_CONFIG_FILE": str(layout.clouds_yaml),
        "PULUMI_BACKEND_URL": f"file://{layout.pulumi}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(layout.secrets / "pulumi-passphrase"),
        "BENTRE_SSH_KEY": str(key),
        "BENTRE_SSH_PUBLIC_KEY": str(key.with_suffix(".pub")),
    }


def up(paths: Paths, progress: Progress, chosen: Group = "all") -> None:
    """Bring the lab up; one that runs is left alone, one that was killed or stopped comes back.

    The first lab of a machine is built and its golden snapshot kept; later ones begin from that.
    A failure or Ctrl-C on the way leaves the lab stopped, its data as far as they came.

    Raises:
        BentreError: the machine does not suit, or a service does not get ready.
    """
    with MachineLock("lab"):
        _Lab(paths, progress).up(chosen)


def down(paths: Paths, progress: Progress) -> None:
    """Stop the lab and leave nothing of it on the machine but its files; servers come back by up.

    Raises:
        BentreError: a process or a mount cannot be ended.
    """
    with MachineLock("lab"):
        _Lab(paths, progress).stop()


def reset(paths: Paths, progress: Progress) -> None:
    """Stop the lab and throw its servers, volumes, networks and secrets away."""
    with MachineLock("lab"):
        lab = _Lab(paths, progress)
        lab.stop()
        with progress.phase("throw the lab's state away"):
            lab.layout.remove_data()


def _ssh_key(layout: Layout) -> Path:
    return layout.secrets / "id_ed25519"


class _Lab:
    """One lab and what it takes to run it; the caller holds the machine's lock."""

    def __init__(self, paths: Paths, progress: Progress) -> None:
        machine.require([machine.root(), machine.cgroup2()])
        self.layout = Layout.of(paths)
        self.progress = progress
        self.cgroup = Cgroup(CGROUP)
        self.guests = Cgroup(GUESTS_CGROUP)
        self.secrets = Secrets(self.layout.secrets)
        self.supervisor = Supervisor(self.layout.supervisor_socket)

    def _require_no_other(self) -> None:
        """Addresses, namespaces and control groups are the machine's: a second lab has no room."""
        owner = _OWNER.read_text() if _OWNER.exists() else str(self.layout.root)
        if owner != str(self.layout.root) and self.cgroup.processes():
            raise BentreError(
                f"this machine's lab runs from {owner}, not from {self.layout.root}",
                f"BENTRE_STATE={Path(owner).parent} bentre lab down",
            )

    def up(self, chosen: Group) -> None:
        self._require_no_other()
        wanted, made_by = fingerprint.current(self.layout.cache), fingerprint.read(self.layout)
        if made_by and made_by.data != wanted.data:
            self.progress.note(
                "the lab on this machine was made with other OpenStack releases: starting anew"
            )
            self.stop()
            self.layout.remove_data()
            made_by = None
        if self.supervisor.answers() and made_by and made_by.config != wanted.config:
            self.progress.note("the lab's configuration has changed: restarting its services")
            self.stop()
        if self.supervisor.answers() and made_by:
            self._update(wanted, chosen, renew_lib=made_by.lib != wanted.lib)
        else:
            self._start(wanted, chosen)

    def stop(self) -> None:
        """Stop everything, gently where something answers, and sweep the machine."""
        self._require_no_other()
        if self.supervisor.answers():
            with self.progress.phase("stop the lab"):
                # first nova: it would take a server that stops for one that its user stopped
                self._stop_services(f"nova-compute-{c.number}" for c in CHASSIS)
                self._stop_guests()
                self.supervisor.shutdown()
        self._sweep()

    def _stop_services(self, names: Iterable[str]) -> None:
        each(lambda name: self.supervisor.stop_service("api", name), names)

    def _stop_guests(self) -> None:
        podmans = [sweep.lab_podman(c.host) for c in CHASSIS]
        hosts = [(p, host.name) for p in podmans if p.root.is_dir() for host in p.list()]
        each(lambda host: host[0].stop(host[1], _GUEST_GRACE), hosts)

    def _sweep(self) -> None:
        """Remove by name whatever is left; also after everything was killed or rebooted."""
        self.cgroup.kill()
        self.guests.kill()
        sweep.sweep_lab(self.layout.root, (c.host for c in CHASSIS))
        network.remove()
        shutil.rmtree(self.layout.run, ignore_errors=True)

    def _update(self, wanted: fingerprint.Fingerprint, chosen: Group, *, renew_lib: bool) -> None:
        client.write_clouds(self.layout, self.secrets)
        if renew_lib:
            self.progress.note("the lab's drivers have changed: restarting what uses them")
            fingerprint.copy_lib(self.layout)
            self._stop_services(_DRIVER_SERVICES)
            fingerprint.write(self.layout, wanted)
        steps = self._starter().steps(chosen, self.supervisor.processes())
        if not steps:
            self.progress.note("the lab is running")
            return
        with self.progress.phase("start what is missing"):
            graph.run(steps)

    def _start(self, wanted: fingerprint.Fingerprint, chosen: Group) -> None:
        self._sweep()
        preflight.check(self.layout)
        if not venvs.is_complete(venvs.path(self.layout.cache)):
            with self.progress.phase("install OpenStack (196 Python packages)"):
                venvs.ensure(self.layout.cache)
        if not switch.is_ready(self.layout.cache):
            with self.progress.phase("fetch Open vSwitch for the chassis"):
                switch.ensure(self.layout.cache)
        self.layout.make()
        snapshot = golden.path(self.layout, fingerprint.contents(), self._images())
        built = self.layout.data / "built"
        if not built.exists() and snapshot.exists():
            self.layout.remove_data()
            self.layout.make()
            with self.progress.phase("lay the golden snapshot"):
                golden.restore(self.layout, snapshot)
        with self._all_or_nothing():
            self._prepare(wanted)
            with self.progress.phase("start the services"):
                self.cgroup.create()
                _OWNER.write_text(str(self.layout.root))
                env = common_env(self.layout, venvs.path(self.layout.cache))
                self.supervisor.start(self.cgroup, self._supervisord(), env)
                graph.run(self._starter().steps(chosen, {}))
        if not built.exists():
            built.touch()
            if chosen == "all":
                with self.progress.phase("keep the golden snapshot"):
                    flush_database(self._workshop())
                    golden.store(self.layout, self.cgroup, snapshot)

    @contextlib.contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            # also Ctrl-C; a second one ends this too, and the next up sweeps what is left
            self.progress.note("stopping what has been started")
            self.supervisor.shutdown()
            self._sweep()
            raise

    def _prepare(self, wanted: fingerprint.Fingerprint) -> None:
        layout = self.layout
        fingerprint.write(layout, wanted)
        for folder in _WORK_FOLDERS:
            (layout.root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.secrets.make()
        keypair.ensure(_ssh_key(layout))
        certificates.ensure(layout.tls, PUBLIC, f"api.{DOMAIN.rstrip('.')}")
        client.write_clouds(layout, self.secrets)
        packages = archives(apt.sources(next(iter(SUITES.values()))))
        config = Config(layout, self.secrets, self._venv(), machine_resolvers(), packages)
        config.render(self._services())
        fingerprint.copy_lib(layout)

    def _workshop(self) -> Workshop:
        return Workshop(self.layout, self._venv(), self.secrets, self.cgroup, self._images())

    def _starter(self) -> Starter:
        return Starter(self._workshop(), self._services(), self.supervisor, self.progress)

    def _supervisord(self) -> tuple[str, ...]:
        script = self.layout.lib / "bentre_infra" / "lab" / "supervisord.py"
        config = self.layout.etc / "supervisord.conf"
        # -P: the script's folder has modules with the names of Python's own
        return (f"{self._venv()}/bin/python", "-P", str(script), "--configuration", str(config))

    def _venv(self) -> Path:
        return venvs.path(self.layout.cache)

    def _services(self) -> tuple[Service, ...]:
        return services(self.layout, self._venv())

    def _images(self) -> tuple[GuestFile, ...]:
        found = []
        for record in sorted((self.layout.cache / "images").glob("*.json")):
            image = record.with_suffix(".ext4")
            if image.exists():
                made_from = str(json.loads(record.read_text())["fingerprint"])
                found.append(GuestFile(record.stem, image, made_from))
        return tuple(found)


_WORK_FOLDERS = (
    *(f"run/ovs{c.number}" for c in CHASSIS),
    *(f"data/nova{c.number}" for c in CHASSIS),
    "run/ovn",
    "run/locks",
    "run/tmp",
    "run/octavia/octavia",
    str(STORE),
    "data/glance/staging",
    "data/glance/tasks",
    "data/nova",
    "data/neutron",
    "data/cinder",
    "data/designate/coordination",
    "data/named",
    "data/named-guests",
)
