"""How clients reach the lab: ``clouds.yaml``, and openstacksdk connections for our own use."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bentre_infra.lab.identity import IDENTITY, OPERATOR, PROJECT, endpoints
from bentre_infra.lab.layout import REGION, Layout
from bentre_infra.lab.secrets import Secrets, write_private
from bentre_infra.runtime.errors import BentreError

if TYPE_CHECKING:
    from openstack.connection import Connection

PROJECTS = ("foundation", "base", "wan", "mail", "portal", "signing")
"""Projects that the stacks of the site ``lab`` make: the foundation's, one for each service."""
_CLOUDS = {
    "bentre-lab": (OPERATOR, "operator", PROJECT),
    "bentre-lab-admin": ("admin", "admin", PROJECT),
    **{f"bentre-lab-{name}": (OPERATOR, "operator", f"lab-{name}") for name in PROJECTS},
}
"""Cloud name: its user, the secret that is the user's password, and the project."""


def write_clouds(layout: Layout, secrets: Secrets) -> None:
    """Write ``clouds.yaml``: an ordinary user and the administrator in the lab's own project,
    and the user in the projects that stacks make.

    OpenStack's clients scope by the entry alone, so each project needs one, as in production.

    JSON is YAML (YAML 1.2, 1.3), so nothing has to be quoted by hand.
    """
    clouds = {
        cloud: {
            "auth": {
                "auth_url": endpoints(IDENTITY)["public"],
                "username": user,
                "password": secrets[secret],
                "project_name": project,
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
        for cloud, (user, secret, project) in _CLOUDS.items()
    }
    write_private(layout.clouds_yaml, json.dumps({"clouds": clouds}, indent=2) + "\n")


@contextmanager
def administrator(layout: Layout, project: str = PROJECT) -> Iterator["Connection"]:
    """Connect as the lab's administrator, by TLS as every user.

    Args:
        layout: the lab's folders.
        project: where to work; Keystone's own ``admin`` is there before the lab's is.

    Raises:
        BentreError: an API refuses or does not answer, also in the body of the ``with``.
    """
    # more than a second to import, which a running lab need not wait for
    import openstack  # noqa: PLC0415
    from keystoneauth1.exceptions import ClientException  # noqa: PLC0415
    from openstack.config import OpenStackConfig  # noqa: PLC0415

    config = OpenStackConfig(config_files=[str(layout.clouds_yaml)], load_envvars=False)
    region = config.get_one(cloud="bentre-lab-admin", auth={"project_name": project})
    try:
        with openstack.connection.Connection(config=region) as connection:
            yield connection
    except (openstack.exceptions.SDKException, ClientException) as e:
        raise BentreError(f"OpenStack refuses: {e}", "bentre lab logs") from e
