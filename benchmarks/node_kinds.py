"""Each node kind from bare hosts, and again with nothing to do: seconds of ``molecule converge``.

As their scenarios make them, on a host of Debian 12 and one of Debian 13 at the same time; the
signing node has its authority beside it. Hosts boot and are prepared before the time begins.

    python benchmarks/node_kinds.py
    python benchmarks/node_kinds.py --kind mail --json
"""

import argparse
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from booted import ROOT
from measure import Run, timed

KINDS = ("network", "dns", "mail", "portal", "signing")


def measure(kind: str) -> tuple[Run, Run]:
    """First and second run."""

    def molecule(step: str) -> Run:
        program = Path(sys.executable).with_name("molecule")
        return timed([program, step, "-s", kind], ROOT, os.environ)

    try:
        for step in ("destroy", "create", "prepare"):
            molecule(step)
        return molecule("converge"), molecule("converge")
    finally:
        molecule("destroy")
        (ROOT / "benchmark.log").unlink()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = {kind: measure(kind) for kind in options.kind or KINDS}
    if options.json:
        said = {k: {"first": a.seconds, "second": b.seconds} for k, (a, b) in figures.items()}
        print(json.dumps(said, indent=2))
        return
    print(f"load {os.getloadavg()[0]:.1f}")
    for kind, (first, second) in figures.items():
        print(f"{kind:8} first {first.seconds:6.1f} s   second {second.seconds:5.1f} s")


if __name__ == "__main__":
    main()
