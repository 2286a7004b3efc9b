"""Files of a report: whole or not at all, and for their owner alone."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from bentre_infra.runtime.errors import BentreError


def write_all(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files by name; reports hold addresses and weaknesses, so others may not read them.

    Raises:
        BentreError: the folder cannot be made or written; says why.
    """
    return [_write(folder / name, data) for name, data in files.items()]


def _write(path: Path, data: bytes) -> Path:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # made with mode 0600, and renamed: nobody sees half a file
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).rename(path)
            except OSError:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as e:
        raise BentreError(f"{path}: {e.strerror}", "name a folder that can be written") from e
    return path
