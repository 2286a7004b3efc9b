"""The script that writes roles' README files: it finds what two files tell differently."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

SCRIPT = Path(__file__).parents[3] / "scripts/role_readme.py"
SPEC = {
    "short_description": "Mail",
    "description": ["Sends C(mail)."],
    "options": {"mail_hosts": {"description": "Who sends.", "type": "list", "elements": "str",
                               "default": ["a"]}},
}  # fmt: skip
DEFAULTS = "# Who sends.\n# mail_hosts: [b]\nmail_hosts: [a]\n"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    found = importlib.util.spec_from_file_location("role_readme", SCRIPT)
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, "role_readme", module)
    found.loader.exec_module(module)
    monkeypatch.setattr(module, "ROLES", tmp_path / "roles")
    write(tmp_path, SPEC, DEFAULTS)
    return module


def write(root: Path, spec: dict, defaults: str) -> None:
    role = root / "roles/mail"
    for folder in ("meta", "defaults", "tasks"):
        (role / folder).mkdir(parents=True, exist_ok=True)
    (role / "meta/argument_specs.yml").write_text(
        yaml.safe_dump({"argument_specs": {"main": spec}})
    )
    platforms = [{"name": "Debian", "versions": ["bookworm", "trixie"]}]
    (role / "meta/main.yml").write_text(yaml.safe_dump({"galaxy_info": {"platforms": platforms}}))
    (role / "tasks/main.yml").write_text("[{name: Queue, tags: [mail]}]")
    (role / "defaults/main.yml").write_text(defaults)


def test_readme_is_written_and_then_up_to_date(script, tmp_path):
    assert script.main(["--check"]) == 1
    assert script.main([]) == 0
    assert script.main(["--check"]) == 0
    text = (tmp_path / "roles/mail/README.md").read_text()
    for part in ("Sends `mail`.", "mail_hosts: [a]\n", "mail_hosts: [b]\n", "| `mail` | queue |"):
        assert part in text


@pytest.mark.parametrize(
    ("defaults", "said"),
    [
        (DEFAULTS.replace("Who sends", "Who gets"), "mail_hosts: described in two ways"),
        (DEFAULTS.replace("[a]", "[c]"), "mail_hosts: has two defaults"),
        (DEFAULTS.replace("mail_hosts", "mail_host"), "mail_host: only in one of both files"),
        (DEFAULTS.replace("# mail_hosts: [b]\n", ""), "mail_hosts: first what it is"),
        (DEFAULTS.replace("[b]", "see: above"), "mail: mapping values are not allowed"),
    ],
)
def test_what_two_files_tell_differently_is_named(script, tmp_path, capsys, defaults, said):
    write(tmp_path, SPEC, defaults)
    assert script.main([]) == 1
    assert said in capsys.readouterr().out
