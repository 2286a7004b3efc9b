"""How templates of roles are written, where Ansible does not look."""

import re

from tests.roles.ansible import ROOT

# a call whose value goes nowhere: with an argument that could not be computed, ansible-core 2.19+
# makes no call and no error, and what was to be listed is missing in silence
THROWN_AWAY = re.compile(r"set _+ *=")


def test_no_error_is_thrown_away():
    files = [f for d in ("roles", "playbooks", "molecule") for f in (ROOT / d).rglob("*")]
    texts = {f: f.read_text() for f in files if f.suffix in {".yml", ".j2"}}
    assert len(texts) > 100
    assert [str(f.relative_to(ROOT)) for f, text in texts.items() if THROWN_AWAY.search(text)] == []
