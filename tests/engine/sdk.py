"""What the installed SDK, pulumi-openstack, asks of its provider: tokens and properties."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import pulumi
import pulumi_openstack

_INVOKE = re.compile(r"pulumi\.runtime\.invoke(?:_output)?\(\s*'(openstack:[^']+)'")
_REGISTER = re.compile(r"'(openstack:[^']+:[A-Z][^']*)'")
_ARG = re.compile(r"__args__\['(\w+)'\]")


def modules() -> Iterator[ModuleType]:
    """Every module of the SDK that defines a resource or a function."""
    for info in pkgutil.walk_packages(pulumi_openstack.__path__, "pulumi_openstack."):
        yield importlib.import_module(info.name)


def _properties(cls: type) -> set[str]:
    """Wire names of a class's properties (pulumi.getter keeps them)."""
    names = set()
    for name, member in inspect.getmembers(cls, lambda m: isinstance(m, property)):
        wire = getattr(member.fget, "_pulumi_name", None)
        names.add(wire or name)
    return names - {"urn", "pulumi_resource_name", "pulumi_resource_type"}


def resources() -> dict[str, tuple[set[str], set[str]]]:
    """Token of every resource class, its input properties and its output properties."""
    found = {}
    for module in modules():
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if cls.__module__ != module.__name__ or not issubclass(cls, pulumi.CustomResource):
                continue
            if issubclass(cls, pulumi.ProviderResource):
                continue
            source = inspect.getsource(cls._internal_init)
            token = re.search(
                r"super\(.*?\)\.__init__\(\s*(?:'([^']+)'|\"([^\"]+)\")", source, re.DOTALL
            )
            assert token, cls
            args = getattr(module, f"{cls.__name__}Args")
            found[token[1] or token[2]] = (_properties(args), _properties(cls) - {"id"})
    return found
