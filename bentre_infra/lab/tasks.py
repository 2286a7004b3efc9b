"""The lab's one-off and every-start work between its services, in the order the graph gives."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from bentre_infra.hosts.cgroup import Cgroup
from bentre_infra.lab import catalogue, identity, network, switch
from bentre_infra.lab.client import administrator
from bentre_infra.lab.config import SWIFT_PORTS
from bentre_infra.lab.layout import CHASSIS, EXTERNAL, INTERNAL, REGION, Chassis, Layout
from bentre_infra.lab.secrets import Secrets, write_private
from bentre_infra.lab.services.model import Group, common_env, in_netns, ovs_env
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

_POLL = 0.1
_FLUSH = 10
"""Seconds that the database gets to write its pages before the golden snapshot."""
_PATIENCE = 180
"""Seconds to wait for something that a healthy lab does at once; bounds the wait, no more."""


@dataclass(frozen=True)
class Workshop:
    """What tasks work with.

    Attributes:
        layout: the lab's folders.
        venv: the services' environment.
        secrets: the lab's secrets.
        cgroup: every program that a task starts runs in it.
        images: guest images to offer: name, file, fingerprint.
    """

    layout: Layout
    venv: Path
    secrets: Secrets
    cgroup: Cgroup
    images: tuple[catalogue.GuestFile, ...]

    def run(
        self, *argv: str | Path, env: Mapping[str, str] | None = None, input: str | None = None
    ) -> str:
        """Run a program as a service would run it, and return what it printed."""
        whole = {**common_env(self.layout, self.venv), **(env or {})}
        return run(self.cgroup.entering(tuple(map(str, argv))), env=whole, input=input)

    def sql(self, statement: str) -> str:
        """Run SQL as root, known to MariaDB by the socket's peer credentials."""
        socket = f"--socket={self.layout.mysql_socket}"
        return self.run("mariadb", "--no-defaults", socket, "--skip-column-names", input=statement)


@dataclass(frozen=True)
class Task:
    """One piece of work.

    Attributes:
        name: what the graph calls it.
        work: does it; safe to repeat, since it may be cut short.
        after: services and tasks that must be ready before.
        once: a version; the work is skipped when it was done at this version. None: every start.
        group: as of a service.
    """

    name: str
    work: Callable[[Workshop, Event], None]
    after: tuple[str, ...] = ()
    once: str | None = None
    group: Group = "core"


def tasks(workshop: Workshop) -> tuple[Task, ...]:
    """Every task of the lab, in no particular order."""
    return (
        Task("mariadb-init", _mariadb, once="1"),
        Task("rabbitmq-home", _rabbitmq_home),
        Task("ovn-init", _ovn, once="1"),
        Task("namespaces", lambda _, __: network.create()),
        Task("operator-link", lambda _, __: network.connect_operator(), ("namespaces",)),
        *(
            Task(f"chassis-{c.number}", _chassis(c), (f"ovsdb-{c.number}", "namespaces"))
            for c in CHASSIS
        ),
        Task("gateway-addresses", _gateway_addresses, ("vswitchd-1", "operator-link")),
        Task("keystone-bootstrap", _keystone, ("mariadb",), once="1"),
        Task("identity", _identity, ("keystone", "haproxy"), once=identity.version()),
        *(
            Task(f"{s.service}-db", s.create, ("mariadb",), once="1", group=s.group)
            for s in _SCHEMAS
        ),
        Task("nova-hosts", _nova_hosts, ("nova-compute-1", "nova-compute-2"), once="1"),
        Task("designate-pool", _pool, ("designate-central", "named"), once="1", group="all"),
        Task("swift-rings", _rings, once="1", group="all"),
        Task(
            "catalogue",
            _catalogue,
            ("glance", "nova", "neutron", "ovn-controller-1"),
            once=catalogue.version(workshop.images),
        ),
        Task("hosts-alive", _hosts_alive, ("nova-compute-1", "nova-compute-2", "nova-hosts")),
    )


def _mariadb(w: Workshop, _: Event) -> None:
    folder = w.layout.data / "mysql"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    w.run(
        "mariadb-install-db",
        f"--defaults-file={w.layout.etc}/mariadb/my.cnf",
        "--auth-root-authentication-method=socket",
        "--auth-root-socket-user=root",
        "--skip-test-db",
    )


def _rabbitmq_home(w: Workshop, _: Event) -> None:
    """Queues are of no use after a restart, and a killed broker's files may be torn: begin anew."""
    home = w.layout.run / "rabbitmq"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o700, parents=True)
    write_private(home / ".erlang.cookie", w.secrets["erlang-cookie"])
    (home / ".erlang.cookie").chmod(0o400)


def _ovn(w: Workshop, _: Event) -> None:
    folder = w.layout.data / "ovn"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    schemas = {
        "ovnnb": Path("/usr/share/ovn/ovn-nb.ovsschema"),
        "ovnsb": Path("/usr/share/ovn/ovn-sb.ovsschema"),
        **{f"conf{c.number}": switch.schema(w.layout.cache) for c in CHASSIS},
    }
    for name, schema in schemas.items():
        w.run("ovsdb-tool", "create", folder / f"{name}.db", schema)


def _chassis(chassis: Chassis) -> Callable[[Workshop, Event], None]:
    def configure(w: Workshop, _: Event) -> None:
        settings = {
            "external-ids:system-id": chassis.host,
            "external-ids:hostname": chassis.host,
            "external-ids:ovn-remote": w.layout.ovn_db("sb"),
            "external-ids:ovn-encap-type": "geneve",
            "external-ids:ovn-encap-ip": chassis.encap_ip,
            "external-ids:ovn-bridge-datapath-type": "netdev",
            "other_config:n-handler-threads": "1",
            "other_config:n-revalidator-threads": "1",
        }
        bridges = {"br-int": "secure", "br-phy": "standalone"}
        if chassis.gateway:
            settings["external-ids:ovn-bridge-mappings"] = f"{EXTERNAL.physnet}:br-ex"
            settings["external-ids:ovn-cms-options"] = "enable-chassis-as-gw"
            bridges["br-ex"] = "standalone"
        words = ["init", "--", "set", "open", "."]
        words += [f"{key}={value}" for key, value in settings.items()]
        for bridge, mode in bridges.items():
            words += ["--", "--may-exist", "add-br", bridge, "--", "set", "bridge", bridge]
            words += ["datapath_type=netdev", f"fail-mode={mode}"]
            words += ["other-config:disable-in-band=true"]
        # the tunnel's end keeps its MAC address across restarts, which the other side has learnt
        words += ["--", "set", "bridge", "br-phy"]
        words += [f'other-config:hwaddr="02:00:00:00:fe:0{chassis.number}"']
        words += ["--", "--may-exist", "add-port", "br-phy", "phy0"]
        db = w.layout.ovsdb(chassis)
        w.run("ovs-vsctl", f"--db={db}", "--no-wait", *words, env=ovs_env(w.layout, chassis))

    return configure


def _gateway_addresses(_: Workshop, stop: Event) -> None:
    gateway = next(c for c in CHASSIS if c.gateway)
    show = f"{in_netns(gateway.netns)} ip address show dev br-ex".split()
    wanted = (EXTERNAL.gateway_v4, EXTERNAL.gateway_v6)
    _until(
        lambda: all(address in run(show, check=False) for address in wanted),
        f"br-ex has no {' and '.join(wanted)}",
        stop,
    )


def _keystone(w: Workshop, _: Event) -> None:
    manage = ("keystone-manage", "--config-file", f"{w.layout.etc}/keystone/keystone.conf")
    for keys in ("fernet", "credential"):
        (w.layout.data / "keystone" / keys).mkdir(mode=0o700, parents=True, exist_ok=True)
        w.run(*manage, f"{keys}_setup", "--keystone-user", "root", "--keystone-group", "root")
    w.sql("DROP DATABASE IF EXISTS keystone; CREATE DATABASE keystone;")
    w.run(*manage, "db_sync")
    urls = identity.endpoints(identity.IDENTITY)
    w.run(
        *manage,
        "bootstrap",
        *(f"--bootstrap-{interface}-url={url}" for interface, url in urls.items()),
        f"--bootstrap-region-id={REGION}",
        env={"OS_BOOTSTRAP_PASSWORD": w.secrets["admin"]},
    )


def _identity(w: Workshop, _: Event) -> None:
    with administrator(w.layout, project="admin") as admin:
        identity.create(admin, w.secrets)


def _sync(config: str, *commands: str) -> Callable[[Workshop, Event], None]:
    """Run a service's schema migrations: ``PROGRAM ARGUMENTS``, with its configuration file."""

    def sync(w: Workshop, stop: Event) -> None:
        for command in commands:
            if stop.is_set():
                return
            program, *arguments = command.split()
            # barbican-manage knows no --config-file: it reads ~/barbican.conf
            option = ["--config-file", f"{w.layout.etc}/{config}"] if config else []
            home = {"HOME": f"{w.layout.etc}/barbican"}
            w.run(program, *option, *arguments, env=home)

    return sync


def _nova_schema(w: Workshop, stop: Event) -> None:
    config = "nova/nova.conf"
    _sync(config, "nova-manage api_db sync")(w, stop)
    # no password in it: root is known by the socket
    cell0 = f"mysql+pymysql://root@localhost/nova_cell0?unix_socket={w.layout.mysql_socket}"
    _sync(
        config,
        f"nova-manage cell_v2 map_cell0 --database_connection {cell0}&charset=utf8mb3",
        "nova-manage cell_v2 create_cell --name=cell1",
        "nova-manage db sync",
    )(w, stop)


@dataclass(frozen=True)
class _Schema:
    service: str
    databases: tuple[str, ...]
    migrate: Callable[[Workshop, Event], None]
    group: Group = "all"

    def create(self, w: Workshop, stop: Event) -> None:
        """Begin from nothing: MariaDB cannot undo the half of a migration that was cut short."""
        for name in self.databases:
            w.sql(f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name};")
        self.migrate(w, stop)


_SCHEMAS = (
    _Schema(
        "placement",
        ("placement",),
        _sync("placement/placement.conf", "placement-manage db sync"),
        "core",
    ),
    _Schema(
        "glance", ("glance",), _sync("glance/glance-api.conf", "glance-manage db_sync"), "core"
    ),
    _Schema("nova", ("nova_api", "nova_cell0", "nova_cell1"), _nova_schema, "core"),
    _Schema(
        "neutron",
        ("neutron",),
        _sync("neutron/neutron.conf", "neutron-db-manage upgrade heads"),
        "core",
    ),
    _Schema("cinder", ("cinder",), _sync("cinder/cinder.conf", "cinder-manage db sync")),
    _Schema("barbican", ("barbican",), _sync("", "barbican-manage db upgrade")),
    _Schema(
        "octavia",
        ("octavia", "octavia_persistence"),
        _sync(
            "octavia/octavia.conf",
            "octavia-db-manage upgrade head",
            "octavia-db-manage upgrade_persistence",
        ),
    ),
    _Schema(
        "designate",
        ("designate",),
        _sync("designate/designate.conf", "designate-manage database sync"),
    ),
)


def _nova_hosts(w: Workshop, _: Event) -> None:
    config = f"{w.layout.etc}/nova/nova.conf"
    w.run("nova-manage", "--config-file", config, "cell_v2", "discover_hosts")


def _pool(w: Workshop, _: Event) -> None:
    etc = w.layout.etc / "designate"
    w.run(
        *("designate-manage", "--config-file", f"{etc}/designate.conf"),
        *("pool", "update", "--file", f"{etc}/pools.yaml"),
    )


def _rings(w: Workshop, _: Event) -> None:
    """One device, one replica; swift looks for its configuration and the rings in one folder."""
    rings = w.layout.data / "swift-rings"
    shutil.rmtree(rings, ignore_errors=True)
    rings.mkdir(parents=True)
    (rings / "swift.conf").symlink_to(w.layout.etc / "swift" / "swift.conf")
    (w.layout.data / "swift" / "d1").mkdir(parents=True, exist_ok=True)
    for kind, port in SWIFT_PORTS.items():
        builder = ("swift-ring-builder", rings / f"{kind}.builder")
        w.run(*builder, "create", "4", "1", "1")
        w.run(*builder, "add", f"r1z1-{INTERNAL}:{port}/d1", "1")
        w.run(*builder, "rebalance")


def _catalogue(w: Workshop, _: Event) -> None:
    with administrator(w.layout) as admin:
        made = catalogue.create(admin, w.images)
    files = {image_id: str(path) for image_id, path in made.items()}
    write_private(w.layout.root / catalogue.FILES, json.dumps(files))


def _hosts_alive(w: Workshop, _: Event) -> None:
    """Note the hosts as alive: they are, since both have just begun to serve their queues.

    Nova would say so itself with its first heartbeat, five seconds later (servicegroup/api.py), and
    until then the scheduler refuses hosts whose heartbeat in the database is of the day before.
    """
    w.sql(
        "UPDATE nova_cell1.services SET last_seen_up = UTC_TIMESTAMP()"
        " WHERE `binary` = 'nova-compute' AND deleted = 0;"
    )


def flush_database(w: Workshop) -> None:
    """Have MariaDB write its changed pages to their files; bounded, since nothing depends on it."""
    w.sql(
        "SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0; SET GLOBAL innodb_max_dirty_pages_pct = 0;"
    )
    status = "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty';"
    deadline = time.monotonic() + _FLUSH
    while int(w.sql(status).split()[1]) > 0 and time.monotonic() < deadline:
        time.sleep(_POLL)


def _until(holds: Callable[[], bool], otherwise: str, stop: Event) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise BentreError(f"{otherwise} after {_PATIENCE} s", "bentre lab logs")
        if stop.wait(_POLL):
            return
