"""From a YAML file to a document: every field's fault with its line, and all of them at once."""

from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bentre_infra.site.errors import near
from bentre_infra.site.yamlfile import Place, YamlFile


def validate[M: BaseModel](model: type[M], file: YamlFile) -> tuple[M | None, frozenset[str]]:
    """Check a file's fields against a model; faults are added to the file's problems.

    What is at fault is then left out and the rest is tried again, so that later checks can look at
    all that can be understood.

    Returns:
        The document, or None when too little is left; and the names that were left out.
    """
    if not isinstance(file.data, dict):
        file.problems.append(file.problem((), "must be a mapping of fields"))
        return None, frozenset()
    data: Any = file.data
    dropped: set[str] = set()
    while True:
        try:
            return model.model_validate(data), frozenset(dropped)
        except ValidationError as e:
            details = e.errors(include_url=False)
        places = {_in_file(detail["loc"], data) for detail in details}
        if not dropped:
            for detail in details:
                place = _in_file(detail["loc"], data)
                file.problems.append(file.problem(place, _message(detail, model)))
        if () in places:
            return None, frozenset(dropped)
        # the last of a list first: the numbers of the earlier ones stay right
        for place in sorted(places, key=_order, reverse=True):
            data = _without(data, place)
            _renumber(file.lines, place)
            dropped.add(str(place[-1]))


def _in_file(loc: tuple[str | int, ...], data: Any) -> Place:
    place: list[str | int] = []
    for step in loc:
        try:
            data = data[step]
        except (TypeError, KeyError, IndexError):
            break
        place.append(step)
    return tuple(place)


def _order(place: Place) -> list[tuple[bool, str | int]]:
    return [(isinstance(step, int), step) for step in place]


def _without(data: Any, place: Place) -> Any:
    head, rest = place[0], place[1:]
    if isinstance(data, dict):
        if not rest:
            return {k: v for k, v in data.items() if k != head}
        return {k: _without(v, rest) if k == head else v for k, v in data.items()}
    if isinstance(data, list) and isinstance(head, int):
        if not rest:
            return data[:head] + data[head + 1 :]
        return [_without(v, rest) if i == head else v for i, v in enumerate(data)]
    return data


def _renumber(lines: dict[Place, int], gone: Place) -> None:
    """Keep lines right after an item of a list went."""
    *above, number = gone
    if not isinstance(number, int):
        return
    depth = len(above)
    after = [p for p in lines if len(p) > depth and p[:depth] == tuple(above)]
    moved = {p: lines.pop(p) for p in after}
    for place, line in moved.items():
        index = place[depth]
        if isinstance(index, int) and index != number:
            index = index - 1 if index > number else index
            lines[(*above, index, *place[depth + 1 :])] = line


def _message(detail: ErrorDetails, model: type[BaseModel]) -> str:
    loc = detail["loc"]
    match detail["type"]:
        case "extra_forbidden":
            known = _fields(model, loc[:-1])
            return f'field "{loc[-1]}" is not known{near(str(loc[-1]), known)}'
        case "missing":
            return f'field "{loc[-1]}" is missing'
        case "string_pattern_mismatch":
            return f"{_path(loc)}: {_shown(detail['input'])} has not the form {_pattern(detail)}"
        case _:
            said = detail["msg"].removeprefix("Value error, ")
            said = said.removeprefix("Input") if said.startswith("Input ") else f": {said}"
            return f"{_path(loc)}: {_shown(detail['input'])}{said}"


def _pattern(detail: ErrorDetails) -> str:
    return str(detail.get("ctx", {}).get("pattern", "")).removeprefix("^").removesuffix("$")


def _path(loc: tuple[str | int, ...]) -> str:
    steps = [s for s in loc if not (isinstance(s, str) and (s == "[key]" or s.startswith("IPv")))]
    return ".".join(str(s) for s in steps if isinstance(s, str)) or "the file"


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return f"a {'mapping' if isinstance(value, dict) else 'list'}"
    return "nothing" if value is None else f'"{value}"'


def _fields(model: type[BaseModel], loc: tuple[str | int, ...]) -> set[str]:
    document = _document(model, loc)
    if document is None:
        return set()
    return {field.alias or name for name, field in document.model_fields.items()}


def _document(annotation: Any, loc: tuple[str | int, ...]) -> type[BaseModel] | None:
    """Find the document that a place belongs to."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not loc:
            return annotation
        for name, field in annotation.model_fields.items():
            if loc[0] in (name, field.alias):
                return _document(field.annotation, loc[1:])
        return None
    inner = get_args(annotation)
    if get_origin(annotation) in (list, dict):
        return _document(inner[-1], loc[1:]) if loc else None
    found = (_document(each, loc) for each in inner)
    return next((document for document in found if document is not None), None)
