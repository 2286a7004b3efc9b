"""The environment in which ``pulumi`` is this project's engine."""

import os
import sys
from pathlib import Path

from bentre_infra.engine.parts import Layout, locate
from bentre_infra.engine.sources import Sources
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths


def engine_env(paths: Paths) -> dict[str, str]:
    """Return the variables to set over the caller's own environment; none is a secret.

    ``PATH`` has the engine first, then this Python's environment. ``PULUMI_HOME`` holds the pinned
    provider. ``PULUMI_PYTHON_CMD`` is this Python, for programs that name no virtual environment.
    Nothing is looked up on or fetched from Pulumi's own servers: what a stack needs is installed.

    Raises:
        BentreError: the engine is not installed.
    """
    missing = [p.name for p in locate(paths).parts if p.path is None]
    if missing:
        raise BentreError(
            f"the engine is not installed: {', '.join(missing)} missing", "bentre engine install"
        )
    layout = Layout.of(paths, Sources.find())
    path = [str(layout.bin), str(Path(sys.executable).parent)]
    path += [p for p in os.environ.get("PATH", os.defpath).split(os.pathsep) if p not in path]
    return {
        "PATH": os.pathsep.join(path),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_HOME": str(layout.home),
        "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
