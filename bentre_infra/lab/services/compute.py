"""Placement and Nova, with one nova-compute for each chassis."""

from pathlib import Path

from bentre_infra.lab.layout import CHASSIS, Chassis, Layout
from bentre_infra.lab.services.model import Service, queue, uwsgi, with_drivers

_NEEDS = ("nova-db", "identity", "rabbitmq")


def services(layout: Layout, venv: Path) -> tuple[Service, ...]:
    """The APIs, the control plane's workers, the compute hosts."""
    etc = layout.etc
    config = f"--config-file {etc}/nova/nova.conf"
    return (
        uwsgi(
            layout,
            venv,
            "placement",
            after=("placement-db", "identity"),
            env={"OS_PLACEMENT_CONFIG_DIR": f"{etc}/placement"},
            group="core",
        ),
        uwsgi(
            layout,
            venv,
            "nova",
            after=_NEEDS,
            env={
                "OS_NOVA_CONFIG_DIR": f"{etc}/nova",
                # the first is loaded as the paste configuration, and all are read for options
                "OS_NOVA_CONFIG_FILES": f"{venv}/etc/nova/api-paste.ini;nova.conf",
            },
            group="core",
        ),
        Service(
            "nova-conductor",
            f"{venv}/bin/nova-conductor {config}",
            queue(layout, "conductor"),
            after=_NEEDS,
            group="core",
        ),
        Service(
            "nova-scheduler",
            f"{venv}/bin/nova-scheduler {config}",
            queue(layout, "scheduler"),
            after=_NEEDS,
            group="core",
        ),
        *(_compute(layout, venv, chassis) for chassis in CHASSIS),
    )


def _compute(layout: Layout, venv: Path, chassis: Chassis) -> Service:
    etc = layout.etc / "nova"
    return Service(
        f"nova-compute-{chassis.number}",
        f"{venv}/bin/python -m bentre_infra.lab.drivers.nova_compute"
        f" --config-file {etc}/nova.conf --config-file {etc}/{chassis.host}.conf",
        queue(layout, f"compute.{chassis.host}"),
        after=("nova-conductor", "placement", f"ovn-controller-{chassis.number}"),
        env={
            **with_drivers(layout),
            "BENTRE_LAB_NETNS": chassis.netns,
            "BENTRE_LAB_OVSDB": layout.ovsdb(chassis),
        },
        group="core",
    )
