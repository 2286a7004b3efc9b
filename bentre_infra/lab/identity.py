"""Who may use the lab and where its APIs are: projects, users, roles, endpoints."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from bentre_infra.lab.layout import APIS, INTERNAL, PUBLIC, REGION, Api
from bentre_infra.lab.secrets import SERVICE_USERS, Secrets

if TYPE_CHECKING:
    from openstack.connection import Connection

IDENTITY = APIS[0]
PROJECT = "bentre"
OPERATOR = "operator"
_ROLES = ("service", "creator", "load-balancer_member", "load-balancer_admin", "swiftoperator")
_OPERATOR_ROLES = ("member", "load-balancer_member", "creator", "swiftoperator")


def version() -> str:
    """Changes whenever what ``create`` makes may change."""
    here = Path(__file__)
    parts = (here, here.with_name("layout.py"), here.with_name("secrets.py"))
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]


def endpoints(api: Api) -> dict[str, str]:
    """URL of one API by interface: users come by TLS, services talk plainly on loopback."""
    inside = f"http://{INTERNAL}:{api.port}{api.path}"
    return {
        "public": f"https://{PUBLIC}:{api.port}{api.path}",
        "internal": inside,
        "admin": inside,
    }


def create(admin: "Connection", secrets: Secrets) -> None:
    """Make what is missing; what is there keeps its id and gets the lab's password or URL."""
    identity = admin.identity
    roles = {role.name: role for role in identity.roles()}
    for name in _ROLES:
        if name not in roles:
            roles[name] = identity.create_role(name=name)
    users = {user.name: user for user in identity.users()}
    projects = {project.name: project for project in identity.projects()}
    for name in ("service", PROJECT):
        if name not in projects:
            projects[name] = identity.create_project(name=name, domain_id="default")
    for name in SERVICE_USERS:
        if name not in users:
            password = secrets[f"user-{name}"]
            users[name] = identity.create_user(name=name, password=password, domain_id="default")
        for role in ("admin", "service"):
            identity.assign_project_role_to_user(projects["service"], users[name], roles[role])
    if OPERATOR not in users:
        users[OPERATOR] = identity.create_user(
            name=OPERATOR,
            password=secrets["operator"],
            domain_id="default",
            default_project_id=projects[PROJECT].id,
        )
    for role in _OPERATOR_ROLES:
        identity.assign_project_role_to_user(projects[PROJECT], users[OPERATOR], roles[role])
    identity.assign_project_role_to_user(projects[PROJECT], users["admin"], roles["admin"])
    _create_endpoints(admin)


def _create_endpoints(admin: "Connection") -> None:
    identity = admin.identity
    services = {service.type: service for service in identity.services()}
    there = {(e.service_id, e.interface): e for e in identity.endpoints()}
    for api in APIS:
        if api.type not in services:
            services[api.type] = identity.create_service(type=api.type, name=api.service)
        service = services[api.type]
        for interface, url in endpoints(api).items():
            endpoint = there.get((service.id, interface))
            if endpoint is None:
                identity.create_endpoint(
                    service_id=service.id, interface=interface, url=url, region_id=REGION
                )
            elif endpoint.url != url:
                identity.update_endpoint(endpoint, url=url)
