#!/usr/bin/python
"""Packages of a node: what is asked for and not so, in one round trip (docs/decisions/0053)."""

import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: node_packages
short_description: Packages that a node has, or has no more
description:
  - As M(ansible.builtin.apt), which does the work where there is some. Where every package is as
    asked, which C(dpkg) alone can tell, the node is asked once and opens none of apt's lists.
  - Lists of packages older than an hour are fetched before something is installed, also in check
    mode; without them no package is known, and no check could pass.
author: The bentre_infra maintainers
options:
  name:
    description: Names of packages, without versions.
    type: list
    elements: str
    required: true
  state:
    description: Whether they are to be there.
    type: str
    choices: [present, absent]
    default: present
  purge:
    description: Whether the settings of a package go with it.
    type: bool
    default: false
  policy_rc_d:
    description: What invoke-rc.d gets to hear; 101 starts no service of the package.
    type: int
"""

EXAMPLES = r"""
- name: Packages
  node_packages:
    name: [nftables]
"""

RETURN = r"""
due:
  description: Packages that are not as asked.
  type: list
  elements: str
  returned: always
stale:
  description: Whether lists of packages are older than an hour, or there are none.
  type: bool
  returned: always
stamp:
  description: The file whose time says when they were fetched.
  type: str
  returned: always
"""

# apt's own; the folder of the lists keeps its old time when nothing is new
STAMP = Path("/var/lib/apt/periodic/update-success-stamp")
AGE = 3600  # seconds


def stale():
    """Whether lists have to be fetched before anything is installed."""
    try:
        return time.time() - STAMP.stat().st_mtime > AGE
    except FileNotFoundError:
        return True


def due(module, names, present, purge):
    """Those of the packages that are not as asked."""
    # dpkg-query(1): what is wanted, what is; "config-files" is left of one that was removed
    asked = ["dpkg-query", "--show", "--showformat", "${Package}\t${db:Status-Status}\n"]
    _, told, _ = module.run_command(asked, check_rc=True)
    found = {}
    for line in told.splitlines():
        package, _, status = line.partition("\t")
        found.setdefault(package, set()).add(status)
    if present:
        return [name for name in names if "installed" not in found.get(name, ())]
    gone = {"not-installed"} if purge else {"not-installed", "config-files"}
    return [name for name in names if found.get(name, set()) - gone]


def main():
    """Ask dpkg."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "list", "elements": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "purge": {"type": "bool", "default": False},
            "policy_rc_d": {"type": "int"},
        },
        supports_check_mode=True,
    )
    asked = module.params
    found = due(module, asked["name"], asked["state"] == "present", asked["purge"])
    module.exit_json(changed=False, due=found, stale=stale(), stamp=str(STAMP))


if __name__ == "__main__":
    main()
