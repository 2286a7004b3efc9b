"""From documents that passed every check to the frozen model."""

from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address

from bentre_infra.site.document import SystemDocument
from bentre_infra.site.draft import Draft, PlannedPart, lan_name
from bentre_infra.site.model import (
    Addressing,
    Allowance,
    Balancer,
    Cloud,
    Flow,
    Lan,
    Line,
    LinePort,
    Node,
    Part,
    Service,
    Site,
    System,
    Tunnel,
    Uplink,
    Volume,
    Waiver,
    Zone,
)
from bentre_infra.site.sizes import gib, size_for


def build(draft: Draft, flows: tuple[Flow, ...]) -> Site:
    """Build the site; everything in it is in the order of its names."""
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
        flows=flows,
        lans=_lans(draft),
        lines=tuple(
            Line(name, draft.profile.unit(line.unit), line.cost, held.ipv4, held.ipv6)
            for name, line in sorted(draft.document.lines.items())
            for held in [draft.held.lines[name]]
        ),
        tunnels=tuple(
            Tunnel(name, draft.profile.unit(tunnel.unit), ends.centre[0], ends.own[0])
            for name, tunnel in sorted(draft.document.tunnels.items())
            for ends in [draft.ends["tunnels", name]]
        ),
        uplinks=tuple(
            Uplink(u.name, u.access, u.route, u.mbit)
            for u in sorted(document.tslcd.uplinks, key=lambda u: u.name)
        ),
        waivers=tuple(
            Waiver(w.control, w.reason, w.owner, w.until)
            for w in sorted(document.waivers, key=lambda w: w.control)
        ),
        allowances=tuple(
            Allowance(a.resource, a.change, a.until, a.why)
            for a in sorted(document.allow, key=lambda a: (a.resource, a.change, a.until))
        ),
        cloud=_cloud(draft),
        machines=tuple((name, m.serial) for name, m in sorted(document.machines.items())),
    )


def _cloud(draft: Draft) -> Cloud | None:
    cloud = draft.document.cloud
    if cloud is None:
        return None
    flavors = tuple(sorted(cloud.flavors.items()))
    return Cloud(
        name=cloud.name,
        external_network=cloud.external_network,
        image=cloud.image,
        gateway=cloud.gateway,
        hosts=cloud.hosts,
        protect_data=cloud.protect_data,
        flavors=flavors,
    )


def _zones(draft: Draft) -> tuple[Zone, ...]:
    zones = []
    for name, zone in sorted(draft.document.zones.items()):
        held = draft.held.zones[name]
        zones.append(Zone(name, held.ipv4, held.ipv6, tuple(zone.admins)))
    return tuple(zones)


def _lans(draft: Draft) -> tuple[Lan, ...]:
    return tuple(_lan(draft, name) for name in sorted(draft.lan_units))


def _lan(draft: Draft, name: str) -> Lan:
    held = draft.held.lans[name]
    return Lan(draft.lan_units[name], held.vlan, held.ipv4, held.ipv6)


def _lan_behind(draft: Draft, node: str) -> Lan | None:
    for ends in draft.ends.values():
        if node in ends.own and ends.unit:
            return _lan(draft, lan_name(ends.unit))
    return None


def _ports(draft: Draft, node: str) -> tuple[LinePort, ...]:
    found = []
    for name in sorted(draft.document.lines):
        if node not in draft.ends["lines", name].nodes:
            continue
        held = draft.held.lines[name]
        ipv4 = held.ipv4.network_address + held.nodes[node]
        ipv6 = held.ipv6.network_address + held.nodes[node]
        found.append(
            LinePort(
                name,
                IPv4Interface((ipv4, held.ipv4.prefixlen)),
                IPv6Interface((ipv6, held.ipv6.prefixlen)),
            )
        )
    return tuple(found)


def _resolvers(draft: Draft) -> tuple[IPv4Address | IPv6Address, ...]:
    parts = {f"{part.service}.{part.name}": part for part in draft.parts}
    found: list[IPv4Address | IPv6Address] = []
    for text in draft.document.dns.resolvers:
        if text not in parts:
            found.append(ip_address(text))
            continue
        for name in draft.hosts_of(parts[text]):
            found += [draft.held.hosts[name].ipv4, draft.held.hosts[name].ipv6]
    return tuple(found)


def _services(draft: Draft) -> tuple[Service, ...]:
    services = []
    for name, document in sorted(draft.document.services.items()):
        system = _system(draft, document.system)
        parts = (_part(draft, part, system) for part in draft.parts if part.service == name)
        services.append(Service(name, system, document.stack or name, tuple(parts)))
    return tuple(services)


def _system(draft: Draft, system: SystemDocument) -> System:
    owner = draft.profile.unit(system.owner)
    return System(system.code, system.level, owner, system.users, system.name)


def _part(draft: Draft, planned: PlannedPart, system: System) -> Part:
    document = planned.document
    nodes = []
    for name, unit in draft.hosts_of(planned).items():
        ipv4, ipv6 = _addresses(draft, name)
        nodes.append(
            Node(
                name=name,
                service=planned.service,
                part=planned.name,
                zone=document.zone,
                level=system.level,
                unit=unit or system.owner,
                ipv4=ipv4,
                ipv6=ipv6,
                ports=_ports(draft, name),
                lan=_lan_behind(draft, name),
            )
        )
    balancer = None
    if document.balanced:
        balancer = Balancer(planned.group, document.zone, *_addresses(draft, planned.group))
    volumes = sorted(document.volumes.items())
    return Part(
        name=planned.name,
        group=planned.group,
        zone=document.zone,
        size=document.size or size_for(system.users),
        nodes=tuple(nodes),
        public=tuple(sorted(document.public)),
        volumes=tuple(Volume(name, gib(size, system.users)) for name, size in volumes),
        balancer=balancer,
        image=document.image,
        boot_gib=gib(document.boot_volume, 0) if document.boot_volume else None,
    )


def _addresses(draft: Draft, name: str) -> tuple[IPv4Interface, IPv6Interface]:
    host = draft.held.hosts[name]
    zone = draft.held.zones[host.zone]
    return (
        IPv4Interface((host.ipv4, zone.ipv4.prefixlen)),
        IPv6Interface((host.ipv6, zone.ipv6.prefixlen)),
    )
