"""All checks of the package, by control."""

import importlib
import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

SECTIONS = ("net", "srv", "mail", "web", "sig", "iop", "dat", "bak", "cld", "ops")


@dataclass(frozen=True)
class Check:
    """A check.

    Attributes:
        subject: what it judges: ``host`` or ``cloud``, as its first parameter is named.
        about: its docstring's first line.
    """

    control: str
    subject: str
    run: Callable[..., None]
    about: str


@cache
def checks() -> tuple[Check, ...]:
    """Every check, in the order of the files."""
    found = []
    for section in SECTIONS:
        name = f"{__package__}.test_{section}"
        if importlib.util.find_spec(name) is None:
            continue
        for _, function in inspect.getmembers(importlib.import_module(name), inspect.isfunction):
            control = getattr(function, "control", None)
            if control is not None and function.__module__ == name:
                subject = next(iter(inspect.signature(function).parameters))
                about = (function.__doc__ or "").strip().partition("\n")[0]
                found.append(Check(control, subject, function, about))
    return tuple(sorted(found, key=lambda check: check.control))
