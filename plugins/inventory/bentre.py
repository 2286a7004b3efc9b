"""Ansible inventory of a site: what its stack made, from the last export; works offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

from bentre_infra.inventory import Inventory, build, export_path, planned, read_nodes
from bentre_infra.runtime.errors import BentreError
from bentre_infra.site import load_site

DOCUMENTATION = r"""
name: bentre
short_description: Nodes of a site
description:
  - Reads C(site.yaml) beside the inventory source, and the nodes that its stack exported last.
  - A site without a cloud lists its machines itself; it needs no export.
  - One host for each server; groups by zone, service, part, unit and level.
options:
  plugin:
    description: Marks the file as this plugin's.
    required: true
    choices: [bentre]
  nodes:
    description:
      - The export to read, relative to the inventory source.
      - By default the one that C(bentre apply) wrote on this machine.
    type: str
  reach:
    description: Kinds of addresses to connect to; the first that a node has.
    type: list
    elements: str
    choices: [floating, ipv6, ipv4]
    default: [floating, ipv6, ipv4]
"""

EXAMPLES = r"""
plugin: bentre
reach: [ipv6]
"""


class InventoryModule(BaseInventoryPlugin):
    """Hand over what ``bentre_infra.inventory`` built."""

    NAME = "bentre"

    def verify_file(self, path: str) -> bool:
        """Take files named ``bentre.yml``."""
        return super().verify_file(path) and Path(path).name == "bentre.yml"

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Fill Ansible's inventory; nothing is cached: a deleted server is gone at once."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        folder = Path(path).parent
        try:
            site = load_site(folder)
            if site.cloud is None:
                records = planned(site)
            else:
                nodes = self.get_option("nodes")
                export = folder / nodes if nodes else export_path(site.name)
                if not export.exists():
                    self.display.warning(f"{export} is not there yet: bentre apply writes it")
                    records = ()
                else:
                    name, records = read_nodes(export)
                    if name != site.name:
                        raise AnsibleParserError(f"{export} is of the site {name}, not {site.name}")
            built = build(site, records, self.get_option("reach"))
        except BentreError as e:
            raise AnsibleParserError(str(e)) from e
        self._fill(built)

    def _fill(self, built: Inventory) -> None:
        inventory: Any = self.inventory
        for stray in built.strays:
            self.display.warning(f"server {stray} is not declared in the site: it is no host")
        for key, value in built.variables.items():
            inventory.set_variable("all", key, value)
        for group in built.groups:
            inventory.add_group(group)
            for key, value in built.group_variables.get(group, {}).items():
                inventory.set_variable(group, key, value)
        for host in built.hosts:
            inventory.add_host(host.name)
            for group in host.groups:
                inventory.add_child(group, host.name)
            for key, value in host.variables.items():
                inventory.set_variable(host.name, key, value)
