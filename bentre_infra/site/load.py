"""Read a site: site.yaml, addresses.yaml beside it, and its profile, into one frozen model."""

from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address
from pathlib import Path

from bentre_infra.site import checks
from bentre_infra.site.addressing import FullError, allocate, prune
from bentre_infra.site.document import AllotmentDocument, SiteDocument
from bentre_infra.site.draft import Draft, PlannedPart
from bentre_infra.site.errors import Problem, SiteError
from bentre_infra.site.flows import flows
from bentre_infra.site.model import (
    Addressing,
    Balancer,
    Cloud,
    Flow,
    Lan,
    Node,
    Part,
    Service,
    Site,
    System,
    Uplink,
    Volume,
    Waiver,
    Zone,
)
from bentre_infra.site.profiles import load_profile
from bentre_infra.site.sizes import gib, size_for
from bentre_infra.site.validate import validate
from bentre_infra.site.yamlfile import YamlFile, read

SITE_FILE = "site.yaml"
ADDRESSES_FILE = "addresses.yaml"


def load_site(path: Path) -> Site:
    """Read a site from its folder, or from its ``site.yaml``.

    Nothing but the files counts: no clock, no environment, no network.

    Raises:
        SiteError: everything that is wrong with it.
    """
    draft, found = _draft(path)
    checks.addresses(draft)
    problems = [*draft.file.problems, *draft.held_file.problems, *draft.problems]
    if problems:
        raise SiteError(problems)
    return _build(draft, found)


def allocated(path: Path, *, give_up: bool = False) -> AllotmentDocument:
    """Work out the addresses of a site: what was given stays, what lacks them gets them.

    Args:
        path: the site's folder, or its ``site.yaml``.
        give_up: whether names that are gone lose what is held for them.

    Raises:
        SiteError: something else is wrong, or there is no room.
    """
    draft, _ = _draft(path)
    problems = [*draft.file.problems, *draft.held_file.problems, *draft.problems]
    if problems:
        raise SiteError(problems)
    held = prune(draft.wanted, draft.held) if give_up else draft.held
    try:
        return allocate(draft.wanted, held)
    except FullError as e:
        raise SiteError([draft.file.problem(("addressing",), str(e))]) from e


def files_of(path: Path) -> tuple[Path, Path]:
    """Where a site's two files are: ``site.yaml`` and ``addresses.yaml``."""
    site = path if path.suffix in (".yaml", ".yml") else path / SITE_FILE
    return site, site.with_name(ADDRESSES_FILE)


def _draft(path: Path) -> tuple[Draft, tuple[Flow, ...]]:
    site_path, held_path = files_of(path)
    file = read(site_path)
    document, dropped = validate(SiteDocument, file)
    held_file = read(held_path) if held_path.is_file() else YamlFile(str(held_path), {})
    held, _ = validate(AllotmentDocument, held_file)
    name = document.profile if document else _profile_named(file)
    try:
        profile = load_profile(name, site_path.parent) if name else None
    except SiteError as e:
        profile = None
        at = file.line(("profile",))
        file.problems += [
            Problem(file.name, at, p.message) if "is not there" in p.message else p
            for p in e.problems
        ]
    if document is None or profile is None or held is None:
        raise SiteError([*file.problems, *held_file.problems])
    draft = Draft(file, document, profile, held, held_file, dropped)
    for check in checks.BEFORE_ALLOCATION:
        check(draft)
    return draft, flows(draft)


def _profile_named(file: YamlFile) -> str | None:
    name = file.data.get("profile") if isinstance(file.data, dict) else None
    return name if isinstance(name, str) else None


def _build(draft: Draft, found: tuple[Flow, ...]) -> Site:
    document = draft.document
    public = document.dns.public or draft.profile.domain(document.as_of)
    return Site(
        name=document.site,
        profile=draft.profile,
        as_of=document.as_of,
        level=document.level,
        addressing=Addressing(tuple(sorted(document.addressing.ipv4)), document.addressing.ipv6),
        public_domain=public,
        domain=document.dns.domain or f"{document.site}.{public}",
        resolvers=_resolvers(draft),
        zones=_zones(draft),
        services=_services(draft),
        flows=found,
        lans=_lans(draft),
        uplinks=tuple(
            Uplink(u.name, u.access, u.route, u.mbit)
            for u in sorted(document.tslcd.uplinks, key=lambda u: u.name)
        ),
        waivers=tuple(
            Waiver(w.control, w.reason, w.owner, w.until)
            for w in sorted(document.waivers, key=lambda w: w.control)
        ),
        cloud=_cloud(document),
        machines=tuple((name, m.serial) for name, m in sorted(document.machines.items())),
    )


def _lans(draft: Draft) -> tuple[Lan, ...]:
    held = ((draft.held.lans[name], unit) for name, unit in sorted(draft.lan_units.items()))
    return tuple(Lan(unit, lan.vlan, lan.ipv4, lan.ipv6) for lan, unit in held)


def _resolvers(draft: Draft) -> tuple[IPv4Address | IPv6Address, ...]:
    found: list[IPv4Address | IPv6Address] = []
    for text in draft.document.dns.resolvers:
        part = next((p for p in draft.parts if f"{p.service}.{p.name}" == text), None)
        if part is None:
            found.append(ip_address(text))
            continue
        for name in draft.hosts_of(part):
            found += [draft.held.hosts[name].ipv4, draft.held.hosts[name].ipv6]
    return tuple(found)


def _cloud(document: SiteDocument) -> Cloud | None:
    if document.cloud is None:
        return None
    flavors = tuple(sorted(document.cloud.flavors.items()))
    return Cloud(
        document.cloud.name, document.cloud.external_network, document.cloud.image, flavors
    )


def _zones(draft: Draft) -> tuple[Zone, ...]:
    zones = []
    for name, zone in sorted(draft.document.zones.items()):
        entry = draft.held.zones.get(name)
        ipv4, ipv6 = zone.ipv4 or (entry and entry.ipv4), zone.ipv6 or (entry and entry.ipv6)
        if ipv4 and ipv6:
            zones.append(Zone(name, ipv4, ipv6, tuple(zone.admins)))
    return tuple(zones)


def _services(draft: Draft) -> tuple[Service, ...]:
    services: dict[str, list[Part]] = {}
    systems: dict[str, System] = {}
    zones = {zone.name: zone for zone in _zones(draft)}
    for planned in draft.parts:
        owner = draft.owner(planned)
        if owner is None:
            continue
        system = planned.system
        systems[planned.service] = System(
            system.code, system.level, owner, system.users, system.name
        )
        part = _part(draft, planned, zones[planned.document.zone])
        services.setdefault(planned.service, []).append(part)
    return tuple(
        Service(name, systems[name], tuple(parts)) for name, parts in sorted(services.items())
    )


def _part(draft: Draft, planned: PlannedPart, zone: Zone) -> Part:
    document, users = planned.document, planned.system.users
    nodes = [
        Node(
            name=name,
            service=planned.service,
            part=planned.name,
            zone=zone.name,
            level=planned.system.level,
            unit=unit,
            ipv4=_ipv4(draft, name, zone),
            ipv6=_ipv6(draft, name, zone),
        )
        for name, unit in draft.hosts_of(planned).items()
        if unit is not None
    ]
    balancer = None
    if document.balanced:
        ipv4, ipv6 = _ipv4(draft, planned.group, zone), _ipv6(draft, planned.group, zone)
        balancer = Balancer(planned.group, zone.name, ipv4, ipv6)
    return Part(
        name=planned.name,
        group=planned.group,
        zone=zone.name,
        size=document.size or size_for(users),
        nodes=tuple(nodes),
        public=tuple(sorted(document.public)),
        volumes=tuple(Volume(n, gib(v, users)) for n, v in sorted(document.volumes.items())),
        balancer=balancer,
        image=document.image,
    )


def _ipv4(draft: Draft, name: str, zone: Zone) -> IPv4Interface:
    return IPv4Interface((draft.held.hosts[name].ipv4, zone.ipv4.prefixlen))


def _ipv6(draft: Draft, name: str, zone: Zone) -> IPv6Interface:
    return IPv6Interface((draft.held.hosts[name].ipv6, zone.ipv6.prefixlen))
