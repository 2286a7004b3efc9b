"""An Octavia balancer (OVN provider) spreads connections and notices a dead member."""

import urllib.request

import pytest

from tests.waiting import PATIENCE, eventually

pytestmark = pytest.mark.lab

WHO = """#cloud-config
write_files:
  - path: /etc/systemd/system/who.service
    content: |
      [Service]
      ExecStartPre=/bin/sh -c "mkdir -p /run/who && hostname > /run/who/index.html"
      ExecStart=/usr/bin/python3 -m http.server --directory /run/who 80
      Restart=always
runcmd: [[systemctl, start, who.service]]
"""


def _ask(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}/", timeout=3) as answer:
        return answer.read().decode().strip()


def test_balancer_spreads_and_leaves_out_a_dead_member(tenant, cloud):
    net = tenant.network()
    tenant.router(net)
    group = tenant.security_group(22, 80)
    servers = [tenant.server(net, group=group, user_data=WHO) for _ in range(2)]
    guests = [tenant.guest(server, net).wait_booted() for server in servers]
    octavia = cloud.load_balancer
    balancer = octavia.create_load_balancer(
        name=tenant.name, vip_subnet_id=net.ipv4.id, provider="ovn"
    )

    def settled() -> bool:
        status = octavia.get_load_balancer(balancer.id).provisioning_status
        assert status != "ERROR"
        return status == "ACTIVE"

    def delete() -> None:
        octavia.delete_load_balancer(balancer, cascade=True)
        eventually(lambda: not list(octavia.load_balancers(name=tenant.name)), PATIENCE)

    tenant.later(delete)
    eventually(settled)
    listener = octavia.create_listener(
        loadbalancer_id=balancer.id, protocol="TCP", protocol_port=80
    )
    eventually(settled)
    pool = octavia.create_pool(
        listener_id=listener.id, protocol="TCP", lb_algorithm="SOURCE_IP_PORT"
    )
    eventually(settled)
    for server in servers:
        address = tenant.port_of(server, net).fixed_ips[0]["ip_address"]
        octavia.create_member(pool, address=address, protocol_port=80, subnet_id=net.ipv4.id)
        eventually(settled)
    octavia.create_health_monitor(pool_id=pool.id, type="TCP", delay=2, timeout=1, max_retries=2)
    eventually(settled)
    address = tenant.floating(octavia.get_load_balancer(balancer.id).vip_port_id)

    both = {server.name for server in servers}
    seen: set[str] = set()

    def saw_both() -> bool:
        seen.add(_ask(address))
        return seen == both

    eventually(saw_both)

    guests[0].ssh("sudo systemctl stop who.service")

    def member_is_down() -> bool:
        return any(m.operating_status == "ERROR" for m in octavia.members(pool))

    eventually(member_is_down)
    eventually(lambda: {_ask(address) for _ in range(20)} == {servers[1].name})

    guests[0].ssh("sudo systemctl start who.service")
    eventually(lambda: {_ask(address) for _ in range(20)} == both)
