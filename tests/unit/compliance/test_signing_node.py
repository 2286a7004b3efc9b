"""What is told when the signing node does not seal; tests/story/test_evidence.py has a real one."""

import json

import pytest

from bentre_infra.compliance.gather.transport import Target
from bentre_infra.compliance.signing_node import SigningNode
from bentre_infra.runtime.errors import BentreError

REFUSAL = {"error": "token-fault", "vi": "…", "en": "The token does not answer", "detail": ""}


@pytest.fixture
def node(tmp_path, monkeypatch):
    """A node whose ssh runs a script in place of the program there."""

    def made(script: str) -> SigningNode:
        ssh = tmp_path / "ssh"
        ssh.write_text(f"#!/bin/sh\ncat >/dev/null\n{script}\n")
        ssh.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        return SigningNode(Target("signing-app-1", "192.0.2.1"))

    return made


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo 'ssh: no route to host' >&2; exit 255", "signing-app-1: ssh: no route to host"),
        (f"echo 503; echo '{json.dumps(REFUSAL)}'", "The token does not answer (token-fault)"),
        ("echo 404; echo '<html>'", "signing-app-1: 404"),
        ("echo 200; echo no signature", "is no signature"),
        ("exit 1", "it said nothing"),
    ],
)
def test_why_there_is_no_signature_is_told(node, script, told):
    with pytest.raises(BentreError) as error:
        node(script).sign(b"data")
    assert told in error.value.message
