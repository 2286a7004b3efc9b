"""A tenant project for one system, and the provider that works inside it."""

from collections.abc import Sequence

import pulumi
import pulumi_openstack as openstack
from pulumi import Input, Output, ResourceOptions

from bentre_infra.cloud.leftovers import ProjectLeftovers


class SystemProject(pulumi.ComponentResource):
    """A project, the operator's roles in it, and a provider scoped to it.

    Args:
        name: the project's name.
        cloud: entry of clouds.yaml with which the operator works in the project.
        admin_cloud: entry of clouds.yaml that may create projects and grant roles.
        roles: what the operator may do there; each role must exist in Keystone.

    Attributes:
        project_id: the project's id; an output.
        provider: give it to every resource that belongs into the project.
    """

    project_id: Output[str]
    provider: openstack.Provider

    def __init__(
        self,
        name: str,
        *,
        cloud: str,
        admin_cloud: str,
        roles: Sequence[str] = ("member", "load-balancer_member"),
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("bentre:cloud:SystemProject", name, None, opts)
        admin = openstack.Provider(
            f"{name}-admin", cloud=admin_cloud, opts=ResourceOptions(parent=self)
        )
        operator = openstack.Provider(
            f"{name}-operator", cloud=cloud, opts=ResourceOptions(parent=self)
        )
        as_admin = ResourceOptions(parent=self, provider=admin)
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
        user_id = self._user_id(name, operator)
        grants = [
            openstack.identity.RoleAssignment(
                f"{name}-{role}",
                user_id=user_id,
                project_id=project.id,
                role_id=openstack.identity.get_role_output(
                    name=role, opts=pulumi.InvokeOutputOptions(provider=admin, parent=self)
                ).id,
                opts=as_admin,
            )
            for role in roles
        ]
        self.project_id = project.id
        # scoped to the project once the grants are there: an earlier token would be refused
        scoped: Input[str] = Output.all(project.id, *(g.id for g in grants)).apply(
            lambda ids: str(ids[0])
        )
        self.provider = openstack.Provider(
            f"{name}-tenant",
            cloud=cloud,
            tenant_id=scoped,
            opts=ResourceOptions(parent=self, depends_on=[*grants, leftovers]),
        )
        self.register_outputs({"project_id": self.project_id})

    def _user_id(self, name: str, operator: openstack.Provider) -> Output[str]:
        scope = openstack.identity.get_auth_scope_output(
            name=name, opts=pulumi.InvokeOutputOptions(provider=operator, parent=self)
        )
        return scope.user_id
