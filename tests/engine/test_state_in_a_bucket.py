"""The state in a bucket that speaks S3: the lab's Swift."""

import json
from pathlib import Path

import pytest

from bentre_infra.lab.layout import Layout
from tests.engine.project import FILES, Project
from tests.lab.tenant import Tenant
from tests.lab_connection import LabUnderTest

pytestmark = [pytest.mark.engine, pytest.mark.lab]

PROGRAM = (
    FILES
    + """
config = pulumi.Config()
motd = File("motd", config.require_secret("text"))
pulumi.export("id", motd.id)
"""
)
SECRET = "known to nobody in the bucket"


@pytest.fixture
def in_bucket(project: Project, lab: LabUnderTest, tenant: Tenant) -> Project:
    """A project whose state is in a bucket of the test's own."""
    store = tenant.cloud.object_store
    identity = tenant.cloud.identity
    user, project_id = tenant.cloud.current_user_id, tenant.cloud.current_project_id
    made = identity.post(f"/users/{user}/credentials/OS-EC2", json={"tenant_id": project_id})
    key = made.json()["credential"]
    store.create_container(tenant.name)
    endpoint = store.get_endpoint().partition("/v1/")[0]
    project.env |= {
        "PULUMI_BACKEND_URL": f"s3://{tenant.name}?region=RegionOne&endpoint={endpoint}"
        "&s3ForcePathStyle=true",
        "AWS_ACCESS_KEY_ID": key["access"],
        "AWS_SECRET_ACCESS_KEY": key["secret"],
        "AWS_CA_BUNDLE": str(Layout.of(lab.paths).ca),
    }
    yield project
    for thing in list(store.objects(tenant.name)):
        store.delete_object(thing, container=tenant.name)
    store.delete_container(tenant.name)
    identity.delete(f"/users/{user}/credentials/OS-EC2/{key['access']}")


def test_a_life_in_a_bucket(in_bucket: Project, tenant: Tenant, tmp_path: Path) -> None:
    project = in_bucket
    project.write(PROGRAM)
    project.init()
    project.pulumi("config", "set", "--secret", "text", SECRET)
    project.pulumi("up", "--yes", "--skip-preview")
    made = tmp_path / project.pulumi("stack", "output", "id").stdout.strip()
    assert made.read_text() == SECRET
    again = json.loads(project.pulumi("preview", "--json").stdout)["changeSummary"]
    assert set(again) == {"same"}

    store = tenant.cloud.object_store
    objects = {thing.name for thing in store.objects(tenant.name)}
    assert ".pulumi/stacks/trial/dev.json" in objects
    for name in objects:
        assert SECRET.encode() not in store.download_object(name, container=tenant.name)
    assert not [name for name in objects if name.startswith(".pulumi/locks/")]

    project.pulumi("destroy", "--yes", "--skip-preview")
    assert not made.exists()
    project.pulumi("stack", "rm", "--yes", "dev")
