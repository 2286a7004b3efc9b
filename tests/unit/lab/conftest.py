import pytest

from bentre_infra.lab.layout import Layout
from bentre_infra.lab.secrets import Secrets


@pytest.fixture
def layout(tmp_path):
    made = Layout(root=tmp_path / "lab", cache=tmp_path / "cache")
    made.make()
    return made


@pytest.fixture
def secrets(layout):
    made = Secrets(layout.secrets)
    made.make()
    return made
