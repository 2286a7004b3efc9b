"""What OpenStack itself puts into a project, and forgets when the project goes."""

from typing import Any

from pulumi import Input, ResourceOptions
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class _LeftoversProvider(ResourceProvider):
    """Deletes the default security group, with the cloud that the resource names."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(id_=props["project_id"], outs=props)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        import openstack  # noqa: PLC0415  (only where something is deleted)

        connection = openstack.connect(cloud=_props["cloud"])
        for group in connection.network.security_groups(project_id=_id, name="default"):
            connection.network.delete_security_group(group, ignore_missing=True)


class ProjectLeftovers(Resource):
    """Stands for what Neutron creates by itself in a project; deleted with it.

    Args:
        cloud: entry of clouds.yaml with an administrator.
        project_id: the project that is emptied before it is deleted.
    """

    def __init__(
        self,
        name: str,
        *,
        cloud: str,
        project_id: Input[str],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            _LeftoversProvider(), name, {"cloud": cloud, "project_id": project_id}, opts
        )
