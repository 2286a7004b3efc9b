"""pulumi-terraform-bridge 3036: drift is reported, not corrected."""

import pytest

from tests.stacks.clone import Clone

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("gate")]


def test_apply_looks_first_and_puts_back_what_a_hand_changed(clone: Clone) -> None:
    port = next(clone.cloud.network.ports(name="web"))
    clone.cloud.network.update_port(port, name="by-hand")
    change = clone.plan()["Port/web"]
    assert (change["change"], change["properties"]) == ("update", ["name"])
    clone.apply()
    assert clone.cloud.network.get_port(port.id).name == "web"
    assert clone.plan() == {}
