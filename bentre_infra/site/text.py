"""Vietnamese text: one form inside (NFC), and an ASCII name beside it."""

import re
import unicodedata

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""A label of a host name (RFC 1123 section 2.1, RFC 1035 section 2.3.4), in lower case."""


def nfc(text: str) -> str:
    """Compose a text: the same name typed on two keyboards becomes the same string (UAX 15)."""
    return unicodedata.normalize("NFC", text)


def slug(name: str) -> str:
    """Make the ASCII name that host names, domains and files carry: Mỏ Cày Bắc -> mo-cay-bac.

    The letter đ does not decompose (UAX 15), so it is mapped first.

    Raises:
        ValueError: nothing is left, or more than a host name's label holds.
    """
    plain = nfc(name).replace("đ", "d").replace("Đ", "D")
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    result = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    if not LABEL.fullmatch(result):
        raise ValueError(f"{name!r} gives no host name of 1 to 63 letters, digits and hyphens")
    return result
