"""The stacks of this clone, in the order in which they stand on each other."""

import os
from pathlib import Path

from bentre_infra.cloud.entries import clouds_file
from bentre_infra.commands.environment import lab_environment
from bentre_infra.engine import engine_env
from bentre_infra.engine.stack import StackRunner
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.site import Site, load_site
from bentre_infra.site.errors import near

ORDER = ("foundation", "network", "mail", "portal", "signing")
"""A stack refers only to those before it."""
LAB = "lab"
"""The environment that is this machine; every other is a site whose cloud is somewhere else."""

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
    """Refuse environments that are not this machine's lab.

    Raises:
        BentreError: it is another one.
    """
    if env != LAB:
        raise BentreError(
            f"only the lab is started and stopped, not environment {env!r}",
            f"bentre apply --env {env}",
        )


def site_file(env: str) -> Path:
    """Find the site of an environment: ``inventories/ENV/site.yaml`` beside ``stacks``.

    Raises:
        BentreError: there is none.
    """
    inventories = stacks_folder().parent / "inventories"
    found = inventories / env / "site.yaml"
    if not found.is_file():
        known = sorted(p.parent.name for p in inventories.glob("*/site.yaml"))
        raise BentreError(
            f'environment "{env}" is not known{near(env, known)}', "a folder of inventories/"
        )
    return found


def runners(env: str, names: list[str] | None = None) -> list[StackRunner]:
    """Open the stacks of an environment, all or those named, in order.

    Raises:
        BentreError: a name is not known, the engine is not installed, there is no lab or, for
            another environment, no clouds.yaml.
    """
    site_file(env)
    folder = stacks_folder()
    known = [name for name in ORDER if (folder / name / "Pulumi.yaml").is_file()]
    for name in names or ():
        if name not in known:
            raise BentreError(f"stack {name!r} is not known", f"one of: {', '.join(known)}")
    environment = _environment(env)
    chosen = [name for name in known if not names or name in names]
    return [StackRunner(folder / name, env, environment) for name in chosen]


def site_of(env: str, path: Path | None = None) -> Site:
    """Load the site of an environment: ``inventories/ENV`` beside ``stacks``, or a named file.

    Raises:
        SiteError: it has faults.
    """
    return load_site(path or site_file(env))


def _environment(env: str) -> dict[str, str]:
    """What the engine needs beside the caller's own variables, which it gets anyway."""
    paths = Paths.from_env()
    if env == LAB:
        chosen = {name: os.environ[name] for name in _CHOSEN if name in os.environ}
        return lab_environment(paths) | chosen
    return engine_env(paths) | {"OS_CLIENT_CONFIG_FILE": str(clouds_file().resolve())}
