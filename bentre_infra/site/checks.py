"""What must hold in a site beyond the form of its fields. Each check notes all that it finds."""

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from itertools import combinations, pairwise

from bentre_infra.site.addressing import ZONE_IPV6_LENGTH
from bentre_infra.site.draft import WAYS, Draft, PlannedPart, Way, lan_name
from bentre_infra.site.errors import SiteError, near
from bentre_infra.site.flows import WORDS
from bentre_infra.site.levels import (
    UPLINK_CONTROL,
    UPLINK_LEVEL,
    UPLINK_SOURCE,
    ZONE_CONTROL,
    ZONE_SOURCE,
    ZONES_BY_LEVEL,
    clause,
    zones_required,
)
from bentre_infra.site.profile import Unit
from bentre_infra.site.profiles import load_profile
from bentre_infra.site.text import LABEL
from bentre_infra.site.yamlfile import Place

type Check = Callable[[Draft], None]

STACKS = ("network", "mail", "portal", "signing")
_LONGEST_IPV6 = 56
_REACHED_FROM_INTERNET = ("edge", "dmz")


def day(draft: Draft) -> None:
    """The site's day lies within its profile."""
    profile, as_of = draft.profile, draft.document.as_of
    if as_of < profile.valid_from:
        draft.problem(("as_of",), f'profile "{profile.name}" begins on {profile.valid_from}')
    if profile.valid_to is not None and as_of > profile.valid_to:
        draft.problem(("as_of",), f'profile "{profile.name}" ended on {profile.valid_to}')


def names(draft: Draft) -> None:
    """One name means one thing; host names fit into DNS."""
    zones, services = draft.document.zones, draft.document.services
    for name in sorted(zones.keys() & set(WORDS)):
        draft.problem(("zones", name), f'"{name}" is a word of flows: choose another name')
    for kind in WAYS:
        for name in sorted(draft.ways(kind).keys() & zones.keys()):
            draft.problem((kind, name), f'"{name}" is a zone: choose another name')
    for name in sorted(services.keys() & {*WORDS, *zones}):
        draft.problem(("services", name), f'"{name}" is a zone or a word: choose another name')
    first: dict[str, PlannedPart] = {}
    for part in draft.parts:
        if part.group in first:
            other = first[part.group]
            ends = f"{other.service}.{other.name}"
            draft.problem(part.place, f'has the same group "{part.group}" as {ends}')
        first.setdefault(part.group, part)
        longest = max(draft.hosts_of(part), key=len, default="")
        if longest and not LABEL.fullmatch(longest):
            draft.problem(part.place, f'host name "{longest}" has more than 63 characters')
        if part.group in draft.hosts and not part.document.balanced:
            draft.problem(part.place, f'"{part.group}" is also the name of a node')
    labels: dict[str, str] = {}
    for part in draft.parts:
        for number, label in enumerate(part.document.public):
            if label in labels:
                message = f'public name "{label}" belongs to {labels[label]} already'
                draft.problem((*part.place, "public", number), message)
            labels.setdefault(label, f"{part.service}.{part.name}")


def zones(draft: Draft) -> None:
    """The zones of the level are there; administrators are said where they are used."""
    level, have = draft.document.level, set(draft.document.zones)
    missing = zones_required(level) - have - draft.dropped
    for name in sorted(missing) if not draft.waived(ZONE_CONTROL) else ():
        at = next(lv for lv, added in ZONES_BY_LEVEL.items() if name in added)
        extra = near(name, have - zones_required(level))
        hint = extra if "did you mean" in extra else ""
        source = clause(ZONE_SOURCE, at)
        message = f'level {level} needs the zone "{name}" ({ZONE_CONTROL}: {source} [P,V]){hint}'
        draft.problem(("zones",), message)
    for name, zone in draft.document.zones.items():
        if not zone.admins:
            continue
        if name != "management":
            draft.problem(("zones", name, "admins"), "admins belong to the zone management")
        for family in {4, 6} - {network.version for network in zone.admins}:
            message = f"admins have no IPv{family} network: every rule is made for both families"
            draft.problem(("zones", name, "admins"), message)


def systems(draft: Draft) -> None:
    """Systems have an owner that exists, and no higher level than the site."""
    levels: dict[str, tuple[str, int]] = {}
    for name, service in draft.document.services.items():
        system, place = service.system, ("services", name, "system")
        if system.level > draft.document.level:
            message = f"level {system.level} is above the site's level {draft.document.level}"
            draft.problem((*place, "level"), message)
        if system.code in levels and levels[system.code][1] != system.level:
            other, level = levels[system.code]
            message = f'system "{system.code}" has level {level} in {other}: it has one level'
            draft.problem((*place, "level"), message)
        levels.setdefault(system.code, (name, system.level))
        _owner(draft, system.owner, (*place, "owner"))
        if draft.document.cloud and not service.stack and name not in STACKS:
            message = f'no stack has the name of service "{name}": say stack: {" or ".join(STACKS)}'
            draft.problem(("services", name), message)


def _owner(draft: Draft, name: str, place: Place) -> None:
    as_of = draft.document.as_of
    unit = draft.profile.find(name)
    if unit is None:
        message = f'unit "{name}" is not known'
        before = _earlier(draft, name)
        if before:
            heirs = ", ".join(f'"{u.slug}"' for u in _followers(draft, before)) or "nobody"
            message = f'unit "{before.slug}" ended on {before.valid_to}; {heirs} took it over'
        hint = "" if before else near(name, (u.slug for u in draft.profile.on(as_of)))
        draft.problem(place, message + hint)
    elif not unit.valid_on(as_of):
        if unit.valid_from > as_of:
            draft.problem(place, f'unit "{name}" begins on {unit.valid_from}')
            return
        after = draft.profile.answering(unit.slug, as_of)
        then = f'; "{after.slug}" answers for it' if after else ""
        draft.problem(place, f'unit "{name}" ended on {unit.valid_to} and still owns nodes{then}')


def _earlier(draft: Draft, name: str) -> Unit | None:
    if draft.profile.succeeds is None:
        return None
    try:
        return load_profile(draft.profile.succeeds).find(name)
    except SiteError:
        return None


def _followers(draft: Draft, before: Unit) -> Iterable[Unit]:
    return (u for u in draft.profile.units if before.slug in u.predecessors)


def parts(draft: Draft) -> None:
    """Parts stand in known zones and say what they need once."""
    for part in draft.parts:
        document, place = part.document, part.place
        if document.zone not in draft.document.zones:
            if document.zone not in draft.dropped:
                hint = near(document.zone, draft.document.zones)
                draft.problem((*place, "zone"), f'zone "{document.zone}" is not known{hint}')
        elif document.public and document.zone not in _REACHED_FROM_INTERNET:
            message = f"public names need a zone that the Internet reaches: {document.zone} is none"
            draft.problem((*place, "public"), message)
        many = [k for k in ("nodes", "each", "units") if getattr(document, k) not in (None, [])]
        for field in many[1:]:
            message = f"says {many[0]} too: one of the two decides how many"
            draft.problem((*place, field), message)
        for number, name in enumerate(document.units):
            _owner(draft, name, (*place, "units", number))
        for number, name in _twice(document.units):
            draft.problem((*place, "units", number), f'unit "{name}" stands twice')
        if document.each is not None and not draft.hosts_of(part):
            message = f"no {document.each} exists on {draft.document.as_of}"
            draft.problem((*place, "each"), message)
        for name, size in document.volumes.items():
            if size.endswith("/user") and part.system.users == 0:
                message = f"{size} needs the number of users (system.users)"
                draft.problem((*place, "volumes", name), message)


def waivers(draft: Draft) -> None:
    """Waivers run on the site's day, one a control."""
    seen: set[str] = set()
    for number, waiver in enumerate(draft.document.waivers):
        place = ("waivers", number)
        if waiver.until < draft.document.as_of:
            draft.problem((*place, "until"), f"waiver of {waiver.control} ended on {waiver.until}")
        if waiver.control in seen:
            draft.problem((*place, "control"), f"{waiver.control} is waived twice")
        seen.add(waiver.control)


def uplinks(draft: Draft) -> None:
    """From level 3 on, two lines on two physical routes; tiers that exist."""
    network, level = draft.document.tslcd, draft.document.level
    routes = {uplink.route for uplink in network.uplinks}
    if level >= UPLINK_LEVEL and len(routes) < 2 and not draft.waived(UPLINK_CONTROL):
        source = clause(UPLINK_SOURCE, level)
        message = f"level {level} needs two uplinks on two physical routes"
        draft.problem(("tslcd",), f"{message} ({UPLINK_CONTROL}: {source} [P,V])")
    seen: set[str] = set()
    for number, uplink in enumerate(network.uplinks):
        if uplink.name in seen:
            message = f'uplink "{uplink.name}" stands twice'
            draft.problem(("tslcd", "uplinks", number), message)
        seen.add(uplink.name)
    for number, tier in enumerate(network.lans):
        if not draft.profile.on(draft.document.as_of, tier):
            message = f"no {tier} exists on {draft.document.as_of}"
            draft.problem(("tslcd", "lans", number), message)


def ways(draft: Draft) -> None:
    """Lines and tunnels lead from nodes of the data centre to one node of a unit with a network."""
    for part in draft.parts:
        for kind in WAYS:
            known = draft.ways(kind)
            for number, name in enumerate(part.on(kind)):
                if name not in known and name not in draft.dropped:
                    message = f'{kind[:-1]} "{name}" is not known{near(name, known)}'
                    draft.problem((*part.place, kind, number), message)
            for number, name in _twice(part.on(kind)):
                draft.problem((*part.place, kind, number), f'{kind[:-1]} "{name}" stands twice')
    for (kind, name), ends in draft.ends.items():
        _owner(draft, draft.ways(kind)[name].unit, (kind, name, "unit"))
        if ends.unit is None or not ends.unit.valid_on(draft.document.as_of):
            continue
        if lan_name(ends.unit) not in draft.lan_units:
            message = f'unit "{ends.unit.slug}" has no network: list {ends.unit.tier} in tslcd.lans'
            draft.problem((kind, name, "unit"), message)
        if not ends.centre:
            message = f"has no end at the data centre: no part with nodes of its own says {name}"
            draft.problem((kind, name), f"{message} in {kind}")
        if not ends.own:
            message = f'has no end at its unit: no part with a node of "{ends.unit.slug}"'
            draft.problem((kind, name), f"{message} says {name} in {kind}")
        if len(ends.own) > 1:
            message = f"has {len(ends.own)} nodes of its unit: {_listed(ends.own)}; one is right"
            draft.problem((kind, name), message)
    _one_way(draft)


def _one_way(draft: Draft) -> None:
    """A unit's network lies behind one node; a tunnel's networks are reached by it alone."""
    centre = [p for p in draft.parts if not p.of_units and (p.document.lines + p.document.tunnels)]
    for part in centre[1:]:
        at = f"{centre[0].service}.{centre[0].name}"
        draft.problem(part.place, f"lines and tunnels end at {at} already: one part is right")
    first: dict[Unit, tuple[Way, str, tuple[str, ...]]] = {}
    for (kind, name), ends in draft.ends.items():
        if ends.unit is None:
            continue
        other, before, own = first.setdefault(ends.unit, (kind, name, ends.own))
        slug = ends.unit.slug
        if before != name and "tunnels" in (kind, other):
            message = f'unit "{slug}" has {other[:-1]} "{before}" too: a tunnel is its only way'
            draft.problem((kind, name), message)
        elif own != ends.own:
            message = f'unit "{slug}" has another node on "{before}": {_listed(own)}'
            draft.problem((kind, name), message)


def _twice(names: list[str]) -> Iterable[tuple[int, str]]:
    return ((n, name) for n, name in enumerate(names) if name in names[:n])


def resolvers(draft: Draft) -> None:
    """Resolvers are addresses, or parts of the site."""
    known = {f"{part.service}.{part.name}" for part in draft.parts}
    for number, text in enumerate(draft.document.dns.resolvers):
        try:
            ip_address(text)
        except ValueError:
            if text not in known and not draft.dropped & set(text.split(".")):
                message = f'"{text}" is neither an address nor a part{near(text, known)}'
                draft.problem(("dns", "resolvers", number), message)


def allotted(draft: Draft) -> None:
    """The allotted space is sound, and pinned prefixes lie in it."""
    addressing = draft.document.addressing
    for a, b in combinations(sorted(addressing.ipv4), 2):
        if a.overlaps(b):
            draft.problem(("addressing", "ipv4"), f"{a} and {b} overlap")
    pinned = [(("zones", n), z.ipv6) for n, z in draft.document.zones.items()]
    pinned += [(("lines", n), line.ipv6) for n, line in draft.document.lines.items()]
    for place, ipv6 in pinned:
        if ipv6 is not None and ipv6.prefixlen != ZONE_IPV6_LENGTH:
            message = f"{ipv6}: hosts make their addresses in a /64 only (RFC 4291 2.5.1)"
            draft.problem((*place, "ipv6"), message)
    if addressing.ipv6.prefixlen > _LONGEST_IPV6:
        message = f"{addressing.ipv6} is too small: /{_LONGEST_IPV6} or larger, a /64 for each zone"
        draft.problem(("addressing", "ipv6"), message)


def machines(draft: Draft) -> None:
    """A site without OpenStack lists its machines; one with OpenStack does not."""
    listed, document = draft.document.machines, draft.document
    nodes = {n for part in draft.parts for n in draft.hosts_of(part)}
    if document.cloud is not None:
        for name in sorted(listed):
            draft.problem(("machines", name), "machines are listed only where there is no cloud")
        return
    for name in sorted(listed.keys() - draft.hosts.keys()):
        draft.problem(("machines", name), f'node "{name}" is not known{near(name, draft.hosts)}')
    for part in draft.parts:
        missing = sorted(draft.hosts_of(part).keys() - listed.keys() - draft.dropped)
        if missing and nodes:
            shown = ", ".join(f'"{n}"' for n in missing[:3]) + (" …" if len(missing) > 3 else "")
            message = f"without a cloud, each node is listed in machines; missing: {shown}"
            draft.problem(part.place, message)


def addresses(draft: Draft) -> None:
    """Every zone, node and unit's network has its addresses, in the allotted space, alone."""
    document, held, file = draft.document, draft.held, draft.held_file
    fix = f"run: bentre site allocate {document.site}"
    for name, zone in document.zones.items():
        entry = held.zones.get(name)
        if entry is None:
            draft.problem(("zones", name), f"has no prefixes yet: {fix}")
        elif (zone.ipv4 or entry.ipv4, zone.ipv6 or entry.ipv6) != (entry.ipv4, entry.ipv6):
            draft.problem(("zones", name), f"was pinned to another prefix: {fix}")
    for part in draft.parts:
        hosts = [*draft.hosts_of(part), *([part.group] if part.document.balanced else [])]
        missing = [n for n in hosts if n in draft.hosts and not _placed(draft, n)]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            draft.problem(part.place, f'"{missing[0]}"{more} has no address yet: {fix}')
    for name, line in document.lines.items():
        got = held.lines.get(name)
        if got is None or set(draft.ends["lines", name].nodes) - got.nodes.keys():
            draft.problem(("lines", name), f"has no addresses yet: {fix}")
        elif (line.ipv4 or got.ipv4, line.ipv6 or got.ipv6) != (got.ipv4, got.ipv6):
            draft.problem(("lines", name), f"was pinned to another prefix: {fix}")
    for name in sorted(draft.lan_units.keys() - held.lans.keys())[:1]:
        draft.problem(("tslcd", "lans"), f'"{name}" has no network yet: {fix}')
    for problem in (*_prefixes(draft), *_doubles(draft), *_astray(draft)):
        draft.problems.append(file.problem(*problem))


def _placed(draft: Draft, name: str) -> bool:
    host, zone = draft.held.hosts.get(name), draft.hosts[name].document.zone
    pinned = draft.document.machines.get(name)
    if pinned and host and (pinned.ipv4, pinned.ipv6) != (host.ipv4, host.ipv6):
        return False
    return host is not None and host.zone == zone


def _prefixes(draft: Draft) -> Iterable[tuple[Place, str]]:
    addressing, held = draft.document.addressing, draft.held
    ipv4 = [(z.ipv4, ("zones", n)) for n, z in held.zones.items()]
    ipv4 += [(lan.ipv4, ("lans", n)) for n, lan in held.lans.items()]
    ipv4 += [(line.ipv4, ("lines", n)) for n, line in held.lines.items()]
    ipv6 = [(z.ipv6, ("zones", n)) for n, z in held.zones.items()]
    ipv6 += [(lan.ipv6, ("lans", n)) for n, lan in held.lans.items()]
    ipv6 += [(line.ipv6, ("lines", n)) for n, line in held.lines.items()]
    for network, place in ipv4:
        if not any(network.subnet_of(a) for a in addressing.ipv4):
            yield place, f"{network} lies outside the allotted {_listed(addressing.ipv4)}"
    for prefix, place in ipv6:
        if not prefix.subnet_of(addressing.ipv6):
            yield place, f"{prefix} lies outside the allotted {addressing.ipv6}"
    for (one, first), (other, second) in pairwise(sorted(ipv4)):
        if one.overlaps(other):
            yield second, f"{other} overlaps with {one} of {'.'.join(first)}"
    for (before, first), (after, second) in pairwise(sorted(ipv6)):
        if before.overlaps(after):
            yield second, f"{after} overlaps with {before} of {'.'.join(first)}"


def _doubles(draft: Draft) -> Iterable[tuple[Place, str]]:
    held = draft.held
    vlans: dict[int, str] = {}
    for name, lan in held.lans.items():
        if lan.vlan in vlans:
            yield ("lans", name, "vlan"), f'VLAN {lan.vlan} belongs to "{vlans[lan.vlan]}" already'
        vlans.setdefault(lan.vlan, name)
    for name, line in held.lines.items():
        numbers: dict[int, str] = {}
        for node, number in line.nodes.items():
            if number in numbers:
                yield ("lines", name), f'number {number} belongs to "{numbers[number]}" already'
            elif not number < line.ipv4.num_addresses - 1:
                yield ("lines", name), f'"{node}" has number {number}: outside of {line.ipv4}'
            numbers.setdefault(number, node)
    owners: dict[object, str] = {}
    for name, host in held.hosts.items():
        for address in (host.ipv4, host.ipv6):
            if address in owners:
                yield ("hosts", name), f'{address} belongs to "{owners[address]}" already'
            owners.setdefault(address, name)


def _astray(draft: Draft) -> Iterable[tuple[Place, str]]:
    for name in sorted(draft.held.hosts.keys() & draft.hosts.keys()):
        host = draft.held.hosts[name]
        zone = draft.held.zones.get(host.zone)
        if zone and host.ipv4 not in zone.ipv4:
            yield ("hosts", name), f"{host.ipv4} lies outside zone {host.zone} ({zone.ipv4})"
        if zone and host.ipv6 not in zone.ipv6:
            yield ("hosts", name), f"{host.ipv6} lies outside zone {host.zone} ({zone.ipv6})"


def _listed(values: Iterable[object]) -> str:
    return ", ".join(str(v) for v in values)


BEFORE_ALLOCATION: tuple[Check, ...] = (
    day,
    names,
    zones,
    systems,
    parts,
    waivers,
    uplinks,
    ways,
    resolvers,
    allotted,
    machines,
)
