"""The checks as pytest-testinfra tests: ``pytest --pyargs bentre_infra.compliance.checks``.

::

    pytest --pyargs bentre_infra.compliance.checks --hosts=ssh://root@192.0.2.7 -m level3
    pytest --pyargs bentre_infra.compliance.checks --hosts=ansible://all --sudo -k "NET or ssh"
    BENTRE_AUDIT_SITE=inventories/bentre pytest … --junit-xml=audit.xml -n 4

The host is read once a worker, through testinfra's own connection. A test fails where its control
is not met, and is skipped where nobody can say: skipped is not passed. What needs the site's model
finds it by ``BENTRE_AUDIT_SITE``, the level by ``BENTRE_AUDIT_LEVEL`` (3).
"""

import base64
import os
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bentre_infra.compliance.catalogue.load import load_catalogue
from bentre_infra.compliance.catalogue.model import Catalogue, Control
from bentre_infra.compliance.checks.control import Judge
from bentre_infra.compliance.facts.cloud import Cloud
from bentre_infra.compliance.facts.host import Host
from bentre_infra.compliance.facts.outcome import NotApplicableError, NotAssessedError
from bentre_infra.compliance.facts.site import SiteFacts, site_facts
from bentre_infra.compliance.gather.cloud import gather_cloud
from bentre_infra.compliance.gather.request import Request
from bentre_infra.compliance.gather.transport import NotReachedError, parse, program
from bentre_infra.site import load_site

_read: dict[str, dict[str, Any]] = {}
"""Facts by host: a session reads each host once."""


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks: a level's profile, and a section."""
    for level in range(1, 6):
        config.addinivalue_line("markers", f"level{level}: asked for at level {level}")
    for section in sorted({control.section for control in load_catalogue()}):
        config.addinivalue_line("markers", f"{section.lower()}: controls {section}-…")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the marks of its control, and its id as a keyword."""
    catalogue = load_catalogue()
    for item in items:
        control = _control(item, catalogue)
        if control is None:
            continue
        for level in range(control.level, 6):
            item.add_marker(f"level{level}")
        item.add_marker(control.section.lower())
        item.extra_keyword_matches.add(control.id)
        item.user_properties.append(("control", control.id))


def _control(item: pytest.Item, catalogue: Catalogue) -> Control | None:
    name = getattr(getattr(item, "function", None), "control", None)
    return catalogue[name] if name else None


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Turn what a check took down into a result."""
    try:
        result = yield
    except NotApplicableError as e:
        pytest.skip(f"not applicable: {e.en} / không áp dụng: {e.vi}")
    except NotAssessedError as e:
        _fail_for(pyfuncitem.funcargs.get("judge"))
        pytest.skip(f"not assessed: {e.en} / chưa đánh giá: {e.vi}")
    _fail_for(pyfuncitem.funcargs.get("judge"))
    return result


def _fail_for(judge: object) -> None:
    if not isinstance(judge, Judge):
        return
    failed = [s for s in judge.statements if not s.met]
    if failed:
        lines = [f"{s.en} / {s.vi}\n  expected: {s.expected}\n  actual: {s.actual}" for s in failed]
        pytest.fail("\n".join([judge.control.id, *lines]), pytrace=False)
    if not judge.statements:
        pytest.skip("not assessed: the check looked at nothing")


@pytest.fixture(scope="session")
def known_site() -> SiteFacts | None:
    """The site's model, where it is named."""
    name = os.environ.get("BENTRE_AUDIT_SITE")
    return site_facts(load_site(Path(name)), datetime.now(UTC).date()) if name else None


@pytest.fixture
def host(host: Any) -> Host:
    """The facts of testinfra's host."""
    name = host.backend.get_pytest_id()
    if name not in _read:
        text = base64.b85encode(zlib.compress(program(Request()).encode())).decode()
        code = f"import base64,zlib;exec(zlib.decompress(base64.b85decode('{text}')))"
        done = host.run("python3 -IBc %s", code)
        try:
            _read[name] = parse(done.stdout_bytes, done.stderr_bytes, done.rc)
        except NotReachedError as e:
            pytest.skip(f"not assessed: {e}")
    return Host(host.backend.get_hostname(), _read[name])


@pytest.fixture(scope="session")
def cloud(known_site: SiteFacts | None) -> Cloud:
    """The facts of the cloud: ``BENTRE_AUDIT_CLOUD``, an entry of clouds.yaml that sees all."""
    name = os.environ.get("BENTRE_AUDIT_CLOUD")
    if not name or known_site is None:
        pytest.skip("not assessed: BENTRE_AUDIT_CLOUD and BENTRE_AUDIT_SITE name no cloud")
    try:
        return Cloud("cloud", gather_cloud(name, [f"{known_site.name}-"]))
    except NotReachedError as e:
        pytest.skip(f"not assessed: {e}")


@pytest.fixture
def judge(request: pytest.FixtureRequest, known_site: SiteFacts | None) -> Judge:
    """What takes down what the check finds."""
    control = load_catalogue()[request.function.control]
    level = int(os.environ.get("BENTRE_AUDIT_LEVEL", "3"))
    subject = ""
    if "host" in request.fixturenames:
        subject = request.getfixturevalue("host").document["hostname"].partition(".")[0]
    return Judge(control, level, datetime.now(UTC).date(), subject, known_site)
