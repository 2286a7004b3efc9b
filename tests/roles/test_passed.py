import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.roles import passed
from tests.story import passes

TREE = {
    "molecule/mail/converge.yml": "- {hosts: all, roles: [outer]}\n",
    "molecule/mail/side_effect.yml": "- import_playbook: ../../playbooks/more.yml\n",
    "playbooks/more.yml": "- {hosts: all, roles: [{role: played}]}\n",
    "roles/outer/tasks/main.yml": "- block: [{ansible.builtin.include_role: {name: inner}}]\n",
    "roles/outer/vars/main.yml": 'file: "{{ role_path }}/../borrowed/files/list"\nk: !vault abc\n',
    "roles/inner/meta/main.yml": "dependencies: [deep]\n",
    "roles/deep/tasks/main.yml": "[]\n",
    "roles/borrowed/files/list": "a\n",
    "roles/played/tasks/main.yml": "[]\n",
    "roles/foreign/tasks/main.yml": "[]\n",
    "ansible.cfg": "[defaults]\n",
}
KEY = "0" * 64


@pytest.fixture(autouse=True)
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENTRE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BENTRE_TEST_ALL", raising=False)
    root = tmp_path / "clone"
    for name, text in TREE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    subprocess.run(["git", "init", "-q", root], check=True)
    monkeypatch.setattr(passed, "ROOT", root)
    monkeypatch.setattr(passed, "ROLES", [folder.name for folder in (root / "roles").iterdir()])
    return root


def test_what_a_scenario_runs_is_found() -> None:
    roles = {s.removeprefix("roles/") for s in passed.sources("mail") if s.startswith("roles/")}
    assert roles == {"outer", "inner", "deep", "borrowed", "played"}


def test_a_name_that_is_known_at_run_time_only_may_be_any_role(clone: Path) -> None:
    task = '- ansible.builtin.include_role: {name: "{{ some_role }}"}\n'
    (clone / "roles/deep/tasks/main.yml").write_text(task)
    assert "roles/foreign" in passed.sources("mail")


@pytest.mark.parametrize("name", [name for name in TREE if "foreign" not in name])
def test_a_changed_file_runs_it_again(clone: Path, name: str) -> None:
    key = passed.inputs("mail")
    (clone / name).write_text(TREE[name] + "# changed\n")
    assert passed.inputs("mail") != key


def test_a_new_file_and_a_new_image_run_it_again(clone: Path) -> None:
    seen = {passed.inputs("mail")}
    (clone / "roles/deep/files").mkdir()
    (clone / "roles/deep/files/new").touch()
    seen.add(passed.inputs("mail"))
    images = clone.parent / "cache/images"
    images.mkdir(parents=True)
    (images / "debian13.ext4").write_text("image")
    assert len(seen | {passed.inputs("mail")}) == 3


def test_a_role_that_it_does_not_run_changes_nothing(clone: Path) -> None:
    key = passed.inputs("mail")
    (clone / "roles/foreign/tasks/main.yml").write_text("[{ansible.builtin.debug: }]\n")
    assert passed.inputs("mail") == key


def test_a_pass_counts_with_the_same_inputs_alone() -> None:
    assert passed.before("mail", KEY) is None
    passed.keep("mail", KEY)
    assert "same inputs" in (passed.before("mail", KEY) or "")
    assert passed.before("mail", "1" * 64) is None
    assert passed.before("dns", KEY) is None


def test_all_run_when_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    passed.keep("mail", KEY)
    monkeypatch.setenv("BENTRE_TEST_ALL", "1")
    assert passed.before("mail", KEY) is None


def test_a_pass_ends(clone: Path) -> None:
    passed.keep("mail", KEY)
    file = clone.parent / "cache/passed/mail.json"
    old = datetime.now(UTC) - passed.VALID - timedelta(minutes=1)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"at": old.isoformat()}))
    assert passed.before("mail", KEY) is None


FILES = sorted(Path(passes.__file__).parent.glob("test_*.py"))


def session(files=FILES, passed=FILES, args=("tests/story",), keyword="") -> SimpleNamespace:
    """One that collected a story of each file, and told some of them."""
    items = [
        SimpleNamespace(path=file, nodeid=file.name, get_closest_marker=lambda _: True)
        for file in files
    ]
    option = SimpleNamespace(keyword=keyword, markexpr="")
    config = SimpleNamespace(option=option, args=args)
    stash = {passes.PASSED: {file.name for file in passed}}
    return SimpleNamespace(items=items, config=config, stash=stash)


def test_a_pass_of_the_stories_is_one_of_all_of_them() -> None:
    assert passes.all_passed(session())


@pytest.mark.parametrize(
    "less",
    [
        {"passed": FILES[:-1]},  # one failed, was skipped, or Ctrl-C came before it
        {"passed": []},
        {"files": FILES[:1], "passed": FILES[:1], "args": [f"tests/story/{FILES[0].name}"]},
        {"args": [f"tests/story/{FILES[0].name}::test_one"]},
        {"keyword": "one"},
    ],
)
def test_a_part_of_the_stories_is_no_pass(less) -> None:
    assert not passes.all_passed(session(**less))
