"""Where the lab's files lie and which addresses, ports and names it uses."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from bentre_infra.runtime.paths import Paths

INTERNAL = "127.0.83.1"
"""The plain listeners, for the services among themselves (loopback)."""
PUBLIC = "127.0.83.2"
"""The TLS front of the APIs, for their users (loopback)."""
REGION = "RegionOne"
CGROUP = "bentre-lab"
"""Cgroup (v2) of every lab process; ``cgroup.kill`` on it is the last resort of ``down``."""
GUESTS_CGROUP = "bentre-lab-guests"
"""Cgroup of the instances' containers."""
INSTANCE_PREFIX = "bentre-i-"
"""Instance names and their network namespaces begin with this."""
DOMAIN = "lab.example."
"""DNS domain of the lab (RFC 2606 reserves example)."""


@dataclass(frozen=True)
class Api:
    """One OpenStack API.

    Attributes:
        service: its name, also of the Keystone service user.
        type: service type in the catalogue (service-types-authority).
        port: the standard port number.
        path: what follows the port in the endpoint's URL.
        group: ``core`` or ``all``.
    """

    service: str
    type: str
    port: int
    path: str = ""
    group: str = "all"


APIS = (
    Api("keystone", "identity", 5000, "/v3", "core"),
    Api("placement", "placement", 8778, "", "core"),
    Api("glance", "image", 9292, "", "core"),
    Api("nova", "compute", 8774, "/v2.1", "core"),
    Api("neutron", "network", 9696, "", "core"),
    Api("cinder", "block-storage", 8776, "/v3"),
    Api("octavia", "load-balancer", 9876),
    Api("designate", "dns", 9001),
    Api("barbican", "key-manager", 9311),
    Api("swift", "object-store", 8080, "/v1/AUTH_%(project_id)s"),
)


@dataclass(frozen=True)
class Chassis:
    """One compute host: its network namespace holds one OVS with one OVN controller.

    Attributes:
        number: 1 or 2; ``ovs1``, ``data/nova1`` and so on are named after it.
        gateway: whether routers' external ports may live here (it has ``br-ex``).
    """

    number: int
    gateway: bool = False

    @property
    def host(self) -> str:
        """Nova's and OVS's host name; they must be equal for Neutron to bind ports."""
        return f"lab{self.number}"

    @property
    def netns(self) -> str:
        """The network namespace."""
        return f"bentre-lab{self.number}"

    @property
    def encap_ip(self) -> str:
        """Geneve tunnel end; link-local range, since it never leaves the veth (RFC 3927)."""
        return f"169.254.83.{self.number}"


CHASSIS = (Chassis(1, gateway=True), Chassis(2))


@dataclass(frozen=True)
class Operator:
    """The veth pair between the machine and the gateway chassis, and what is routed over it."""

    outer: str = "bentre-op0"
    inner: str = "bentre-op1"
    outer_v4: str = "198.18.83.1"
    inner_v4: str = "198.18.83.2"
    outer_v6: str = "2001:db8:ffff:83::1"
    inner_v6: str = "2001:db8:ffff:83::2"
    routes_v4: tuple[str, ...] = ("198.18.84.0/24",)
    routes_v6: tuple[str, ...] = (
        "2001:db8:83::/64",
        "2001:db8:8300::/48",
        "2001:db8:8301::/48",
        "2001:db8:8302::/48",
    )


@dataclass(frozen=True)
class External:
    """The external network ``public``; documentation ranges (RFC 5737, RFC 3849).

    Attributes:
        tenants_v6: prefixes for networks behind a router, each with the external address that the
            router must take so that the operator's machine reaches them.
    """

    physnet: str = "public"
    cidr_v4: str = "198.18.84.0/24"
    gateway_v4: str = "198.18.84.1"
    pool_v4: tuple[str, str] = ("198.18.84.50", "198.18.84.250")
    cidr_v6: str = "2001:db8:83::/64"
    gateway_v6: str = "2001:db8:83::1"
    pool_v6: tuple[str, str] = ("2001:db8:83::100", "2001:db8:83::ffff")
    tenants_v6: tuple[tuple[str, str], ...] = (
        ("2001:db8:8300::/48", "2001:db8:83::10"),
        ("2001:db8:8301::/48", "2001:db8:83::11"),
        ("2001:db8:8302::/48", "2001:db8:83::12"),
    )


OPERATOR = Operator()
EXTERNAL = External()


@dataclass(frozen=True)
class Layout:
    """Every folder of one lab.

    Attributes:
        root: the lab's state folder.
        cache: the machine's cache folder.
    """

    root: Path
    cache: Path

    @classmethod
    def of(cls, paths: Paths) -> "Layout":
        """The layout under the machine's state and cache folders."""
        return cls(root=paths.lab, cache=paths.cache)

    @property
    def etc(self) -> Path:
        """Rendered configuration; made anew by every start."""
        return self.root / "etc"

    @property
    def data(self) -> Path:
        """What the services keep: databases, keys, rings."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """One file a service."""
        return self.root / "log"

    @property
    def run(self) -> Path:
        """Sockets and pid files; empty while the lab is down."""
        return self.root / "run"

    @property
    def tls(self) -> Path:
        """The lab's certificate authority and the front's certificate."""
        return self.root / "tls"

    @property
    def lib(self) -> Path:
        """Copy of the modules that run inside nova and cinder."""
        return self.root / "lib"

    @property
    def secrets(self) -> Path:
        """One file a secret, readable by root only."""
        return self.root / "secrets"

    @property
    def instances(self) -> Path:
        """Nova's instances_path, shared by both hosts."""
        return self.root / "instances"

    @property
    def volumes(self) -> Path:
        """Cinder's volumes and snapshots."""
        return self.root / "volumes"

    @property
    def images(self) -> Path:
        """The images that the compute hosts have fetched."""
        return self.root / "images"

    @property
    def pulumi(self) -> Path:
        """Pulumi's state files of stacks on this lab."""
        return self.root / "pulumi"

    @property
    def ca(self) -> Path:
        """The certificate that users of the API trust."""
        return self.tls / "ca.pem"

    @property
    def clouds_yaml(self) -> Path:
        """Client configuration with the clouds ``bentre-lab`` and ``bentre-lab-admin``."""
        return self.root / "clouds.yaml"

    @property
    def supervisor_socket(self) -> Path:
        """Where supervisord answers."""
        return self.run / "supervisor.sock"

    @property
    def mysql_socket(self) -> Path:
        """MariaDB listens here only."""
        return self.run / "mysql.sock"

    def ovs_run(self, chassis: Chassis) -> Path:
        """Run folder of one chassis' OVS."""
        return self.run / f"ovs{chassis.number}"

    def ovsdb(self, chassis: Chassis) -> str:
        """OVSDB connection of one chassis."""
        return f"unix:{self.ovs_run(chassis)}/db.sock"

    def ovn_db(self, which: str) -> str:
        """OVSDB connection of OVN's ``nb`` or ``sb`` database."""
        return f"unix:{self.run}/ovn/ovn{which}_db.sock"

    def make(self) -> None:
        """Create every folder, open to root only: secrets and disks of guests lie below."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)
        folders = (self.etc, self.data, self.log, self.run, self.tls, self.lib, self.secrets)
        for folder in (*folders, self.instances, self.volumes, self.images, self.pulumi):
            folder.mkdir(mode=0o700, exist_ok=True)

    def remove_data(self) -> None:
        """Throw the lab's content away; logs and the venv stay."""
        for folder in (
            self.data,
            self.secrets,
            self.tls,
            self.instances,
            self.volumes,
            self.images,
        ):
            shutil.rmtree(folder, ignore_errors=False, onexc=_missing_is_fine)
        for folder in (self.etc, self.lib, self.run, self.pulumi):
            shutil.rmtree(folder, onexc=_missing_is_fine)
        for file in (self.clouds_yaml, self.root / "fingerprint.json"):
            file.unlink(missing_ok=True)


def _missing_is_fine(_: object, __: str, error: BaseException) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
