"""Where things are kept on this machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """The two folders that the project uses outside its clone.

    Attributes:
        cache: what can be made again at any time (engine, environments, images, golden snapshot);
            ``BENTRE_CACHE``, by default ``~/.cache/bentre-infra``.
        state: what this machine's lab is now (data, logs, secrets), shared by every clone;
            ``BENTRE_STATE``, by default ``/var/lib/bentre-infra``.
    """

    cache: Path
    state: Path

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Paths":
        """Read both folders from the environment; nothing is created."""
        cache = env.get("BENTRE_CACHE") or Path.home() / ".cache" / "bentre-infra"
        state = env.get("BENTRE_STATE") or "/var/lib/bentre-infra"
        return cls(
            cache=Path(cache).expanduser().absolute(), state=Path(state).expanduser().absolute()
        )

    @property
    def lab(self) -> Path:
        """State and logs of the embedded lab cloud."""
        return self.state / "lab"
