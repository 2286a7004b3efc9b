"""The filters, through Ansible's own templates."""

import json

from tests.roles.ansible import ansible


def test_text_is_composed(tmp_path):
    (tmp_path / "play.yml").write_text(
        json.dumps([{
            "hosts": "localhost", "gather_facts": False,
            "tasks": [{"ansible.builtin.assert": {"that": "given | nfc == 'B\\u1ebfn Tre'"}}],
            "vars": {"given": "Be\u0302\u0301n Tre"},
        }])
    )  # fmt: skip
    done = ansible("ansible-playbook", tmp_path / "play.yml", state=tmp_path)
    assert "ok=1" in done.stdout
