"""How long test hosts take to boot: one, and many at once, on a network of their own.

From the call to the moment at which systemd says of each that it is up and its SSH key is known,
with images that are built and mounted; half of them are of each distribution.

    python benchmarks/hosts.py
    python benchmarks/hosts.py --many 24 --rounds 3 --json
"""

import json
import os
import statistics
import time

from booted import booted, several
from converged import arguments


def boot(count: int) -> float:
    """Seconds until so many new hosts are up; they are removed afterwards."""
    start = time.monotonic()
    with booted("boot", several(count)):
        return time.monotonic() - start


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--many", type=int, default=12)
    options = parser.parse_args()
    counts = (1, options.many)
    rounds = [[boot(count) for count in counts] for _ in range(options.rounds)]
    figures = {
        f"{count} hosts": round(statistics.median(found), 2)
        for count, found in zip(counts, zip(*rounds, strict=True), strict=True)
    }
    ratio = round(statistics.median(many / one for one, many in rounds), 2)
    if options.json:
        print(json.dumps({"seconds": figures, "ratio": ratio, "rounds": options.rounds}, indent=2))
        return
    print(f"boot of test hosts, medians of {options.rounds} rounds, load {os.getloadavg()[0]:.1f}")
    for what, seconds in figures.items():
        print(f"{what:10} {seconds:6.2f} s")
    print(f"ratio      {ratio:6.2f}")


if __name__ == "__main__":
    main()
