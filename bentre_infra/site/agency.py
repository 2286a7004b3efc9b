"""Identifiers of agencies, in the form of QĐ 20/2020/QĐ-TTg and in the older one.

The new form grows to the right (``H07``, ``H07.12``, ``H07.12.3``), the older one of
QCVN 102:2016/BTTTT to the left (``000.00.00.H07``). An agency that had an older code was given its
new one by a list of its province, so the pair is data of a profile, never computed; only the
province's own pair follows from the form.
"""

import re
from dataclasses import dataclass

_NEW = re.compile(r"[A-Y]\d{2}(\.[0-9A-Z]+)*")
_LEGACY = re.compile(r"\d{3}\.\d{2}\.\d{2}\.([A-Y]\d{2})")
_LONGEST = 35


@dataclass(frozen=True, order=True)
class AgencyCode:
    """An agency's identifier in the form of QĐ 20/2020/QĐ-TTg, 35 characters at most."""

    text: str

    @classmethod
    def parse(cls, text: str) -> "AgencyCode":
        """Read the new form, or the older form of a whole province.

        Raises:
            ValueError: neither form, too long, or an older code that only a list can map.
        """
        code = text.strip()
        legacy = _LEGACY.fullmatch(code)
        if legacy:
            if not code.startswith("000.00.00."):
                raise ValueError(f"{text!r} is an older code: its new one stands in a profile")
            return cls(legacy[1])
        if not _NEW.fullmatch(code):
            raise ValueError(f"{text!r} is no agency code: like H07, H07.12 or 000.00.00.H07")
        if len(code) > _LONGEST:
            raise ValueError(f"{text!r} has {len(code)} characters: {_LONGEST} at most")
        return cls(code)

    @property
    def top(self) -> str:
        """The code of the ministry or province at the top."""
        return self.text.partition(".")[0]

    def within(self, other: "AgencyCode") -> bool:
        """Whether this agency belongs to another one."""
        return self.text.startswith(other.text + ".")

    def __str__(self) -> str:
        return self.text


def is_legacy(text: str) -> bool:
    """Whether a text has the older form (QCVN 102:2016/BTTTT)."""
    return _LEGACY.fullmatch(text) is not None
