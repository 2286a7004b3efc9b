"""OVN and Open vSwitch on the userspace datapath, Neutron, and the TLS front."""

from pathlib import Path

from bentre_infra.lab import switch
from bentre_infra.lab.layout import APIS, CHASSIS, EXTERNAL, PUBLIC, Chassis, Layout
from bentre_infra.lab.probes import Tcp, UnixSocket
from bentre_infra.lab.services.model import Service, in_netns, ovs_env, uwsgi

_QUIET = "-vconsole:warn -vsyslog:off -vfile:off"


def services(layout: Layout, venv: Path) -> tuple[Service, ...]:
    """One pair of OVN databases, and a switch with its controller on each chassis."""
    control = layout.run / "ovn" / "ovn-northd.ctl"
    etc = layout.etc / "neutron"
    databases = f"--ovnnb-db={layout.ovn_db('nb')} --ovnsb-db={layout.ovn_db('sb')}"
    return (
        Service(
            "haproxy",
            f"haproxy -db -f {layout.etc}/haproxy/haproxy.cfg",
            Tcp(PUBLIC, APIS[0].port),
            group="core",
            layer="infra",
        ),
        _ovsdb(layout, "nb"),
        _ovsdb(layout, "sb"),
        Service(
            "ovn-northd",
            f"ovn-northd {databases} --unixctl={control} {_QUIET}",
            UnixSocket(control),
            after=("ovsdb-nb", "ovsdb-sb"),
            group="core",
            layer="infra",
        ),
        *(service for chassis in CHASSIS for service in _chassis(layout, chassis)),
        uwsgi(
            layout,
            venv,
            "neutron",
            after=("neutron-db", "identity", "rabbitmq", "ovn-northd"),
            env={"OS_NEUTRON_CONFIG_DIR": str(etc), "OS_NEUTRON_CONFIG_FILES": "neutron.conf"},
            group="core",
        ),
    )


def _ovsdb(layout: Layout, which: str) -> Service:
    run = layout.run / "ovn"
    socket = run / f"ovn{which}_db.sock"
    return Service(
        f"ovsdb-{which}",
        f"ovsdb-server {layout.data}/ovn/ovn{which}.db --remote=punix:{socket}"
        f" --unixctl={run}/ovn{which}_db.ctl {_QUIET}",
        UnixSocket(socket),
        after=("ovn-init",),
        group="core",
        layer="infra",
    )


def _chassis(layout: Layout, chassis: Chassis) -> tuple[Service, ...]:
    run, n, env = layout.ovs_run(chassis), chassis.number, ovs_env(layout, chassis)
    inside = in_netns(chassis.netns)
    addresses = f"br-phy={chassis.encap_ip}/24"
    if chassis.gateway:
        for gateway, cidr in (
            (EXTERNAL.gateway_v4, EXTERNAL.cidr_v4),
            (EXTERNAL.gateway_v6, EXTERNAL.cidr_v6),
        ):
            addresses += f" br-ex={gateway}/{cidr.split('/')[1]}"
    return (
        Service(
            f"ovsdb-{n}",
            f"ovsdb-server {layout.data}/ovn/conf{n}.db --remote=punix:{run}/db.sock"
            f" --unixctl={run}/ovsdb-server.ctl {_QUIET}",
            UnixSocket(run / "db.sock"),
            after=("ovn-init",),
            env=env,
            group="core",
            layer="infra",
        ),
        Service(
            f"vswitchd-{n}",
            f"{inside} {layout.etc}/ovn/vswitchd.sh {run} {addresses}",
            UnixSocket(run / "ovs-vswitchd.ctl"),
            after=(f"chassis-{n}",),
            env={**env, "VSWITCHD": switch.program(layout.cache)},
            group="core",
            layer="infra",
        ),
        Service(
            f"ovn-controller-{n}",
            f"{inside} ovn-controller unix:{run}/db.sock {_QUIET}",
            # the socket by which it gives the switch its flows
            UnixSocket(run / "br-int.mgmt"),
            after=(f"vswitchd-{n}", "ovsdb-sb"),
            env=env,
            group="core",
            layer="infra",
        ),
    )
