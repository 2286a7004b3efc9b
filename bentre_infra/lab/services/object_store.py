"""Swift with one replica on one device."""

from pathlib import Path

from bentre_infra.lab import config
from bentre_infra.lab.layout import INTERNAL, Layout
from bentre_infra.lab.probes import Http, Tcp
from bentre_infra.lab.services.model import Service, port


def services(layout: Layout, venv: Path) -> tuple[Service, ...]:
    """The proxy, and a server for each kind of ring."""
    etc = layout.etc / "swift"
    servers = (
        Service(
            f"swift-{kind}",
            f"{venv}/bin/swift-{kind}-server {etc}/{kind}-server.conf -v",
            Tcp(INTERNAL, kind_port),
            after=("swift-rings",),
        )
        for kind, kind_port in config.SWIFT_PORTS.items()
    )
    return (
        *servers,
        Service(
            "swift",
            f"{venv}/bin/swift-proxy-server {etc}/proxy-server.conf -v",
            Http(INTERNAL, port("swift")),
            after=("swift-rings", "identity", "memcached"),
        ),
    )
