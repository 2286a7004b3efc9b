"""The first stack: one project, two zones behind a router, two web servers behind a balancer."""

import os
from pathlib import Path

import pulumi
import pulumi_openstack as openstack
from pulumi import ResourceOptions

from bentre_infra.cloud import Balancer, Rule, SecurityGroup, Server, SystemProject, ZoneNetwork

WEB = """#cloud-config
write_files:
  - path: /srv/web/index.html
    content: "Xin chào Bến Tre\\n"
  - path: /etc/systemd/system/web.service
    content: |
      [Service]
      ExecStart=/usr/bin/python3 -m http.server --bind :: --directory /srv/web 80
      Restart=always
      DynamicUser=yes
      AmbientCapabilities=CAP_NET_BIND_SERVICE
runcmd:
  - systemctl start web.service
"""

config = pulumi.Config()
public_key = config.get("publicKey") or os.environ.get("BENTRE_SSH_PUBLIC_KEY")
if not public_key:
    raise pulumi.RunError(
        'no key to let you in: run eval "$(bentre lab env)", or '
        'pulumi config set publicKey "$(cat ~/.ssh/id_ed25519.pub)"'
    )
if Path(public_key).is_file():
    public_key = Path(public_key).read_text(encoding="utf-8")


def subnet_of(family: int) -> pulumi.Output[openstack.networking.GetSubnetResult]:
    """Find the external network's subnet of one address family."""
    return openstack.networking.get_subnet_output(
        network_id=external.id, ip_version=family, opts=invoke
    )


name = config.require("project")
project = SystemProject(
    name,
    cloud=config.require("cloud"),
    admin_cloud=config.require("adminCloud"),
    operator=config.require("operator"),
)
inside = ResourceOptions(provider=project.provider)
invoke = pulumi.InvokeOutputOptions(provider=project.admin)

external = openstack.networking.get_network_output(
    name=config.require("externalNetwork"), opts=invoke
)
# one external address of each family; a provider routes our IPv6 prefix to the second
fixed: list[openstack.networking.RouterExternalFixedIpArgsDict] = [
    {"subnet_id": subnet_of(4).id},
    {"subnet_id": subnet_of(6).id, "ip_address": config.get("ipv6Gateway")},
]
router = openstack.networking.Router(
    "edge",
    name="edge",
    tenant_id=project.project_id,
    external_network_id=external.id,
    external_fixed_ips=fixed,
    # Neutron lets only an administrator choose an external address
    opts=ResourceOptions(provider=project.admin),
)
components = ResourceOptions(providers=[project.provider])
dns = config.require("dns").split(",")
dmz, servers = (
    ZoneNetwork(
        zone,
        router=router,
        ipv4=f"10.83.{number}.0/24",
        ipv6=f"2001:db8:8300:{number}::/64",
        dns=dns,
        opts=components,
    )
    for number, zone in enumerate(("dmz", "servers"), start=1)
)
web = SecurityGroup(
    "web", ingress=[Rule("tcp", 22), Rule("tcp", 80), Rule("icmp")], opts=components
)
key = openstack.compute.Keypair(
    name,
    name=name,
    public_key=public_key,
    # Nova reads it once, at a server's first boot; another one would replace the pair and with it
    # every server (terraform-provider-openstack issue 980): keys are rotated on the hosts
    opts=ResourceOptions.merge(inside, ResourceOptions(ignore_changes=["publicKey"])),
)
apart = openstack.compute.ServerGroup("web", name="web", policies="anti-affinity", opts=inside)
image = openstack.images.get_image_output(
    name=config.require("image"), most_recent=True, opts=invoke
)
pair: list[Server] = []
for number in (1, 2):
    server = Server(
        f"web-{number}",
        zone=dmz,
        image_id=image.id,
        flavor=config.require("flavor"),
        key_pair=key.name,
        security_group_ids=[web.group_id],
        user_data=WEB,
        group_id=apart.id,
        after=pair,
        volume_gb=1 if number == 1 else None,
        opts=components,
    )
    pair.append(server)
web1, web2 = pair
balancer = Balancer("web", zone=dmz, port=80, members=[web1, web2], opts=components)


def floating(title: str, port_id: pulumi.Input[str]) -> pulumi.Output[str]:
    """Give a port an address that is reached from outside."""
    address = openstack.networking.FloatingIp(
        title, pool=config.require("externalNetwork"), opts=inside
    )
    openstack.networking.FloatingIpAssociate(
        title, floating_ip=address.address, port_id=port_id, opts=inside
    )
    return address.address


pulumi.export("ssh", pulumi.Output.concat("debian@", floating("web-1", web1.port_id)))
pulumi.export("web", pulumi.Output.concat("http://", floating("web", balancer.vip_port_id)))
pulumi.export("ipv6", [web1.ipv6, web2.ipv6])
