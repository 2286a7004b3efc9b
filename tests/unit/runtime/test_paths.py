from pathlib import Path

from bentre_infra.runtime.paths import Paths


def test_defaults():
    paths = Paths.from_env({})
    assert paths.cache == Path.home() / ".cache/bentre-infra"
    assert paths.lab == Path("/var/lib/bentre-infra/lab")


def test_environment_names_other_folders():
    paths = Paths.from_env({"BENTRE_CACHE": "~/c", "BENTRE_STATE": "/s"})
    assert paths.cache == Path.home() / "c"
    assert paths.lab == Path("/s/lab")
