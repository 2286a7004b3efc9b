"""Files of a role: rendered here, all at once, and handed to the module on the node."""

from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

# as ansible.builtin.template renders
_BLOCKS = {"trim_blocks": True, "lstrip_blocks": True}
_SOURCES = ("content", "template", "source")


class ActionModule(ActionBase):  # type: ignore[misc]
    """See plugins/modules/node_files.py.

    A lookup of each template copies every variable of the node for it, and costs eight times what
    it takes to render one here.
    """

    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Render, then have the module compare and write."""
        super().run(tmp, task_vars)
        known = task_vars or {}
        files = self._task.args.get("files")
        if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
            raise AnsibleActionFail("files: a list of files is wanted, each with its path")
        asked = {**self._task.args, "files": [self._given(file, known) for file in files]}
        return dict(self._execute_module("node_files", module_args=asked, task_vars=task_vars))

    def _given(self, file: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        """A file as the module takes it: with its content."""
        path = file.get("path")
        if not path:
            raise AnsibleActionFail(f"files: {file}: a path is missing")
        named = [key for key in _SOURCES if file.get(key) is not None]
        if len(named) > 1:
            raise AnsibleActionFail(f"{path}: one of {', '.join(named)}, not all of them")
        rest = {key: value for key, value in file.items() if key not in (*_SOURCES, "vars")}
        if named == ["content"]:
            return {**rest, "content": file["content"]}
        if named == ["source"]:
            return {**rest, "content": self._read(path, "files", file["source"])}
        name = file.get("template") or f"{path[1:]}.j2"
        return {**rest, "content": self._render(path, name, {**known, **(file.get("vars") or {})})}

    def _read(self, path: str, folder: str, name: str) -> str:
        try:
            return str(self._loader.get_text_file_contents(self._find_needle(folder, name)))
        except (AnsibleError, UnicodeDecodeError) as error:
            raise AnsibleActionFail(f"{path}: {name}: {error}") from error

    def _render(self, path: str, name: str, known: dict[str, Any]) -> str:
        text = trust_as_template(self._read(path, "templates", name))
        managed = constants.config.get_config_value("DEFAULT_MANAGED_STR")
        templar = self._templar.copy_with_new_env(
            searchpath=[
                str(Path(found) / "templates") for found in known.get("ansible_search_path", [])
            ],
            available_variables={"ansible_managed": managed, **known},
        )
        try:
            return str(templar.template(text, escape_backslashes=False, overrides=_BLOCKS) or "")
        except AnsibleError as error:
            raise AnsibleActionFail(f"{path}: {name}: {error}") from error
