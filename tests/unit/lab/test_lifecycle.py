import pytest

from bentre_infra.hosts.cgroup import Cgroup
from bentre_infra.lab import lifecycle
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress


@pytest.fixture
def paths(tmp_path):
    return Paths(cache=tmp_path / "cache", state=tmp_path / "state")


def test_there_is_no_lab_before_the_first_up(paths):
    assert not lifecycle.exists(paths)
    with pytest.raises(BentreError, match="there is no lab on this machine"):
        lifecycle.environment(paths)


def test_a_lab_of_another_state_folder_is_named_and_left_alone(paths, tmp_path, monkeypatch):
    owner = tmp_path / "owner"
    owner.write_text("/elsewhere/lab")
    monkeypatch.setattr(lifecycle, "_OWNER", owner)
    monkeypatch.setattr(Cgroup, "processes", lambda _: {1})
    for verb in (lifecycle.up, lifecycle.down, lifecycle.reset):
        with pytest.raises(BentreError, match="runs from /elsewhere/lab") as failure:
            verb(paths, Progress())
        assert failure.value.fix == "BENTRE_STATE=/elsewhere bentre lab down"
