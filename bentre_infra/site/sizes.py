"""How large a node is when the site only says how many people use the system.

Our own rule of thumb, from what a message or a page costs on the reference nodes; a part that knows
better says its size.
"""

from bentre_infra.site.document import Size

MEMORY_MIB: dict[Size, int] = {"tiny": 256, "small": 512, "medium": 1024, "large": 2048}
UP_TO_USERS: tuple[tuple[int, Size], ...] = ((500, "small"), (5000, "medium"))


def size_for(users: int) -> Size:
    """Return the size of a node of a system with that many users."""
    return next((size for limit, size in UP_TO_USERS if users <= limit), "large")


def gib(written: str, users: int) -> int:
    """Size of a volume in GiB: ``20 GiB``, or ``2 GiB/user`` times the users, at least one."""
    number, _, unit = written.partition(" ")
    return max(1, int(number) * (users if unit.endswith("/user") else 1))
