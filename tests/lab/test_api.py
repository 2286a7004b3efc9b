"""The API as clients meet it: TLS, the standard clients, quotas, other services."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
import requests
import yaml
from openstack import exceptions

pytestmark = pytest.mark.lab


def _public_endpoints(cloud) -> list[str]:
    catalog = cloud.config.get_session().auth.get_access(cloud.session).service_catalog.catalog
    return sorted(
        {
            e["url"]
            for service in catalog
            for e in service["endpoints"]
            if e["interface"] == "public"
        }
    )


def test_every_public_endpoint_is_https_and_refuses_who_does_not_know_the_ca(cloud, lab):
    ca = yaml.safe_load(Path(lab.env["OS_CLIENT_CONFIG_FILE"]).read_text())["clouds"]["bentre-lab"][
        "cacert"
    ]
    session = requests.Session()
    session.trust_env = False  # REQUESTS_CA_BUNDLE would override what is asked for here
    urls = _public_endpoints(cloud)
    assert len(urls) >= 10
    for url in urls:
        assert url.startswith("https://127.0.83.2:")
        with pytest.raises(requests.exceptions.SSLError):
            session.get(url, timeout=60)
        assert session.get(url, verify=ca, timeout=60).status_code < 500


@pytest.mark.parametrize(
    "command",
    [
        "token issue",
        "server list",
        "network list",
        "image list",
        "flavor list",
        "volume list",
        "zone list",
        "loadbalancer list",
        "secret list",
        "container list",
    ],
)
def test_the_openstack_command_works_unchanged(lab, command):
    done = subprocess.run(
        [str(Path(sys.executable).parent / "openstack"), *command.split(), "-f", "json"],
        env={**os.environ, **lab.env, "OS_CLOUD": "bentre-lab"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)


def test_the_operator_is_no_administrator(cloud):
    with pytest.raises(exceptions.ForbiddenException):
        list(cloud.identity.users())
    with pytest.raises(exceptions.ForbiddenException):
        list(cloud.compute.servers(all_projects=True))


def test_quota_refuses_with_a_clear_message(admin, tenant, lab):
    """In a project of its own, so that nobody else meets the limit."""
    name = f"quota-{uuid.uuid4().hex[:8]}"
    project = admin.identity.create_project(name=name, domain_id="default")
    tenant.later(admin.identity.delete_project, project)
    role = admin.identity.find_role("member", ignore_missing=False)
    user = admin.identity.find_user("operator", ignore_missing=False)
    admin.identity.assign_project_role_to_user(project, user, role)
    admin.set_compute_quotas(project.id, instances=0)
    admin.set_network_quotas(project.id, networks=1)
    there = lab.connect("bentre-lab").connect_as_project(name)
    with pytest.raises(exceptions.ForbiddenException, match="Quota exceeded"):
        there.compute.create_server(
            name="refused",
            image_id=there.image.find_image("debian12").id,
            flavor_id=there.compute.find_flavor("bentre.tiny").id,
            networks="none",
        )
    network = there.network.create_network(name="first")
    try:
        with pytest.raises(exceptions.ConflictException, match="Quota exceeded"):
            there.network.create_network(name="second")
    finally:
        there.network.delete_network(network)
        for group in admin.network.security_groups(project_id=project.id):
            admin.network.delete_security_group(group)


def test_a_secret_is_kept_and_given_back(tenant, cloud):
    canary = uuid.uuid4().hex
    secret = cloud.key_manager.create_secret(
        name=tenant.name, payload=canary, payload_content_type="text/plain"
    )
    tenant.later(cloud.key_manager.delete_secret, secret.secret_id)
    assert cloud.key_manager.get_secret(secret.secret_id).payload == canary


def test_an_object_is_stored_and_given_back(tenant, cloud):
    container = cloud.object_store.create_container(name=tenant.name)
    tenant.later(cloud.object_store.delete_container, container)
    content = os.urandom(1 << 20)
    cloud.object_store.upload_object(container.name, "blob", data=content)
    tenant.later(cloud.object_store.delete_object, "blob", container=container.name)
    assert cloud.object_store.download_object("blob", container=container.name) == content


def test_credentials_lie_in_files_of_root_alone(lab):
    secrets = [p for p in (lab.paths.lab / "secrets").rglob("*") if p.is_file()]
    assert secrets
    for path in [*secrets, Path(lab.env["OS_CLIENT_CONFIG_FILE"])]:
        if path.suffix != ".pub":
            assert path.stat().st_mode & 0o077 == 0, path


def test_no_secret_stands_in_a_process_list_or_a_log(lab):
    words = [
        p.read_text().strip()
        for p in (lab.paths.lab / "secrets").rglob("*")
        if p.is_file() and p.stat().st_size < 200 and p.suffix != ".pub"
    ]
    clouds = yaml.safe_load(Path(lab.env["OS_CLIENT_CONFIG_FILE"]).read_text())["clouds"]
    words += [c["auth"]["password"] for c in clouds.values()]
    words = [w for w in words if len(w) >= 16 and "\n" not in w]
    assert words
    seen = b"".join(p.read_bytes() for p in Path("/proc").glob("[0-9]*/cmdline"))
    logs = [p for p in (lab.paths.lab / "log").rglob("*") if p.is_file()]
    assert logs
    for word in words:
        assert word.encode() not in seen
        for log in logs:
            assert word.encode() not in log.read_bytes(), log
