"""The real provider against a real cloud: a secret is in no state, plan, log or diff.

The published schema of pulumi-openstack forgets to mark secrets; ours marks them. The canary of
this program stands in each place.
"""

from collections.abc import Callable

import pytest

from tests.engine.project import Project
from tests.lab_connection import LabUnderTest

pytestmark = [pytest.mark.engine, pytest.mark.lab]

CANARY = "canary-e4c81d05"

PROGRAM = f"""
import pulumi
import pulumi_openstack as openstack

secret = openstack.keymanager.SecretV1("key", payload="{CANARY}-payload",
                                       payload_content_type="text/plain", secret_type="opaque")
box = openstack.objectstorage.Container("box", container_sync_key="{CANARY}-sync",
                                        metadata={{"Temp-URL-Key": "{CANARY}-metadata"}})
link = openstack.objectstorage.TempUrl("link", container=box.name, object="x", method="get",
                                       ttl=3600, key="{CANARY}-metadata")
login = openstack.compute.Keypair("login")
server = openstack.compute.Instance(
    "server", image_name="debian12", flavor_name="bentre.tiny", key_pair=login.name,
    networks=[{{"uuid": NETWORK}}], user_data="#cloud-config\\n# {CANARY}-user-data\\n",
)
pulumi.export("private", login.private_key)
pulumi.export("size", pulumi.Config().get("size"))
"""

NETWORK = """
net = __import__("pulumi_openstack").networking.Network("net")
subnet = __import__("pulumi_openstack").networking.Subnet(
    "subnet", network_id=net.id, cidr="10.250.0.0/24", ip_version=4)
NETWORK = subnet.network_id
"""


def _no_canary(project: Project, *said: str) -> None:
    files = [project.folder.parent / "plan.json", project.folder / "Pulumi.dev.yaml"]
    files += [p for p in (project.folder.parent / "state").rglob("*") if p.is_file()]
    for text in (*said, *(p.read_text("utf-8", errors="replace") for p in files)):
        assert CANARY not in text
        assert "PRIVATE KEY" not in text


def test_no_secret_is_written(stack: Callable[..., Project], lab: LabUnderTest) -> None:
    project = stack(NETWORK + PROGRAM)
    project.env |= {k: v for k, v in lab.env.items() if k.startswith("OS_")}
    plan = project.folder.parent / "plan.json"
    try:
        preview = project.pulumi("preview", "--diff", "--save-plan", str(plan))
        up = project.pulumi("up", "--yes", "--skip-preview", "--diff")
        _no_canary(project, preview.stdout, preview.stderr, up.stdout, up.stderr)
        refresh = project.pulumi("preview", "--refresh", "--diff", "--json", "--expect-no-changes")
        read = project.pulumi("refresh", "--yes", "--diff")
        project.pulumi("preview", "--expect-no-changes")
        export = project.pulumi("stack", "export")
        _no_canary(project, refresh.stdout, read.stdout, export.stdout)
        # it is there all the same, for who may see it
        shown = project.pulumi("stack", "export", "--show-secrets").stdout
        for part in ("payload", "sync", "metadata"):
            assert f"{CANARY}-{part}" in shown
        assert "PRIVATE KEY" in shown
    finally:
        project.pulumi("destroy", "--yes", "--skip-preview")
