"""The data centre that the stories are told of: brought up once, by one worker, after all else."""

import fcntl
import json
from collections.abc import Iterator

import pytest

from bentre_infra.inventory import export_path
from bentre_infra.runtime.paths import Paths
from tests.lab_connection import Holding
from tests.roles import passed
from tests.story.datacentre import DataCentre

MADE_OF = [
    "ansible.cfg",
    "bentre_infra",
    "inventories/lab",
    "playbooks",
    "plugins",
    "roles",
    "stacks",
    "tests/story",
]
"""What the stories run; the reports of an audit are no part of them."""


@pytest.fixture(scope="session")
def datacentre(request: pytest.FixtureRequest) -> Iterator[DataCentre]:
    """The lab's site as ``bentre up`` leaves it; nobody restarts the lab meanwhile.

    It takes as long as many scenarios, so a pass counts as theirs do (tests/roles/passed.py).
    A site that nobody had up before is taken down again.
    """
    key = passed.digest(MADE_OF)
    if before := passed.before("story", key):
        pytest.skip(before)
    paths = Paths.from_env()
    stood, failed = _stands(paths), request.session.testsfailed
    with Holding(fcntl.LOCK_SH):
        made = DataCentre(paths)
        try:
            yield made
        finally:
            if not stood:
                made.end()
    whole = not (request.config.option.keyword or request.config.option.markexpr)
    whole = whole and not any("::" in argument for argument in request.config.args)
    if whole and request.session.testsfailed == failed and passed.digest(MADE_OF) == key:
        passed.keep("story", key)


def _stands(paths: Paths) -> bool:
    """Whether somebody has the site up already."""
    export = export_path("lab", paths)
    return export.exists() and bool(json.loads(export.read_text())["nodes"])
