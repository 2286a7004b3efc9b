"""The Automation API: inline and local programs."""

from pathlib import Path

import pulumi
import pytest
from pulumi import automation

from tests.engine.project import Project

pytestmark = pytest.mark.engine


def _options(project: Project) -> automation.LocalWorkspaceOptions:
    root = next(
        Path(f).parent
        for f in project.env["PATH"].split(":")
        if (Path(f) / "pulumi-language-python").exists()
    )
    names = ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "TRIAL_FOLDER")
    return automation.LocalWorkspaceOptions(
        env_vars={k: project.env[k] for k in names},
        pulumi_home=project.env["PULUMI_HOME"],
        pulumi_command=automation.PulumiCommand(root=str(root)),
    )


def test_an_inline_program(project: Project) -> None:
    def program() -> None:
        pulumi.export("zone", pulumi.Config().require("zone"))
        pulumi.export("key", pulumi.Config().require_secret("key"))

    stack = automation.create_or_select_stack(
        "dev", project_name="inline", program=program, opts=_options(project)
    )
    stack.set_config("zone", automation.ConfigValue("dmz"))
    stack.set_config("key", automation.ConfigValue("canary", secret=True))
    assert stack.preview().change_summary == {automation.OpType.CREATE: 1}
    outputs = stack.up().outputs
    assert outputs["zone"].value == "dmz"
    assert outputs["key"].secret
    stack.destroy()
    stack.workspace.remove_stack("dev")


def test_an_inline_program_that_fails(project: Project) -> None:
    def program() -> None:
        raise ValueError("no such zone")

    stack = automation.create_or_select_stack(
        "dev", project_name="inline", program=program, opts=_options(project)
    )
    with pytest.raises(automation.CommandError, match="no such zone"):
        stack.preview()


def test_a_local_program(project: Project) -> None:
    project.write("import pulumi; pulumi.export('zone', pulumi.Config().require('zone'))")
    stack = automation.create_or_select_stack(
        "dev", work_dir=str(project.folder), opts=_options(project)
    )
    stack.set_config("zone", automation.ConfigValue("inside"))
    assert stack.up().outputs["zone"].value == "inside"
    assert stack.refresh().summary.result == "succeeded"
    stack.destroy()
    history = stack.history()
    assert [h.kind for h in history] == ["destroy", "refresh", "update"]
