"""Barbican."""

from pathlib import Path

from bentre_infra.lab.layout import Layout
from bentre_infra.lab.services.model import Service, uwsgi


def services(layout: Layout, venv: Path) -> tuple[Service, ...]:
    """One API; it finds barbican.conf in its home folder, and else only in /etc."""
    return (
        uwsgi(
            layout,
            venv,
            "barbican",
            after=("barbican-db", "identity"),
            env={"HOME": f"{layout.etc}/barbican"},
        ),
    )
