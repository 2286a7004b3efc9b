"""The cloud."""

from bentre_infra.compliance.checks.common import requires, shown
from bentre_infra.compliance.checks.control import Judge, control
from bentre_infra.compliance.facts.cloud import Cloud


@control("CLD-01")
def test_system_separation(cloud: Cloud, judge: Judge) -> None:
    """The servers of each system lie in a project of that system alone."""
    systems: dict[str, set[str]] = {}
    for node in judge.site.nodes:
        for server in cloud.servers:
            if server["name"] == node.name:
                systems.setdefault(server["project_id"], set()).add(node.system)
    shared = [shown(sorted(names)) for names in systems.values() if len(names) > 1]
    judge.expect(
        bool(systems) and not shared,
        "one project for each system",
        shown(shared, f"{len(systems)} projects"),
        f"systems share a project: {shown(shared)}",
        f"các hệ thống dùng chung dự án: {shown(shared)}",
    )
    for tried in cloud.reach:
        judge.expect(
            tried["result"] != "open",
            f"{tried['from']} -> {tried['subject']}:{tried['port']}: no answer",
            tried["result"],
            f"{tried['from']} reaches {tried['subject']}:{tried['port']} of another project",
            f"{tried['from']} kết nối được {tried['subject']}:{tried['port']} của dự án khác",
        )


@control("CLD-02")
def test_storage_separation(cloud: Cloud, judge: Judge) -> None:
    """No two projects' volumes have the same type."""
    requires(cloud.volumes, "no volumes", "không có ổ đĩa")
    owners: dict[str, set[str]] = {}
    for volume in cloud.volumes:
        owners.setdefault(volume["volume_type"] or "default", set()).add(volume["project_id"])
    shared = [kind for kind, projects in owners.items() if len(projects) > 1]
    judge.expect(
        not shared,
        "a volume type for each system",
        shown(shared, shown(sorted(owners))),
        f"systems share volume types: {shown(shared)}",
        f"các hệ thống dùng chung loại ổ đĩa: {shown(shared)}",
    )


@control("CLD-04")
def test_api_tls(cloud: Cloud, judge: Judge) -> None:
    """Every public endpoint of the catalogue is https."""
    plain = [
        f"{e['service']} {e['url']}" for e in cloud.endpoints if not e["url"].startswith("https:")
    ]
    judge.expect(
        bool(cloud.endpoints) and not plain,
        "https",
        shown(plain, f"{len(cloud.endpoints)} endpoints"),
        f"interfaces in the clear: {shown(plain)}",
        f"giao diện không mã hóa: {shown(plain)}",
    )


@control("CLD-05")
def test_safe_tenant_defaults(cloud: Cloud, judge: Judge) -> None:
    """The default group lets nobody in from anywhere, and no server's port uses it."""
    own = {p["id"] for p in cloud.projects}
    default = [
        g for g in cloud.groups_of_rules if g["name"] == "default" and g["project_id"] in own
    ]
    open_ = [
        g["project_id"]
        for g in default
        for r in g["rules"]
        if r["direction"] == "ingress"
        and r.get("remote_group_id") is None
        and r.get("remote_ip_prefix") in (None, "0.0.0.0/0", "::/0")
    ]
    judge.expect(
        not open_,
        "default: no ingress from anywhere",
        shown(open_),
        "the default group lets anybody in",
        "nhóm bảo mật mặc định cho phép mọi kết nối vào",
    )
    ids = {g["id"] for g in default}
    used = [p["name"] or p["id"] for p in cloud.server_ports if ids & set(p["security_groups"])]
    judge.expect(
        not used,
        "no server in it",
        shown(used),
        f"servers are in the default group: {shown(used)}",
        f"máy nằm trong nhóm mặc định: {shown(used)}",
    )
    off = [p["name"] or p["id"] for p in cloud.server_ports if not p["port_security_enabled"]]
    judge.expect(
        not off,
        "port security on",
        shown(off, "on"),
        f"port security is off: {shown(off)}",
        f"port security đang tắt: {shown(off)}",
    )
