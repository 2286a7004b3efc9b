"""What the installed SDK, pulumi-openstack, asks of its provider: tokens and properties."""

import importlib
import inspect
import pkgutil
import re
import warnings
from collections.abc import Iterator
from functools import cache
from types import ModuleType

import pulumi
import pulumi_openstack

_INVOKE = re.compile(r"pulumi\.runtime\.invoke\('(openstack:[^']+)', __args__, .*typ=(\w+)\)")
_ARGUMENT = re.compile(r"__args__\['(\w+)'\]")
_TOKEN = re.compile(r"super\(.*?\)\.__init__\(\s*'(openstack:[^']+)'", re.DOTALL)
_ALIAS = re.compile(r'Alias\(type_="([^"]+)"\)')
_FROM_ENV = re.compile(r"(\w+) = _utilities\.get_env(?:_\w+)?\(([^)]+)\)")


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the SDK.

    The SDK's packages load at their first use. One whose module is imported before it finds this
    module half made, and lacks its names for as long as the program runs: packages come first.
    """
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the former names say so
        for info in pkgutil.walk_packages(pulumi_openstack.__path__, "pulumi_openstack."):
            module = importlib.import_module(info.name)
            hasattr(module, "__all__")  # a use: dir() is none
            found.append(module)
    return tuple(found)


def _wire_names(cls: type) -> dict[str, str]:
    """Python name -> name on the wire of a class's properties."""
    found = {}
    for name, member in inspect.getmembers(cls, lambda m: isinstance(m, property)):
        found[name] = getattr(member.fget, "_pulumi_name", None) or name
    return found


def properties(cls: type) -> set[str]:
    """Names on the wire of a class's own properties."""
    return set(_wire_names(cls).values()) - {"urn", "pulumi_resource_name", "pulumi_resource_type"}


def _resource_classes() -> Iterator[tuple[ModuleType, type[pulumi.CustomResource], str]]:
    for module in modules():
        for _, cls in inspect.getmembers(module, inspect.isclass):
            mine = cls.__module__ == module.__name__ and issubclass(cls, pulumi.CustomResource)
            if mine and not issubclass(cls, pulumi.ProviderResource):
                yield module, cls, inspect.getsource(cls._internal_init)


@cache
def resources() -> dict[str, tuple[set[str], set[str]]]:
    """Token of every resource class, its input properties and its output properties."""
    found = {}
    for module, cls, source in _resource_classes():
        token = _TOKEN.search(source)
        assert token, cls
        args = getattr(module, f"{cls.__name__}Args")
        found[token[1]] = (properties(args), properties(cls) - {"id"})
    return found


def aliases() -> dict[str, set[str]]:
    """Former tokens of every resource, by its token."""
    found = {}
    for _, cls, source in _resource_classes():
        token = _TOKEN.search(source)
        assert token, cls
        found[token[1]] = set(_ALIAS.findall(source))
    return found


@cache
def functions() -> dict[str, tuple[set[str], set[str]]]:
    """Token of every function, its arguments and the properties of its result."""
    found = {}
    for module in modules():
        source = inspect.getsource(module)
        for token, result in _INVOKE.findall(source):
            found[token] = (set(_ARGUMENT.findall(source)), properties(getattr(module, result)))
    return found


def nested_types() -> dict[tuple[str, str], set[str]]:
    """(Module, name) of every type inside properties, and its own properties."""
    found: dict[tuple[str, str], set[str]] = {}
    for module in modules():
        package, _, kind = module.__name__.removeprefix("pulumi_openstack.").rpartition(".")
        if kind not in {"_inputs", "outputs"}:
            continue
        suffix = "Args" if kind == "_inputs" else "Result"
        for name, cls in inspect.getmembers(module, inspect.isclass):
            if cls.__module__ != module.__name__ or name.endswith("ArgsDict"):
                continue
            function = name.startswith("Get")
            named = name.removesuffix(suffix) if kind == "_inputs" or function else name
            named = named[0].lower() + named[1:] if function else named
            found.setdefault((package or "index", named), set()).update(properties(cls))
    return found


def provider_inputs() -> set[str]:
    """The provider's settings."""
    return properties(pulumi_openstack.ProviderArgs)


def environment_defaults() -> dict[str, tuple[str, ...]]:
    """Environment variables that a setting is read from, by the setting."""
    names = _wire_names(pulumi_openstack.ProviderArgs)
    source = inspect.getsource(pulumi_openstack.ProviderArgs.__init__)
    return {
        names[name]: tuple(re.findall(r"'(\w+)'", variables))
        for name, variables in _FROM_ENV.findall(source)
    }
