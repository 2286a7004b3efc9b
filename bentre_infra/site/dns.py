"""Names in DNS that follow from a site."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface

from bentre_infra.site.model import Site


@dataclass(frozen=True, order=True)
class Record:
    """A resource record; names are relative to the zone, data are whole names with a dot."""

    name: str
    type: str
    data: str


@dataclass(frozen=True)
class DnsZone:
    """A zone and its records, in order."""

    name: str
    records: tuple[Record, ...]


@dataclass(frozen=True, order=True)
class PublicName:
    """A name that the Internet uses, and the part that answers for it."""

    fqdn: str
    group: str


@dataclass(frozen=True)
class FormerDomain:
    """A domain that ended: mail to it is delivered, web addresses lead to the current one.

    Attributes:
        records: nobody sends from it any more (control MAIL-09): SPF without a sender (RFC 7208)
            and DMARC that refuses (RFC 7489).
    """

    name: str
    redirect_to: str
    records: tuple[Record, ...] = (
        Record("@", "TXT", "v=spf1 -all"),
        Record("_dmarc", "TXT", "v=DMARC1; p=reject"),
    )


def forward_zone(site: Site) -> DnsZone:
    """Host names of nodes and balancers, on both families."""
    records = []
    for name, ipv4, ipv6 in _hosts(site):
        records += [Record(name, "A", str(ipv4.ip)), Record(name, "AAAA", str(ipv6.ip))]
    return DnsZone(site.domain, tuple(sorted(records)))


def reverse_zones(site: Site) -> tuple[DnsZone, ...]:
    """Pointers: a zone for each /24 (RFC 1035 section 3.5) and each /64 (RFC 3596 section 2.5)."""
    zones: dict[str, list[Record]] = {}
    for name, ipv4, ipv6 in _hosts(site):
        target = f"{name}.{site.domain}."
        for pointer, labels in ((ipv4.ip.reverse_pointer, 1), (ipv6.ip.reverse_pointer, 16)):
            parts = pointer.split(".")
            record = Record(".".join(parts[:labels]), "PTR", target)
            zones.setdefault(".".join(parts[labels:]), []).append(record)
    return tuple(DnsZone(name, tuple(sorted(records))) for name, records in sorted(zones.items()))


def public_names(site: Site) -> tuple[PublicName, ...]:
    """Names under the public domain; their addresses are known once the cloud gave them."""
    return tuple(
        sorted(
            PublicName(f"{label}.{site.public_domain}", part.group)
            for part in site.parts
            for label in part.public
        )
    )


def hosts_of(label: str, names: Sequence[str]) -> list[str]:
    """Where a public name leads: ``mx2`` to the second host, a name without a number to all."""
    numbered = [name for name in names if _number(name) == _number(label) != ""]
    return numbered or list(names)


def _number(name: str) -> str:
    return name[len(name.rstrip("0123456789")) :]


def certificate_names(site: Site) -> dict[str, tuple[str, ...]]:
    """Names that a part's certificate holds: its public names, its balancer's, its nodes'."""
    public: dict[str, list[str]] = {}
    for name in public_names(site):
        public.setdefault(name.group, []).append(name.fqdn)
    return {
        part.group: (
            *public.get(part.group, []),
            *([f"{part.balancer.name}.{site.domain}"] if part.balancer else []),
            *(f"{node.name}.{site.domain}" for node in part.nodes),
        )
        for part in site.parts
    }


def former_domains(site: Site) -> tuple[FormerDomain, ...]:
    """Domains that the province had before."""
    return tuple(
        FormerDomain(name, site.public_domain) for name in site.profile.former_domains(site.as_of)
    )


def _hosts(site: Site) -> Iterator[tuple[str, IPv4Interface, IPv6Interface]]:
    for part in site.parts:
        if part.balancer is not None:
            yield part.balancer.name, part.balancer.ipv4, part.balancer.ipv6
        for node in part.nodes:
            yield node.name, node.ipv4, node.ipv6
