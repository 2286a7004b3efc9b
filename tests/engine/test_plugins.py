"""Plugins: which a program needs, and those that are written in Python."""

import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from bentre_infra.engine.sources import Sources
from tests.engine.project import Project

pytestmark = pytest.mark.engine


def test_the_program_names_its_plugin(stack: Callable[..., Project]) -> None:
    project = stack("import pulumi_openstack")
    listed = json.loads(project.pulumi("plugin", "ls", "--project", "--json").stdout)
    needed = {p["name"]: p["version"] for p in listed if p["kind"] == "resource"}
    assert needed["openstack"] == version("pulumi-openstack")


def test_a_plugin_that_is_not_installed_is_named(
    stack: Callable[..., Project], tmp_path: Path
) -> None:
    project = stack("import pulumi_openstack as o; o.networking.Network('n')")
    project.env["PULUMI_HOME"] = str(tmp_path / "empty")
    done = project.pulumi("preview", "--stack", "dev", ok=False)
    said = done.stdout + done.stderr
    assert "openstack" in said
    assert version("pulumi-openstack") in said


def test_install_is_content_with_what_is_there(stack: Callable[..., Project]) -> None:
    project = stack("import pulumi_openstack")
    project.options["virtualenv"] = sys.prefix
    project.pulumi("install", "--no-dependencies")


COMPONENT = """
from typing import TypedDict

import pulumi
from pulumi.provider.experimental import component_provider_host


class ZoneArgs(TypedDict):
    cidr: pulumi.Input[str]


class Zone(pulumi.ComponentResource):
    gateway: pulumi.Output[str]

    def __init__(self, name: str, args: ZoneArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("zones:index:Zone", name, {}, opts)
        self.gateway = pulumi.Output.from_input(args["cidr"]).apply(lambda c: c[:-4] + "1")
        self.register_outputs({"gateway": self.gateway})


component_provider_host(name="zones", components=[Zone])
"""


def test_a_component_provider_in_python(project: Project) -> None:
    provider = project.folder / "zones"
    provider.mkdir()
    (provider / "PulumiPlugin.yaml").write_text(
        f"runtime:\n  name: python\n  options:\n    virtualenv: {sys.prefix}\n"
    )
    (provider / "__main__.py").write_text(COMPONENT)
    project.write(
        """
        import pulumi


        class Zone(pulumi.ComponentResource):
            gateway: pulumi.Output[str]

            def __init__(self, name, cidr):
                super().__init__(
                    "zones:index:Zone", name, {"cidr": cidr, "gateway": None}, remote=True
                )


        pulumi.export("gateway", Zone("dmz", "10.1.2.0/24").gateway)
        """,
        extra="plugins:\n  providers:\n  - name: zones\n    path: zones\n",
    )
    project.init()
    project.pulumi("up", "--yes", "--skip-preview")
    assert project.pulumi("stack", "output", "gateway").stdout.strip() == "10.1.2.1"


def test_an_sdk_is_generated_from_a_schema(project: Project, tmp_path: Path) -> None:
    """What `pulumi package add` asks the language host for."""
    schema = Sources.find().provider / "cmd" / "pulumi-resource-openstack" / "schema.json"
    arguments = ("--language", "python", "--out", str(tmp_path / "sdk"), str(schema))
    project.pulumi("package", "gen-sdk", *arguments)
    network = tmp_path / "sdk" / "python" / "pulumi_openstack" / "networking" / "network.py"
    compile(network.read_text(), "network.py", "exec")
