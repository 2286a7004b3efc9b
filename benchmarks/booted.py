"""Bare test hosts for a benchmark."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bentre_infra.hosts import scenario
from bentre_infra.hosts.scenario import Platform, Scenario
from bentre_infra.hosts.throwaway import Throwaway
from bentre_infra.runtime.paths import Paths

ROOT = Path(__file__).parents[1]
IMAGES = ("debian13", "debian12")


@contextmanager
def booted(
    name: str,
    platforms: Sequence[Platform],
    variables: Callable[[Path], dict[str, Any]] = lambda _: {},
) -> Iterator[Path]:
    """Boot hosts on a network of their own; they are removed at the end.

    Args:
        name: of the benchmark.
        platforms: the hosts.
        variables: what the inventory says of each, by the folder.

    Yields:
        A folder with their inventory and the way in (``ssh_config``).
    """
    paths = Paths.from_env()
    hosts = Throwaway(paths)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = Scenario(f"bench-{name}", ROOT, folder, tuple(platforms), variables(folder))
        try:
            scenario.create(made, hosts, paths)
            yield folder
        finally:
            scenario.destroy(made, hosts)


def several(count: int) -> list[Platform]:
    """So many hosts, half of them of each distribution."""
    return [Platform(f"node{n + 1}", IMAGES[n % 2]) for n in range(count)]
