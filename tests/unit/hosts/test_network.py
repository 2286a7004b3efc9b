import pytest

from bentre_infra.hosts import network
from bentre_infra.hosts.network import Network, Nic, parse_address
from bentre_infra.runtime.errors import BentreError


def test_bridges_have_names_that_the_kernel_takes_and_tell_apart():
    one, two = Network("mạng-quản-trị-dài"), Network("other")
    assert one.bridge != two.bridge
    assert all(len(n.bridge) <= 15 for n in (one, two))


def test_no_address_is_an_error():
    with pytest.raises(BentreError, match="no address"):
        parse_address("10.83.0.300/24")


def test_configuration_has_every_address_and_gateway(tmp_path):
    (tmp_path / "etc/systemd/network").mkdir(parents=True)
    net = Network("n")
    first = Nic(net, (parse_address("10.83.0.2/24"), parse_address("fd83::2/64")), ("10.83.0.1",))
    network.configure(tmp_path, (first, Nic(net, name="mgmt")))
    text = (tmp_path / "etc/systemd/network/20-eth0.network").read_text()
    for line in ("Name=eth0", "Address=10.83.0.2/24", "Address=fd83::2/64", "Gateway=10.83.0.1"):
        assert line in text.splitlines()
    assert (tmp_path / "etc/systemd/network/20-mgmt.network").exists()
