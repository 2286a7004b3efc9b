"""Files of a role, by Ansible itself, on this machine."""

import json

import pytest

from tests.roles.ansible import ansible


class Playbook:
    """One task with node_files; templates and files beside it."""

    def __init__(self, folder):
        self.folder = folder
        self.node = folder / "node"
        (folder / "files").mkdir()
        self.write("files/program", "#!/bin/sh\n")
        self.template("settings", "{{ ansible_managed | comment }}\nname={{ name }}\n")

    def write(self, path, text):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def template(self, name, text):
        """A template that mirrors the path of a file on the node."""
        self.write(f"templates{self.node}/{name}.j2", text)

    def run(self, *files, folders=(), code=0, check=False):
        given = [{**file, "path": str(self.node / file["path"])} for file in files]
        made = [{**folder, "path": str(self.node / folder["path"])} for folder in folders]
        arguments = {"record": str(self.folder / "record"), "files": given, "folders": made}
        task = {"name": "Files", "node_files": arguments}
        play = {"hosts": "localhost", "gather_facts": False, "tasks": [task]}
        self.write("play.yml", json.dumps([{**play, "vars": {"name": "Bến Tre"}}]))
        return ansible(
            "ansible-playbook",
            *("--connection", "local", "--diff", *(["--check"] if check else [])),
            self.folder / "play.yml",
            state=self.folder,
            code=code,
        ).stdout


@pytest.fixture
def playbook(tmp_path):
    return Playbook(tmp_path)


def test_each_is_made_of_what_is_named_and_a_second_run_changes_nothing(playbook):
    playbook.write("templates/bridge.j2", "{% for port in ports %}\n  {{ port }}\n{% endfor %}\n")
    files = [
        {"path": "settings"},
        {"path": "a/bridge", "template": "bridge.j2", "vars": {"ports": [1, 2]}},
        {"path": "program", "source": "program", "mode": "0755"},
        {"path": "plain", "content": "{{ '{{' }} as it is }}", "mode": "0600"},
    ]
    folders = [{"path": "own", "mode": "0700"}]
    said = playbook.run(*files, folders=folders, check=True)
    assert "changed=1" in said
    assert "+name=Bến Tre" in said
    assert not playbook.node.exists()
    assert "changed=1" in playbook.run(*files, folders=folders)
    node = playbook.node
    assert (node / "settings").read_text() == "#\n# Ansible managed\n#\nname=Bến Tre\n"
    assert (node / "a/bridge").read_text() == "  1\n  2\n"
    assert (node / "program").read_text() == "#!/bin/sh\n"
    assert (node / "plain").read_text() == "{{ as it is }}"
    modes = {p.name: oct(p.stat().st_mode & 0o777) for p in node.iterdir()}
    assert modes | {"a": ""} == {
        **{"a": "", "own": "0o700", "settings": "0o644", "program": "0o755", "plain": "0o600"}
    }
    assert "changed=0" in playbook.run(*files, folders=folders)
    (node / "own").chmod(0o755)
    assert "changed=1" in playbook.run(*files, folders=folders)
    assert (node / "own").stat().st_mode & 0o777 == 0o700


def test_what_is_listed_no_more_goes_and_what_stood_there_returns(playbook):
    for name in ("settings", "gone/settings"):
        playbook.write(f"node/{name}", "of Debian\n")
    playbook.template("gone/settings", "of the role\n")
    playbook.run({"path": "settings"}, {"path": "gone/settings"}, {"path": "new", "content": "x"})
    (playbook.node / "gone/settings").unlink()
    (playbook.node / "gone").rmdir()  # as when its package is purged
    assert "changed=1" in playbook.run()
    assert (playbook.node / "settings").read_text() == "of Debian\n"
    assert [p.name for p in playbook.node.iterdir()] == ["settings"]
    assert "changed=0" in playbook.run()


def test_a_command_that_failed_is_due_in_the_next_run(playbook):
    reload = ["test", "-e", str(playbook.folder / "ready")]
    file = {"path": "settings", "after": [reload]}
    assert "ended with 1" in playbook.run(file, code=2)
    assert (playbook.node / "settings").exists()
    playbook.write("ready", "")
    assert "changed=1" in playbook.run(file)
    assert "changed=0" in playbook.run(file)


def test_what_is_not_valid_does_not_take_its_place(playbook):
    playbook.run({"path": "settings", "validate": ["grep", "Bến", "%s"]})
    playbook.template("settings", "name=\n")
    said = playbook.run({"path": "settings", "validate": ["grep", "Bến", "%s"]}, code=2)
    assert f"{playbook.node}/settings: grep" in said
    assert "Bến" in (playbook.node / "settings").read_text()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ({"path": "x", "template": "a.j2", "content": "b"}, "one of content, template"),
        ({"path": "x", "template": "none.j2"}, "x: none.j2: Could not find or access"),
        ({"path": "x", "source": "none"}, "x: none: Could not find or access"),
        ({"path": "x", "template": "wrong.j2"}, "x: wrong.j2: 'nobody' is undefined"),
        ({"path": "x", "content": "y", "group": "nobodys"}, "group nobodys: not on this node"),
        ({"path": "x", "content": "y", "modus": "0644"}, "Unsupported parameters"),
        ({"path": "own/x", "content": "y"}, "File exists"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(playbook, file, said):
    playbook.write("templates/wrong.j2", "{{ nobody }}\n")
    playbook.write("node/own", "a file\n")
    out = playbook.run({"path": "first", "content": "1"}, file, code=2)
    assert said in " ".join(out.split())
    assert "Traceback" not in out
    assert not (playbook.node / "x").exists()
