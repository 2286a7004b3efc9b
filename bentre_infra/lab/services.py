"""Which processes the lab has, what each needs before it starts and how it shows its health."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bentre_infra.lab import config
from bentre_infra.lab.layout import APIS, CHASSIS, EXTERNAL, INTERNAL, PUBLIC, Chassis, Layout
from bentre_infra.lab.probes import Http, Probe, Queue, Tcp, UnixSocket

Group = Literal["core", "all"]
Layer = Literal["infra", "api"]


@dataclass(frozen=True)
class Service:
    """One supervised process.

    Attributes:
        name: what ``bentre lab status`` and the log file call it.
        command: program and arguments; it stays in the foreground.
        probe: tells when it does its job.
        after: services and tasks that must be ready before it starts.
        env: what it has in its environment beside the common part.
        group: ``core`` services always run, the others only in a lab with all services.
        layer: ``infra`` services stop last.
    """

    name: str
    command: tuple[str, ...]
    probe: Probe
    after: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    group: Group = "all"
    layer: Layer = "api"


def services(layout: Layout, venv: Path) -> tuple[Service, ...]:
    """Every service of the lab, in no particular order."""
    return (
        *_databases(layout),
        *_network(layout),
        *(s for chassis in CHASSIS for s in _chassis(layout, chassis)),
        *_core(layout, venv),
        *(_compute(layout, venv, chassis) for chassis in CHASSIS),
        *_block_storage(layout, venv),
        *_load_balancer(layout, venv),
        *_dns(layout, venv),
        *_object_store(layout, venv),
    )


def common_env(layout: Layout, venv: Path) -> dict[str, str]:
    """Environment of every lab process; nothing of the caller's own gets in."""
    return {
        "PATH": f"{venv}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(layout.run),
        "TMPDIR": str(layout.run / "tmp"),
        "LANG": "C.UTF-8",
        "PYTHONWARNINGS": "ignore",
        "PYTHONUNBUFFERED": "1",
        # glibc gives each thread an arena of its own otherwise: some 30 MB a service
        "MALLOC_ARENA_MAX": "2",
        "BENTRE_LAB_STATE": str(layout.root),
    }


def ovs_env(layout: Layout, chassis: Chassis) -> dict[str, str]:
    """Where OVS and OVN programs of one chassis find each other's sockets."""
    run = str(layout.ovs_run(chassis))
    return {"OVS_RUNDIR": run, "OVN_RUNDIR": run, "OVS_LOGDIR": str(layout.log)}


def _queue(layout: Layout, name: str) -> Queue:
    address = f"{INTERNAL}:{config.RABBITMQ_PORT}"
    return Queue(name, address, config.RABBITMQ_USER, layout.secrets / "rabbitmq")


def in_netns(name: str) -> tuple[str, ...]:
    """Command prefix that enters a network namespace and nothing else."""
    return ("nsenter", f"--net=/run/netns/{name}")


def _databases(layout: Layout) -> tuple[Service, ...]:
    home = layout.run / "rabbitmq"
    schedulers = "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"
    epmd = {"ERL_EPMD_PORT": str(config.EPMD_PORT), "ERL_EPMD_ADDRESS": "127.0.0.1"}
    return (
        Service(
            "mariadb",
            ("mariadbd", f"--defaults-file={layout.etc}/mariadb/my.cnf"),
            UnixSocket(layout.mysql_socket),
            after=("mariadb-init",),
            group="core",
            layer="infra",
        ),
        Service(
            "epmd",
            ("epmd", "-port", str(config.EPMD_PORT), "-address", "127.0.0.1"),
            Tcp("127.0.0.1", config.EPMD_PORT),
            group="core",
            layer="infra",
        ),
        Service(
            "rabbitmq",
            ("/usr/lib/rabbitmq/bin/rabbitmq-server",),
            Tcp(INTERNAL, config.RABBITMQ_PORT),
            after=("epmd", "rabbitmq-home"),
            env={
                **epmd,
                "HOME": str(home),
                "RABBITMQ_NODENAME": "bentre@localhost",
                "RABBITMQ_DIST_PORT": str(config.RABBITMQ_DIST_PORT),
                # the machine's own RabbitMQ, if it has one, keeps its configuration to itself
                "RABBITMQ_CONF_ENV_FILE": "/dev/null",
                "RABBITMQ_CONFIG_FILE": f"{layout.etc}/rabbitmq/rabbitmq.conf",
                "RABBITMQ_ADVANCED_CONFIG_FILE": f"{home}/advanced.config",
                "RABBITMQ_ENABLED_PLUGINS_FILE": f"{layout.etc}/rabbitmq/enabled_plugins",
                "RABBITMQ_MNESIA_BASE": f"{home}/mnesia",
                "RABBITMQ_GENERATED_CONFIG_DIR": f"{home}/config",
                "RABBITMQ_PID_FILE": f"{home}/pid",
                "RABBITMQ_LOG_BASE": f"{home}/log",
                "RABBITMQ_LOGS": "-",
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{schedulers}"
                " -kernel inet_dist_use_interface {127,0,0,1}",
            },
            group="core",
            layer="infra",
        ),
        Service(
            "memcached",
            ("memcached", "-u", "nobody", "-l", INTERNAL, "-p", str(config.MEMCACHED_PORT))
            + ("-m", "64", "-t", "1"),
            Tcp(INTERNAL, config.MEMCACHED_PORT),
            group="core",
            layer="infra",
        ),
        Service(
            "haproxy",
            ("haproxy", "-db", "-f", f"{layout.etc}/haproxy/haproxy.cfg"),
            Tcp(PUBLIC, APIS[0].port),
            group="core",
            layer="infra",
        ),
    )


_QUIET = ("-vconsole:warn", "-vsyslog:off", "-vfile:off")


def _network(layout: Layout) -> tuple[Service, ...]:
    def ovsdb(which: str) -> Service:
        socket = layout.run / "ovn" / f"ovn{which}_db.sock"
        return Service(
            f"ovsdb-{which}",
            ("ovsdb-server", f"{layout.data}/ovn/ovn{which}.db", f"--remote=punix:{socket}")
            + (f"--unixctl={layout.run}/ovn/ovn{which}_db.ctl", *_QUIET),
            UnixSocket(socket),
            after=("ovn-init",),
            group="core",
            layer="infra",
        )

    control = layout.run / "ovn" / "ovn-northd.ctl"
    return (
        ovsdb("nb"),
        ovsdb("sb"),
        Service(
            "ovn-northd",
            ("ovn-northd", f"--ovnnb-db={layout.ovn_db('nb')}", f"--ovnsb-db={layout.ovn_db('sb')}")
            + (f"--unixctl={control}", *_QUIET),
            UnixSocket(control),
            after=("ovsdb-nb", "ovsdb-sb"),
            group="core",
            layer="infra",
        ),
    )


def _chassis(layout: Layout, chassis: Chassis) -> tuple[Service, ...]:
    run, n = layout.ovs_run(chassis), chassis.number
    networks = [f"br-phy={chassis.encap_ip}/24"]
    if chassis.gateway:
        networks += [
            f"br-ex={EXTERNAL.gateway_v4}/{EXTERNAL.cidr_v4.split('/')[1]}",
            f"br-ex={EXTERNAL.gateway_v6}/{EXTERNAL.cidr_v6.split('/')[1]}",
        ]
    env = ovs_env(layout, chassis)
    return (
        Service(
            f"ovsdb-{n}",
            ("ovsdb-server", f"{layout.data}/ovn/conf{n}.db", f"--remote=punix:{run}/db.sock")
            + (f"--unixctl={run}/ovsdb-server.ctl", *_QUIET),
            UnixSocket(run / "db.sock"),
            after=("ovn-init",),
            env=env,
            group="core",
            layer="infra",
        ),
        Service(
            f"vswitchd-{n}",
            (*in_netns(chassis.netns), f"{layout.etc}/ovn/vswitchd.sh", str(run), *networks),
            UnixSocket(run / "ovs-vswitchd.ctl"),
            after=(f"chassis-{n}",),
            env=env,
            group="core",
            layer="infra",
        ),
        Service(
            f"ovn-controller-{n}",
            (*in_netns(chassis.netns), "ovn-controller", f"unix:{run}/db.sock", *_QUIET),
            # it connects to the switch by this socket, and answers nothing of its own
            UnixSocket(run / "br-int.mgmt"),
            after=(f"vswitchd-{n}", "ovsdb-sb"),
            env=env,
            group="core",
            layer="infra",
        ),
    )


def _uwsgi(
    layout: Layout,
    venv: Path,
    name: str,
    env: Mapping[str, str],
    after: tuple[str, ...],
    group: Group = "all",
) -> Service:
    port = next(api.port for api in APIS if api.service == name)
    return Service(
        name,
        (f"{venv}/bin/uwsgi", "--ini", f"{layout.etc}/uwsgi/{name}.ini"),
        Http(INTERNAL, port),
        after=after,
        env=env,
        group=group,
    )


def _core(layout: Layout, venv: Path) -> tuple[Service, ...]:
    etc = layout.etc
    nova = ("--config-file", f"{etc}/nova/nova.conf")
    nova_needs = ("nova-db", "identity", "rabbitmq")
    glance_port = next(api.port for api in APIS if api.service == "glance")
    return (
        _uwsgi(
            layout,
            venv,
            "keystone",
            {"OS_KEYSTONE_CONFIG_DIR": f"{etc}/keystone"},
            ("keystone-bootstrap", "memcached"),
            "core",
        ),
        _uwsgi(
            layout,
            venv,
            "placement",
            {"OS_PLACEMENT_CONFIG_DIR": f"{etc}/placement"},
            ("placement-db", "identity"),
            "core",
        ),
        Service(
            "glance",
            # not uWSGI: it cannot read the chunked uploads of snapshots
            (f"{venv}/bin/gunicorn", "--bind", f"{INTERNAL}:{glance_port}")
            + ("--worker-class", "gthread", "--threads", "8", "--workers", "1")
            + ("--timeout", "600", "--graceful-timeout", "2", "--no-control-socket")
            + ("glance.wsgi.api:application",),
            Http(INTERNAL, glance_port),
            after=("glance-db", "identity"),
            env={"OS_GLANCE_CONFIG_DIR": f"{etc}/glance"},
            group="core",
        ),
        _uwsgi(
            layout,
            venv,
            "nova",
            {
                "OS_NOVA_CONFIG_DIR": f"{etc}/nova",
                # the first is loaded as the paste configuration, and all are read for options
                "OS_NOVA_CONFIG_FILES": f"{venv}/etc/nova/api-paste.ini;nova.conf",
            },
            nova_needs,
            "core",
        ),
        Service(
            "nova-conductor",
            (f"{venv}/bin/nova-conductor", *nova),
            _queue(layout, "conductor"),
            after=nova_needs,
            group="core",
        ),
        Service(
            "nova-scheduler",
            (f"{venv}/bin/nova-scheduler", *nova),
            _queue(layout, "scheduler"),
            after=nova_needs,
            group="core",
        ),
        _uwsgi(
            layout,
            venv,
            "neutron",
            {"OS_NEUTRON_CONFIG_DIR": f"{etc}/neutron", "OS_NEUTRON_CONFIG_FILES": "neutron.conf"},
            ("neutron-db", "identity", "rabbitmq", "ovn-northd"),
            "core",
        ),
        Service(
            "neutron-ovn-maintenance",
            (f"{venv}/bin/neutron-ovn-maintenance-worker",)
            + ("--config-file", f"{etc}/neutron/neutron.conf"),
            Tcp(INTERNAL, config.MEMCACHED_PORT),
            after=("neutron",),
            group="core",
        ),
    )


def _compute(layout: Layout, venv: Path, chassis: Chassis) -> Service:
    nova = layout.etc / "nova"
    return Service(
        f"nova-compute-{chassis.number}",
        (f"{venv}/bin/python", "-m", "bentre_infra.lab.drivers.nova_compute")
        + ("--config-file", f"{nova}/nova.conf", "--config-file", f"{nova}/{chassis.host}.conf"),
        _queue(layout, f"compute.{chassis.host}"),
        after=("nova-conductor", "placement", f"ovn-controller-{chassis.number}"),
        env={
            "PYTHONPATH": str(layout.lib),
            "BENTRE_LAB_NETNS": chassis.netns,
            "BENTRE_LAB_OVSDB": layout.ovsdb(chassis),
            # the driver calls podman, whose helpers stand in the user's own PATH and HOME
            "HOME": os.path.expanduser("~"),  # noqa: PTH111
        },
        group="core",
    )


def _block_storage(layout: Layout, venv: Path) -> tuple[Service, ...]:
    conf = ("--config-file", f"{layout.etc}/cinder/cinder.conf")
    needs = ("cinder-db", "identity", "rabbitmq")
    return (
        _uwsgi(
            layout, venv, "cinder", {"OS_CINDER_CONFIG_DIR": f"{layout.etc}/cinder"}, needs
        ),
        Service(
            "cinder-scheduler",
            (f"{venv}/bin/cinder-scheduler", *conf),
            _queue(layout, "cinder-scheduler"),
            after=needs,
        ),
        Service(
            "cinder-volume",
            (f"{venv}/bin/cinder-volume", *conf),
            _queue(layout, "cinder-volume.lab@lab"),
            after=needs,
            env={"PYTHONPATH": str(layout.lib)},
        ),
        _uwsgi(
            layout,
            venv,
            "barbican",
            # barbican looks for barbican.conf in its home folder, and else only in /etc
            {"HOME": f"{layout.etc}/barbican"},
            ("barbican-db", "identity"),
        ),
    )


def _load_balancer(layout: Layout, venv: Path) -> tuple[Service, ...]:
    # the driver's sockets are fixed at /var/run/octavia: give both processes a /run of their own
    private = layout.run / "octavia"
    own_run = ("unshare", "--mount", "--propagation", "private", "/bin/sh", "-c")
    own_run += ('mount --bind "$0" /run && exec "$@"', str(private))
    conf = f"{layout.etc}/octavia/octavia.conf"
    port = next(api.port for api in APIS if api.service == "octavia")
    return (
        Service(
            "octavia-driver-agent",
            (*own_run, f"{venv}/bin/octavia-driver-agent", "--config-file", conf),
            UnixSocket(private / "octavia" / "status.sock"),
            after=("octavia-db", "identity", "ovsdb-nb", "ovsdb-sb"),
        ),
        Service(
            "octavia",
            (*own_run, f"{venv}/bin/uwsgi", "--ini", f"{layout.etc}/uwsgi/octavia.ini"),
            Http(INTERNAL, port),
            after=("octavia-driver-agent", "rabbitmq"),
            env={"OS_OCTAVIA_CONFIG_DIR": f"{layout.etc}/octavia"},
        ),
    )


def _dns(layout: Layout, venv: Path) -> tuple[Service, ...]:
    conf = ("--config-file", f"{layout.etc}/designate/designate.conf")
    needs = ("designate-db", "identity", "rabbitmq")
    named = ("named", "-f", "-n", "1", "-c")
    gateway = next(c for c in CHASSIS if c.gateway)

    def worker(name: str, probe: Probe) -> Service:
        return Service(f"designate-{name}", (f"{venv}/bin/designate-{name}", *conf), probe, needs)

    return (
        Service(
            "named",
            (*named, f"{layout.etc}/named/named.conf"),
            Tcp(INTERNAL, config.RNDC_PORT),
            after=("operator-link",),
            layer="infra",
        ),
        Service(
            "named-guests",
            (*in_netns(gateway.netns), *named, f"{layout.etc}/named/guests.conf"),
            UnixSocket(layout.ovs_run(gateway) / "br-ex.mgmt"),
            after=("gateway-addresses",),
            layer="infra",
        ),
        worker("central", _queue(layout, "central")),
        worker("worker", _queue(layout, "worker")),
        worker("producer", _queue(layout, "producer")),
        worker("mdns", Tcp(INTERNAL, config.MDNS_PORT)),
        _uwsgi(
            layout,
            venv,
            "designate",
            {"OS_DESIGNATE_CONFIG_DIR": f"{layout.etc}/designate"},
            needs,
        ),
    )


def _object_store(layout: Layout, venv: Path) -> tuple[Service, ...]:
    swift, port = layout.etc / "swift", next(a.port for a in APIS if a.service == "swift")
    return (
        *(
            Service(
                f"swift-{kind}",
                (f"{venv}/bin/swift-{kind}-server", f"{swift}/{kind}-server.conf", "-v"),
                Tcp(INTERNAL, kind_port),
                after=("swift-rings",),
            )
            for kind, kind_port in config.SWIFT_PORTS.items()
        ),
        Service(
            "swift",
            (f"{venv}/bin/swift-proxy-server", f"{swift}/proxy-server.conf", "-v"),
            Http(INTERNAL, port),
            after=("swift-rings", "identity", "memcached"),
        ),
    )
