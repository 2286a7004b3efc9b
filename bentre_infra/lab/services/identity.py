"""Keystone."""

from pathlib import Path

from bentre_infra.lab.layout import Layout
from bentre_infra.lab.services.model import Service, uwsgi


def services(layout: Layout, venv: Path) -> tuple[Service, ...]:
    """One API."""
    return (
        uwsgi(
            layout,
            venv,
            "keystone",
            after=("keystone-bootstrap", "memcached"),
            env={"OS_KEYSTONE_CONFIG_DIR": f"{layout.etc}/keystone"},
            group="core",
        ),
    )
