"""The Pulumi engine of this project: CLI, Python language host, OpenStack provider.

They are taken from the machine where it has them at the pinned versions, and else built from Go
modules (``engine/`` in a clone, ``_go`` beside this file in an installed package): docs/engine.md.
"""

from bentre_infra.engine.build import install
from bentre_infra.engine.environment import engine_env
from bentre_infra.engine.parts import EngineStatus, Part, check, locate

__all__ = ["EngineStatus", "Part", "check", "engine_env", "install", "locate"]
