"""``bentre graph``: maps of a site, as declared and as measured."""

from pathlib import Path
from typing import Annotated

import typer

from bentre_infra.commands.site import Where, folder
from bentre_infra.compliance.maps import pictures
from bentre_infra.compliance.reports.files import write_all
from bentre_infra.compliance.reports.machine import load
from bentre_infra.site import load_site


def draw(
    where: Where,
    result: Annotated[
        Path | None, typer.Option(help="result.json of bentre audit: also draw what it measured.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("maps"),
) -> None:
    """Draw zones, nodes and flows as SVG: as declared and, beside it, as an audit measured them.

    Examples: bentre graph lab; bentre graph lab --result reports/result.json --out maps
    """
    drawn = pictures(load_site(folder(where)), load(result) if result else None)
    for path in write_all(out, {f"{p.name}.svg": p.svg.encode() for p in drawn}):
        typer.echo(path)


def register(root: typer.Typer) -> None:
    """Add the verb."""
    root.command("graph")(draw)
