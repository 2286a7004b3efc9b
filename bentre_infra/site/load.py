"""Read a site: site.yaml, addresses.yaml beside it, and its profile, into one frozen model."""

from pathlib import Path

from bentre_infra.site import checks
from bentre_infra.site.addressing import FullError, allocate, prune
from bentre_infra.site.build import build
from bentre_infra.site.document import AllotmentDocument, SiteDocument
from bentre_infra.site.draft import Draft
from bentre_infra.site.errors import SiteError
from bentre_infra.site.flows import flows
from bentre_infra.site.model import Flow, Site
from bentre_infra.site.profile import Profile
from bentre_infra.site.profiles import exists, load_profile, unknown
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
    _raise_problems(draft)
    return build(draft, found)


def allocated(path: Path, *, give_up: bool = False) -> AllotmentDocument:
    """Work out the addresses of a site: what was given stays, what lacks them gets them.

    Args:
        path: the site's folder, or its ``site.yaml``.
        give_up: whether names that are gone lose what is held for them.

    Raises:
        SiteError: something else is wrong, or there is no room.
    """
    draft, _ = _draft(path)
    _raise_problems(draft)
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
    profile = _profile(file, site_path.parent)
    if document is None or profile is None or held is None:
        raise SiteError([*file.problems, *held_file.problems])
    draft = Draft(file, document, profile, held, held_file, dropped)
    for check in checks.BEFORE_ALLOCATION:
        check(draft)
    return draft, flows(draft)


def _raise_problems(draft: Draft) -> None:
    problems = [*draft.file.problems, *draft.held_file.problems, *draft.problems]
    if problems:
        raise SiteError(problems)


def _profile(file: YamlFile, folder: Path) -> Profile | None:
    name = file.data.get("profile") if isinstance(file.data, dict) else None
    if not isinstance(name, str):
        return None
    if not exists(name, folder):
        file.problems.append(file.problem(("profile",), unknown(name)))
        return None
    try:
        return load_profile(name, folder)
    except SiteError as e:
        file.problems += e.problems
        return None
