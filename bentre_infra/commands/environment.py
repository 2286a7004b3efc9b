"""The environment in which plain tools work with the lab: engine, cloud, state, keys."""

from bentre_infra.engine import engine_env
from bentre_infra.lab import lifecycle
from bentre_infra.runtime.paths import Paths


def lab_environment(paths: Paths) -> dict[str, str]:
    """Join what the engine and the lab need; no secret stands in it, only files' names.

    Raises:
        BentreError: the engine is not installed, or there is no lab.
    """
    return {**engine_env(paths), **lifecycle.environment(paths)}
