"""How clients reach the lab: ``clouds.yaml``, and openstacksdk connections for our own use."""

import json

import openstack
from openstack.config import OpenStackConfig
from openstack.connection import Connection

from bentre_infra.lab.identity import IDENTITY, OPERATOR, PROJECT, endpoints
from bentre_infra.lab.layout import REGION, Layout
from bentre_infra.lab.secrets import Secrets, write_private

_USERS = {
    "bentre-lab": (OPERATOR, "operator"),
    "bentre-lab-admin": ("admin", "admin"),
}
"""Cloud name: its user, and the secret that is the user's password."""


def write_clouds(layout: Layout, secrets: Secrets) -> None:
    """Write ``clouds.yaml`` for the lab's project: an ordinary user, and the administrator.

    JSON is YAML (YAML 1.2, 1.3), so nothing has to be quoted by hand.
    """
    clouds = {
        cloud: {
            "auth": {
                "auth_url": endpoints(IDENTITY)["public"],
                "username": user,
                "password": secrets[secret],
                "project_name": PROJECT,
                "user_domain_name": "Default",
                "project_domain_name": "Default",
            },
            "region_name": REGION,
            "interface": "public",
            "identity_api_version": 3,
            "cacert": str(layout.ca),
            # a machine's REQUESTS_CA_BUNDLE would override it otherwise
            "verify": True,
        }
        for cloud, (user, secret) in _USERS.items()
    }
    write_private(layout.clouds_yaml, json.dumps({"clouds": clouds}, indent=2) + "\n")


def connect(layout: Layout, cloud: str, interface: str = "public") -> Connection:
    """Connect as one of the clouds of the lab.

    Args:
        layout: the lab's folders.
        cloud: ``bentre-lab`` or ``bentre-lab-admin``.
        interface: ``public`` by TLS, or ``internal`` on loopback.
    """
    config = OpenStackConfig(config_files=[str(layout.clouds_yaml)], load_envvars=False)
    region = config.get_one(cloud=cloud, argparse=None)
    region.config["interface"] = interface
    if interface == "internal":
        region.config["auth"]["auth_url"] = endpoints(IDENTITY)["internal"]
    return openstack.connection.Connection(config=region)
