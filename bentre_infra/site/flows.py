"""Flows: what their two ends mean, and which of them the site's level forbids."""

from collections.abc import Iterator

from bentre_infra.site.document import FlowDocument
from bentre_infra.site.draft import Draft
from bentre_infra.site.errors import near
from bentre_infra.site.levels import BANS, Ban, clause
from bentre_infra.site.model import Endpoint, Flow
from bentre_infra.site.protocols import PROTOCOLS, Port, ports
from bentre_infra.site.yamlfile import Place

WORDS = ("internet", "admins", "units", "all")
"""Ends that are no name of the site: anyone outside, the administrators' networks, the units'
networks, all nodes."""


def flows(draft: Draft) -> tuple[Flow, ...]:
    """Understand every flow; what is wrong is noted in the draft."""
    found: dict[tuple[str, str, Port], tuple[int, Flow]] = {}
    result = []
    for number, document in enumerate(draft.document.flows):
        place = ("flows", number)
        source = _endpoint(draft, document.source, (*place, "from"))
        target = _endpoint(draft, document.target, (*place, "to"))
        allowed = tuple(_ports(draft, document, place))
        if source is None or target is None or not allowed:
            continue
        flow = Flow(source, target, tuple(sorted(set(allowed))), document.why)
        _ends(draft, flow, place)
        _doubles(draft, flow, number, found)
        for ban in forbidden(flow, draft.document.level):
            if not draft.waived(ban.control):
                draft.problem(place, _reason(flow, ban, draft.document.level))
        result.append(flow)
    return tuple(sorted(result, key=lambda f: (f.source.text, f.target.text, f.ports, f.why)))


def forbidden(flow: Flow, level: int) -> Iterator[Ban]:
    """Rules of a level that a flow breaks."""
    for ban in BANS:
        if (
            ban.level <= level
            and (not ban.sources or ban.sources & flow.source.zones)
            and (not ban.targets or ban.targets & flow.target.zones)
            and (not ban.ports or any(_holds(flow.ports, p) for p in ban.ports))
            and not (ban.unless_from and flow.source.zones <= ban.unless_from)
            and (not ban.whole or flow.source.whole)
        ):
            yield ban


def _holds(allowed: tuple[Port, ...], banned: str) -> bool:
    """Whether a range takes in a banned port."""
    (port,) = ports(banned)
    return any(
        a.transport == port.transport
        and a.first is not None
        and a.last is not None
        and port.first is not None
        and a.first <= port.first <= a.last
        for a in allowed
    )


def _reason(flow: Flow, ban: Ban, level: int) -> str:
    source = clause(ban.source, level)
    return (
        f"{flow.source.text} -> {flow.target.text} is forbidden at level {level}: {ban.because} "
        f"({ban.control}: {source} [{ban.confidence}])"
    )


def _endpoint(draft: Draft, text: str, place: Place) -> Endpoint | None:
    document = draft.document
    if text in WORDS:
        if text == "all":
            zones = frozenset(p.document.zone for p in draft.parts)
            return Endpoint(text, zones, tuple(p.group for p in draft.parts), whole=True)
        return Endpoint(text, frozenset({text}), whole=text != "internet")
    if text in document.zones:
        return Endpoint(text, frozenset({text}), whole=True)
    service, _, part = text.partition(".")
    meant = [p for p in draft.parts if p.service == service and part in ("", p.name)]
    if meant:
        zones = frozenset(p.document.zone for p in meant)
        return Endpoint(text, zones, tuple(p.group for p in meant))
    if not draft.dropped & set(text.split(".")):
        known = {*WORDS, *document.zones, *document.services}
        known |= {f"{p.service}.{p.name}" for p in draft.parts}
        kind = "part" if part else "zone, service or part"
        draft.problem(place, f'{kind} "{text}" is not known{near(text, known)}')
    return None


def _ports(draft: Draft, document: FlowDocument, place: Place) -> Iterator[Port]:
    for number, written in enumerate(document.allow):
        try:
            yield from ports(written)
        except ValueError as e:
            hint = near(written, PROTOCOLS) or "; or write tcp/PORT, udp/PORT, udp/FIRST-LAST"
            draft.problem((*place, "allow", number), f"{e}{hint if '/' not in written else ''}")


def _ends(draft: Draft, flow: Flow, place: Place) -> None:
    words = {"internet", "admins", "units"}
    if flow.source.text in words and flow.target.text in words:
        message = f"{flow.source.text} -> {flow.target.text} passes no node of the site"
        draft.problem(place, message)
    ends = {flow.source.text, flow.target.text}
    management = draft.document.zones.get("management")
    if "admins" in ends and (management is None or not management.admins):
        draft.problem(place, "admins are not known: list their networks in zones.management.admins")
    if "units" in ends and not draft.document.tslcd.lans:
        draft.problem(place, "units have no networks: list their tiers in tslcd.lans")


def _doubles(
    draft: Draft, flow: Flow, number: int, found: dict[tuple[str, str, Port], tuple[int, Flow]]
) -> None:
    for port in flow.ports:
        key = (flow.source.text, flow.target.text, port)
        if key in found:
            line = draft.file.line(("flows", found[key][0]))
            ends = f"{flow.source.text} -> {flow.target.text}"
            draft.problem(("flows", number), f"{ends} {port} is allowed on line {line} already")
        found.setdefault(key, (number, flow))
