"""A copy of an audit for people who need no addresses: host names become pseudonyms."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from ipaddress import ip_address, ip_interface

from bentre_infra.compliance.result import Audit, Subject

ADDRESS = "[địa chỉ]"
"""Stands in place of every address."""
DOMAIN = "[tên miền]"
"""Stands in place of the domain behind a host's name."""

_IPV4 = r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,3})?(?![\d.]*\d)"
_COLONS = r"(?<![0-9A-Za-z:.])[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:%\w+)?(?:/\d{1,3})?"
_CANDIDATE = re.compile(f"{_IPV4}|{_COLONS}")
_MAC = re.compile(r"(?i)(?<![0-9a-f:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![0-9a-f:-])")


class Redactor:
    """Takes addresses and host names out of texts.

    Pseudonyms are numbered in the order of the names, so that the same run gives the same copy.
    Known limits: a host that is no subject of the run keeps its name, and people's names stay:
    they answer for what is written.

    Args:
        audits: whose subjects' names and addresses are known. Runs that are compared are redacted
            together, so that a host has one pseudonym in all of them.
    """

    def __init__(self, *audits: Audit) -> None:
        subjects = [subject for audit in audits for subject in audit.subjects]
        self._names = _pseudonyms(subjects)
        self._addresses = sorted({a for s in subjects for a in s.addresses}, key=len, reverse=True)

    @cached_property
    def _name(self) -> re.Pattern[str] | None:
        if not self._names:
            return None
        longest = sorted(self._names, key=len, reverse=True)
        names = "|".join(re.escape(name) for name in longest)
        # with the domain behind it; never a part of a longer name
        return re.compile(
            rf"(?i)(?<![\w.-])({names})((?:\.[a-z0-9][a-z0-9-]*)*\.[a-z]{{2,}}\b)?(?![\w-])"
        )

    def text(self, text: str) -> str:
        """Return a text without addresses and with pseudonyms."""
        for address in self._addresses:
            text = text.replace(address, ADDRESS)
        text = _MAC.sub(ADDRESS, text)
        text = _CANDIDATE.sub(_address, text)
        return self._name.sub(self._pseudonym, text) if self._name else text

    def svg(self, svg: str) -> str:
        """Return a drawing with its texts redacted, and its lines where they were."""
        return re.sub(r">([^<]+)<", lambda m: f">{self.text(m[1])}<", svg)

    def audit(self, audit: Audit) -> Audit:
        """Return a copy of an audit; digests of evidence stay, so that it can be asked for."""
        return replace(
            audit,
            assessor=self.text(audit.assessor),
            subjects=tuple(
                replace(s, name=self._subject(s.name), addresses=(), note=self.text(s.note))
                for s in audit.subjects
            ),
            findings=tuple(
                replace(
                    f,
                    subject=self._subject(f.subject),
                    message=self.text(f.message),
                    message_vi=self.text(f.message_vi),
                    expected=self.text(f.expected),
                    actual=self.text(f.actual),
                )
                for f in audit.findings
            ),
            evidence=tuple(
                replace(e, subject=self._subject(e.subject), source=self.text(e.source))
                for e in audit.evidence
            ),
            exemptions=tuple(
                replace(
                    e,
                    reason=self.text(e.reason),
                    owner=self.text(e.owner),
                    subjects=tuple(self._subject(s) for s in e.subjects),
                )
                for e in audit.exemptions
            ),
            attempts=tuple(
                replace(a, source=self._subject(a.source), target=self._subject(a.target))
                for a in audit.attempts
            ),
        )

    def _subject(self, name: str) -> str:
        return self._names.get(name) or self.text(name)

    def _pseudonym(self, match: re.Match[str]) -> str:
        return self._lower[match[1].lower()] + (f".{DOMAIN}" if match[2] else "")

    @cached_property
    def _lower(self) -> Mapping[str, str]:
        return {name.lower(): pseudonym for name, pseudonym in self._names.items()}


def _pseudonyms(subjects: Iterable[Subject]) -> dict[str, str]:
    """Numbers, in the order of the names; projects and the site have no host names."""
    nodes = sorted({s.name for s in subjects if s.kind == "node"})
    width = max(2, len(str(len(nodes))))
    return {name: f"may-chu-{n:0{width}}" for n, name in enumerate(nodes, 1)}


def _address(match: re.Match[str]) -> str:
    """Only what is an address: 1.2.3.400 and 12:30:45 are none."""
    text = match[0]
    kept = ""
    while text and text[-1] in ".:" and not text.endswith("::"):
        text, kept = text[:-1], text[-1] + kept
    plain = re.sub(r"%\w+", "", text)
    try:
        if "/" in plain:
            ip_interface(plain)
        else:
            ip_address(plain)
    except ValueError:
        return match[0]
    # the unspecified address names no host: "listens on ::"
    return match[0] if plain in {"::", "0.0.0.0"} else ADDRESS + kept  # noqa: S104
