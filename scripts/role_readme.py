#!/usr/bin/env python3
"""Writes each role's README.md from its argument_specs and its defaults.

Usage: scripts/role_readme.py [--check]     --check: only say what is not up to date (exit code 1)

Both files have to tell the same of each variable: its description, its value.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).parents[1] / "roles"
SCENARIOS = ROLES.parent / "molecule"
_VARIABLE = re.compile(r"^([a-z][a-z0-9_]*):", re.MULTILINE)


@dataclass(frozen=True)
class Default:
    """A variable as defaults/main.yml has it.

    Attributes:
        description: one line that says what it is.
        example: the commented line or lines that set it to something else.
        text: the line or lines that give its value.
        value: that value.
    """

    description: str
    example: str
    text: str
    value: Any


def defaults_of(file: Path) -> dict[str, Default]:
    """Read the variables of a defaults file; blank lines part them.

    Raises:
        ValueError: a variable lacks its description or its example.
    """
    found = {}
    for block in re.split(r"\n{2,}", file.read_text().strip()):
        match = _VARIABLE.search(block)
        if not match:
            raise ValueError(f"no variable: {block!r}")
        name = match[1]
        comments = [line.removeprefix("# ") for line in block[: match.start()].splitlines()]
        if len(comments) < 2 or not comments[1].startswith(f"{name}:"):
            raise ValueError(f"{name}: first what it is, in one line, then an example")
        example, text = "\n".join(comments[1:]), block[match.start() :]
        if name not in yaml.safe_load(example):
            raise ValueError(f"{name}: the example does not set it")
        found[name] = Default(comments[0], example, text, yaml.safe_load(text)[name])
    return found


def faults(role: Path, spec: dict[str, Any], defaults: dict[str, Default]) -> list[str]:
    """Say where argument_specs and defaults tell different things."""
    options = spec["options"]
    found = [f"{role.name}: {n}: only in one of both files" for n in options.keys() ^ defaults]
    for name in options.keys() & defaults:
        option, default = options[name], defaults[name]
        if option["description"] != default.description:
            found.append(f"{role.name}: {name}: described in two ways")
        if option.get("default") != default.value:
            found.append(f"{role.name}: {name}: has two defaults")
        if not name.startswith(f"{role.name}_"):
            found.append(f"{role.name}: {name}: does not begin with {role.name}_")
    return sorted(found)


def readme(role: Path, spec: dict[str, Any], defaults: dict[str, Default]) -> str:
    """Write a role's README."""
    lines = [
        f"# {role.name}",
        "",
        "<!-- scripts/role_readme.py writes this from meta/argument_specs.yml and defaults/ -->",
        "",
        f"{spec['short_description']}.",
        "",
        *(f"{_prose(paragraph)}\n" for paragraph in spec["description"]),
        "## Variables",
        "",
    ]
    for name, option in spec["options"].items():
        lines += [
            f"### `{name}`",
            "",
            f"{_prose(option['description'])} Type: {_type(option)}.",
            "",
            *_inner(option),
            "```yaml",
            f"{defaults[name].text}\n\n# for example",
            defaults[name].example,
            "```",
            "",
        ]
    tasks = yaml.safe_load((role / "tasks/main.yml").read_text())
    lines += ["## Tags", "", "| tag | what |", "|---|---|"]
    tags = {tag: [] for task in tasks for tag in task.get("tags", []) if tag != "always"}
    for task in tasks:
        for tag in tags.keys() & set(task.get("tags", [])):
            tags[tag].append(task["name"].lower())
    lines += [f"| `{tag}` | {', '.join(what)} |" for tag, what in tags.items()]
    platforms = yaml.safe_load((role / "meta/main.yml").read_text())["galaxy_info"]["platforms"]
    systems = (f"{p['name']} {' and '.join(p['versions'])}" for p in platforms)
    scenario = scenario_of(role.name)
    lines += ["", f"Runs on {', '.join(systems)}; tried by `molecule test -s {scenario}`.", ""]
    return "\n".join(lines)


def scenario_of(role: str) -> str:
    """The scenario that tries a role: the one of its name, or that of the roles that use it."""
    if (SCENARIOS / role).is_dir():
        return role
    named = re.compile(rf"roles: \[.*\b{role}\b.*\]|\b(name|role): {role}$", re.MULTILINE)
    for file in sorted(SCENARIOS.glob("*/converge.yml")):
        if named.search(file.read_text()):
            return file.parent.name
    for file in sorted(ROLES.glob("*/tasks/*.yml")):
        if named.search(file.read_text()):
            return scenario_of(file.parents[1].name)
    return ""


def _prose(text: str) -> str:
    return re.sub(r"C\((.*?)\)", r"`\1`", text)


def _type(option: dict[str, Any]) -> str:
    kind = option["type"]
    return f"{kind} of {option['elements']}" if kind == "list" else str(kind)


def _inner(option: dict[str, Any]) -> list[str]:
    inner = option.get("options", {})
    rows = [
        f"- `{name}` ({_type(o)}{', required' if o.get('required') else ''}): {o['description']}"
        for name, o in inner.items()
    ]
    return [*rows, ""] if rows else []


def main(arguments: list[str]) -> int:
    """Write, or check, the README of every role."""
    check = arguments == ["--check"]
    wrong: list[str] = []
    for specs in sorted(ROLES.glob("*/meta/argument_specs.yml")):
        role = specs.parents[1]
        spec = yaml.safe_load(specs.read_text())["argument_specs"]["main"]
        try:
            defaults = defaults_of(role / "defaults/main.yml")
        except (ValueError, yaml.YAMLError) as error:
            wrong.append(f"{role.name}: {error}")
            continue
        mismatches = faults(role, spec, defaults)
        wrong += mismatches
        if mismatches:
            continue
        text, file = readme(role, spec, defaults), role / "README.md"
        if check:
            if not file.exists() or file.read_text() != text:
                wrong.append(f"{file.relative_to(ROLES.parent)}: run scripts/role_readme.py")
        else:
            file.write_text(text)
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
