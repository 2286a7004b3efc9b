"""Text that any format can carry: what a host said is data, never markup, layout or a command."""

import re

from bentre_infra.site.text import nfc

_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls: XML 1.0 section 2.2 forbids most of them
    "\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c"  # turn the reading direction around (UAX 9)
    "\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]"
    "|[\U0001fffe-\U0001ffff\U0002fffe-\U0002ffff\U000ffffe-\U000fffff\U0010fffe-\U0010ffff]"
)


def clean(text: str) -> str:
    r"""Compose a text (NFC) and show what has no glyph as an escape: ``\x1b``, ``\u202e``.

    Tabs and new lines stay; text that is written from right to left stays as it is.
    """
    lines = nfc(text).replace("\r\n", "\n").replace("\r", "\n")
    return _UNFIT.sub(_escape, lines)


def shorten(text: str, most: int) -> str:
    """Cut a text to a number of characters and say how many are left out."""
    if len(text) <= most:
        return text
    return f"{text[:most].rstrip()} […+{len(text) - most}]"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
