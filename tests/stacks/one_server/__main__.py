"""A small system for the tests of the gate and of drift; each setting can be changed."""

import pulumi
import pulumi_openstack as openstack
from pulumi import ResourceOptions

config = pulumi.Config()
name = config.require("cloud")  # a key pair is its user's, not its project's
cloud = openstack.Provider("tenant", cloud=config.require("cloud"))
inside = ResourceOptions(provider=cloud)
invoke = pulumi.InvokeOptions(provider=cloud)
scope = openstack.identity.get_auth_scope(name="tenant", opts=invoke)

openstack.compute.QuotaSetV2(
    "quota",
    project_id=scope.project_id,
    cores=config.require_int("quotaCores"),
    opts=ResourceOptions(provider=openstack.Provider("admin", cloud="bentre-lab-admin")),
)
network = openstack.networking.Network("net", name="net", opts=inside)
subnet = openstack.networking.Subnet(
    "subnet",
    name="subnet",
    network_id=network.id,
    ip_version=4,
    cidr=config.require("cidr"),
    opts=inside,
)
external = openstack.networking.get_network(name="public", opts=invoke)
router = openstack.networking.Router("router", external_network_id=external.id, opts=inside)
joined = openstack.networking.RouterInterface(
    "router", router_id=router.id, subnet_id=subnet.id, opts=inside
)
group = openstack.networking.SecGroup("ssh", name="ssh", opts=inside)
openstack.networking.SecGroupRule(
    "ssh",
    security_group_id=group.id,
    direction="ingress",
    ethertype="IPv4",
    protocol="tcp",
    port_range_min=22,
    port_range_max=22,
    remote_ip_prefix="0.0.0.0/0",
    opts=inside,
)
port = openstack.networking.Port(
    "web",
    name="web",
    network_id=network.id,
    fixed_ips=[{"subnet_id": subnet.id, "ip_address": config.require("address")}],
    security_group_ids=[group.id],
    opts=inside,
)
key = openstack.compute.Keypair(
    name,
    name=name,
    public_key=config.require("publicKey"),
    # as stacks/foundation does
    opts=ResourceOptions.merge(inside, ResourceOptions(ignore_changes=["publicKey"])),
)
image = openstack.images.get_image(name=config.require("image"), most_recent=True, opts=invoke)
personality = config.get("personality")
boot = {"uuid": image.id, "source_type": "image", "destination_type": "volume", "volume_size": 2}
server = openstack.compute.Instance(
    "web",
    name="web",
    image_id=image.id,
    flavor_name=config.require("flavor"),
    key_pair=key.name,
    user_data=f"#cloud-config\n# {config.require('comment')}\n",
    power_state=config.require("power"),
    personalities=[{"file": "/etc/motd", "content": personality}] if personality else None,
    block_devices=[{**boot, "boot_index": 0}] if config.get_bool("bootVolume") else None,
    networks=[{"port": port.id}],
    opts=inside,
)
volume = openstack.blockstorage.Volume(
    "data", name="data", size=config.require_int("volumeGb"), enable_online_resize=True, opts=inside
)
openstack.compute.VolumeAttach("data", instance_id=server.id, volume_id=volume.id, opts=inside)
for number in range(config.require_int("extra")):
    openstack.blockstorage.Volume(f"extra-{number}", name=f"extra-{number}", size=1, opts=inside)
floating = openstack.networking.FloatingIp("web", pool="public", opts=inside)
openstack.networking.FloatingIpAssociate(
    "web",
    floating_ip=floating.address,
    port_id=port.id,
    opts=ResourceOptions.merge(inside, ResourceOptions(depends_on=[joined])),
)
pulumi.export("address", floating.address)
pulumi.export("server", server.id)
