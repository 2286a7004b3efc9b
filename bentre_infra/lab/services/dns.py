"""Designate, its BIND, and the guests' resolver."""

from pathlib import Path

from bentre_infra.lab import config
from bentre_infra.lab.layout import CHASSIS, EXTERNAL, INTERNAL, Layout
from bentre_infra.lab.probes import Probe, Tcp
from bentre_infra.lab.services.model import Service, in_netns, queue, uwsgi, with_drivers

_NEEDS = ("designate-db", "identity", "rabbitmq")


def services(layout: Layout, venv: Path) -> tuple[Service, ...]:
    """The API, its four workers, two name servers."""
    etc = layout.etc / "designate"
    gateway = next(c for c in CHASSIS if c.gateway)

    def worker(name: str, probe: Probe) -> Service:
        command = f"{venv}/bin/designate-{name} --config-file {etc}/designate.conf"
        return Service(f"designate-{name}", command, probe, _NEEDS)

    return (
        Service(
            "named",
            f"named -f -n 1 -c {layout.etc}/named/named.conf",
            Tcp(INTERNAL, config.NAMED_PORT),
            after=("operator-link",),
            layer="infra",
        ),
        Service(
            "named-guests",
            f"{in_netns(gateway.netns)} named -f -n 1 -c {layout.etc}/named/guests.conf",
            # the operator's route leads there
            Tcp(EXTERNAL.gateway_v4, 53),
            after=("gateway-addresses",),
            layer="infra",
        ),
        uwsgi(layout, venv, "designate", after=_NEEDS, env={"OS_DESIGNATE_CONFIG_DIR": str(etc)}),
        Service(
            "designate-central",
            f"{venv}/bin/python -m bentre_infra.lab.drivers.designate_central"
            f" --config-file {etc}/designate.conf",
            queue(layout, "central"),
            _NEEDS,
            env=with_drivers(layout),
        ),
        worker("worker", queue(layout, "worker")),
        worker("producer", queue(layout, "producer")),
        worker("mdns", Tcp(INTERNAL, config.MDNS_PORT)),
    )
