"""Glance."""

from pathlib import Path

from bentre_infra.lab.layout import INTERNAL, Layout
from bentre_infra.lab.probes import Http
from bentre_infra.lab.services.model import Service, port


def services(layout: Layout, venv: Path) -> tuple[Service, ...]:
    """One API; not under uWSGI, which cannot read the chunked uploads of snapshots."""
    return (
        Service(
            "glance",
            f"{venv}/bin/gunicorn --bind {INTERNAL}:{port('glance')} --worker-class gthread"
            " --threads 8 --workers 1 --timeout 600 --graceful-timeout 2 --no-control-socket"
            " glance.wsgi.api:application",
            Http(INTERNAL, port("glance")),
            after=("glance-db", "identity"),
            env={"OS_GLANCE_CONFIG_DIR": f"{layout.etc}/glance"},
            group="core",
        ),
    )
