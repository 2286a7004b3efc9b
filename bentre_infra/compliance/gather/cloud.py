"""Reads a cloud's interfaces: what there is in a site's projects. Only lists; nothing changes."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import openstack

from bentre_infra.compliance.gather.transport import NotReachedError

_TIMEOUT = 30  # seconds for each answer


def gather_cloud(cloud: str, prefixes: Iterable[str]) -> dict[str, Any]:
    """Read the projects whose names begin so, as the cloud's administrator.

    Args:
        cloud: an entry of clouds.yaml that sees all projects.

    Raises:
        NotReachedError: the cloud does not answer, or does not let this user see them.
    """
    try:
        connection = openstack.connect(cloud=cloud, api_timeout=_TIMEOUT, app_name="bentre-audit")
        return _read(connection, tuple(prefixes))
    except (openstack.exceptions.SDKException, OSError, ValueError) as e:
        raise NotReachedError(f"cloud {cloud}: {str(e).splitlines()[0][:300]}") from e
    except Exception as e:
        # keystoneauth's own errors are no SDKException
        if type(e).__module__.startswith("keystoneauth1"):
            raise NotReachedError(f"cloud {cloud}: {str(e).splitlines()[0][:300]}") from e
        raise


def _read(connection: Any, prefixes: tuple[str, ...]) -> dict[str, Any]:
    projects = [
        {"id": p.id, "name": p.name}
        for p in connection.identity.projects()
        if p.name.startswith(prefixes)
    ]
    own = {p["id"] for p in projects}
    networks = [n for n in connection.network.networks() if n.project_id in own]
    visible = {n.id for n in networks}
    types = {t.name: t for t in connection.block_storage.types()}
    return {
        "version": 1,
        "at": datetime.now(UTC).isoformat(),
        "projects": projects,
        "networks": [
            {
                "id": n.id,
                "name": n.name,
                "project_id": n.project_id,
                "tags": list(n.tags or ()),
                "external": bool(n.is_router_external),
                "port_security_enabled": bool(n.is_port_security_enabled),
            }
            for n in networks
        ],
        "subnets": [
            {"network_id": s.network_id, "cidr": s.cidr, "gateway_ip": s.gateway_ip}
            for s in connection.network.subnets()
            if s.network_id in visible
        ],
        "ports": [
            {
                "id": p.id,
                "name": p.name,
                "project_id": p.project_id,
                "network_id": p.network_id,
                "device_id": p.device_id,
                "device_owner": p.device_owner,
                "security_groups": list(p.security_group_ids or ()),
                "port_security_enabled": bool(p.is_port_security_enabled),
            }
            for p in connection.network.ports()
            if p.project_id in own
        ],
        "security_groups": [
            {
                "id": g.id,
                "name": g.name,
                "project_id": g.project_id,
                "rules": [_rule(r) for r in g.security_group_rules],
            }
            for g in connection.network.security_groups()
            if g.project_id in own
        ],
        "servers": [
            {
                "id": s.id,
                "name": s.name,
                "project_id": s.project_id,
                "host": s.hypervisor_hostname or s.host_id,
                "status": s.status,
            }
            for s in connection.compute.servers(all_projects=True)
            if s.project_id in own
        ],
        "volumes": [
            {
                "id": v.id,
                "name": v.name,
                "project_id": v.project_id,
                "volume_type": v.volume_type,
                "encrypted": bool(v.is_encrypted),
            }
            for v in connection.block_storage.volumes(details=True, all_projects=True)
            if v.project_id in own
        ],
        "volume_types": sorted(types),
        "endpoints": [
            {"service": entry["type"], "url": endpoint["url"]}
            for entry in connection.service_catalog
            for endpoint in entry["endpoints"]
            if endpoint["interface"] == "public"
        ],
        "reach": [],
    }


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    names = ("direction", "ethertype", "protocol", "remote_ip_prefix", "remote_group_id")
    return {name: rule.get(name) for name in names}
