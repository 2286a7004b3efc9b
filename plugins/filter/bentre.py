"""Filters for roles."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

DOCUMENTATION = r"""
name: nfc
short_description: Compose a text
description:
  - The same Vietnamese name typed on two keyboards becomes the same string (UAX 15, form NFC).
positional: _input
options:
  _input:
    description: The text.
    type: str
    required: true
"""

EXAMPLES = r"""
title: "{{ bentre_title | nfc }}"
"""

RETURN = r"""
_value:
  description: The text in NFC.
  type: str
"""


def nfc(text: str) -> str:
    """Compose a text (UAX 15)."""
    return unicodedata.normalize("NFC", text)


class FilterModule:
    """Hand the filters over to Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Name each filter."""
        return {"nfc": nfc}
