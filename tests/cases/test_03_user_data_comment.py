"""terraform-provider-openstack 1190: a comment edited in cloud-init destroys the server."""

import pytest

from tests.stacks.clone import Clone

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("gate")]


def test_the_gate_stops_it_and_names_the_property(clone: Clone) -> None:
    change = clone.plan(code=3, comment="second")["Instance/web"]
    assert (change["change"], change["properties"]) == ("replace", ["userData"])
    assert change["refused"]
