"""Entries of clouds.yaml that a site needs: they are there, and do not contradict themselves."""

import os
from collections.abc import Iterable
from pathlib import Path

from bentre_infra.runtime.errors import BentreError
from bentre_infra.site.errors import Problem, SiteError, near
from bentre_infra.site.yamlfile import YamlFile, read

_VARIABLE = "OS_CLIENT_CONFIG_FILE"
# where OpenStack's clients look (openstacksdk, configuration)
_PLACES = ("clouds.yaml", "~/.config/openstack/clouds.yaml", "/etc/openstack/clouds.yaml")
_SCOPES = ("project_id", "project_name", "tenant_id", "tenant_name", "domain_id", "domain_name")
_CREDENTIAL = "application_credential_"


def clouds_file() -> Path:
    """Find clouds.yaml, as OpenStack's clients do.

    Raises:
        BentreError: there is none.
    """
    chosen = os.environ.get(_VARIABLE)
    places = [chosen] if chosen else list(_PLACES)
    for place in places:
        path = Path(place).expanduser()
        if path.is_file():
            return path
    raise BentreError(f"no {' or '.join(places)}", f"name it in {_VARIABLE}, or bentre lab env")


def require_entries(names: Iterable[str], path: Path | None = None) -> None:
    """Look at the entries before anything is asked of the cloud.

    An application credential belongs to one project: Keystone refuses it beside another scope, in
    words that lead nowhere (cluster-api-provider-openstack issue 1146).

    Args:
        names: the entries.
        path: the file; found as OpenStack's clients do when left out.

    Raises:
        BentreError: there is no file.
        SiteError: an entry is missing, or mixes an application credential with a project.
    """
    file = read(path or clouds_file())
    clouds = file.data.get("clouds") if isinstance(file.data, dict) else None
    known = clouds if isinstance(clouds, dict) else {}
    problems = [p for name in names for p in _problems(file, known, name)]
    if problems:
        raise SiteError(problems)


def _problems(file: YamlFile, known: dict[str, object], name: str) -> Iterable[Problem]:
    if name not in known:
        hint = near(name, known)
        yield file.problem(("clouds",), f'entry "{name}" is missing{hint}')
        return
    entry = known[name]
    auth = entry.get("auth") if isinstance(entry, dict) else None
    if not isinstance(auth, dict):
        return
    credential = [key for key in auth if str(key).startswith(_CREDENTIAL)]
    for scope in (key for key in _SCOPES if key in auth and credential):
        yield file.problem(
            ("clouds", name, "auth", scope),
            f'entry "{name}" has {credential[0]} beside {scope}: an application credential belongs '
            f"to one project already; leave {scope} out",
        )
