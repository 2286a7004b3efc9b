"""What the create and destroy playbooks of Molecule's scenarios call.

``python -m bentre_infra.hosts.molecule create|destroy`` reads a JSON document::

    {"scenario": "base", "clone": "…", "folder": "…", "variables": {…},
     "platforms": [{"name": "base-debian13", "image": "debian13",
                    "networks": [{"name": "line-a", "addresses": ["198.18.1.1/30"]}]}]}

``networks`` may be left out: every host stands on the scenario's own.
"""

import json
import sys
from pathlib import Path
from typing import Any

from bentre_infra.hosts import scenario
from bentre_infra.hosts.network import parse_address
from bentre_infra.hosts.scenario import Link, Platform, Scenario
from bentre_infra.hosts.throwaway import Throwaway
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths


def parse(text: str) -> Scenario:
    """Read the document that a playbook sends.

    Raises:
        BentreError: it lacks something, or has two hosts of one name.
    """
    try:
        document = json.loads(text)
        found = Scenario(
            name=document["scenario"],
            clone=Path(document["clone"]),
            folder=Path(document["folder"]),
            platforms=tuple(_platform(p) for p in document["platforms"]),
            variables=document["variables"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BentreError(f"not a scenario: {error!r}", "see molecule/shared/create.yml") from error
    if len({platform.name for platform in found.platforms}) < len(found.platforms):
        raise BentreError(f"{found.name}: two platforms have one name", "see its molecule.yml")
    return found


def _platform(document: dict[str, Any]) -> Platform:
    links = (
        Link(link["name"], tuple(parse_address(a) for a in link["addresses"]))
        for link in document.get("networks", [])
    )
    return Platform(document["name"], document["image"], tuple(links))


def act(verb: str, document: str) -> None:
    """Create or destroy the hosts of a scenario.

    Raises:
        BentreError: there is no such verb, the document is not a scenario's, or it failed.
    """
    paths = Paths.from_env()
    hosts = Throwaway(paths)
    if verb == "create":
        scenario.create(parse(document), hosts, paths)
    elif verb == "destroy":
        scenario.destroy(parse(document), hosts)
    else:
        raise BentreError(f"{verb or 'nothing'}: cannot be done with hosts", "create or destroy")


def main() -> None:
    """Do what the only argument says to the scenario on standard input."""
    try:
        act(" ".join(sys.argv[1:]), sys.stdin.read())
    except BentreError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
