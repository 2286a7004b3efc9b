"""``pulumi`` in a virtual environment, so that the plain command works once that is active."""

import shlex
import sys
from pathlib import Path

from bentre_infra.engine.parts import CLI, Layout

_MARK = "# written by `bentre engine install`"


def write(layout: Layout, bin_folder: Path | None = None) -> Path | None:
    """Write the wrapper and return its path.

    Does nothing, and returns None, outside a virtual environment and where something that is not
    ours bears the name.

    Args:
        layout: where the engine is.
        bin_folder: the environment's ``bin``; by default the running Python's.
    """
    if bin_folder is None:
        if sys.prefix == sys.base_prefix:
            return None
        bin_folder = Path(sys.prefix) / "bin"
    target = bin_folder / CLI
    if target.exists() and _MARK not in target.read_text("utf-8", errors="replace")[:200]:
        return None
    quoted = {name: shlex.quote(str(value)) for name, value in _settings(layout).items()}
    defaults = "".join(f': "${{{name}:={value}}}"\n' for name, value in quoted.items())
    script = (
        f"#!/bin/sh\n{_MARK}\n{defaults}"
        f"PATH={shlex.quote(str(layout.bin))}:$PATH\n"
        f"export PATH {' '.join(quoted)}\n"
        f'exec {shlex.quote(str(layout.bin / CLI))} "$@"\n'
    )
    if not target.exists() or target.read_text("utf-8") != script:
        new = target.with_name(f".{CLI}.new")
        new.write_text(script, "utf-8")
        new.chmod(0o755)
        new.replace(target)
    return target


def _settings(layout: Layout) -> dict[str, str]:
    return {"PULUMI_HOME": str(layout.home), "PULUMI_SKIP_UPDATE_CHECK": "true"}
