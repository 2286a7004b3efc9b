"""The token: one session a process, one operation at a time."""

import fcntl
import threading

import pkcs11
from asn1crypto import algos, core, keys
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key
from pyhanko.sign.pkcs11 import select_pkcs11_signing_params

from .settings import STATE, TokenSettings

DIGEST = "sha256"
_BITS = {"rsa-3072": 3072, "rsa-4096": 4096}
_CURVES = {"ec-p256": "secp256r1", "ec-p384": "secp384r1"}
_PRIVATE = {
    pkcs11.Attribute.SENSITIVE: True,
    pkcs11.Attribute.EXTRACTABLE: False,
    pkcs11.Attribute.PRIVATE: True,
}
ALGORITHMS = [*_BITS, *_CURVES]


class Token:
    """An open token; it stays open as long as the process lives.

    Open it where it is used, never before a fork. Processes log in one after the other: SoftHSM
    fails now and then when two do so at once.
    """

    def __init__(self, settings: TokenSettings, pin: str, writable: bool = False) -> None:
        self._lock = threading.Lock()
        with (STATE / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            token = pkcs11.lib(settings.module_path()).get_token(token_label=settings.label)
            self._session = token.open(rw=writable, user_pin=pin)

    def names(self) -> set[str]:
        """Names of the private keys."""
        found = self._session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY})
        return {key[pkcs11.Attribute.LABEL] for key in found}

    def generate(self, name: str, algorithm: str) -> None:
        """Make a key pair in the token; the private key can never leave it."""
        common = {"store": True, "label": name, "id": name.encode(), "private_template": _PRIVATE}
        if algorithm in _BITS:
            self._session.generate_keypair(pkcs11.KeyType.RSA, _BITS[algorithm], **common)
            return
        curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVES[algorithm])}
        self._session.create_domain_parameters(
            pkcs11.KeyType.EC, curve, local=True
        ).generate_keypair(mechanism=pkcs11.Mechanism.EC_KEY_PAIR_GEN, **common)

    def public_key(self, name: str) -> keys.PublicKeyInfo:
        """Read a public key."""
        key = self._session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=name)
        if key.key_type == pkcs11.KeyType.RSA:
            return keys.PublicKeyInfo.wrap(
                keys.RSAPublicKey.load(encode_rsa_public_key(key)), "rsa"
            )
        return keys.PublicKeyInfo.load(encode_ec_public_key(key))

    def sign(self, name: str, data: bytes, mechanism: algos.SignedDigestAlgorithm) -> bytes:
        """Sign data.

        Raises:
            pkcs11.PKCS11Error: the token does not do it.
        """
        spec = select_pkcs11_signing_params(
            mechanism, DIGEST, mechanism.signature_algo == "ecdsa", {}
        )
        if spec.pre_sign_transform:
            data = spec.pre_sign_transform(data)
        with self._lock:
            key = self._session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=name)
            signature = key.sign(data, **spec.sign_kwargs)
        return bytes(spec.post_sign_transform(signature) if spec.post_sign_transform else signature)


def mechanism_of(key: keys.PublicKeyInfo, pss: bool = False) -> algos.SignedDigestAlgorithm:
    """How a key signs: ECDSA, or RSA with either padding."""
    if key.algorithm == "ec":
        return algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    if not pss:
        return algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa", "parameters": core.Null()})
    digest = {"algorithm": DIGEST}
    return algos.SignedDigestAlgorithm(
        {
            "algorithm": "rsassa_pss",
            "parameters": algos.RSASSAPSSParams(
                {
                    "hash_algorithm": digest,
                    "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": digest},
                    "salt_length": 32,
                }
            ),
        }
    )
