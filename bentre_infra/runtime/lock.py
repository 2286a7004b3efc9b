"""One holder on this machine at a time, whichever clone it works from."""

import fcntl
import json
import os
import sys
from pathlib import Path
from types import TracebackType

_FOLDER = Path("/run/bentre-infra")


class MachineLock:
    """A lock that the kernel releases when its holder ends, however it ends (flock(2)).

    Args:
        name: what is locked, for example ``lab``.
        folder: where the lock file lies; it must be the same for every clone.
    """

    def __init__(self, name: str, folder: Path = _FOLDER) -> None:
        self._name = name
        self._path = folder / f"{name}.lock"
        self._fd = -1

    def __enter__(self) -> "MachineLock":
        self._path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        # not inheritable (PEP 446): a child that outlives us must not keep the lock
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for {self._name}: held by {self._holder()}", file=sys.stderr)
            fcntl.flock(self._fd, fcntl.LOCK_EX)
        mine = json.dumps({"pid": os.getpid(), "command": " ".join(sys.argv[:4])})
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, mine.encode(), 0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.ftruncate(self._fd, 0)
        os.close(self._fd)
        self._fd = -1

    def _holder(self) -> str:
        try:
            holder = json.loads(os.pread(self._fd, 4096, 0))
        except ValueError:
            return "another process"
        return f"process {holder['pid']} ({holder['command']})"
