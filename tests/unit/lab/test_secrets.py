import pytest

from bentre_infra.lab.secrets import Secrets
from bentre_infra.runtime.errors import BentreError


def test_every_secret_is_random_and_for_its_owner_alone(layout, secrets, tmp_path):
    other_folder = tmp_path / "other"
    other_folder.mkdir()
    other = Secrets(other_folder)
    other.make()
    names = sorted(p.name for p in layout.secrets.iterdir())
    assert names == sorted(p.name for p in other_folder.iterdir())
    for name in names:
        assert len(secrets[name]) >= 32
        assert secrets[name] != other[name]
        assert secrets.path(name).stat().st_mode & 0o777 == 0o600


def test_a_secret_is_made_once(secrets):
    before = secrets["admin"]
    secrets.make()
    assert secrets["admin"] == before


def test_an_unknown_secret_is_named(secrets):
    with pytest.raises(BentreError, match="no secret 'root'"):
        secrets["root"]
