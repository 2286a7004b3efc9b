"""What the programs in ``stacks/`` call: the site of the stack, and the foundation under it."""

import os
from pathlib import Path

import pulumi

from bentre_infra.cloud import foundation, systems
from bentre_infra.cloud.entries import require_entries
from bentre_infra.runtime.errors import BentreError
from bentre_infra.site import Site, load_site
from bentre_infra.site.errors import SiteError
from bentre_infra.site.model import Cloud

_KEY_VARIABLE = "BENTRE_SSH_PUBLIC_KEY"


def build_foundation() -> None:
    """Build what all systems stand on.

    Raises:
        pulumi.RunError: the site has faults or no cloud, or there is no key to let anyone in.
    """
    site, cloud = _site()
    _require(cloud, [service.name for service in site.services])
    operator = pulumi.Config().get("operator") or "operator"
    foundation.build(site, cloud, operator=operator, public_key=_public_key())


def build_systems() -> None:
    """Build the services that the site gives to this stack.

    Raises:
        pulumi.RunError: the site has faults or no cloud, or the foundation is not there.
    """
    site, cloud = _site()
    stack = pulumi.get_project()
    _require(cloud, [service.name for service in site.services if service.stack == stack])
    below = f"{pulumi.get_organization()}/{foundation.PROJECT}/{pulumi.get_stack()}"
    reference = pulumi.StackReference(below)
    found = foundation.Foundation.of(site, reference.require_output("foundation"))
    systems.build(site, cloud, found, stack)


def _site() -> tuple[Site, Cloud]:
    """Load ``inventories/STACK/site.yaml``, or the file that the configuration ``site`` names."""
    folder = Path.cwd()
    chosen = pulumi.Config().get("site") or f"../../inventories/{pulumi.get_stack()}/site.yaml"
    try:
        site = load_site((folder / chosen).resolve())
    except SiteError as e:
        raise pulumi.RunError(str(e)) from e
    if site.cloud is None:
        raise pulumi.RunError(f"site {site.name} has no cloud: its machines are listed by hand")
    return site, site.cloud


def _require(cloud: Cloud, projects: list[str]) -> None:
    names = [foundation.entry(cloud, name) for name in ("admin", foundation.PROJECT, *projects)]
    try:
        require_entries(names)
    except BentreError as e:
        raise pulumi.RunError(str(e)) from e


def _public_key() -> str:
    """Find the key: a line of OpenSSH's, or a file with one."""
    key = pulumi.Config().get("publicKey") or os.environ.get(_KEY_VARIABLE)
    if not key:
        raise pulumi.RunError(
            'no key to let you in: run eval "$(bentre lab env)", or '
            'pulumi config set publicKey "$(cat ~/.ssh/id_ed25519.pub)"'
        )
    path = Path(key)
    return path.read_text(encoding="utf-8") if path.is_file() else key
