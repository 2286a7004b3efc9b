import shutil
from pathlib import Path

import pytest

from bentre_infra.engine.sources import Sources
from bentre_infra.runtime.errors import BentreError


@pytest.fixture
def copy(tmp_path: Path) -> Sources:
    shutil.copytree(Sources.find().folder, tmp_path / "engine")
    return Sources(tmp_path / "engine")


def test_versions_come_from_the_go_sources() -> None:
    sources = Sources.find()
    assert sources.pulumi_version.split(".")[0] == "3"
    assert sources.provider_version.split(".")[0] == "5"
    assert sources.go_version >= (1, 26)


def test_the_fingerprint_follows_every_source(copy: Sources) -> None:
    before = copy.fingerprint
    assert before == Sources.find().fingerprint
    (copy.pulumi / "new.go").write_text("package x")
    assert Sources(copy.folder).fingerprint != before


def test_a_test_changes_no_fingerprint(copy: Sources) -> None:
    before = copy.fingerprint
    (copy.pulumi / "new_test.go").write_text("package x")
    assert Sources(copy.folder).fingerprint == before


def test_a_version_that_is_not_there(copy: Sources) -> None:
    (copy.pulumi / "go.mod").write_text("module x\n")
    with pytest.raises(BentreError, match=r"go\.mod: no line like"):
        _ = copy.pulumi_version
