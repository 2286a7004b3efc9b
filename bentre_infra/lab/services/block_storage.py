"""Cinder, with volumes that are files."""

from pathlib import Path

from bentre_infra.lab.layout import Layout
from bentre_infra.lab.services.model import Service, queue, uwsgi, with_drivers

_NEEDS = ("cinder-db", "identity", "rabbitmq")


def services(layout: Layout, venv: Path) -> tuple[Service, ...]:
    """The API, the scheduler, one volume service."""
    etc = layout.etc / "cinder"
    config = f"--config-file {etc}/cinder.conf"
    return (
        uwsgi(layout, venv, "cinder", after=_NEEDS, env={"OS_CINDER_CONFIG_DIR": str(etc)}),
        Service(
            "cinder-scheduler",
            f"{venv}/bin/cinder-scheduler {config}",
            queue(layout, "cinder-scheduler"),
            after=_NEEDS,
        ),
        Service(
            "cinder-volume",
            f"{venv}/bin/cinder-volume {config}",
            queue(layout, "cinder-volume.lab@lab"),
            after=_NEEDS,
            env=with_drivers(layout),
        ),
    )
