"""From a site and what a stack made of it to an Ansible inventory."""

from bentre_infra.inventory.build import Host, Inventory, build
from bentre_infra.inventory.nodes import NodeRecord, export_path, planned, read_nodes, write_nodes

__all__ = [
    "Host",
    "Inventory",
    "NodeRecord",
    "build",
    "export_path",
    "planned",
    "read_nodes",
    "write_nodes",
]
