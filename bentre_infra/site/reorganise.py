"""What a reorganisation changes: the difference of two sites, or of one province on two days.

The result is data; a plan prints it before anything happens.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from bentre_infra.runtime.errors import BentreError
from bentre_infra.site.dns import public_names
from bentre_infra.site.model import Site
from bentre_infra.site.profile import Profile, Unit


class Fate(StrEnum):
    """What becomes of a thing."""

    CREATED = "created"
    RENAMED = "renamed"
    MERGED = "merged"
    MOVED = "moved"
    CHANGED = "changed"
    ENDED = "ended"
    UNSOURCED = "unsourced"
    KEPT = "kept"


@dataclass(frozen=True, order=True)
class Change:
    """One thing and its fate.

    Attributes:
        what: unit, zone, node, network, system, flow, public name or domain.
        name: its name now, or its last one.
        before: what it was: earlier names, or the earlier value.
        after: the new value, where one changed.
    """

    what: str
    fate: Fate
    name: str
    before: tuple[str, ...] = ()
    after: str = ""

    def __str__(self) -> str:
        was = f" (was {', '.join(self.before)})" if self.before else ""
        now = f" -> {self.after}" if self.after else ""
        return f"{self.what} {self.name}: {self.fate}{was}{now}"


def compare(before: Site, after: Site) -> tuple[Change, ...]:
    """Say what becomes of everything when one site takes the place of another.

    Raises:
        BentreError: the second site's province does not follow the first one's.
    """
    changes = [*compare_units(before.profile, before.as_of, after.profile, after.as_of)]
    for what, values in _VALUES.items():
        changes += _compare(what, values(before), values(after))
    return tuple(sorted(changes))


def compare_profiles(before: Profile, after: Profile) -> tuple[Change, ...]:
    """Say what becomes of each unit on the day when one profile takes the place of another.

    Raises:
        BentreError: the second profile does not follow the first.
    """
    last = before.valid_to or after.valid_from
    return tuple(sorted(compare_units(before, last, after, after.valid_from)))


def compare_units(
    before: Profile, day_before: date, after: Profile, day_after: date
) -> Iterator[Change]:
    """Say what becomes of each unit between a day of one profile and a day of another.

    Raises:
        BentreError: the second profile does not follow the first.
    """
    heir_of = _heirs(before, after, day_after)
    came: dict[str, list[Unit]] = {}
    for unit in before.on(day_before):
        heir = heir_of(unit)
        if heir is not None:
            came.setdefault(heir.slug, []).append(unit)
        else:
            known = unit.tier in after.tiers or unit.tier == "department"
            yield Change("unit", Fate.UNSOURCED if known else Fate.ENDED, unit.title)
    for unit in after.on(day_after):
        yield _fate(unit, came.get(unit.slug, []))


def _heirs(before: Profile, after: Profile, day: date) -> Callable[[Unit], Unit | None]:
    if before.name == after.name:
        return lambda unit: after.answering(unit.slug, day)
    if after.succeeds != before.name or before.valid_to is None:
        raise BentreError(
            f'profile "{after.name}" does not succeed "{before.name}"',
            f'a profile with "succeeds: {before.name}", or the sites the other way round',
        )
    last = before.valid_to
    taken = {old: unit for unit in after.units for old in unit.predecessors}

    def heir(unit: Unit) -> Unit | None:
        at_the_end = before.answering(unit.slug, last)
        first = taken.get(at_the_end.slug) if at_the_end else None
        return after.answering(first.slug, day) if first else None

    return heir


def _fate(unit: Unit, came: list[Unit]) -> Change:
    titles = tuple(sorted(u.title for u in came))
    if not came:
        return Change("unit", Fate.CREATED, unit.title)
    if len(came) > 1:
        return Change("unit", Fate.MERGED, unit.title, titles)
    (old,) = came
    if old.title != unit.title:
        return Change("unit", Fate.RENAMED, unit.title, titles)
    if old.parent != unit.parent:
        return Change("unit", Fate.MOVED, unit.title, (str(old.parent),), str(unit.parent))
    return Change("unit", Fate.KEPT, unit.title)


def _compare(what: str, before: dict[str, str], after: dict[str, str]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Change(what, Fate.ENDED, name)
        elif name not in before:
            yield Change(what, Fate.CREATED, name)
        elif before[name] != after[name]:
            yield Change(what, Fate.CHANGED, name, (before[name],), after[name])
        else:
            yield Change(what, Fate.KEPT, name)


def _domains(site: Site) -> dict[str, str]:
    former = site.profile.former_domains(site.as_of)
    return {site.public_domain: "in use"} | dict.fromkeys(former, "alias and redirect")


_VALUES: dict[str, Callable[[Site], dict[str, str]]] = {
    "zone": lambda site: {z.name: f"{z.ipv4} {z.ipv6}" for z in site.zones},
    "node": lambda site: {n.name: f"{n.zone} {n.ipv4.ip} {n.ipv6.ip}" for n in site.nodes},
    "network": lambda site: {
        f"{lan.unit.tier}-{lan.unit.slug}": f"VLAN {lan.vlan} {lan.ipv4} {lan.ipv6}"
        for lan in site.lans
    },
    "system": lambda site: {
        s.system.code: f"level {s.system.level}, {s.system.owner.title}" for s in site.services
    },
    "flow": lambda site: {
        f"{f.source.text} -> {f.target.text} {port}": f.why for f in site.flows for port in f.ports
    },
    "public name": lambda site: {
        n.fqdn.partition(".")[0]: f"{n.fqdn} by {n.group}" for n in public_names(site)
    },
    "domain": _domains,
}


def counts(changes: Iterable[Change]) -> dict[str, dict[str, int]]:
    """Count changes: for each kind of thing, how many have which fate."""
    found: dict[str, Counter[str]] = {}
    for change in changes:
        found.setdefault(change.what, Counter())[change.fate.value] += 1
    return {what: dict(sorted(fates.items())) for what, fates in found.items()}


def as_rows(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Changes as JSON holds them."""
    return [
        {
            "what": change.what,
            "fate": change.fate.value,
            "name": change.name,
            "before": list(change.before),
            "after": change.after,
        }
        for change in changes
    ]
