"""Which environment a command works on: the lab, or a site whose cloud is somewhere else."""

from pathlib import Path

import pytest

from bentre_infra.commands.stacks import require_lab, runners, site_of
from bentre_infra.runtime.errors import BentreError

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY / "stacks/mail")


def test_an_unknown_environment_is_named_with_the_nearest() -> None:
    with pytest.raises(BentreError, match='"bentr" is not known; did you mean "bentre"'):
        runners("bentr")


def test_the_site_is_that_of_the_environment() -> None:
    assert site_of("vinhlong").name == "vinhlong"


def test_only_the_lab_is_started_and_stopped() -> None:
    with pytest.raises(BentreError, match="not environment 'bentre'"):
        require_lab("bentre")


def test_a_site_needs_the_callers_clouds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    with pytest.raises(BentreError, match=r"no .*/clouds\.yaml"):
        runners("bentre")
    (tmp_path / "clouds.yaml").write_text("clouds: {}\n")
    stacks = runners("bentre", ["mail"])
    assert [s.project for s in stacks] == ["mail"]
    assert stacks[0].env["OS_CLIENT_CONFIG_FILE"] == str(tmp_path / "clouds.yaml")
    assert "PULUMI_BACKEND_URL" not in stacks[0].env
