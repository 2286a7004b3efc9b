"""How long the bentre site takes to load and validate; goal: under 0.5 s for the whole process.

    python benchmarks/site_load.py [RUNS]

Prints seconds: minimum, median, maximum. `import` is a fresh interpreter that imports the model,
`process` one that also loads the site, `load` the loading alone in a warm interpreter.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from bentre_infra.site import load_site

ROOT = Path(__file__).parents[1]
SITE = ROOT / "inventories" / "bentre"


def fresh(code: str) -> float:
    """Time a fresh interpreter."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    return time.perf_counter() - start


def warm() -> float:
    """Time one load."""
    start = time.perf_counter()
    load_site(SITE)
    return time.perf_counter() - start


def row(name: str, seconds: list[float]) -> None:
    """Print one line of the table."""
    low, mid, high = min(seconds), statistics.median(seconds), max(seconds)
    print(f"{name:<10}{low:>8.3f}{mid:>8.3f}{high:>8.3f}")


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    print(f"{'':<10}{'min':>8}{'median':>8}{'max':>8}")
    row("import", [fresh("import bentre_infra.site") for _ in range(runs)])
    whole = (
        f"from pathlib import Path; import bentre_infra.site as s; s.load_site(Path({str(SITE)!r}))"
    )
    row("process", [fresh(whole) for _ in range(runs)])
    row("load", [warm() for _ in range(runs)])


if __name__ == "__main__":
    main()
