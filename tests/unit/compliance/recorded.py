"""Facts of real hosts, as the tests judge them: recorded, without what no check asks for.

``python -m tests.unit.compliance.recorded NAME FACTS.json`` records one anew, from what the
collector printed on a host.
"""

import copy
import json
import lzma
import sys
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from bentre_infra.compliance.catalogue.load import load_catalogue
from bentre_infra.compliance.checks.control import Judge, Judgement, judge
from bentre_infra.compliance.checks.registry import checks
from bentre_infra.compliance.facts.cloud import Cloud
from bentre_infra.compliance.facts.host import Host
from bentre_infra.compliance.facts.site import SiteFacts, site_facts
from bentre_infra.site import load_site

FILE = Path(__file__).parent / "facts.json.xz"
"""All of them: hosts are much alike, together they are small."""
ROOT = Path(__file__).parents[3]
DAY = date(2026, 11, 27)
"""When the hosts were recorded."""


@cache
def recorded() -> dict[str, dict[str, Any]]:
    return json.loads(lzma.decompress(FILE.read_bytes())) if FILE.exists() else {}


def facts(name: str) -> dict[str, Any]:
    """A copy that a test may change."""
    return copy.deepcopy(recorded()[name])


@cache
def lab() -> SiteFacts:
    return site_facts(load_site(ROOT / "inventories" / "lab"), DAY)


CATALOGUE = load_catalogue()


def ask(
    control: str,
    document: dict[str, Any],
    *,
    subject: str = "",
    site: SiteFacts | None = None,
    level: int = 3,
    kind: str = "host",
    today: date = DAY,
) -> Judgement:
    """What a control's check says of a document."""
    (check,) = (c for c in checks() if c.control == control and c.subject == kind)
    thing = Host(subject, document) if kind == "host" else Cloud("cloud", document)
    return judge(check.run, thing, Judge(CATALOGUE[control], level, today, subject, site))


def slim(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out what no check of a host looks at."""
    host = Host("", document)
    for check in checks():
        if check.subject == "host":
            for site in (None, lab()):
                judging = Judge(CATALOGUE[check.control], 3, DAY, "base-time-1", site)
                judge(check.run, host, judging)
    small = copy.deepcopy(document)
    for name in list(small["commands"]):
        if f"command:{name}" not in host.used:
            del small["commands"][name]
    for path, file in small["files"].items():
        if f"file:{path}" not in host.used:
            file.pop("text", None)
    small["files"] = {
        p: f for p, f in small["files"].items() if f"file:{p}" in host.used or "text" not in f
    }
    return small


def record(name: str, source: Path) -> None:
    document = json.loads(source.read_text())
    every = {**recorded(), name: slim(document) if "commands" in document else document}
    text = json.dumps(every, ensure_ascii=False, sort_keys=True)
    FILE.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    print(FILE, FILE.stat().st_size, sorted(every))


if __name__ == "__main__":
    record(sys.argv[1], Path(sys.argv[2]))
