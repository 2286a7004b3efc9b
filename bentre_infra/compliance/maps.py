"""Maps of a site: what the model declares, and beside it what an audit measured. Drawn by Graphviz.

Both have the same zones, parts and flows, so that they can be laid side by side.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bentre_infra.compliance.catalogue.model import Text
from bentre_infra.compliance.reports import wording
from bentre_infra.compliance.reports.charts import COLOURS
from bentre_infra.compliance.reports.clean import clean
from bentre_infra.compliance.reports.outcome import Outcome, judge, together
from bentre_infra.compliance.reports.report import Picture
from bentre_infra.compliance.result import Attempt, Audit, Subject
from bentre_infra.runtime.process import run
from bentre_infra.site import Site
from bentre_infra.site.model import Endpoint, Flow, Node, Part

MODEL = Text("Theo mô hình: vùng, máy chủ, luồng kết nối", "As declared: zones, nodes, flows")
MEASURED = Text("Theo kết quả đo của đợt đánh giá", "As measured by the audit")

_INK, _PLAIN, _TINT, _UNTRIED = "#1d2733", "#ffffff", "#f4f6f9", "#667085"
_FONT = "Arial"
"""Graphviz knows its widths; Liberation Sans, which is drawn, has the same."""
_GOOD, _BAD = COLOURS[Outcome.MET], COLOURS[Outcome.NOT_MET]


@dataclass(frozen=True)
class _Host:
    """A line in a part's box."""

    text: str
    colour: str = _PLAIN


def pictures(site: Site, audit: Audit | None = None) -> tuple[Picture, ...]:
    """Draw the model and, when there is an audit, what it measured.

    Raises:
        BentreError: Graphviz' ``dot`` is missing or fails.
    """
    drawn = [Picture("model", MODEL, _draw("model", MODEL, model(site)))]
    if audit:
        drawing = _draw("measured", MEASURED, measured(site, audit))
        drawn.append(Picture("measured", MEASURED, drawing))
    return tuple(drawn)


def model(site: Site) -> str:
    """Return the model's map in Graphviz' language."""
    hosts = {n.name: _Host(f"{n.name} · {n.ipv4.ip} · {n.ipv6.ip}") for n in site.nodes}
    edges = (
        _edge(source, target, " ".join(ports))
        for (source, target), ports in _declared(site.flows).items()
    )
    return _dot(site, hosts, (), edges)


def measured(site: Site, audit: Audit) -> str:
    """Return the map of what was measured, in Graphviz' language.

    A node has the worst answer of all its controls; one that the audit does not know, or did not
    reach, says so; an address other than the model's stands beside it. A subject that the model
    does not have stands in a box of its own. Flows are drawn where something tried them.
    """
    subjects = {s.name: s for s in audit.subjects if s.kind == "node"}
    worst = {
        name: together(judge(audit, f) for f in audit.findings if f.subject == name)
        for name in subjects
    }
    hosts = {n.name: _host(n, subjects.get(n.name), worst.get(n.name)) for n in site.nodes}
    strangers = [s for name, s in subjects.items() if name not in hosts]
    return _dot(site, hosts, strangers, _tried(site, audit.attempts))


def _host(node: Node, subject: Subject | None, worst: Outcome | None) -> _Host:
    if subject is None or worst is None:
        return _Host(f"{node.name} · không được đo / not measured", COLOURS[Outcome.NOT_APPLICABLE])
    if not subject.reached:
        text = f"{node.name} · {wording.NOT_REACHED.vi} / {wording.NOT_REACHED.en}"
        return _Host(text, COLOURS[Outcome.NOT_ASSESSED])
    declared = {str(node.ipv4.ip), str(node.ipv6.ip)}
    others = [a for a in subject.addresses if a not in declared]
    text = f"{wording.SYMBOLS[worst]} {node.name} · {wording.OUTCOMES[worst].vi}"
    return _Host(f"{text} ≠ {', '.join(others)}" if others else text, COLOURS[worst])


def _dot(
    site: Site, hosts: Mapping[str, _Host], strangers: Sequence[Subject], edges: Iterable[str]
) -> str:
    return "\n".join(_lines(site, hosts, strangers, edges)) + "\n"


def _lines(
    site: Site, hosts: Mapping[str, _Host], strangers: Sequence[Subject], edges: Iterable[str]
) -> Iterator[str]:
    yield f"digraph {_quoted(site.name)} {{"
    yield f'  rankdir=LR; ranksep=1.1; nodesep=0.25; bgcolor="{_PLAIN}"'
    yield f'  graph [fontname="{_FONT}", fontsize=12]'
    yield f'  node [shape=plain, fontname="{_FONT}", fontsize=10, fontcolor="{_INK}"]'
    yield f'  edge [fontname="{_FONT}", fontsize=9, arrowsize=0.7]'
    for zone in site.zones:
        label = f"{zone.name}\n{zone.ipv4}  {zone.ipv6}"
        yield f"  subgraph {_quoted(f'cluster_{zone.name}')} {{"
        yield f'    label={_quoted(label)} style="rounded,filled" color="#b9c3ce"'
        yield f'    fillcolor="{_TINT}"'
        # an end of flows that mean the whole zone, and room for a zone without nodes
        yield f"    {_quoted(zone.name)} [shape=point, width=0.08]"
        for part in site.parts:
            if part.zone == zone.name:
                yield f"    {_quoted(part.group)} [label={_box(part, hosts)}]"
        yield "  }"
    if strangers:
        rows = "".join(_row(_Host(_told(s), _BAD)) for s in strangers)
        title = _row(_Host("Ngoài mô hình / not in the model"))
        yield f'  "not in the model" [label=<{_table(title + rows)}>]'
    for end in dict.fromkeys(
        end.text for flow in site.flows for end in (flow.source, flow.target) if not _places(end)
    ):
        yield f'  {_quoted(end)} [shape=ellipse, style=filled, fillcolor="{_PLAIN}"]'
    yield from edges
    yield "}"


def _told(subject: Subject) -> str:
    return f"{subject.name} · {', '.join(subject.addresses)}".removesuffix(" · ")


def _declared(flows: Iterable[Flow]) -> Mapping[tuple[str, str], list[str]]:
    """Ports of the flows between each two ends: one line each, however many flows there are."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for flow in flows:
        for source in _ends(flow.source):
            for target in _ends(flow.target):
                found.setdefault((source, target), {}).update(
                    dict.fromkeys(str(port) for port in flow.ports)
                )
    return {ends: list(ports) for ends, ports in found.items()}


def _tried(site: Site, attempts: Iterable[Attempt]) -> Iterator[str]:
    """What answered is declared or a fault; what is declared and did not answer is one too.

    What nothing tried stays in the picture, pale: nothing is known of it, and the parts stand
    where they stand in the model's map.
    """
    parts = {n.name: part.group for part in site.parts for n in part.nodes}
    tried: dict[_Line, bool] = {}
    opened: set[_Line] = set()
    for one in attempts:
        line = (parts.get(one.source, one.source), parts.get(one.target, one.target), one.port)
        tried[line] = tried.get(line, True) and one.answered
        if one.answered:
            opened.add(line)
    declared = _by_port(site)
    silent: dict[_Line, None] = {}
    for (source, target), ports in _declared(site.flows).items():
        good, unknown = [], []
        for port in ports:
            meant = _meant(site, source, target, port)
            known = [line for line in meant if line in tried]
            silent |= dict.fromkeys(line for line in known if not tried[line])
            if not known:
                unknown.append(port)
            elif all(tried[line] for line in known):
                share = "" if len(known) == len(meant) else f" {len(known)}/{len(meant)}"
                good.append(f"{port} ✓{share}")
        if good:
            yield _edge(source, target, " ".join(good), _look(_GOOD))
        if unknown:
            yield _edge(
                source, target, f"{' '.join(unknown)} ?", f"{_look(_UNTRIED)}, style=dotted"
            )
    for source, target, port in silent:
        label = f"{port} không trả lời / no answer"
        yield _edge(source, target, label, f"{_look(_BAD)}, style=dashed")
    for source, target, port in sorted(opened - declared):
        label = f"{port} mở, không khai báo / open, undeclared"
        yield _edge(source, target, label, f"{_look(_BAD)}, penwidth=2.5")


type _Line = tuple[str, str, str]
"""Two ends, and a port as flows write it."""


def _by_port(site: Site) -> set[_Line]:
    return {
        line
        for (source, target), ports in _declared(site.flows).items()
        for port in ports
        for line in _meant(site, source, target, port)
    }


def _meant(site: Site, source: str, target: str, port: str) -> list[_Line]:
    """The parts between which a line of the map stands for flows; a lone node asks not itself."""
    alone = {part.group for part in site.parts if len(part.nodes) == 1}
    return [
        (one, other, port)
        for flow in site.flows
        if source in _ends(flow.source) and target in _ends(flow.target)
        if port in map(str, flow.ports)
        for one in ((source,) if source in flow.source.parts else flow.source.parts or (source,))
        for other in ((target,) if target in flow.target.parts else flow.target.parts or (target,))
        if one != other or one not in alone
    ]


def _look(colour: str) -> str:
    return f'color="{colour}", fontcolor="{colour}"'


def _ends(end: Endpoint) -> tuple[str, ...]:
    return (end.text,) if end.whole or not end.parts else end.parts


def _places(end: Endpoint) -> bool:
    """Whether the map has a place for an end already: parts, or a zone."""
    return bool(end.parts and not end.whole) or end.text in end.zones - {
        "internet",
        "admins",
        "units",
    }


def _edge(source: str, target: str, label: str, look: str = 'color="#52606f"') -> str:
    return f"  {_quoted(source)} -> {_quoted(target)} [label={_quoted(label)}, {look}]"


def _box(part: Part, hosts: Mapping[str, _Host]) -> str:
    rows = [_row(_Host(f"{part.group}"), bold=True)]
    rows += [_row(hosts[node.name]) for node in part.nodes]
    return f"<{_table(''.join(rows))}>"


def _table(rows: str) -> str:
    look = 'BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" COLOR="#52606f"'
    return f"<TABLE {look}>{rows}</TABLE>"


def _row(host: _Host, *, bold: bool = False) -> str:
    # some room: the renderer's font may be wider than Graphviz thinks
    text = f"{escape(clean(host.text))}&#160;&#160;&#160;"
    colour = _PLAIN if host.colour != _PLAIN else _INK
    text = f'<FONT COLOR="{colour}">{f"<B>{text}</B>" if bold else text}</FONT>'
    return f'<TR><TD ALIGN="LEFT" BGCOLOR="{host.colour}">{text}</TD></TR>'


def _quoted(text: str) -> str:
    escaped = clean(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _draw(name: str, title: Text, dot: str) -> str:
    """Draw; the identifiers in it carry the picture's name, since a page may have several."""
    svg = run(["dot", "-Tsvg"], input=dot)
    svg = svg[svg.index("<svg") :].replace(' id="', f' id="{name}-')
    label = escape(f"{title.vi} / {title.en}")
    svg = svg.replace(f'font-family="{_FONT}', f'font-family="Liberation Sans,{_FONT}')
    svg = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
