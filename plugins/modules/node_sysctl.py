#!/usr/bin/python
"""Values of the running kernel, in one round trip."""

import json
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: node_sysctl
short_description: Values of the running kernel, in one round trip
description:
  - Sets the values that are not as given. A value that is given no more becomes what it was before
    the role came. The file that sets them at boot is not this module's business.
author: The bentre_infra maintainers
options:
  record:
    description: File on the node where the module remembers what the values were before.
    type: path
    required: true
  values:
    description: Value of each key; C(*) in a key stands for every interface. Set in this order.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Kernel values
  node_sysctl:
    record: /var/lib/bentre/example/sysctl.json
    values: {net.ipv4.conf.*.accept_redirects: 0}
"""

RETURN = r"""
missing:
  description: Keys that this kernel does not have.
  type: list
"""

_ROOT = Path("/proc/sys")


def _value(path: Path) -> str:
    return " ".join(path.read_text().split())


def main() -> None:
    """Compare, set what differs, give back what is given no more."""
    module = AnsibleModule(
        argument_spec={
            "record": {"type": "path", "required": True},
            "values": {"type": "dict", "required": True},
        },
        supports_check_mode=True,
    )
    record = Path(module.params["record"])
    before: dict[str, str] = json.loads(record.read_text()) if record.exists() else {}
    wanted: dict[str, str] = {}
    missing = []
    for key, value in module.params["values"].items():
        found = sorted(_ROOT.glob(key.replace(".", "/")))
        wanted |= {str(path): " ".join(str(value).split()) for path in found}
        if not found:
            missing.append(key)
    old = {path: value for path, value in before.items() if path not in wanted}
    targets = {path: value for path, value in (old | wanted).items() if Path(path).exists()}
    wrong = {path: value for path, value in targets.items() if _value(Path(path)) != value}
    kept = {path: before[path] for path in before if path in wanted}
    kept |= {path: _value(Path(path)) for path in wrong if path in wanted and path not in kept}
    diff = {
        "before": "".join(f"{path} = {_value(Path(path))}\n" for path in wrong),
        "after": "".join(f"{path} = {value}\n" for path, value in wrong.items()),
    }
    if not module.check_mode:
        if kept | old != before:  # before anything changes
            _save(record, kept | old)
        # the switch of forwarding resets others: each is looked at when its turn comes
        for path, value in ({path: wrong[path] for path in old if path in wrong} | wanted).items():
            if _value(Path(path)) != value:
                Path(path).write_text(value)
        if old:
            _save(record, kept)
    module.exit_json(changed=bool(wrong), missing=missing, diff=diff)


def _save(record: Path, values: dict[str, str]) -> None:
    record.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = record.with_suffix(".new")
    new.write_text(json.dumps(values, indent=1))
    new.replace(record)


if __name__ == "__main__":
    main()
