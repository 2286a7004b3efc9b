"""A site that has been read, not yet checked: what each check looks at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bentre_infra.site.addressing import Wanted
from bentre_infra.site.document import AllotmentDocument, PartDocument, SiteDocument, SystemDocument
from bentre_infra.site.errors import Problem
from bentre_infra.site.levels import STANDBY_LEVEL
from bentre_infra.site.profile import Profile, Unit
from bentre_infra.site.yamlfile import Place, YamlFile


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
    def place(self) -> Place:
        """Where it stands in the file."""
        return ("services", self.service, "parts", self.name)


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
        if part.document.each is not None:
            units = self.profile.on(self.document.as_of, part.document.each)
            return {f"{part.group}-{unit.slug}": unit for unit in units}
        count = part.document.nodes or (2 if part.system.level >= STANDBY_LEVEL else 1)
        return {f"{part.group}-{n}": None for n in range(1, count + 1)}

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
        """Units that get a network of their own, by tier and slug: tiers may share a slug."""
        return {
            f"{tier}-{unit.slug}": unit
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
        )
