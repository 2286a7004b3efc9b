"""terraform-provider-openstack 980: a changed SSH key replaces the key pair and the servers.

Keys are rotated on the hosts; stacks/foundation itself is tried in tests/stacks/test_foundation.py.
"""

import subprocess
from pathlib import Path

import pytest

from tests.stacks.clone import Clone

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("gate")]


@pytest.fixture
def other(tmp_path: Path) -> str:
    key = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    return key.with_suffix(".pub").read_text().strip()


def test_another_key_changes_nothing(clone: Clone, other: str) -> None:
    assert clone.plan(publicKey=other) == {}


def test_a_program_that_would_follow_it_is_stopped(clone: Clone, other: str) -> None:
    program = clone.stack / "__main__.py"
    kept = program.read_text()
    program.write_text(kept.replace('ignore_changes=["publicKey"]', "ignore_changes=[]"))
    try:
        changes = clone.plan(code=3, publicKey=other)
    finally:
        program.write_text(kept)
    refused = {name for name, change in changes.items() if change["refused"]}
    assert refused == {"Instance/web"}
    assert changes["Instance/web"]["change"] == "replace"
    assert not changes[f"Keypair/{clone.name}"]["refused"]
