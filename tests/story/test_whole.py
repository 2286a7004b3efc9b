"""After all the stories."""

import pytest

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.story]


def test_the_cloud_has_lost_no_service_meanwhile(datacentre):
    """A switch that ends itself is started again, but every session over it is lost.

    Open vSwitch 3.1 did on its userspace datapath: bentre_infra/lab/switch.py.
    """
    assert datacentre.cloud_starts() == datacentre.cloud_since
