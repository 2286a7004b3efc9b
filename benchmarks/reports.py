"""How long each report takes for 140 and 1,680 findings (140 controls at 1 and at 12 hosts).

    python benchmarks/reports.py [RUNS]

Prints, for each format, seconds of processor time (the least of the runs) and the size in KiB.
Nothing is cached between formats; libraries are loaded before.
"""

import importlib
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bentre_infra.compliance.reports import ALL, Format
from bentre_infra.compliance.reports.report import build
from tests.unit.compliance.reports.sample import audit, catalogue, large


def seconds(form: Format, hosts: int, runs: int) -> tuple[float, float]:
    """Write one format; return its least seconds, and its size in KiB."""
    module = importlib.import_module(f"bentre_infra.compliance.reports.{form.value}")
    module.files(build(audit(), catalogue()))
    run, its = large(140, hosts)
    least, size = float("inf"), 0
    for _ in range(runs):
        report = build(run, its)
        start = time.process_time()
        made = module.files(report)
        least = min(least, time.process_time() - start)
        size = sum(len(data) for data in made.values())
    return least, size / 1024


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print(f"{'':<8}{'140 rows':>12}{'KiB':>9}{'1,680 rows':>14}{'KiB':>9}")
    for form in ALL:
        few, small = seconds(form, 1, runs)
        many, big = seconds(form, 12, runs)
        print(f"{form.name.lower():<8}{few:>11.2f}s{small:>9.0f}{many:>13.2f}s{big:>9.0f}")


if __name__ == "__main__":
    main()
