"""Octavia with OVN as its only provider: balancers are flows, there is no amphora."""

from pathlib import Path

from bentre_infra.lab.layout import INTERNAL, Layout
from bentre_infra.lab.probes import Http, SocketFile
from bentre_infra.lab.services.model import Service, port


def services(layout: Layout, venv: Path) -> tuple[Service, ...]:
    """The API and the agent that its provider driver reports to.

    Their sockets are fixed at /var/run/octavia (octavia-lib), so both see a /run of the lab's.
    """
    etc = layout.etc
    private = layout.run / "octavia"
    own_run = (
        "unshare --mount --propagation private"
        f' sh -c \'mount --bind "$0" /run && exec "$@"\' {private}'
    )
    return (
        Service(
            "octavia-driver-agent",
            f"{own_run} {venv}/bin/octavia-driver-agent --config-file {etc}/octavia/octavia.conf",
            # it would wait for a request on every connection
            SocketFile(private / "octavia" / "status.sock"),
            after=("octavia-db", "identity", "ovsdb-nb", "ovsdb-sb", "neutron"),
        ),
        Service(
            "octavia",
            f"{own_run} {venv}/bin/uwsgi --ini {etc}/uwsgi/octavia.ini",
            Http(INTERNAL, port("octavia")),
            after=("octavia-db", "identity", "rabbitmq", "ovsdb-nb", "ovsdb-sb"),
            env={"OS_OCTAVIA_CONFIG_DIR": f"{etc}/octavia"},
        ),
    )
