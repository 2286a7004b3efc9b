"""Networks, routers, addresses, security groups and floating addresses, seen on the wire."""

import ipaddress
import subprocess

import pytest

from tests.lab.guest import Guest, answers
from tests.lab.tenant import DNS4, ROUTED_IPV6
from tests.waiting import eventually

pytestmark = pytest.mark.lab

# listens on one TCP port, both families, and says who it is
LISTENER = """#cloud-config
write_files:
  - path: /etc/systemd/system/listen.service
    content: |
      [Service]
      ExecStart=/usr/bin/python3 -m http.server --bind :: --directory /run 8080
      Restart=always
runcmd: [[systemctl, start, listen.service]]
"""


def test_floating_address_lets_the_operator_in(tenant):
    net = tenant.network()
    tenant.router(net)
    server = tenant.server(net, group=tenant.security_group(22))
    guest = tenant.guest(server, net).wait()
    assert guest.ssh("hostname") == server.name
    assert guest.ssh("sudo -n id -u") == "0"


def test_user_data_and_metadata_reach_the_guest(tenant):
    net = tenant.network()
    tenant.router(net)
    server = tenant.server(
        net,
        group=tenant.security_group(22),
        user_data="#cloud-config\nwrite_files: [{path: /srv/bến-tre, content: xin chào}]\n",
    )
    guest = tenant.guest(server, net).wait_booted()
    assert guest.ssh("cat /srv/bến-tre") == "xin chào"


def test_two_networks_meet_in_the_router_and_only_there(tenant):
    left, right = tenant.network("10.90.1.0/24"), tenant.network("10.90.2.0/24")
    router = tenant.router(left, right)
    group = tenant.security_group(22)
    here, there = (tenant.server(net, group=group) for net in (left, right))
    guest = tenant.guest(here, left).wait()
    other = tenant.port_of(there, right).fixed_ips[0]["ip_address"]
    eventually(lambda: guest.ssh(f"ping -c1 -W2 {other} >/dev/null && echo ok") == "ok")
    tenant.cloud.network.remove_interface_from_router(router, subnet=right.ipv4.id)
    eventually(
        lambda: guest.ssh(f"ping -c1 -W1 {other} >/dev/null || echo no", check=False) == "no"
    )
    tenant.cloud.network.add_interface_to_router(router, subnet=right.ipv4.id)


@pytest.mark.parametrize("family", ["IPv4", "IPv6"])
def test_security_group_blocks_until_a_rule_opens(tenant, family):
    """The probe passes when the rule is there and fails when it is not."""
    net = tenant.network("10.90.1.0/24", "fd00:90:1::/64")
    tenant.router(net)
    asking = tenant.server(net, group=tenant.security_group(22))
    closed = tenant.security_group(22)
    asked = tenant.server(net, group=closed, user_data=LISTENER)
    guest = tenant.guest(asking, net).wait()
    tenant.guest(asked, net).wait_booted()
    version = 4 if family == "IPv4" else 6
    address = next(
        a["ip_address"]
        for a in tenant.port_of(asked, net).fixed_ips
        if ipaddress.ip_address(a["ip_address"]).version == version
    )

    def reached() -> bool:
        command = f"timeout 2 bash -c '</dev/tcp/{address}/8080' && echo yes || echo no"
        return guest.ssh(command, check=False).endswith("yes")

    assert not reached()
    rule = tenant.allow(closed, family, "tcp", 8080)
    eventually(reached)
    tenant.cloud.network.delete_security_group_rule(rule)
    eventually(lambda: not reached())


@pytest.mark.parametrize("mode", ["slaac", "dhcpv6-stateless", "dhcpv6-stateful"])
def test_guest_has_the_addresses_that_neutron_says(tenant, mode):
    net = tenant.network("10.90.1.0/24", "fd00:90:2::/64", mode=mode)
    tenant.router(net)
    server = tenant.server(net, group=tenant.security_group(22))
    expected = {a["ip_address"] for a in tenant.port_of(server, net).fixed_ips}
    assert len(expected) == 2
    guest = tenant.guest(server, net).wait()

    def has_all() -> bool:
        shown = guest.ssh("ip -o address show scope global")
        return expected <= {word.split("/")[0] for word in shown.split()}

    eventually(has_all)


def test_routed_ipv6_reaches_the_guest_from_outside(tenant, admin):
    net = tenant.network("10.90.1.0/24", "2001:db8:8301:90::/64")
    tenant.router(net, external_ipv6=ROUTED_IPV6, admin=admin)
    server = tenant.server(net, group=tenant.security_group(22))
    address = next(
        a["ip_address"] for a in tenant.port_of(server, net).fixed_ips if ":" in a["ip_address"]
    )
    assert Guest(address, tenant.key).wait().ssh("hostname") == server.name


def test_the_guest_resolves_names(tenant, cloud):
    zone = cloud.dns.create_zone(name=f"{tenant.name}.example.", email="ops@bentre.example")
    tenant.later(cloud.dns.delete_zone, zone)
    cloud.dns.create_recordset(zone, name=f"www.{zone.name}", type="A", records=["203.0.113.7"])
    net = tenant.network()
    tenant.router(net)
    guest = tenant.guest(tenant.server(net, group=tenant.security_group(22)), net).wait()
    assert DNS4 in guest.ssh("resolvectl dns")
    eventually(lambda: "203.0.113.7" in guest.ssh(f"getent ahostsv4 www.{zone.name}", check=False))


def test_a_floating_address_leads_nowhere_once_it_is_gone(tenant, cloud):
    net = tenant.network()
    tenant.router(net)
    server = tenant.server(net, group=tenant.security_group(22))
    port = tenant.port_of(server, net)
    address = cloud.network.create_ip(floating_network_id=tenant.external.id, port_id=port.id)
    eventually(lambda: answers(address.floating_ip_address, 22))
    cloud.network.delete_ip(address)
    eventually(lambda: not answers(address.floating_ip_address, 22))


def test_floating_addresses_are_routed_over_the_lab_s_own_link(lab):
    route = subprocess.run(
        ["ip", "route", "get", "198.18.84.50"], capture_output=True, text=True, check=True
    )
    assert "bentre-op0" in route.stdout
