#!/usr/bin/python
"""All files that a role owns on a node, in one round trip (docs/decisions/0029)."""

import difflib
import grp
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
  - An action plugin renders the templates, all of them before anything is sent.
author: The bentre_infra maintainers
options:
  record:
    description: Folder on the node where the module remembers what it wrote. One for each role.
    type: path
    required: true
  folders:
    description: Folders that have to be there first; those of files are made by themselves.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where the folder lies.
        type: path
        required: true
      mode:
        description: Its permissions, in octal digits.
        type: str
        default: "0755"
      group:
        description: Its group.
        type: str
        default: root
  files:
    description:
      - The files, in the order in which they are written.
      - What stands in one is given by one of C(template), C(source) and C(content).
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: Where the file lies.
        type: path
        required: true
      template:
        description: >-
          The template that it is made of, under C(templates). By default the one that mirrors its
          path, C(etc/issue.j2) for C(/etc/issue).
        type: str
      vars:
        description: More variables for the template.
        type: dict
      source:
        description: A file on the operator's machine, or under C(files), that it is a copy of.
        type: str
      content:
        description: What stands in it.
        type: str
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
      - {path: /etc/modprobe.d/example.conf}
      - {path: /usr/local/sbin/example, source: usr/local/sbin/example, mode: "0755"}
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
_FOLDER = {
    "path": {"type": "path", "required": True},
    "mode": {"type": "str", "default": "0755"},
    "group": {"type": "str", "default": "root"},
}
# with the content that the action plugin has put in
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


def _rights(path: Path, wanted: dict[str, Any]) -> bool:
    status = path.stat()
    return (
        status.st_mode & 0o7777 == int(wanted["mode"], 8)
        and status.st_uid == 0
        and path.group() == wanted["group"]
    )


def _give_rights(path: Path, wanted: dict[str, Any]) -> None:
    shutil.chown(path, "root", wanted["group"])
    path.chmod(int(wanted["mode"], 8))


def _know_groups(wanted: list[dict[str, Any]]) -> None:
    """Before anything is written; a check may come before the package that brings a group."""
    for name in {one["group"] for one in wanted}:
        try:
            grp.getgrnam(name)
        except KeyError as error:
            raise LookupError(f"group {name}: not on this node") from error


def _same(file: dict[str, Any]) -> bool:
    path = Path(file["path"])
    if path.is_symlink() or not path.is_file():
        return False
    return path.read_text(errors="replace") == file["content"] and _rights(path, file)


def _folders(folders: list[dict[str, Any]], check: bool) -> list[dict[str, str]]:
    """Make those that are not as given; returns what differed."""
    wrong = []
    for folder in folders:
        path = Path(folder["path"])
        if path.is_dir() and _rights(path, folder):
            continue
        wrong.append({"prepared": f"folder {path}: {folder['mode']}, root:{folder['group']}\n"})
        if not check:
            path.mkdir(parents=True, exist_ok=True)
            _give_rights(path, folder)
    return wrong


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
    _give_rights(path, file)


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
    Path(path).unlink(missing_ok=True)
    if Path(path).parent.is_dir() and (original.exists() or original.is_symlink()):
        shutil.move(original, path)
    original.unlink(missing_ok=True)  # its folder went with a package
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


def _settle(module: AnsibleModule) -> dict[str, Any]:
    """Compare, write what differs, remove what is given no more, run what is due."""
    files = module.params["files"]
    record = Record(Path(module.params["record"]))
    given = {file["path"] for file in files}
    gone = [path for path in record.files if path not in given]
    wrong = [file for file in files if not _same(file)]
    due = bool(record.due)
    if not module.check_mode:
        _know_groups(module.params["folders"] + files)
    folders = _folders(module.params["folders"], module.check_mode)
    diff = folders + [_difference(path, _text(path), "") for path in gone]
    diff += [_difference(file["path"], _text(file["path"]), file["content"]) for file in wrong]

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
    return {
        "changed": bool(folders or gone or wrong or due),
        "written": [file["path"] for file in wrong],
        "removed": gone,
        "ran": ran,
        "diff": diff,
    }


def main() -> None:
    """Do what was asked."""
    module = AnsibleModule(
        argument_spec={
            "record": {"type": "path", "required": True},
            "folders": {"type": "list", "elements": "dict", "default": [], "options": _FOLDER},
            "files": {"type": "list", "elements": "dict", "required": True, "options": _FILE},
        },
        supports_check_mode=True,
    )
    try:
        settled = _settle(module)
    except (OSError, LookupError) as error:  # a folder in a file's place, a group that is not there
        module.fail_json(msg=str(error))
    module.exit_json(**settled)


if __name__ == "__main__":
    main()
