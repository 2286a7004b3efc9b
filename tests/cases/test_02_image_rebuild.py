"""terraform-provider-openstack 1986, 1562: an image change previews as "update" and empties a disk.

Proves the rules imageId and imageName (the same call of the provider).
"""

import pytest

from tests.stacks.clone import Clone

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("gate")]


def test_it_is_refused_with_its_reason_and_empties_the_disk_when_allowed(clone: Clone) -> None:
    guest = clone.guest().wait_booted()
    guest.ssh("sudo sh -c 'echo kept > /var/tmp/marker; sync'")
    before = clone.server()

    changes = clone.plan(code=3, image="debian13")
    assert changes.keys() == {"Instance/web"}
    change = changes["Instance/web"]
    assert (change["change"], change["properties"]) == ("rebuild", ["imageId"])
    assert "root disk" in change["loses"]
    assert change["refused"]
    assert "rebuild of Instance/web by imageId" in clone.apply(code=3, image="debian13")
    assert guest.ssh("cat /var/tmp/marker") == "kept"

    allowance = {"resource": "Instance/web", "change": "rebuild", "why": "test"}
    clone.allow({**allowance, "until": "2020-01-01"})
    assert "ended on 2020-01-01" in clone.apply(code=3)
    clone.allow({**allowance, "until": "2099-12-31"})
    assert clone.plan()["Instance/web"]["allowed_until"] == "2099-12-31"
    clone.apply()
    clone.allow()
    assert clone.server().id == before.id
    guest.wait_booted()
    assert "marker" not in guest.ssh("ls /var/tmp")
    assert "trixie" in guest.ssh("cat /etc/os-release")
