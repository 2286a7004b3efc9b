"""Packages of a node: apt is asked where dpkg says that something is to be done."""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.plugins.action import ActionBase

_APT = {"lock_timeout": 300}  # seconds

Module = Callable[[str, Mapping[str, Any]], dict[str, Any]]


class ActionModule(ActionBase):  # type: ignore[misc]
    """See plugins/modules/node_packages.py."""

    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Ask, and do what is due."""
        super().run(tmp, task_vars)

        def module(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
            return dict(
                self._execute_module(name, module_args=dict(arguments), task_vars=task_vars)
            )

        asked = self._task.args
        found = module("node_packages", asked)
        if found.get("failed") or not found["due"]:
            return found
        installs = asked.get("state", "present") == "present"
        if installs and found["stale"]:
            failed = self._fetch(module, found["stamp"])
            if failed:
                return failed
        return module("ansible.builtin.apt", {**_APT, "install_recommends": False, **asked})

    def _fetch(self, module: Module, stamp: str) -> dict[str, Any]:
        """New lists, also in check mode: without them no package is known; returns a failure."""
        check = self._task.check_mode
        self._task.check_mode = False
        try:
            fetched = module("ansible.builtin.apt", {"update_cache": True, **_APT})
            if fetched.get("failed"):
                return fetched
            now = {"path": stamp, "state": "touch", "mode": "0644"}
            noted = module("ansible.builtin.file", now)
            return noted if noted.get("failed") else {}
        finally:
            self._task.check_mode = check
