"""An audit of one host beside OpenSCAP's and Lynis' of the same host; and of many hosts.

One bare host, each in turn, round by round: our audit at level 3, over SSH and judged, with the
memory and the CPU that it takes on the host; ``oscap xccdf eval`` of Debian's content for the
release (CIS level 2, server); ``lynis audit system``. What they say of the same things is compared
in docs/compliance.md.

Then our side alone with 1, 12 and 200 hosts, whose answers are recorded ones that come a second
after they are asked for: what grows with the hosts is ours, not the machines'.

    python benchmarks/audit.py
    python benchmarks/audit.py --rounds 5 --json
    python benchmarks/audit.py --keep results      # what oscap and Lynis said
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from booted import ROOT, booted
from converged import Node, arguments

from bentre_infra.compliance.catalogue.load import load_catalogue
from bentre_infra.compliance.checks.control import Judge, Judgement, judge
from bentre_infra.compliance.checks.registry import checks
from bentre_infra.compliance.facts.host import Host
from bentre_infra.compliance.gather import collector
from bentre_infra.compliance.gather.gather import gather
from bentre_infra.compliance.gather.request import Request
from bentre_infra.compliance.gather.transport import Target
from bentre_infra.hosts.scenario import Platform

NAME = "judged"
LEVEL = 3
CATALOGUE = load_catalogue()
CONTENT = "/usr/share/xml/scap/ssg/content/ssg-debian13-ds.xml"
PROFILE = "xccdf_org.ssgproject.content_profile_cis_level2_server"
# content of Debian 13 knows no Debian 13 yet: that of the next release does. A host that says that
# it is a container has most rules left out.
PREPARE = """set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq --no-install-recommends openscap-scanner lynis >/dev/null 2>&1
mkdir -p /tmp/next/lists
sed -n '/ trixie /{s/ trixie / sid /p;q}' /etc/apt/sources.list.d/machine.list > /tmp/next/list
apt="apt-get -qq -o Dir::Etc::sourcelist=/tmp/next/list -o Dir::Etc::sourceparts=/dev/null"
apt="$apt -o Dir::State::lists=/tmp/next/lists"
$apt update
cd /tmp && $apt download ssg-base ssg-debian
dpkg -i /tmp/ssg-*.deb >/dev/null
rm -f /run/.containerenv
"""


@contextmanager
def bare(image: str) -> Iterator[tuple[Node, Target]]:
    """A new host with the other two programs."""
    with booted("audit", [Platform(NAME, image)]) as folder:
        node = Node(NAME, folder)
        node.run(PREPARE)
        options = ("-F", str(folder / "ssh_config"), "-o", "ClearAllForwardings=yes")
        yield node, Target(NAME, NAME, options=options)


def judgements(name: str, facts: dict[str, Any]) -> dict[str, Judgement]:
    """What each check of a host says."""
    today = datetime.now(UTC).date()
    return {
        check.control: judge(
            check.run, Host(name, facts), Judge(CATALOGUE[check.control], LEVEL, today, name, None)
        )
        for check in checks()
        if check.subject == "host"
    }


def ours(target: Target) -> tuple[dict[str, float], dict[str, Any]]:
    """Our audit of the host: what it took, and the facts."""
    start = time.monotonic()
    facts = gather([(target, Request())])[target.name].facts
    if facts is None:
        raise SystemExit("the host could not be read")
    judgements(target.name, facts)
    cost = facts["cost"]
    seconds = time.monotonic() - start
    return {
        "seconds": seconds,
        "cpu": cost["cpu_seconds"],
        "mib": cost["peak_kib"] / 1024,
    }, facts


def theirs(node: Node, *argv: str) -> dict[str, float]:
    """What a program on the host took."""
    code = (ROOT / "benchmarks/node/run.py").read_bytes()
    said: dict[str, float] = json.loads(node.run(f"python3 - {' '.join(argv)}", code))
    return said


def growth(facts: dict[str, Any], counts: tuple[int, ...]) -> list[dict[str, float]]:
    """Seconds for so many hosts, each of which answers a second after it was asked."""
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "facts").write_text(f"{collector.MARK}{json.dumps(facts)}\n")
        (folder / "ssh").write_text(f"#!/bin/sh\nsleep 1\ncat >/dev/null; cat {folder}/facts\n")
        (folder / "ssh").chmod(0o755)
        before = os.environ["PATH"]
        os.environ["PATH"] = f"{folder}:{before}"
        try:
            for count in counts:
                targets = [Target(f"host{n}", f"host{n}") for n in range(count)]
                start = time.monotonic()
                read = gather([(target, Request()) for target in targets])
                for name, one in read.items():
                    judgements(name, one.facts or {})
                found.append({"hosts": count, "seconds": round(time.monotonic() - start, 2)})
        finally:
            os.environ["PATH"] = before
    return found


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--image", default="debian13", choices=("debian13",))
    parser.add_argument("--keep", type=Path, help="folder for what each said of the host")
    options = parser.parse_args()
    oscap = ("oscap", "xccdf", "eval", "--profile", PROFILE, "--results", "/tmp/xccdf.xml", CONTENT)
    lynis = ("lynis", "audit", "system", "--quick", "--no-colors", "--report-file", "/tmp/lynis")
    runs: dict[str, list[dict[str, float]]] = {"ours": [], "OpenSCAP": [], "Lynis": []}
    with bare(options.image) as (node, target):
        _, facts = ours(target)  # the connection is open from now on, as in later audits
        for _ in range(options.rounds):
            runs["ours"].append(ours(target)[0])
            runs["OpenSCAP"].append(theirs(node, *oscap))
            runs["Lynis"].append(theirs(node, *lynis))
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            told = {c: [j.verdict, j.en] for c, j in judgements(NAME, facts).items()}
            (options.keep / "ours.json").write_text(json.dumps(told, indent=2))
            (options.keep / "xccdf.xml").write_text(node.run("cat /tmp/xccdf.xml"))
            (options.keep / "lynis.dat").write_text(node.run("cat /tmp/lynis"))
    figures = {
        name: {what: round(statistics.median(r[what] for r in found), 2) for what in found[0]}
        for name, found in runs.items()
    }
    many = growth(facts, (1, 12, 200))
    if options.json:
        print(json.dumps({"one host": figures, "many": many}, indent=2))
        return
    print(f"one {options.image} host, medians of {options.rounds}, load {os.getloadavg()[0]:.1f}")
    for name, f in figures.items():
        ratio = {w: figures["ours"][w] / f[w] for w in f}
        print(
            f"{name:9} {f['seconds']:6.2f} s ({ratio['seconds']:.3f})"
            f"   CPU {f['cpu']:6.2f} s ({ratio['cpu']:.3f})"
            f"   largest process {f['mib']:5.0f} MiB ({ratio['mib']:.3f})"
        )
    print("ours / theirs in brackets; hosts that answer after a second:")
    for one in many:
        print(f"{one['hosts']:4} hosts {one['seconds']:6.2f} s")


if __name__ == "__main__":
    main()
