"""Limits of the machine that its hosts share."""

from pathlib import Path

from bentre_infra.runtime.errors import BentreError

_INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
_WANTED = 8192


def raise_limits(path: Path = _INSTANCES) -> None:
    """Let many hosts watch files (inotify(7)); a higher limit stays, and nothing is lowered later.

    The kernel counts the instances of a user over all hosts, and root is one user: a booted host
    takes six, and the usual 128 are gone with the twenty-first, which then never gets a network.

    Args:
        path: where the kernel tells and takes the limit.

    Raises:
        BentreError: it is lower and cannot be raised.
    """
    if int(path.read_text(encoding="ascii")) >= _WANTED:
        return
    try:
        path.write_text(str(_WANTED), encoding="ascii")
    except OSError as e:
        raise BentreError(
            f"{path}: {e.strerror}; hosts beyond some twenty would not come up",
            f"sysctl -w fs.inotify.max_user_instances={_WANTED} on the machine that owns it",
        ) from e
