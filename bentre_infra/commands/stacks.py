"""The stacks of this clone, in the order in which they stand on each other."""

import os
from pathlib import Path

from bentre_infra.commands.environment import lab_environment
from bentre_infra.engine.stack import StackRunner
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.site import Site, load_site

ORDER = ("foundation", "network", "mail", "portal", "signing")
"""A stack refers only to those before it."""

# what the caller has set wins: where states are kept and how they are encrypted, which clouds
_CHOSEN = (
    "OS_CLIENT_CONFIG_FILE",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
)


def stacks_folder() -> Path:
    """Find ``stacks/`` here or above.

    Raises:
        BentreError: this is no clone of the project.
    """
    for folder in (Path.cwd(), *Path.cwd().parents):
        if any((folder / "stacks" / name / "Pulumi.yaml").is_file() for name in ORDER):
            return folder / "stacks"
    raise BentreError(
        f"no stacks/{ORDER[0]}/Pulumi.yaml here or above {Path.cwd()}",
        "run this inside a clone of the project",
    )


def require_lab(env: str) -> None:
    """Refuse environments that are not known.

    Raises:
        BentreError: it is not known.
    """
    if env != "lab":
        raise BentreError(f"environment {env!r} is not known", "--env lab")


def runners(env: str, names: list[str] | None = None) -> list[StackRunner]:
    """Open the stacks of an environment, all or those named, in order.

    Raises:
        BentreError: a name is not known, the engine is not installed, or there is no lab.
    """
    require_lab(env)
    folder = stacks_folder()
    known = [name for name in ORDER if (folder / name / "Pulumi.yaml").is_file()]
    for name in names or ():
        if name not in known:
            raise BentreError(f"stack {name!r} is not known", f"one of: {', '.join(known)}")
    environment = lab_environment(Paths.from_env())
    environment |= {name: os.environ[name] for name in _CHOSEN if name in os.environ}
    chosen = [name for name in known if not names or name in names]
    return [StackRunner(folder / name, env, environment) for name in chosen]


def site_of(env: str, path: Path | None = None) -> Site:
    """Load the site of an environment: ``inventories/ENV`` beside ``stacks``, or a named file.

    Raises:
        SiteError: it has faults.
    """
    return load_site(path or stacks_folder().parent / "inventories" / env / "site.yaml")
