"""A second opinion for the baseline control: OpenSCAP's evaluation of nodes (XCCDF 1.2).

oscap runs on the node, with the content that lies there for its release. Of its answer the results
are taken home and not the whole ARF: what its tests collected has hashes of passwords in it.
"""

import base64
import gzip
import subprocess
import zlib
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from shlex import quote
from typing import Any
from xml.etree import ElementTree as ET

from bentre_infra.compliance.gather.transport import Target, as_root
from bentre_infra.runtime.parallel import each

_XCCDF = "{http://checklists.nist.gov/xccdf/1.2}"
_PROFILES = "xccdf_org.ssgproject.content_profile_"
_PATIENCE = 600  # seconds: it takes some 5 on a quiet node
_AT_ONCE = 4  # it takes a processor and 300 MB of each node; nodes may share a machine
_ABSENT = 3
_COMMAND = """\
. /etc/os-release
content=/usr/share/xml/scap/ssg/content/ssg-$ID$VERSION_ID-ds.xml
command -v oscap >/dev/null && test -r $content || exit {absent}
d=$(mktemp -d) || exit 9
trap 'rm -rf "$d"' EXIT
oscap xccdf eval --profile {profile} --results "$d/results.xml" $content >/dev/null 2>"$d/said"
rc=$?
# 0: every rule passed; 2: one failed at least
case $rc in 0|2) gzip -9c "$d/results.xml" | base64 -w0;; *) tail -n 3 "$d/said" >&2;; esac
exit $rc
"""


class BaselineError(Exception):
    """OpenSCAP gave no answer on a node; the text says why."""


def evaluate(targets: Iterable[Target], profile: str) -> dict[str, dict[str, Any]]:
    """Ask OpenSCAP on many nodes, a few at a time; nothing stays there.

    Args:
        profile: of the content, with or without the prefix of its project.

    Returns:
        For each node what ``baseline`` of its facts is: see :func:`read`, or ``error``.
    """
    asked = list(targets)
    whole = profile if profile.startswith("xccdf_") else _PROFILES + profile

    def one(target: Target) -> dict[str, Any]:
        try:
            return {"profile": whole, **_ask(target.command(_start(whole)))}
        except BaselineError as e:
            return {"profile": whole, "error": str(e)}

    found = each(one, asked, _AT_ONCE)
    return {target.name: told for target, told in zip(asked, found, strict=True)}


def _start(profile: str) -> str:
    """The command, by root or whoever may become root."""
    script = _COMMAND.format(absent=_ABSENT, profile=quote(profile))
    return as_root(f"sh -c {quote(script)}")


def _ask(argv: list[str]) -> dict[str, Any]:
    at = datetime.now(UTC).timestamp()
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise BaselineError(f"no answer after {_PATIENCE} s") from None
    if done.returncode == _ABSENT:
        raise BaselineError("the node has no oscap, or no content for its release")
    if done.returncode not in {0, 2}:
        said = done.stderr.decode("utf-8", "replace").strip()[:300]
        raise BaselineError(f"exit code {done.returncode}: {said}")
    try:
        results = gzip.decompress(base64.b64decode(done.stdout, validate=True))
    except (OSError, EOFError, ValueError, zlib.error) as e:
        raise BaselineError(f"its answer was cut short: {e}") from e
    return {**read(results), "at": at}


def read(results: bytes) -> dict[str, Any]:
    """Count the results of a file of XCCDF.

    Returns:
        ``counts`` of the rules by result, ``failed`` rules, and ``results``: the part of the file
        that has them, as text.

    Raises:
        BaselineError: it is none.
    """
    try:
        # of our own node's oscap, and expat here refuses entities that grow without bound
        root = ET.fromstring(results)  # noqa: S314
    except ET.ParseError as e:
        raise BaselineError(f"its answer cannot be read: {e}") from e
    tested = root if root.tag == f"{_XCCDF}TestResult" else root.find(f".//{_XCCDF}TestResult")
    if tested is None:
        raise BaselineError("its answer has no results")
    rules = [
        (rule.get("idref", ""), rule.findtext(f"{_XCCDF}result", ""))
        for rule in tested.iter(f"{_XCCDF}rule-result")
    ]
    counts = Counter(result for _, result in rules if result != "notselected")
    ET.register_namespace("", _XCCDF.strip("{}"))
    return {
        "counts": dict(sorted(counts.items())),
        "failed": [rule for rule, result in rules if result == "fail"],
        "results": ET.tostring(tested, encoding="unicode"),
    }
