"""terraform-provider-openstack 62, 397: image_id together with a boot volume loops."""

import pytest

from tests.stacks.clone import Clone

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("gate")]


def test_the_image_may_stand_only_in_the_block_device(clone: Clone) -> None:
    change = clone.plan(code=3, bootVolume="true")["Instance/web"]
    assert (change["change"], change["properties"]) == ("conflict", ["imageId", "blockDevices"])
    assert change["refused"]
