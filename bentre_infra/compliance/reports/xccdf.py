"""A second opinion for the baseline control: OpenSCAP's evaluation of a node (XCCDF, ARF).

Content for another release answers "not applicable" to every rule with exit code 0. So a number of
rules must have been evaluated, or the answer is no answer.
"""

import base64
import gzip
import shlex
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from xml.etree import ElementTree as ET

from bentre_infra.runtime.errors import BentreError

XCCDF = "{http://checklists.nist.gov/xccdf/1.2}"
MINIMUM = 50
"""Rules that a profile of a supported release evaluates at the least; some 140 are usual."""

_EVALUATED = ("pass", "fail", "fixed")
_ABSENT = 3
_COMMAND = """\
command -v oscap >/dev/null || exit {absent}
test -r {content} || exit {absent}
d=$(mktemp -d) || exit 9
trap 'rm -rf "$d"' EXIT
oscap xccdf eval --profile {profile} --results-arf "$d/arf.xml" {content} >/dev/null 2>"$d/said"
rc=$?
# 0: every rule passed; 2: one failed at least
case $rc in 0|2) gzip -9c "$d/arf.xml" | base64 -w0;; *) tail -n 3 "$d/said" >&2;; esac
exit $rc
"""


class Done(Protocol):
    """A command that ended, as testinfra's ``host.run`` returns it."""

    @property
    def rc(self) -> int:
        """Exit code."""

    @property
    def stdout(self) -> str:
        """What it wrote."""

    @property
    def stderr(self) -> str:
        """What it complained of."""


@dataclass(frozen=True)
class Baseline:
    """What OpenSCAP says of a node.

    Attributes:
        counts: rules by result: ``pass``, ``fail``, ``notapplicable``, ``notchecked`` and so on.
        failed: identifiers of the rules that failed.
        arf: the whole result, gzip (SCAP 1.3's Asset Reporting Format): evidence.
    """

    counts: Mapping[str, int]
    failed: tuple[str, ...]
    arf: bytes

    @property
    def evaluated(self) -> int:
        """Rules that were judged."""
        return sum(self.counts.get(result, 0) for result in _EVALUATED)


def evaluate(
    run: Callable[[str], Done], content: str, profile: str, *, minimum: int = MINIMUM
) -> Baseline | None:
    """Evaluate a profile on a node; nothing stays there.

    Args:
        run: runs a shell command on the node as root, for example testinfra's ``host.run``.
        content: path of the data stream on the node.
        profile: identifier of a profile in it.
        minimum: rules that must have been evaluated.

    Returns:
        None where the node has no oscap or not this content: not assessed.

    Raises:
        BentreError: oscap failed, or evaluated fewer rules.
    """
    quoted = {"content": shlex.quote(content), "profile": shlex.quote(profile)}
    done = run(_COMMAND.format(absent=_ABSENT, **quoted))
    if done.rc == _ABSENT:
        return None
    if done.rc not in {0, 2}:
        raise BentreError(
            f"oscap with {content}, {profile}: exit code {done.rc}: {done.stderr.strip()[:300]}"
        )
    try:
        return read(base64.b64decode(done.stdout, validate=True), minimum=minimum)
    except ValueError as e:
        raise BentreError(f"oscap with {content}: its result was cut short: {e}") from e


def read(arf: bytes, *, minimum: int = MINIMUM) -> Baseline:
    """Count an ARF's results.

    Args:
        arf: gzip.

    Raises:
        BentreError: it cannot be read, or fewer rules than the minimum were evaluated.
    """
    try:
        # of our own node's oscap, and expat here refuses entities that grow without bound
        root = ET.fromstring(gzip.decompress(arf))  # noqa: S314
    except (OSError, EOFError, zlib.error, ET.ParseError) as e:
        raise BentreError(f"the result of oscap cannot be read: {e}") from e
    results = [
        (rule.get("idref", ""), rule.findtext(f"{XCCDF}result", ""))
        for rule in root.iter(f"{XCCDF}rule-result")
    ]
    counts = Counter(result for _, result in results if result != "notselected")
    failed = tuple(rule for rule, result in results if result == "fail")
    baseline = Baseline(dict(sorted(counts.items())), failed, arf)
    if baseline.evaluated < minimum:
        told = ", ".join(f"{n} {result}" for result, n in baseline.counts.items()) or "no rules"
        raise BentreError(
            f"oscap evaluated {baseline.evaluated} rules, fewer than {minimum}: {told}",
            "use content for the node's release",
        )
    return baseline
