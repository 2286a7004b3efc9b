"""The province: its units in time, its codes and domains."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from bentre_infra.site.agency import AgencyCode
from bentre_infra.site.document import Kind, Tier

TIER_OF = {
    Kind.PROVINCE: Tier.PROVINCE,
    Kind.CITY: Tier.DISTRICT,
    Kind.DISTRICT: Tier.DISTRICT,
    Kind.WARD: Tier.COMMUNE,
    Kind.TOWNSHIP: Tier.COMMUNE,
    Kind.COMMUNE: Tier.COMMUNE,
    Kind.DEPARTMENT: Tier.DEPARTMENT,
}
KIND_VI = {
    Kind.PROVINCE: "Tỉnh",
    Kind.CITY: "Thành phố",
    Kind.DISTRICT: "Huyện",
    Kind.WARD: "Phường",
    Kind.TOWNSHIP: "Thị trấn",
    Kind.COMMUNE: "Xã",
}


@dataclass(frozen=True)
class Unit:
    """An administrative unit or agency, with the days between which it exists.

    Attributes:
        slug: its identity, for all time; an ASCII label.
        name: official name, NFC, without its kind.
        parent: slug of the unit above; None for the province.
        code: agency code in the new form, where it could be sourced.
        legacy_code: the older form, likewise.
        gso: the statistics office's code; such codes were given anew in 2020 and 2025.
        origin: slug of the former province that it comes from.
        valid_to: its last day; None while it goes on.
        successor: slug of the unit that follows it within the profile, where sourced.
        predecessors: slugs in the profile before.
        generated: made up, for tests of scale.
    """

    slug: str
    name: str
    kind: Kind
    parent: str | None
    valid_from: date
    valid_to: date | None = None
    code: AgencyCode | None = None
    legacy_code: str | None = None
    gso: str | None = None
    origin: str | None = None
    successor: str | None = None
    predecessors: tuple[str, ...] = ()
    generated: bool = False

    @property
    def tier(self) -> Tier:
        """Level of government."""
        return TIER_OF[self.kind]

    @property
    def title(self) -> str:
        """Name with its kind, as a paper says it: Xã An Hiệp, Phường 1, Sở Y tế."""
        kind = KIND_VI.get(self.kind, "")
        return self.name if not kind or self.name.startswith(kind + " ") else f"{kind} {self.name}"

    def valid_on(self, day: date) -> bool:
        """Whether it exists on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Domain:
    """A domain, and until when it is the province's own."""

    name: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True)
class Coverage:
    """How many units of a tier are declared, and how many of them are named and sourced."""

    on: date
    tier: Tier
    declared: int
    named: int

    @property
    def missing(self) -> int:
        """Units that exist, but could not be sourced and so are left out."""
        return self.declared - self.named


@dataclass(frozen=True)
class Profile:
    """A province as it is organised between two dates: a closed set of units."""

    name: str
    title: str
    province: str
    valid_from: date
    valid_to: date | None
    tiers: tuple[Tier, ...]
    units: tuple[Unit, ...]
    domains: tuple[Domain, ...]
    declared: tuple[tuple[date, Tier, int], ...] = ()
    succeeds: str | None = None
    sources: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @cached_property
    def _by_slug(self) -> dict[str, Unit]:
        return {unit.slug: unit for unit in self.units}

    @cached_property
    def _by_code(self) -> dict[str, Unit]:
        codes = {str(u.code): u for u in self.units if u.code}
        return codes | {u.legacy_code: u for u in self.units if u.legacy_code}

    def find(self, name: str) -> Unit | None:
        """Find a unit by slug, or by either form of its agency code."""
        return self._by_slug.get(name) or self._by_code.get(name)

    def unit(self, name: str) -> Unit:
        """Return a unit that is known to be there.

        Raises:
            KeyError: it is not.
        """
        unit = self.find(name)
        if unit is None:
            raise KeyError(name)
        return unit

    def on(self, day: date, tier: Tier | None = None) -> tuple[Unit, ...]:
        """Units that exist on a day, by slug."""
        found = (u for u in self.units if u.valid_on(day) and tier in (None, u.tier))
        return tuple(sorted(found, key=lambda u: u.slug))

    def answering(self, slug: str, day: date) -> Unit | None:
        """Find the unit that answers on a day for what a unit was: itself, or its successors.

        None when it does not exist yet, when no successor could be sourced, or when the day lies
        after the profile.
        """
        unit = self._by_slug.get(slug)
        while unit and not unit.valid_on(day):
            if day < unit.valid_from or unit.successor is None:
                return None
            unit = self._by_slug.get(unit.successor)
        return unit

    def domain(self, day: date) -> str:
        """Return the domain in use on a day."""
        return next(d.name for d in self.domains if _valid(d, day))

    def former_domains(self, day: date) -> tuple[str, ...]:
        """Domains that are kept for mail that still comes in, and for redirects."""
        return tuple(d.name for d in self.domains if d.valid_to and d.valid_to < day)

    def coverage(self) -> tuple[Coverage, ...]:
        """What is declared against what is named; generated units do not count."""
        return tuple(
            Coverage(on, tier, units, sum(not u.generated for u in self.on(on, tier)))
            for on, tier, units in self.declared
        )


def _valid(domain: Domain, day: date) -> bool:
    return domain.valid_from <= day and (domain.valid_to is None or day <= domain.valid_to)
