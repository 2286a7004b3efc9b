"""A site as plain data, and one number for it."""

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

from bentre_infra.site.agency import AgencyCode
from bentre_infra.site.model import Site
from bentre_infra.site.profile import Profile, Unit


def as_data(value: Any) -> Any:
    """Turn a model into what JSON holds; a profile and a unit are named, not repeated."""
    if isinstance(value, Profile):
        return value.name
    if isinstance(value, Unit):
        return value.slug
    return _plain(value)


def unit_data(unit: Unit) -> dict[str, Any]:
    """All fields of a unit that are set."""
    return {
        f.name: _plain(v) for f in fields(unit) if (v := getattr(unit, f.name)) not in (None, ())
    }


def digest(site: Site) -> str:
    """SHA-256 of a site with its profile: two sites with the same digest are the same plan."""
    content = {"site": as_data(site), "units": [unit_data(u) for u in site.profile.units]}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if is_dataclass(value) and not isinstance(value, AgencyCode):
        return {f.name: as_data(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, frozenset | list | tuple):
        items = [as_data(v) for v in value]
        return sorted(items) if isinstance(value, frozenset) else items
    # names, dates, addresses, codes: what they print; a StrEnum prints its value
    return str(value)
