"""``bentre up`` and ``bentre down``: the main job, whole, and its end."""

import json
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bentre_infra import engine
from bentre_infra.commands.audit import audit_site, write_reports
from bentre_infra.commands.configure import run_playbook
from bentre_infra.commands.plan import today
from bentre_infra.commands.stacks import require_lab, runners, site_of
from bentre_infra.compliance.audit import Selection
from bentre_infra.compliance.catalogue.load import load_catalogue
from bentre_infra.compliance.reports.outcome import Outcome
from bentre_infra.compliance.reports.report import build
from bentre_infra.compliance.reports.wording import OUTCOMES
from bentre_infra.engine.lines import teller
from bentre_infra.engine.stack import Outcome as Applied
from bentre_infra.hosts import image
from bentre_infra.inventory import export_path
from bentre_infra.lab import lifecycle
from bentre_infra.plan.apply import apply_stacks
from bentre_infra.plan.export import export_nodes
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress

SUITES = ("debian12", "debian13")

UP = """Run the main job: engine, guest image, lab, stacks, roles, audit; say where everything is.

Each step can be run alone (bentre engine install, bentre lab up, bentre apply or pulumi up in
stacks/NAME, bentre configure or ansible-playbook, bentre audit); a second run changes nothing. What
the audit finds sets no exit code here: bentre audit does.

Examples:

    bentre up --env lab

    bentre up --env lab --json | jq .outputs.mail.endpoints

    bentre up --env lab --json | jq .audit.outcomes
"""

DOWN = """Destroy the stacks and stop the lab; nothing is left running.

The caches stay, so that the next start is quick. `bentre lab down` alone stops the lab and
keeps its servers and data for the next `bentre lab up`.

Examples:

    bentre down --env lab
"""

Env = Annotated[str, typer.Option("--env", help="Which environment; 'lab' is this machine.")]


def up(
    env: Env = "lab",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run the main job."""
    require_lab(env)
    site = site_of(env)
    paths, progress = Paths.from_env(), Progress()
    with progress.phase("engine"):
        engine.install(paths, progress)
    for suite in SUITES:
        with progress.phase(f"guest image {suite}"):
            image.build(suite, paths, progress)
    with progress.phase("lab"):
        lifecycle.up(paths, progress)
    stacks = runners(env)
    outcomes = apply_stacks(stacks, site.allowances, today(), progress)
    nodes = export_nodes(stacks, outcomes, site.name, export_path(site.name, paths))
    configured = run_playbook(env, "site", paths, progress)
    kept = audit_site(env, site, Selection(site.level), progress, paths=paths)
    audit, evidence = kept.audit, kept.folder
    folder = paths.state / "sites" / env / "reports"
    written = write_reports(env, site, kept, folder, progress, paths=paths)
    counts = build(audit, load_catalogue()).counts
    if as_json:
        result = {
            "configured": configured.changed,
            "changes": {name: dict(o.changes) for name, o in outcomes.items()},
            "outputs": {name: dict(o.outputs) for name, o in outcomes.items()},
            "audit": {
                "run": evidence.name,
                "level": audit.level,
                "outcomes": {str(outcome): n for outcome, n in counts.items()},
                "evidence": str(evidence),
                "sealed_by": kept.sealer.name,
                "reports": [str(path) for path in written],
            },
            "phases": [{"phase": title, "seconds": round(s, 1)} for title, s in progress.phases],
        }
        typer.echo(json.dumps(result, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    changed = sum(o.changed for o in outcomes.values())
    console.print(f"[bold]The lab is up;[/bold] {nodes} nodes.")
    console.print(f"Changed: {changed} resources, {configured.changed} settings of nodes.")
    table = Table("public name", "addresses", box=None)
    for outcome in outcomes.values():
        for name, addresses in sorted(outcome.outputs.get("endpoints", {}).items()):
            table.add_row(name, ", ".join(addresses))
    console.print(table)
    console.print(f"Controls at level {audit.level}: {_counted(counts)}.")
    console.print(f"Reports:       {folder}, sealed by {kept.sealer.name}", soft_wrap=True)
    phases = ", ".join(f"{title} {seconds:.0f} s" for title, seconds in progress.phases)
    console.print(f"[dim]{phases}[/dim]")
    console.print('Work with it:  eval "$(.venv/bin/bentre lab env)"; openstack server list')
    console.print(f'Log in:        ssh -i "$BENTRE_SSH_KEY" debian@{_first(outcomes)}')


def down(env: Env = "lab") -> None:
    """Destroy the stacks and stop the lab."""
    require_lab(env)
    paths, progress = Paths.from_env(), Progress()
    if lifecycle.exists(paths):
        with progress.phase("lab"):
            lifecycle.up(paths, progress)
        engine.install(paths, progress)
        for stack in reversed(runners(env)):
            with progress.phase(f"destroy stack {stack.project}"):
                stack.destroy(teller(progress))
        export_path(env, paths).unlink(missing_ok=True)
    with progress.phase("lab down"):
        lifecycle.down(paths, progress)


def _counted(counts: Mapping[Outcome, int]) -> str:
    return ", ".join(f"{n} {OUTCOMES[outcome].en.lower()}" for outcome, n in counts.items() if n)


def _first(outcomes: Mapping[str, Applied]) -> str:
    """IPv6 address of the first node: every node is reached by it from this machine."""
    for outcome in outcomes.values():
        for node in outcome.outputs.get("nodes", {}).get("nodes", []):
            return str(node["addresses"][-1])
    return "NODE"


def register(app: typer.Typer) -> None:
    """Add both verbs."""
    app.command(help=UP)(up)
    app.command(help=DOWN)(down)
