"""An audit: who is asked for what, what they say, and what follows from it."""

import getpass
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bentre_infra import __version__
from bentre_infra.compliance.catalogue.model import Catalogue, Control, Method
from bentre_infra.compliance.checks.control import Judge, judge
from bentre_infra.compliance.checks.registry import Check, checks
from bentre_infra.compliance.evidence import Item, of_cloud, of_host
from bentre_infra.compliance.exemptions import exempt
from bentre_infra.compliance.facts.cloud import Cloud
from bentre_infra.compliance.facts.host import Host
from bentre_infra.compliance.facts.site import NodeFacts, SiteFacts
from bentre_infra.compliance.gather.gather import Gathered, gather
from bentre_infra.compliance.gather.request import Name, Probe, Request
from bentre_infra.compliance.gather.transport import Target
from bentre_infra.compliance.result import (
    Attempt,
    Audit,
    Exemption,
    Finding,
    Subject,
    Verdict,
)

type Say = Callable[[Gathered], None]

SITE = "site"
"""The subject of what concerns no node: procedures, and what waits."""


_TRIED = {"mail": 25, "db": 5432}
"""Ports beside SSH that are tried from another zone, by the kind of node."""


@dataclass(frozen=True)
class Selection:
    """What of a site is audited; everything where nothing is named.

    Attributes:
        level: the level that it is judged at.
        systems, hosts, controls: codes, names and ids.
    """

    level: int
    systems: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()

    def takes(self, control: Control) -> bool:
        """Whether a control is asked for: of the level's profile, and named if any are."""
        wanted = bool({control.id, control.section} & set(self.controls))
        return control.level <= self.level and (wanted or not self.controls)

    def has(self, node: NodeFacts) -> bool:
        """Whether a node is meant."""
        return (not self.systems or node.system in self.systems) and (
            not self.hosts or node.name in self.hosts
        )

    @property
    def whole(self) -> bool:
        """Whether the site itself and its cloud are meant too."""
        return not self.systems and not self.hosts


@dataclass(frozen=True)
class Found:
    """What was read, before it is judged."""

    hosts: Mapping[str, Gathered]
    cloud: dict[str, Any] | None = None
    cloud_reason: str = ""


@dataclass
class _Book:
    """Findings and evidence, as they come."""

    findings: list[Finding] = field(default_factory=list)
    items: dict[str, Item] = field(default_factory=dict)


def requests(site: SiteFacts, selection: Selection, patience: float = 60) -> dict[str, Request]:
    """What each node is asked for; each is also tried from a node of another zone.

    Of the flow matrix every TCP port is tried, from where it is open to.

    Args:
        patience: seconds after which a node's reading ends.
    """
    nodes = [n for n in site.nodes if selection.has(n)]
    probes: dict[str, list[Probe]] = {n.name: [] for n in nodes}
    for target in nodes:
        other = next((n for n in nodes if n.zone not in (target.zone, "management")), None)
        if other is None:
            continue
        ports = [
            22,
            *([25] if "mail" in target.kinds else []),
            *([5432] if "db" in target.kinds else []),
        ]
        for port in ports:
            probes[other.name] += [
                Probe(target.name, str(a), port, other.zone, "relay" if port == 25 else "tcp")
                for a in target.addresses
            ]
    chosen = {n.name: n for n in nodes}
    for flow in site.flows:
        if flow.source in chosen and flow.target in chosen:
            probes[flow.source] += [
                Probe(flow.target, str(a), flow.port, chosen[flow.source].zone, "flow")
                for a in chosen[flow.target].addresses
            ]
    return {
        n.name: Request(
            probes=tuple(probes[n.name]),
            names=_names(n, site),
            sites=site.names if "portal" in n.kinds else (),
            deadline=patience,
        )
        for n in nodes
    }


def _names(node: NodeFacts, site: SiteFacts) -> tuple[Name, ...]:
    domain = site.public_domain
    asked = []
    if "mail" in node.kinds:
        for one in (domain, *site.former_domains):
            asked += [Name(one, "TXT"), Name(f"_dmarc.{one}", "TXT")]
    if "net" in node.kinds and ("tcp", 53) in node.ports:
        asked.append(Name(domain, "DNSKEY", str(node.addresses[0])))
    return tuple(asked)


def collect(
    targets: Mapping[str, Target],
    site: SiteFacts,
    selection: Selection,
    say: Say,
    patience: float = 60,
) -> dict[str, Gathered]:
    """Gather the facts of every node that is asked for; those without a way in are told so."""
    asked = requests(site, selection, patience)
    missing = {
        name: Gathered(name, None, "the inventory has no such host", 0.0)
        for name in asked
        if name not in targets
    }
    found = gather([(targets[n], r) for n, r in asked.items() if n in targets], say)
    return _told({**missing, **found})


def _told(found: dict[str, Gathered]) -> dict[str, Gathered]:
    """Give each host what others found who tried its ports."""
    tried: dict[str, list[dict[str, Any]]] = {}
    for name, one in found.items():
        for probe in (one.facts or {}).get("probes", ()):
            tried.setdefault(probe["subject"], []).append({**probe, "from": name})
    return {
        name: replace(one, facts={**one.facts, "reach": tried.get(name, [])}) if one.facts else one
        for name, one in found.items()
    }


@dataclass(frozen=True)
class About:
    """What an audit's head says of the site and of whoever audits."""

    organisation: str
    model_sha256: str
    assessor: str = field(default_factory=getpass.getuser)


def assess(
    found: Found,
    site: SiteFacts,
    catalogue: Catalogue,
    selection: Selection,
    *,
    exemptions: Iterable[Exemption],
    about: About,
    began: datetime,
) -> tuple[Audit, tuple[Item, ...]]:
    """Judge what was read.

    Returns:
        The audit, and the texts of its evidence.
    """
    valid = tuple(exemptions)
    controls = [c for c in catalogue if selection.takes(c)]
    book = _Book()
    subjects = []
    for node in (n for n in site.nodes if selection.has(n)):
        gathered = found.hosts.get(node.name) or Gathered(node.name, None, "not asked", 0.0)
        subjects.append(_subject(node, gathered))
        _judge_host(node, gathered, controls, book, site=site, selection=selection)
    if selection.whole:
        subjects += _judge_site(found, controls, site, selection, book)
    today = site.today
    findings = tuple(replace(f, exemption=exempt(f, valid, today)) for f in book.findings)
    named = {f.exemption for f in findings}
    audit = Audit(
        id=str(uuid.uuid4()),
        site=site.name,
        organisation=about.organisation,
        level=selection.level,
        model_sha256=about.model_sha256,
        catalogue_sha256=catalogue.sha256,
        tool_version=__version__,
        assessor=about.assessor,
        began=began,
        ended=datetime.now(UTC),
        subjects=tuple(subjects),
        findings=findings,
        evidence=tuple(item.evidence for item in book.items.values()),
        exemptions=tuple(e for e in valid if e.id in named or e.expires < today),
        attempts=tuple(_attempts(found.hosts)),
    )
    return audit, tuple(book.items.values())


def _subject(node: NodeFacts, gathered: Gathered) -> Subject:
    return Subject(
        name=node.name,
        kind="node",
        system=node.system,
        zone=node.zone,
        addresses=tuple(str(a) for a in node.addresses),
        roles=node.kinds,
        reached=gathered.facts is not None,
        note=gathered.reason,
    )


def _judge_host(
    node: NodeFacts,
    gathered: Gathered,
    controls: list[Control],
    book: _Book,
    *,
    site: SiteFacts,
    selection: Selection,
) -> None:
    kinds = {"all", *node.kinds}
    asked = [(c, check) for c in controls for check in _of(c, "host") if kinds & set(c.kinds)]
    if gathered.facts is None:
        book.findings += [
            _not_reached(c, node.name, gathered.reason) for c in dict.fromkeys(c for c, _ in asked)
        ]
        return
    host = Host(node.name, gathered.facts)
    items = of_host(node.name, gathered.facts)
    book.items.update({f"{node.name} {key}": item for key, item in items.items()})
    for control, check in asked:
        mine = host.fresh()
        judging = Judge(control, selection.level, site.today, node.name, site)
        book.findings.append(_finding(check, mine, judging, mine.used, items))


def _judge_site(
    found: Found, controls: list[Control], site: SiteFacts, selection: Selection, book: _Book
) -> Iterator[Subject]:
    """The cloud, and what a person has to look at."""
    asked = [(c, check) for c in controls for check in _of(c, "cloud")]
    reached = found.cloud is not None
    yield Subject(
        "cloud", "project", SITE, "", (), ("cloud",), reached, "" if reached else found.cloud_reason
    )
    if found.cloud is None:
        book.findings += [_not_reached(c, "cloud", found.cloud_reason) for c, _ in asked]
    else:
        document = {**found.cloud, "reach": list(_across(found.hosts, site))}
        cloud = Cloud("cloud", document)
        items = of_cloud("cloud", document)
        book.items.update({f"cloud {key}": item for key, item in items.items()})
        for control, check in asked:
            mine = cloud.fresh()
            judging = Judge(control, selection.level, site.today, "cloud", site)
            book.findings.append(_finding(check, mine, judging, mine.used, items))
    yield Subject(SITE, "site", SITE, "", (), ("all",), True)
    judged = {f.control for f in book.findings}
    book.findings += [_by_people(c) for c in controls if c.id not in judged]


def _attempts(hosts: Mapping[str, Gathered]) -> Iterator[Attempt]:
    """What nodes tried of others' ports; both addresses of a node have to answer."""
    answers: dict[tuple[str, str, int], bool] = {}
    for name, gathered in hosts.items():
        for tried in (gathered.facts or {}).get("probes", ()):
            ends = (name, tried["subject"], tried["port"])
            answers[ends] = answers.get(ends, True) and tried["result"] == "open"
    for (source, target, port), answered in sorted(answers.items()):
        yield Attempt(source, target, f"tcp/{port}", answered)


def _across(hosts: Mapping[str, Gathered], site: SiteFacts) -> Iterator[dict[str, Any]]:
    """What nodes found who tried a port of another system's that is for nobody but its own."""
    for gathered in hosts.values():
        for tried in (gathered.facts or {}).get("reach", ()):
            source, target = site.node(tried["from"]), site.node(tried["subject"])
            if source and target and source.system != target.system and tried["kind"] == "tcp":
                yield tried


def _of(control: Control, subject: str) -> list[Check]:
    return [c for c in checks() if c.control == control.id and c.subject == subject]


def _finding(
    check: Check, subject: Host | Cloud, judging: Judge, used: set[str], items: dict[str, Item]
) -> Finding:
    said = judge(check.run, subject, judging)
    return Finding(
        control=check.control,
        subject=judging.subject,
        verdict=said.verdict,
        message=said.en,
        message_vi=said.vi,
        expected=said.expected,
        actual=said.actual,
        evidence=tuple(
            dict.fromkeys(items[key].evidence.sha256 for key in sorted(used) if key in items)
        ),
    )


def _not_reached(control: Control, subject: str, reason: str) -> Finding:
    return Finding(
        control.id,
        subject,
        Verdict.NOT_ASSESSED,
        f"not reached: {reason}",
        f"không kết nối được: {reason}",
    )


def _by_people(control: Control) -> Finding:
    evidence = control.evidence
    if control.method is Method.AUTOMATED or evidence is None:
        return Finding(
            control.id,
            SITE,
            Verdict.NOT_ASSESSED,
            f"the site has no node of the kinds {', '.join(control.kinds)}",
            f"hệ thống không có máy loại {', '.join(control.kinds)}",
        )
    waits = control.method is Method.WAITING
    return Finding(
        control.id,
        SITE,
        Verdict.NOT_ASSESSED,
        f"{'waits for' if waits else 'a person looks at'}: {evidence.en}",
        f"{'chờ có' if waits else 'cần người xem xét'}: {evidence.vi}",
        expected=control.statement.en,
    )
