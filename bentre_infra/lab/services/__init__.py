"""Which processes the lab has: one table, by subject."""

from pathlib import Path

from bentre_infra.lab.layout import Layout
from bentre_infra.lab.services import (
    block_storage,
    compute,
    databases,
    dns,
    identity,
    image,
    key_manager,
    load_balancer,
    network,
    object_store,
)
from bentre_infra.lab.services.model import Group, Service, common_env

__all__ = ["Group", "Service", "common_env", "services"]

_SUBJECTS = (
    databases,
    network,
    identity,
    image,
    compute,
    block_storage,
    key_manager,
    load_balancer,
    dns,
    object_store,
)


def services(layout: Layout, venv: Path) -> tuple[Service, ...]:
    """Every service of the lab, in no particular order."""
    return tuple(service for subject in _SUBJECTS for service in subject.services(layout, venv))
