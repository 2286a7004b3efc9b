"""``bentre plan``, ``bentre apply`` and ``bentre destroy``: nothing is lost unasked."""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict, ValidationError
from rich.console import Console
from rich.table import Table

from bentre_infra.commands.stacks import runners, site_of
from bentre_infra.engine.lines import teller
from bentre_infra.inventory import export_path
from bentre_infra.plan.apply import (
    apply_stacks,
    destroy_stacks,
    require_approved,
    require_passed,
)
from bentre_infra.plan.export import export_nodes
from bentre_infra.plan.plan import StackPlan, as_data, plan, plan_destroy
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.progress import Progress

PLAN = """Say what would be done, and refuse what destroys: nothing is changed.

Looks first at what is really there. Each change says what kind it is (create, update, delete,
restart, replace, rebuild, delete-data), which property causes it, and what is lost. Exit code 3:
the gate refuses; a change that is meant goes into site.yaml:

    allow:
      - {resource: Instance/web-1, change: rebuild, until: 2026-12-31, why: new image}

Examples:

    bentre plan

    bentre plan --stack foundation --json | jq '.stacks[].changes[] | select(.refused)'

    bentre plan --out plan.json   (then: bentre apply --plan plan.json)
"""

APPLY = """Do what `bentre plan` says, in the order of the stacks.

Ctrl-C ends the operations under way, keeps the state, and stops there. Exit codes: 0 done,
1 something failed, 3 the gate refused or the plan is not the approved one.

Examples:

    bentre apply

    bentre apply --stack foundation --yes --json

    bentre apply --plan plan.json --yes
"""

DESTROY = """Delete stacks and all that they hold, the last first.

Refused (exit code 3) unless site.yaml allows it for each stack that holds something:

    allow:
      - {resource: foundation, change: destroy, until: 2026-12-31, why: rehearsal}

Examples:

    bentre destroy --stack foundation
"""

Env = Annotated[
    str,
    typer.Option(
        "--env", envvar="BENTRE_ENV", help="A folder of inventories/; 'lab' is this machine."
    ),
]
Stacks = Annotated[
    list[str] | None, typer.Option("--stack", help="Only this stack; may be given again.")
]
SiteFile = Annotated[
    Path | None, typer.Option("--site", help="The site's file; inventories/ENV when left out.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

_COLOUR = {"create": "green", "update": "", "restart": "yellow", "delete": "yellow"}


class _ApprovedStack(BaseModel):
    model_config = ConfigDict(extra="ignore")
    stack: str
    digest: str


class _Approved(BaseModel):
    model_config = ConfigDict(extra="ignore")
    stacks: list[_ApprovedStack]


def plan_(
    *,
    env: Env = "lab",
    stack: Stacks = None,
    site: SiteFile = None,
    destroy: Annotated[bool, typer.Option("--destroy", help="Plan `bentre destroy`.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the plan here, to be approved.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what would be done."""
    allowances = site_of(env, site).allowances
    stacks, progress = runners(env, stack), Progress()
    say = teller(progress)
    with progress.phase("plan"):
        if destroy:
            plans = [plan_destroy(s, allowances, today(), say) for s in stacks]
        else:
            plans = plan(stacks, allowances, today(), say)
    if out:
        _write(out, plans)
    if as_json:
        typer.echo(json.dumps(as_data(plans), indent=2, ensure_ascii=False))
    else:
        show(plans, Console(highlight=False))
    require_passed(plans, "the table above")


def apply(
    *,
    env: Env = "lab",
    stack: Stacks = None,
    site: SiteFile = None,
    approved: Annotated[
        Path | None, typer.Option("--plan", help="Refuse unless this is still the plan.")
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Do what the plan says."""
    digests = _read(approved) if approved else None
    loaded = site_of(env, site)
    allowances = loaded.allowances
    stacks, progress = runners(env, stack), Progress()
    with progress.phase("plan"):
        plans = plan(stacks, allowances, today(), teller(progress))
    if not as_json:
        show(plans, Console(highlight=False, stderr=True))
    require_passed(plans)
    if digests is not None:
        require_approved(plans, digests)
    if any(p.changes or p.waits for p in plans):
        _confirm(yes, "Do this?")
    outcomes = apply_stacks(stacks, allowances, today(), progress, plans)
    export_nodes(runners(env), outcomes, loaded.name, export_path(loaded.name))
    if as_json:
        result = {
            name: {"changes": dict(o.changes), "outputs": dict(o.outputs)}
            for name, o in outcomes.items()
        }
        typer.echo(json.dumps({"stacks": result}, indent=2, ensure_ascii=False))
    else:
        for name, outcome in outcomes.items():
            typer.echo(f"{name}: {outcome.changed} resources changed")


def destroy(
    env: Env = "lab", stack: Stacks = None, site: SiteFile = None, yes: Yes = False
) -> None:
    """Delete stacks."""
    loaded = site_of(env, site)
    allowances = loaded.allowances
    stacks = runners(env, stack)
    _confirm(yes, f"Delete {', '.join(s.project for s in stacks)} and all that they hold?")
    destroy_stacks(stacks, allowances, today(), Progress())
    export_nodes(runners(env), {}, loaded.name, export_path(loaded.name))


def today() -> date:
    """The day on which allowances must run (UTC)."""
    return datetime.now(tz=UTC).date()


def show(plans: Iterable[StackPlan], console: Console) -> None:
    """Print plans as tables."""
    for each in plans:
        if each.waits:
            console.print(f"[bold]{each.stack}[/bold]: planned once the stacks before it are there")
            continue
        if not each.changes:
            console.print(f"[bold]{each.stack}[/bold]: nothing to do")
            continue
        table = Table(title=each.stack, title_justify="left")
        table.add_column("change", no_wrap=True)
        # a name that is cut short cannot be copied into site.yaml
        table.add_column("resource", overflow="fold")
        for title in ("by", "loses", ""):
            table.add_column(title, overflow="fold")
        refused, allowed = set(each.verdict.refused), dict(each.verdict.allowed)
        for change in each.changes:
            note = ""
            if change in refused:
                note = "[red]refused[/red]"
            elif change in allowed:
                note = f"allowed until {allowed[change].until}"
            table.add_row(
                str(change.kind),
                change.name,
                ", ".join(change.properties),
                change.loses,
                note,
                style=_COLOUR.get(change.kind, "red" if change.loses else "yellow"),
            )
        console.print(table)
        for ended in each.verdict.ended:
            console.print(
                f"the allowance for {ended.change} of {ended.resource} ended on {ended.until}"
            )


def _confirm(yes: bool, question: str) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise BentreError("nobody is here to be asked", "--yes")
    typer.confirm(question, abort=True, err=True)


def _write(path: Path, plans: list[StackPlan]) -> None:
    waiting = [p.stack for p in plans if p.waits]
    if waiting:
        raise BentreError(
            f"stack {waiting[0]} cannot be planned yet: a stack before it is not there",
            "approve and apply stack by stack (--stack)",
        )
    path.touch(mode=0o600)
    path.write_text(json.dumps(as_data(plans), indent=2, ensure_ascii=False), encoding="utf-8")


def _read(path: Path) -> dict[str, str]:
    try:
        document = _Approved.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise BentreError(f"{path}: {e.strerror}", "bentre plan --out FILE") from e
    except ValidationError as e:
        raise BentreError(f"{path}: this is no plan", "bentre plan --out FILE") from e
    return {s.stack: s.digest for s in document.stacks}


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command(name="plan", help=PLAN)(plan_)
    app.command(help=APPLY)(apply)
    app.command(help=DESTROY)(destroy)
