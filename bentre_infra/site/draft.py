"""A site that has been read, not yet checked: what each check looks at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from bentre_infra.site.addressing import Wanted
from bentre_infra.site.document import (
    AllotmentDocument,
    LineDocument,
    PartDocument,
    SiteDocument,
    SystemDocument,
    TunnelDocument,
)
from bentre_infra.site.errors import Problem
from bentre_infra.site.levels import STANDBY_LEVEL
from bentre_infra.site.profile import Profile, Unit
from bentre_infra.site.yamlfile import Place, YamlFile

type Way = Literal["lines", "tunnels"]

WAYS: tuple[Way, ...] = ("lines", "tunnels")
"""How units reach the data centre."""


@dataclass(frozen=True)
class Ends:
    """Who stands at the ends of a line or a tunnel.

    Attributes:
        unit: the unit that it leads to; None where that is not known.
        centre: nodes of the data centre, by part and number.
        own: the unit's own nodes.
    """

    unit: Unit | None
    centre: tuple[str, ...]
    own: tuple[str, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.centre, *self.own)


@dataclass(frozen=True)
class PlannedPart:
    """A part with the service that it belongs to."""

    service: str
    name: str
    document: PartDocument
    system: SystemDocument

    @property
    def group(self) -> str:
        """Its name among all parts."""
        return f"{self.service}-{self.name}"

    @property
    def of_units(self) -> bool:
        """Whether its nodes are units' own, not the data centre's."""
        return self.document.each is not None or bool(self.document.units)

    def on(self, kind: Way) -> list[str]:
        """Lines, or tunnels, that it names."""
        return self.document.lines if kind == "lines" else self.document.tunnels

    @property
    def place(self) -> Place:
        """Where it stands in the file."""
        return ("services", self.service, "parts", self.name)


def lan_name(unit: Unit) -> str:
    """Name of a unit's network: tiers may share a slug."""
    return f"{unit.tier}-{unit.slug}"


@dataclass
class Draft:
    """A site's documents, and what follows from them by name.

    Attributes:
        dropped: names that were left out because they are at fault; unknown references to them
            are no news.
    """

    file: YamlFile
    document: SiteDocument
    profile: Profile
    held: AllotmentDocument
    held_file: YamlFile
    dropped: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)

    def problem(self, place: Place, message: str) -> None:
        """Note what is wrong at a place of the site's file."""
        self.problems.append(self.file.problem(place, message))

    def waived(self, control: str) -> bool:
        """Whether a control is waived on the site's day."""
        return any(
            w.control == control and w.until >= self.document.as_of for w in self.document.waivers
        )

    @cached_property
    def parts(self) -> tuple[PlannedPart, ...]:
        """Every part, by service and name."""
        return tuple(
            PlannedPart(service_name, name, part, service.system)
            for service_name, service in sorted(self.document.services.items())
            for name, part in sorted(service.parts.items())
        )

    def hosts_of(self, part: PlannedPart) -> Mapping[str, Unit | None]:
        """Names of a part's nodes, and the unit that each is for; None: the system's owner."""
        if part.of_units:
            return {f"{part.group}-{unit.slug}": unit for unit in self._units_of(part.document)}
        count = part.document.nodes or (2 if part.system.level >= STANDBY_LEVEL else 1)
        return {f"{part.group}-{n}": None for n in range(1, count + 1)}

    def _units_of(self, part: PartDocument) -> Iterable[Unit]:
        if part.each is not None:
            return self.profile.on(self.document.as_of, part.each)
        found = (self.profile.find(name) for name in part.units)
        return [unit for unit in found if unit and unit.valid_on(self.document.as_of)]

    @cached_property
    def ends(self) -> Mapping[tuple[Way, str], Ends]:
        """Who stands at both ends of each line and tunnel.

        A node of the data centre is on all lines that its part names, a unit's own node on those of
        them that lead to its unit.
        """
        found: dict[tuple[Way, str], Ends] = {}
        for kind in WAYS:
            for name, way in self.ways(kind).items():
                unit = self.profile.find(way.unit)
                centre, own = [], []
                for part in self.parts:
                    if name not in part.on(kind):
                        continue
                    for host, of in self.hosts_of(part).items():
                        if not part.of_units:
                            centre.append(host)
                        elif of == unit:
                            own.append(host)
                found[kind, name] = Ends(unit, tuple(centre), tuple(own))
        return found

    def ways(self, kind: Way) -> Mapping[str, LineDocument | TunnelDocument]:
        """Lines, or tunnels, by name."""
        return self.document.lines if kind == "lines" else self.document.tunnels

    @cached_property
    def hosts(self) -> Mapping[str, PlannedPart]:
        """Everything that needs an address in a zone: nodes, and balancers by their group."""
        hosts: dict[str, PlannedPart] = {}
        for part in self.parts:
            if part.document.zone in self.document.zones:
                hosts |= dict.fromkeys(self.hosts_of(part), part)
                if part.document.balanced:
                    hosts[part.group] = part
        return hosts

    @cached_property
    def lan_units(self) -> Mapping[str, Unit]:
        """Units that get a network of their own, by its name."""
        return {
            lan_name(unit): unit
            for tier in self.document.tslcd.lans
            for unit in self.profile.on(self.document.as_of, tier)
        }

    @cached_property
    def wanted(self) -> Wanted:
        """What needs addresses."""
        addressing = self.document.addressing
        return Wanted(
            ipv4=tuple(addressing.ipv4),
            ipv6=addressing.ipv6,
            zone_ipv4_length=addressing.zone_ipv4_length,
            lan_ipv4_length=addressing.lan_ipv4_length,
            zones={name: (z.ipv4, z.ipv6) for name, z in self.document.zones.items()},
            hosts={name: part.document.zone for name, part in self.hosts.items()},
            lans=frozenset(self.lan_units),
            pinned_hosts={n: (m.ipv4, m.ipv6) for n, m in self.document.machines.items()},
            line_ipv4_length=addressing.line_ipv4_length,
            lines={name: (line.ipv4, line.ipv6) for name, line in self.document.lines.items()},
            line_nodes={n: ends.nodes for (kind, n), ends in self.ends.items() if kind == "lines"},
        )
