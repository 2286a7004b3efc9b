"""Read a YAML file as plain data, and remember the line of everything in it.

PyYAML composes the nodes, whose marks give the lines; values are made here, by YAML 1.2's core
schema (https://yaml.org/spec/1.2.2/#103-core-schema), so that ``no`` and ``on`` stay words and
``0644`` is never read as octal. Text is NFC. Doubled keys, aliases and things that look like
secrets are problems.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bentre_infra.site.errors import Problem, SiteError
from bentre_infra.site.text import nfc

type Place = tuple[str | int, ...]

_SECRET_KEY = re.compile(
    r"(^|[_-])(password|passwd|passphrase|secret|token|psk|credential)s?$|(api|private)[_-]?key",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AGE-SECRET-KEY-|://[^/\s:@]+:[^/\s@]+@|\$(y|6|2b|argon2id)\$"
)
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}

# libyaml's loader where PyYAML was built with it: ten times as fast, same nodes
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class YamlFile:
    """What a file says.

    Attributes:
        name: the file, as the user named it.
        data: mappings, lists, texts, numbers, booleans and None.
        lines: line of each place, counted from 1; a place is the keys and indexes that lead there.
        problems: what is wrong with the file as YAML.
    """

    name: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """Line of a place, or of the nearest place above it that the file has."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def problem(self, place: Place, message: str) -> Problem:
        """Say what is wrong at a place."""
        return Problem(self.name, self.line(place), message)


def read(path: Path) -> YamlFile:
    """Read one file.

    Raises:
        SiteError: it is missing, cannot be read, is no UTF-8, or no YAML at all.
    """
    name = _short(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as e:
        raise SiteError([Problem(name, 1, f"cannot be read: {e.strerror}")]) from e
    except UnicodeDecodeError as e:
        raise SiteError([Problem(name, 1, "is no UTF-8 text: save it as UTF-8")]) from e
    return parse(text, name)


def parse(text: str, name: str) -> YamlFile:
    """Read a text as if it stood in a file of that name.

    Raises:
        SiteError: it is no YAML.
    """
    file = YamlFile(name)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        line = mark.line + 1 if mark else 1
        raise SiteError([Problem(name, line, f"is no YAML: {e.problem or e.context}")]) from e
    except yaml.YAMLError as e:
        raise SiteError([Problem(name, 1, f"is no YAML: {e}")]) from e
    if node is not None:
        file.data = _Builder(file).build(node, ())
    return file


class _Builder:
    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.seen: set[int] = set()

    def build(self, node: yaml.Node, place: Place) -> Any:
        self.file.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node.style, node.value, place)
        # composing resolves an alias to the node that it names
        if id(node) in self.seen:
            self._problem(place, "an alias repeats a part of the file: say it once, by name")
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, place))
        return [self.build(item, (*place, i)) for i, item in enumerate(node.value)]

    def _pairs(self, node: yaml.MappingNode, place: Place) -> Iterator[tuple[str, Any]]:
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.file.problems.append(Problem(self.file.name, line, "a key must be a word"))
                continue
            key = nfc(key_node.value)
            here = (*place, key)
            if key in first:
                message = f'"{key}" stands twice: first on line {first[key]}'
                self.file.problems.append(Problem(self.file.name, line, message))
                continue
            first[key] = line
            self.file.lines[here] = line
            if _SECRET_KEY.search(key):
                self._secret(here)
            yield key, self.build(value_node, here)

    def _scalar(self, style: str | None, value: str, place: Place) -> Any:
        text = nfc(value)
        if _SECRET_TEXT.search(text):
            self._secret(place)
        if style in ("'", '"', "|", ">"):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _NUMBER.fullmatch(text):
            return float(text) if "." in text else int(text)
        return text

    def _secret(self, place: Place) -> None:
        self._problem(
            place,
            "a secret has no place here: keep it in the stack's secret configuration or a vault",
        )

    def _problem(self, place: Place, message: str) -> None:
        self.file.problems.append(self.file.problem(place, message))


def _short(path: Path) -> str:
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
