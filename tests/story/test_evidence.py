"""The site's own signing node seals what an audit found, and programs of others verify it."""

import json
import os
from pathlib import Path

import pytest

from tests.command import PATIENCE, run
from tests.story.datacentre import BENTRE, REPOSITORY, DataCentre
from tests.story.seals import openssl, pdfsig

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.story]


@pytest.fixture(scope="module")
def made(datacentre: DataCentre, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports of an audit that has just been made."""
    folder = tmp_path_factory.mktemp("reports")
    audit = [BENTRE, "audit", "--env", "lab", "--report", folder]
    said = run([*audit, "--format", "pdf"], REPOSITORY, os.environ, patience=PATIENCE, code=3)
    assert "sealed by signing-app-1" in said.stdout
    return folder


def verified(authorities: Path) -> dict[str, object]:
    argv = [BENTRE, "audit", "verify", "last", "--authorities", authorities, "--json"]
    done = run(argv, REPOSITORY, os.environ, patience=PATIENCE, code=None)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_evidence_leads_to_the_authority(datacentre: DataCentre, made: Path):
    found = verified(datacentre.seals_root)
    assert found["whole"]
    assert found["trusted"]
    assert found["stamped"]
    # another authority has given neither the seal nor the time stamp
    assert not verified(datacentre.root_certificate)["whole"]


def test_the_report_is_sealed(datacentre: DataCentre, made: Path, tmp_path: Path):
    (document,) = (path.read_bytes() for path in made.glob("*.pdf"))
    assert "Signature is Valid." in pdfsig(tmp_path, document)
    assert "CMS Verification successful" in openssl(tmp_path, datacentre.seals_root)
    assert "CMS Verification successful" not in openssl(tmp_path, datacentre.root_certificate)
