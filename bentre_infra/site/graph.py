"""Draw a site: zones with their parts, and who talks to whom; as text, or for Graphviz."""

from collections.abc import Iterator
from itertools import pairwise

from bentre_infra.site.model import Flow, Part, Site


def text(site: Site) -> str:
    """Return zones, their parts, and below each part what may reach it."""
    return "\n".join(_text(site))


def _text(site: Site) -> Iterator[str]:
    for zone in site.zones:
        yield f"{zone.name}  {zone.ipv4}  {zone.ipv6}"
        parts = [p for p in site.parts if p.zone == zone.name]
        for part in parts:
            yield f"  {_name(part)}  {len(part.nodes)} x {part.size}{_names(part)}"
            for flow in site.flows:
                if part.group in flow.target.parts:
                    yield f"    <- {flow.source.text}  {_ports(flow)}  {flow.why}"
        if not parts:
            yield "  no nodes"
    for way, ends in _ways(site):
        yield f"{way}  {' - '.join(ends)}"
    outside = [f for f in site.flows if not f.target.parts]
    if outside:
        yield "beyond"
    for flow in outside:
        yield f"  {flow.source.text} -> {flow.target.text}  {_ports(flow)}  {flow.why}"


def dot(site: Site) -> str:
    """Return a graph in Graphviz' language: ``dot -Tsvg`` draws it."""
    return "\n".join(_dot(site)) + "\n"


def _dot(site: Site) -> Iterator[str]:
    yield f'digraph "{site.name}" {{'
    yield "  rankdir=LR; node [shape=box]; compound=true"
    for zone in site.zones:
        yield f'  subgraph "cluster_{zone.name}" {{'
        yield f'    label="{zone.name}\\n{zone.ipv4}\\n{zone.ipv6}"'
        # an end of flows that mean the whole zone, and room for a zone without nodes
        yield f'    "{zone.name}" [shape=point]'
        for part in site.parts:
            if part.zone == zone.name:
                size = f"{len(part.nodes)} x {part.size}"
                yield f'    "{part.group}" [label="{_name(part)}\\n{size}"]'
        yield "  }"
    for way, ends in _ways(site):
        for one, other in pairwise(ends):
            yield f'  "{one}" -> "{other}" [dir=none, style=bold, label="{way}"]'
    for flow in site.flows:
        sources = flow.source.parts if not flow.source.whole else (flow.source.text,)
        targets = flow.target.parts if not flow.target.whole else (flow.target.text,)
        for source in sources or (flow.source.text,):
            for target in targets or (flow.target.text,):
                yield f'  "{source}" -> "{target}" [label="{_ports(flow)}", tooltip="{flow.why}"]'
    yield "}"


def _ways(site: Site) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Lines and tunnels, and the parts at their ends: of the data centre, then of units."""
    nodes = {node.name: node for node in site.nodes}
    for line in site.lines:
        on = [n for n in nodes.values() if any(p.line == line.name for p in n.ports)]
        on.sort(key=lambda n: n.lan is not None)
        ends = dict.fromkeys(f"{n.service}-{n.part}" for n in on)
        yield f"line {line.name} to {line.unit.title}", tuple(ends)
    for tunnel in site.tunnels:
        both = (nodes[tunnel.centre], nodes[tunnel.own])
        ends = dict.fromkeys(f"{n.service}-{n.part}" for n in both)
        yield f"tunnel {tunnel.name} to {tunnel.unit.title}", tuple(ends)


def _name(part: Part) -> str:
    service = part.group.removesuffix(f"-{part.name}")
    return f"{service}.{part.name}"


def _names(part: Part) -> str:
    return f"  {' '.join(part.public)}" if part.public else ""


def _ports(flow: Flow) -> str:
    return " ".join(str(port) for port in flow.ports)
