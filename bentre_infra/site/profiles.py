"""Read the profile of a province, and hold it to its rules."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

from bentre_infra.site.agency import AgencyCode, is_legacy
from bentre_infra.site.document import Kind, ProfileDocument, Tier, UnitDocument
from bentre_infra.site.errors import SiteError, near
from bentre_infra.site.profile import Domain, Profile, Unit
from bentre_infra.site.validate import validate
from bentre_infra.site.yamlfile import YamlFile, parse, read


def shipped() -> tuple[str, ...]:
    """Names of the profiles in the package."""
    folder = resources.files("bentre_infra.site") / "provinces"
    return tuple(sorted(p.name.removesuffix(".yaml") for p in folder.iterdir()))


def load_profile(name: str, beside: Path | None = None) -> Profile:
    """Read a profile: ``NAME.yaml`` in a folder, else the package's.

    Raises:
        SiteError: it is not there, or not right.
    """
    file = _file(name, beside)
    document, dropped = validate(ProfileDocument, file)
    if document is None:
        raise SiteError(file.problems)
    profile = _build(document, file, dropped)
    if profile.succeeds is not None:
        _check_succession(profile, load_profile(profile.succeeds, beside), file)
    if file.problems:
        raise SiteError(file.problems)
    return profile


def _check_succession(profile: Profile, before: Profile, file: YamlFile) -> None:
    """Predecessors exist at the end of the profile before; a slug goes on only to an heir."""
    last = before.valid_to
    if last is None or last + timedelta(days=1) != profile.valid_from:
        message = f'"{before.name}" must end on the day before {profile.valid_from}'
        file.problems.append(file.problem(("succeeds",), message))
        return
    lines = {u["slug"]: i for i, u in enumerate(file.data["units"]) if isinstance(u, dict)}
    heirs: dict[str, str] = {}
    for unit in profile.units:
        place = ("units", lines.get(unit.slug, 0))
        for old in unit.predecessors:
            found = before.find(old)
            if found is None or not found.valid_on(last):
                known = (u.slug for u in before.on(last))
                message = f'unit "{old}" is not in "{before.name}" on {last}{near(old, known)}'
                file.problems.append(file.problem((*place, "predecessors"), message))
            if old in heirs:
                message = f'unit "{old}" went to "{heirs[old]}" already'
                file.problems.append(file.problem((*place, "predecessors"), message))
            heirs[old] = unit.slug
        same = before.find(unit.slug)
        if same and same.tier is unit.tier and not _descends(same, unit, before):
            message = (
                f'slug "{unit.slug}" was another {same.tier} in "{before.name}": choose another'
            )
            file.problems.append(file.problem((*place, "slug"), message))


def _descends(old: Unit, unit: Unit, before: Profile) -> bool:
    end = before.answering(old.slug, before.valid_to) if before.valid_to else old
    return end is not None and end.slug in unit.predecessors


def exists(name: str, beside: Path | None = None) -> bool:
    """Whether there is a profile of a name."""
    return name in shipped() or (beside is not None and (beside / f"{name}.yaml").is_file())


def unknown(name: str) -> str:
    """Say that there is no profile of a name."""
    return f'profile "{name}" is not there{near(name, shipped())}'


def _file(name: str, beside: Path | None) -> YamlFile:
    if not exists(name, beside):
        raise SiteError([YamlFile(f"{name}.yaml").problem((), unknown(name))])
    if beside is not None and (beside / f"{name}.yaml").is_file():
        return read(beside / f"{name}.yaml")
    resource = resources.files("bentre_infra.site") / "provinces" / f"{name}.yaml"
    return parse(resource.read_text("utf-8"), f"provinces/{name}.yaml")


def _build(document: ProfileDocument, file: YamlFile, dropped: frozenset[str]) -> Profile:
    codes: dict[int, AgencyCode] = {}
    for i, unit in enumerate(document.units):
        if unit.code is not None:
            try:
                codes[i] = AgencyCode.parse(unit.code)
            except ValueError as e:
                file.problems.append(file.problem(("units", i, "code"), str(e)))
    units = [_unit(u, document, codes.get(i)) for i, u in enumerate(document.units)]
    numbers = {id(u): i for i, u in enumerate(units)}
    for faulty, place, message in _faults(units, document, dropped):
        at = ("units", numbers[id(faulty)], place) if faulty else (place,)
        file.problems.append(file.problem(at, message))
    return Profile(
        name=document.profile,
        title=document.title,
        province=document.province,
        valid_from=document.valid_from,
        valid_to=document.valid_to,
        tiers=tuple(document.tiers),
        units=tuple(sorted(units, key=lambda u: u.slug)),
        domains=tuple(
            Domain(d.name, d.valid_from or date.min, d.valid_to) for d in document.domains
        ),
        declared=tuple((d.on, d.tier, d.units) for d in document.declared),
        succeeds=document.succeeds,
        sources=tuple(sorted(document.sources.items())),
    )


def _unit(unit: UnitDocument, document: ProfileDocument, code: AgencyCode | None) -> Unit:
    above = None if unit.kind is Kind.PROVINCE else unit.parent or document.province
    return Unit(
        slug=unit.slug,
        name=unit.name,
        kind=unit.kind,
        parent=above,
        valid_from=unit.valid_from or document.valid_from,
        valid_to=unit.valid_to or document.valid_to,
        code=code,
        legacy_code=unit.legacy_code,
        gso=unit.gso,
        origin=unit.origin,
        successor=unit.successor,
        predecessors=tuple(unit.predecessors),
        generated=unit.generated,
    )


type _Fault = tuple[Unit | None, str, str]


def _faults(
    units: list[Unit], document: ProfileDocument, dropped: frozenset[str]
) -> Iterator[_Fault]:
    known: dict[str, Unit] = {}
    for unit in units:
        if unit.slug in known:
            yield unit, "slug", f'unit "{unit.slug}" stands twice'
        known.setdefault(unit.slug, unit)
    yield from _doubles(units)
    for unit in units:
        yield from _dates(unit, document)
        yield from _relations(unit, known, dropped)
        if unit.tier is not Tier.DEPARTMENT and unit.tier not in document.tiers:
            yield unit, "kind", f'a {unit.kind} needs the tier "{unit.tier}" among the tiers'
    if document.province not in known:
        yield (
            None,
            "province",
            f'unit "{document.province}" is not known{near(document.province, known)}',
        )
    own = [d for d in document.domains if (d.valid_from or date.min) <= document.valid_from]
    if len([d for d in own if d.valid_to is None or d.valid_to >= document.valid_from]) != 1:
        yield None, "domains", f"exactly one domain must be in use on {document.valid_from}"
    for declared in document.declared:
        named = sum(u.valid_on(declared.on) and u.tier is declared.tier for u in units)
        if named > declared.units:
            declares = f"declares {declared.units} units of tier {declared.tier} on {declared.on}"
            yield None, "declared", f"{declares}, but names {named}"
    if len(known) == len(units):
        yield from _cycles(known)


def _doubles(units: Iterable[Unit]) -> Iterator[_Fault]:
    """Two units of one kind, name and parent at the same time are one unit said twice."""
    seen: dict[tuple[str, Kind, str | None], list[Unit]] = {}
    codes: dict[str, Unit] = {}
    for unit in units:
        for other in seen.setdefault((unit.name, unit.kind, unit.parent), []):
            if other.valid_on(unit.valid_from) or unit.valid_on(other.valid_from):
                yield unit, "name", f'"{unit.title}" stands twice: also as "{other.slug}"'
        seen[(unit.name, unit.kind, unit.parent)].append(unit)
        for code in (str(unit.code) if unit.code else None, unit.legacy_code):
            if code is None:
                continue
            if code in codes:
                yield unit, "code", f'code {code} belongs to "{codes[code].slug}" already'
            codes.setdefault(code, unit)


def _dates(unit: Unit, document: ProfileDocument) -> Iterator[_Fault]:
    if unit.valid_to is not None and unit.valid_to < unit.valid_from:
        yield unit, "valid_to", f"ends on {unit.valid_to}, before it begins on {unit.valid_from}"
    if unit.valid_from < document.valid_from:
        yield unit, "valid_from", f"begins before the profile does ({document.valid_from})"
    if document.valid_to and unit.valid_to and unit.valid_to > document.valid_to:
        yield unit, "valid_to", f"ends after the profile does ({document.valid_to})"


def _relations(unit: Unit, known: dict[str, Unit], dropped: frozenset[str]) -> Iterator[_Fault]:
    if unit.legacy_code is not None and not is_legacy(unit.legacy_code):
        yield unit, "legacy_code", f'"{unit.legacy_code}" has not the form 000.00.00.H07'
    if unit.parent is not None and unit.parent not in dropped:
        above = known.get(unit.parent)
        if above is None:
            yield unit, "parent", f'unit "{unit.parent}" is not known{near(unit.parent, known)}'
        elif unit.code and above.code and not unit.code.within(above.code):
            yield unit, "code", f"code {unit.code} must begin with {above.code}. of its parent"
    if unit.successor is not None and unit.successor not in dropped:
        after = known.get(unit.successor)
        if after is None:
            yield (
                unit,
                "successor",
                f'unit "{unit.successor}" is not known{near(unit.successor, known)}',
            )
        elif unit.valid_to is None:
            yield unit, "successor", "has a successor, but no last day (valid_to)"
        elif not after.valid_on(unit.valid_to + timedelta(days=1)):
            yield (
                unit,
                "successor",
                f'"{after.slug}" does not exist on the day after {unit.valid_to}',
            )


def _cycles(known: dict[str, Unit]) -> Iterator[_Fault]:
    for relation in ("parent", "successor"):
        safe: set[str] = set()
        for unit in known.values():
            path: list[str] = []
            at: str | None = unit.slug
            while at in known and at not in safe and at not in path:
                path.append(at)
                at = getattr(known[at], relation)
            if at in path:
                circle = " -> ".join([*path[path.index(at) :], at])
                yield known[at], relation, f"is its own {relation}: {circle}"
            safe.update(path)
