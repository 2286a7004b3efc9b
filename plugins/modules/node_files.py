#!/usr/bin/python
"""All files that a role owns on a node, in one round trip (docs/decisions/0029)."""

import difflib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: node_files
short_description: All files that a role owns on a node, in one round trip
description:
  - Writes the files that are not as given. A file that an earlier run wrote and that is given no
    more is removed; what stood in its place before the role came returns.
  - Commands that a change asks for are kept in the record until they have succeeded, so that a run
    that was cut short is mended by the next.
author: The bentre_infra maintainers
options:
  record:
    description: Folder on the node where the module remembers what it wrote. One for each role.
    type: path
    required: true
  files:
    description: The files, in the order in which they are written.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: Where the file lies.
        type: path
        required: true
      content:
        description: What stands in it.
        type: str
        required: true
      mode:
        description: Its permissions, in octal digits.
        type: str
        default: "0644"
      group:
        description: Its group.
        type: str
        default: root
      validate:
        description: A command that has to succeed before C(%s), the new file, is put in place.
        type: list
        elements: str
        default: []
      after:
        description: Commands to run when the file was written; each runs once, after all files.
        type: list
        elements: list
        default: []
      before_removal:
        description: Commands to run before the file is removed.
        type: list
        elements: list
        default: []
      after_removal:
        description: Commands to run when the file was removed.
        type: list
        elements: list
        default: []
"""

EXAMPLES = r"""
- name: Files
  node_files:
    record: /var/lib/bentre/example
    files:
      - path: /etc/modprobe.d/example.conf
        content: "{{ lookup('ansible.builtin.template', 'etc/modprobe.d/example.conf.j2') }}"
"""

RETURN = r"""
written:
  description: Paths that were written.
  type: list
removed:
  description: Paths that were removed, or got back what stood there before.
  type: list
ran:
  description: Commands that were run.
  type: list
"""

_COMMANDS = {"type": "list", "elements": "list", "default": []}
_FILE = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True},
    "mode": {"type": "str", "default": "0644"},
    "group": {"type": "str", "default": "root"},
    "validate": {"type": "list", "elements": "str", "default": []},
    "after": _COMMANDS,
    "before_removal": _COMMANDS,
    "after_removal": _COMMANDS,
}


class Record:
    """What earlier runs left: the files that are the role's, and commands that are still due."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "files.json"
        self.originals = folder / "originals"
        known = json.loads(self._file.read_text()) if self._file.exists() else {}
        self.files: dict[str, dict[str, Any]] = known.get("files", {})
        self.due: list[list[str]] = known.get("due", [])

    def save(self) -> None:
        """Write it in one step."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = json.dumps({"files": self.files, "due": self.due}, indent=1, sort_keys=True)
        new = self._file.with_suffix(".new")
        new.write_text(text)
        new.replace(self._file)

    def original(self, path: str) -> Path:
        """Where that is kept which stood at a path before the role came."""
        return self.originals / path.strip("/").replace("/", ",")

    def owe(self, commands: list[list[str]]) -> None:
        """Commands are due, each once."""
        self.due += [command for command in commands if command not in self.due]


def _same(file: dict[str, Any]) -> bool:
    path = Path(file["path"])
    if path.is_symlink() or not path.is_file():
        return False
    status = path.stat()
    return (
        path.read_text(errors="replace") == file["content"]
        and status.st_mode & 0o7777 == int(file["mode"], 8)
        and status.st_uid == 0
        and path.group() == file["group"]
    )


def _write(module: AnsibleModule, file: dict[str, Any]) -> None:
    path = Path(file["path"])
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    handle, new = tempfile.mkstemp(dir=module.tmpdir)
    os.write(handle, file["content"].encode())
    os.close(handle)
    if file["validate"]:
        _run(module, [word.replace("%s", new) for word in file["validate"]], file["path"])
    if path.is_symlink():
        path.unlink()
    module.atomic_move(new, str(path))
    shutil.chown(path, "root", file["group"])
    path.chmod(int(file["mode"], 8))


def _run(module: AnsibleModule, command: list[str], subject: str) -> None:
    code, out, error = module.run_command([str(word) for word in command])
    if code:
        said = (error or out).strip()
        module.fail_json(msg=f"{subject}: {' '.join(command)} ended with {code}: {said}")


def _difference(path: str, before: str, after: str) -> dict[str, str]:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), path, path
    )
    return {"prepared": "".join(lines)}


def _text(path: str) -> str:
    return Path(path).read_text(errors="replace") if Path(path).is_file() else ""


def _remove(module: AnsibleModule, record: Record, path: str) -> None:
    known = record.files[path]
    for command in known["before_removal"]:
        _run(module, command, path)
    record.owe(known["after_removal"])
    record.save()
    original = record.original(path)
    if original.exists() or original.is_symlink():
        if Path(path).is_symlink() or Path(path).exists():
            Path(path).unlink()
        shutil.move(original, path)
    else:
        Path(path).unlink(missing_ok=True)
    del record.files[path]
    record.save()


def _keep_original(record: Record, path: Path) -> None:
    """Set aside what the role finds when it comes for the first time."""
    if path.is_symlink() or path.exists():
        record.originals.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = record.original(str(path))
        shutil.copy2(path, kept, follow_symlinks=False)
        if not kept.is_symlink():
            shutil.chown(kept, path.stat().st_uid, path.stat().st_gid)


def main() -> None:
    """Compare, write what differs, remove what is given no more, run what is due."""
    module = AnsibleModule(
        argument_spec={
            "record": {"type": "path", "required": True},
            "files": {"type": "list", "elements": "dict", "required": True, "options": _FILE},
        },
        supports_check_mode=True,
    )
    files = module.params["files"]
    record = Record(Path(module.params["record"]))
    given = {file["path"] for file in files}
    gone = [path for path in record.files if path not in given]
    wrong = [file for file in files if not _same(file)]
    diff = [_difference(path, _text(path), "") for path in gone]
    diff += [_difference(file["path"], _text(file["path"]), file["content"]) for file in wrong]
    due = bool(record.due)

    if not module.check_mode:
        for path in gone:
            _remove(module, record, path)
        for file in files:
            known = {key: file[key] for key in ("before_removal", "after_removal")}
            if file["path"] not in record.files and file in wrong:
                _keep_original(record, Path(file["path"]))
            if file in wrong:
                record.owe(file["after"])
            if file in wrong or record.files.get(file["path"]) != known:
                record.files[file["path"]] = known
                record.save()
            if file in wrong:
                _write(module, file)
        ran = list(record.due)
        for command in ran:
            _run(module, command, "after a change")
        if ran:
            record.due = []
            record.save()
    else:
        ran = []
    module.exit_json(
        changed=bool(gone or wrong or due),
        written=[file["path"] for file in wrong],
        removed=gone,
        ran=ran,
        diff=diff,
    )


if __name__ == "__main__":
    main()
