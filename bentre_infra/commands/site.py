"""``bentre site``: check, show, draw and compare the province's model."""

import json
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bentre_infra.runtime.errors import BentreError
from bentre_infra.site import (
    Problem,
    Site,
    SiteError,
    graph,
    load_profile,
    load_site,
    reorganise,
)
from bentre_infra.site.addressing import write
from bentre_infra.site.dns import former_domains, public_names
from bentre_infra.site.export import as_data, digest
from bentre_infra.site.load import allocated, files_of
from bentre_infra.site.profiles import exists
from bentre_infra.site.schema import FileKind, schema
from bentre_infra.site.yamlfile import read

INVENTORIES = Path("inventories")

app = typer.Typer(
    name="site",
    no_args_is_help=True,
    help="The province as one model: site.yaml, its profile and its addresses.",
)

Where = Annotated[str, typer.Argument(help="A folder under inventories/, or a path.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class GraphFormat(StrEnum):
    """How a graph is written."""

    TEXT = "text"
    DOT = "dot"


def folder(where: str) -> Path:
    """Find a site by the name of its folder under ``inventories``, or by its path.

    Raises:
        BentreError: there is none.
    """
    for path in (INVENTORIES / where, Path(where)):
        if files_of(path)[0].is_file():
            return path
    known = ", ".join(sorted(p.parent.name for p in INVENTORIES.glob("*/site.yaml")))
    raise BentreError(f"{where}: no site.yaml there", f"one of: {known}" if known else None)


@app.command()
def check(
    sites: Annotated[list[str] | None, typer.Argument(help="Sites; all when left out.")] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day on which waivers must run; today."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check sites; every fault is printed with its file and line. Exit code 1: there are faults.

    A site's own day (as_of) decides about its units; its waivers must also run today.

    Examples: bentre site check; bentre site check lab --json; bentre site check --on 2027-07-01
    """
    day = (on or datetime.now(tz=UTC)).date()
    names = sites or sorted(p.parent.name for p in INVENTORIES.glob("*/site.yaml"))
    if not names:
        raise BentreError("no sites here", "run it where inventories/ is, or name a path")
    rows, failed = [], False
    for name in names:
        try:
            site = _checked(name, day)
        except SiteError as e:
            failed = True
            rows.append({"site": name, "ok": False, "problems": [_problem(p) for p in e.problems]})
            if not as_json:
                typer.echo(str(e), err=True)
        else:
            rows.append({"site": name, "ok": True, "problems": [], **_summary(site)})
            if not as_json:
                typer.echo(f"{name}: ok: {_sentence(site)}")
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    if failed:
        raise typer.Exit(1)


@app.command()
def show(where: Where, as_json: AsJson = False) -> None:
    """Show what follows from a site: zones, nodes, names, units.

    Examples: bentre site show lab; bentre site show bentre --json | jq .services
    """
    site = load_site(folder(where))
    if as_json:
        data = as_data(site) | {"digest": digest(site), **_summary(site)}
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    # names and addresses are never cut, also where the output is no terminal
    console.width = max(console.width, 160)
    console.print(f"{site.name}: {site.profile.title} on {site.as_of}, level {site.level}")
    zones = Table("zone", "IPv4", "IPv6", "nodes", box=None)
    for zone in site.zones:
        nodes = sum(n.zone == zone.name for n in site.nodes)
        zones.add_row(zone.name, str(zone.ipv4), str(zone.ipv6), str(nodes))
    console.print(zones)
    nodes_table = Table("node", "zone", "IPv4", "IPv6", "level", "unit", box=None)
    for node in site.nodes:
        addresses = (str(node.ipv4.ip), str(node.ipv6.ip))
        nodes_table.add_row(node.name, node.zone, *addresses, str(node.level), node.unit.title)
    console.print(nodes_table)
    _print_ways(console, site)
    for name in public_names(site):
        console.print(f"{name.fqdn} -> {name.group}")
    for domain in former_domains(site):
        console.print(f"{domain.name}: mail is delivered, web leads to {domain.redirect_to}")
    for row in _coverage(site):
        console.print(
            f"{row['tier']} on {row['on']}: {row['named']} of {row['declared']} named and sourced"
        )
    console.print(f"digest {digest(site)}")


def _print_ways(console: Console, site: Site) -> None:
    if not site.lines and not site.tunnels:
        return
    lines = Table("line", "IPv4", "IPv6", "cost", "unit", "nodes", box=None)
    for line in site.lines:
        nodes = ", ".join(n.name for n in site.nodes if any(p.line == line.name for p in n.ports))
        prefixes = (str(line.ipv4), str(line.ipv6))
        lines.add_row(line.name, *prefixes, str(line.cost), line.unit.title, nodes)
    for tunnel in site.tunnels:
        ends = f"{tunnel.centre}, {tunnel.own}"
        lines.add_row(tunnel.name, "tunnel", "", "", tunnel.unit.title, ends)
    console.print(lines)


@app.command("graph")
def draw(
    where: Where,
    form: Annotated[GraphFormat, typer.Option("--format", help="text or dot.")] = GraphFormat.TEXT,
    as_json: AsJson = False,
) -> None:
    """Draw zones, parts, lines, tunnels and flows.

    Examples: bentre site graph lab; bentre site graph bentre --format dot | dot -Tsvg > site.svg
    """
    site = load_site(folder(where))
    if as_json:
        data = {
            kind: as_data(getattr(site, kind)) for kind in ("zones", "lines", "tunnels", "flows")
        }
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        typer.echo(graph.dot(site) if form is GraphFormat.DOT else graph.text(site))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A site, or a profile.")],
    after: Annotated[str, typer.Argument(help="The one that takes its place.")],
    everything: Annotated[bool, typer.Option("--all", help="Also what is kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a reorganisation changes: created, renamed, merged, moved, ended, kept.

    Two profiles are compared from the last day of the first to the first day of the second.

    Examples: bentre site diff bentre vinhlong; bentre site diff bentre-2016 vinhlong-2025
    """
    if exists(before) and exists(after):
        changes = reorganise.compare_profiles(load_profile(before), load_profile(after))
    else:
        changes = reorganise.compare(load_site(folder(before)), load_site(folder(after)))
    counts = reorganise.counts(changes)
    if as_json:
        rows = reorganise.as_rows(changes)
        typer.echo(json.dumps({"counts": counts, "changes": rows}, indent=2, ensure_ascii=False))
        return
    for change in changes:
        if everything or change.fate is not reorganise.Fate.KEPT:
            typer.echo(str(change))
    for what, fates in counts.items():
        typer.echo(f"{what}: " + ", ".join(f"{n} {fate}" for fate, n in fates.items()))


@app.command()
def allocate(
    where: Where,
    prune: Annotated[
        bool, typer.Option("--prune", help="Give up what is held for names that are gone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give addresses to what has none yet; nobody else's address moves. Writes addresses.yaml.

    Examples: bentre site allocate lab; bentre site allocate lab --prune
    """
    path = folder(where)
    target = files_of(path)[1]
    changed = write(target, allocated(path, give_up=prune))
    if as_json:
        typer.echo(json.dumps({"file": str(target), "written": changed}))
    else:
        typer.echo(f"{target}: {'written' if changed else 'nothing to do'}")


@app.command("schema")
def print_schema(
    of: Annotated[FileKind, typer.Option("--of", help="site, profile or addresses.")] = "site",
) -> None:
    """Print the JSON Schema of a file, for editors.

    Example: bentre site schema > site.schema.json
    """
    typer.echo(json.dumps(schema(of), indent=2, ensure_ascii=False))


def _checked(name: str, day: date) -> Site:
    """Load a site whose waivers still run on a day: the model itself knows no clock."""
    path = folder(name)
    site = load_site(path)
    ended = [w for w in site.waivers if w.until < day]
    if ended:
        file = read(files_of(path)[0])
        numbers = {w["control"]: n for n, w in enumerate(file.data["waivers"])}
        raise SiteError(
            file.problem(
                ("waivers", numbers[w.control]), f"waiver of {w.control} ended on {w.until}"
            )
            for w in ended
        )
    return site


def _problem(problem: Problem) -> dict[str, Any]:
    return {"file": problem.file, "line": problem.line, "message": problem.message}


def _summary(site: Site) -> dict[str, Any]:
    return {
        "level": site.level,
        "zones": len(site.zones),
        "nodes": sum(1 for _ in site.nodes),
        "flows": len(site.flows),
        "networks": len(site.lans),
        "lines": len(site.lines),
        "tunnels": len(site.tunnels),
        "coverage": _coverage(site),
    }


def _sentence(site: Site) -> str:
    summary = _summary(site)
    counted = ", ".join(f"{summary[k]} {k}" for k in ("zones", "nodes", "flows", "networks"))
    units = "; ".join(
        f"{row['named']} of {row['declared']} {row['tier']} units named" for row in _coverage(site)
    )
    return f"level {site.level}, {counted}; {units}"


def _coverage(site: Site) -> list[dict[str, Any]]:
    """Counts that hold on the site's day: for each tier the last ones declared until then."""
    latest = {
        c.tier: c for c in sorted(site.profile.coverage(), key=lambda c: c.on) if c.on <= site.as_of
    }
    return [
        {"tier": c.tier.value, "on": str(c.on), "declared": c.declared, "named": c.named}
        for c in latest.values()
    ]


def register(root: typer.Typer) -> None:
    """Add the verb."""
    root.add_typer(app)
