"""The lab's SSH key, with which its users enter their servers (ssh-keygen(1), RFC 8709)."""

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bentre_infra.lab.secrets import write_private


def ensure(private: Path) -> None:
    """Make the pair once: the private key, and the public one beside it with ``.pub``."""
    public = private.with_suffix(".pub")
    if private.exists() and public.exists():
        return
    key = Ed25519PrivateKey.generate()
    write_private(
        private,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        ).decode(),
    )
    line = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    public.write_text(f"{line.decode()} bentre-lab\n")
