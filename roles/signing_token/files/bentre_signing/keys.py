"""Settles the token: PINs, the token itself, keys, and a request for a certificate for each."""

import os
import pwd
import secrets
from pathlib import Path

import pkcs11
from asn1crypto import core, csr, pem, x509

from . import softhsm
from .settings import FOLDER, STATE, TokenSettings
from .token import Token, mechanism_of


def settle() -> None:
    """Make what is not there, and say each thing that was made. Run as root."""
    settings = TokenSettings.read()
    pins = {name: _pin(FOLDER / name, settings.softhsm) for name in ("pin", "officer-pin")}
    _become(settings.user)
    if settings.softhsm and not _there(settings):
        softhsm.make(settings.label, pins["officer-pin"], pins["pin"])
        _changed(f"token {settings.label}")
    _keys(settings, pins["pin"])


def _pin(file: Path, make: bool) -> str:
    """The PIN that root alone can read; a vendor's token has its own."""
    if not file.exists() and make:
        new = file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(24))
        new.rename(file)
        _changed(str(file))
    return file.read_text().strip() if file.exists() else ""


def _become(user: str) -> None:
    """Go on as the user of the token, so that its files are the user's."""
    entry = pwd.getpwnam(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.umask(0o077)


def _there(settings: TokenSettings) -> bool:
    try:
        pkcs11.lib(str(softhsm.MODULE)).get_token(token_label=settings.label)
    except pkcs11.NoSuchToken:
        return False
    finally:
        pkcs11.unload(str(softhsm.MODULE))
    return True


def _keys(settings: TokenSettings, pin: str) -> None:
    token = Token(settings, pin, writable=True)
    there = token.names()
    for name, algorithm in settings.keys.items():
        if name not in there:
            token.generate(name, algorithm)
            _changed(f"key {name}")
        file = STATE / "requests" / f"{name}.csr"
        text = request(token, name, settings.subject)
        # an ECDSA signature is another each time; what was asked for is what counts
        if not file.exists() or _asked(file.read_bytes()) != _asked(text):
            file.write_bytes(text)
            _changed(f"request {name}")


def request(token: Token, name: str, subject: dict[str, str]) -> bytes:
    """A request for a certificate (PKCS#10, PEM), signed by the key that it is for."""
    public = token.public_key(name)
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": x509.Name.build(
                {**subject, "common_name": f"{subject['common_name']} {name}"}
            ),
            "subject_pk_info": public,
            "attributes": csr.CRIAttributes([]),
        }
    )
    mechanism = mechanism_of(public)
    signed = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": mechanism,
            "signature": core.OctetBitString(token.sign(name, info.dump(), mechanism)),
        }
    )
    text: bytes = pem.armor("CERTIFICATE REQUEST", signed.dump())
    return text


def _asked(text: bytes) -> bytes:
    der = pem.unarmor(text)[2]
    asked: bytes = csr.CertificationRequest.load(der)["certification_request_info"].dump()
    return asked


def _changed(what: str) -> None:
    print(f"changed: {what}", flush=True)
