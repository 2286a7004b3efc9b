"""A tenant project for one system, and the provider that works inside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_openstack as openstack
from pulumi import Output, ResourceOptions

from bentre_infra.cloud.leftovers import ProjectLeftovers


@dataclass(frozen=True)
class Quota:
    """How much a project may have.

    Attributes:
        instances, volumes, ports, floating_ips: numbers.
        ram_mib, volumes_gib: sizes, in MiB and GiB.
    """

    instances: int
    ram_mib: int
    volumes: int
    volumes_gib: int
    ports: int
    floating_ips: int


class SystemProject(pulumi.ComponentResource):
    """A project, the operator's roles in it, and a provider that works in it.

    The provider finds its project by an entry of clouds.yaml that names it: Terraform's provider
    takes everything from the entry and leaves a tenant id beside it out of account.

    Args:
        name: the project's name.
        cloud: entry of clouds.yaml with which the operator works in this project.
        admin_cloud: entry of clouds.yaml that may create projects and grant roles.
        operator: the user of ``cloud``, by name.
        quota: what it may have of everything that costs; none for one that has networks only.
        roles: what the operator may do there; each role must exist in Keystone.

    Attributes:
        project_id: the project's id; an output.
        reader: an application credential that only looks (role ``reader``): id and secret, for
            monitoring from outside the cloud; a secret output.
        provider: give it to every resource that belongs into the project.
        admin: the administrator's provider, to look things up before the project is there, and for
            what only an administrator may ask for, such as a certain external address.
    """

    project_id: Output[str]
    reader: Output[dict[str, str]]
    admin: openstack.Provider
    provider: openstack.Provider

    def __init__(
        self,
        name: str,
        *,
        cloud: str,
        admin_cloud: str,
        operator: str,
        quota: Quota | None = None,
        roles: Sequence[str] = ("member", "load-balancer_member"),
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("bentre:cloud:SystemProject", name, None, opts)
        self.admin = openstack.Provider(
            f"{name}-admin", cloud=admin_cloud, opts=ResourceOptions(parent=self)
        )
        as_admin = ResourceOptions(parent=self, provider=self.admin)
        look_up = pulumi.InvokeOutputOptions(provider=self.admin, parent=self)
        project = openstack.identity.Project(
            f"{name}-project", name=name, description="managed by bentre_infra", opts=as_admin
        )
        # Neutron makes a default security group in each project and forgets it there: it goes
        # before the project does
        leftovers = ProjectLeftovers(
            f"{name}-leftovers",
            cloud=admin_cloud,
            project_id=project.id,
            opts=ResourceOptions(parent=self),
        )
        user = openstack.identity.get_user_output(name=operator, opts=look_up)
        grants = [
            openstack.identity.RoleAssignment(
                f"{name}-{role}",
                user_id=user.id,
                project_id=project.id,
                role_id=openstack.identity.get_role_output(name=role, opts=look_up).id,
                opts=as_admin,
            )
            for role in roles
        ]
        self.project_id = project.id
        limits = self._limit(name, quota, as_admin)
        # whoever works in the project waits for the grants: an earlier token would be refused
        self.provider = openstack.Provider(
            f"{name}-tenant",
            cloud=cloud,
            opts=ResourceOptions(parent=self, depends_on=[*grants, leftovers, limits]),
        )
        credential = openstack.identity.ApplicationCredential(
            f"{name}-reader",
            name=f"{name}-reader",
            description="looks at the project; managed by bentre_infra",
            roles=["reader"],
            opts=ResourceOptions(parent=self, provider=self.provider),
        )
        self.reader = Output.secret(
            Output.all(id=credential.id, secret=credential.secret).apply(
                lambda found: {str(k): str(v) for k, v in found.items()}
            )
        )
        self.register_outputs({"project_id": self.project_id})

    def _limit(
        self, name: str, quota: Quota | None, as_admin: ResourceOptions
    ) -> openstack.networking.QuotaV2:
        """Set what the project may have; what the model makes and costs nothing has no limit."""
        if quota is not None:
            openstack.compute.QuotaSetV2(
                name,
                project_id=self.project_id,
                instances=quota.instances,
                ram=quota.ram_mib,
                opts=as_admin,
            )
            openstack.blockstorage.QuoteSetV3(
                name,
                project_id=self.project_id,
                volumes=quota.volumes,
                gigabytes=quota.volumes_gib,
                opts=as_admin,
            )
        return openstack.networking.QuotaV2(
            name,
            project_id=self.project_id,
            port=quota.ports if quota else -1,
            floatingip=quota.floating_ips if quota else 0,
            security_group=-1,
            security_group_rule=-1,
            # Neutron's own 10 are fewer than the pairs of a zone and a system
            rbac_policy=-1,
            opts=as_admin,
        )
