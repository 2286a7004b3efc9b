"""``bentre audit``: every requirement tested on the real system, with its evidence."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bentre_infra.cloud.entries import clouds_file
from bentre_infra.commands.configure import Env
from bentre_infra.commands.environment import lab_environment
from bentre_infra.commands.stacks import LAB, site_file, site_of, stacks_folder
from bentre_infra.compliance import maps, reports
from bentre_infra.compliance.audit import About, Found, Selection, assess, collect
from bentre_infra.compliance.catalogue.load import load_catalogue
from bentre_infra.compliance.catalogue.model import Catalogue
from bentre_infra.compliance.evidence import write_bundle
from bentre_infra.compliance.exemptions import FILE, load_exemptions, of_site
from bentre_infra.compliance.facts.site import SiteFacts, site_facts
from bentre_infra.compliance.gather.baseline import evaluate
from bentre_infra.compliance.gather.cloud import gather_cloud
from bentre_infra.compliance.gather.gather import Gathered
from bentre_infra.compliance.gather.transport import NotReachedError, Target
from bentre_infra.compliance.reports.history import Change, diff
from bentre_infra.compliance.result import Audit, Finding, Verdict
from bentre_infra.compliance.seal import LocalKey, Sealer, over_http
from bentre_infra.compliance.signing_node import SigningNode
from bentre_infra.compliance.store import Store, read
from bentre_infra.compliance.verify import verify
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.paths import Paths
from bentre_infra.runtime.progress import Progress
from bentre_infra.site.errors import near
from bentre_infra.site.export import digest
from bentre_infra.site.model import Site

app = typer.Typer(
    name="audit",
    invoke_without_command=True,
    help="""Test the catalogue's controls on the real system; nothing is changed there.

Each node is read in one round trip, all in parallel. What cannot be reached or judged is "not
assessed", never a pass. The run's evidence is kept, sealed, below BENTRE_STATE (bentre audit list).
The site's signing node seals it, and the PDF; where it does not, a key of this machine.

Exit codes: 0 all that was judged is met or exempted, 3 something is not, 4 nothing failed but a
node or the cloud could not be reached, 1 an error. What people have to judge (manual) and what
waits for its node sets no exit code.

Examples:

    bentre audit                                    # the lab, at its own level

    bentre audit --env bentre --level 3 --system mail --report /srv/reports

    bentre audit --report /srv/copies --format html --format pdf --redacted

    bentre audit --control NET --control SRV-16 --since last

    bentre audit --baseline cis_level2_server       # and OpenSCAP, on nodes that have it (SRV-01)

    bentre audit --json | jq '.findings[] | select(.verdict == "fail")'
""",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_REMEMBERED = 12
"""Earlier runs that a report's trend shows."""

_BAD = (Verdict.FAIL, Verdict.PARTIAL)


@app.callback()
def audit_(
    context: typer.Context,
    *,
    env: Env = LAB,
    level: Annotated[
        int | None, typer.Option(min=1, max=5, help="Level to judge at; the site's by default.")
    ] = None,
    system: Annotated[list[str] | None, typer.Option(help="Only nodes of these systems.")] = None,
    host: Annotated[list[str] | None, typer.Option(help="Only these nodes.")] = None,
    control: Annotated[
        list[str] | None, typer.Option(help="Only these controls, or sections: NET-02, SRV.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Say what changed since a run: its name, or 'last'.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write reports into this folder.", file_okay=False)
    ] = None,
    forms: Annotated[
        list[reports.Format] | None, typer.Option("--format", help="Only these reports.")
    ] = None,
    redacted: Annotated[
        bool, typer.Option("--redacted", help="Reports without addresses and host names.")
    ] = False,
    stamp: Annotated[
        str | None,
        typer.Option(help="URL of a time-stamping service (RFC 3161), if not the signing node's."),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(help="Profile of OpenSCAP that nodes are measured against too (SRV-01)."),
    ] = None,
    local_seal: Annotated[
        bool, typer.Option("--local-seal", help="Seal with the key of this machine.")
    ] = False,
    patience: Annotated[
        float, typer.Option(min=1, help="Seconds after which the reading of a node ends.")
    ] = 60,
    as_json: AsJson = False,
) -> None:
    """Audit a site."""
    if context.invoked_subcommand:
        return
    paths, progress = Paths.from_env(), Progress()
    site, catalogue = site_of(env), load_catalogue()
    chosen = Selection(
        level or site.level, tuple(system or ()), tuple(host or ()), tuple(control or ())
    )
    _known(chosen, site, catalogue)
    store = _store(env, paths)
    before = read(store.find(since)) if since else None
    kept = audit_site(
        env,
        site,
        chosen,
        progress,
        paths=paths,
        stamp=stamp,
        baseline=baseline,
        local_seal=local_seal,
        patience=patience,
    )
    audit, folder = kept.audit, kept.folder
    changes = diff(before, audit) if before else None
    written: list[Path] = []
    if report:
        written = write_reports(
            env, site, kept, report, progress, paths=paths, forms=forms, redacted=redacted
        )
    if as_json:
        typer.echo((folder / "audit.json").read_text(encoding="utf-8"), nl=False)
    else:
        _show(audit, catalogue, changes)
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"evidence: {folder} (sealed by {kept.sealer.name})")
        for path in written:
            console.print(f"report: {path}")
    code = exit_code(audit)
    if code:
        raise typer.Exit(code)


def exit_code(audit: Audit) -> int:
    """0, 3 or 4: see the help."""
    if any(f.verdict in _BAD and f.exemption is None for f in audit.findings):
        return 3
    return 4 if any(not subject.reached for subject in audit.subjects) else 0


@dataclass(frozen=True)
class Kept:
    """An audit, the folder of its evidence, and who sealed that."""

    audit: Audit
    folder: Path
    sealer: Sealer


def audit_site(
    env: str,
    site: Site,
    chosen: Selection,
    progress: Progress,
    *,
    paths: Paths,
    stamp: str | None = None,
    baseline: str | None = None,
    local_seal: bool = False,
    patience: float = 60,
) -> Kept:
    """Read the chosen nodes and the cloud, judge, and keep the evidence, sealed.

    Raises:
        BentreError: the address of a time-stamping service is none, or it gives no time stamp.
    """
    catalogue = load_catalogue()
    stamper = over_http(stamp) if stamp else None
    began = datetime.now(UTC)
    exemptions = (
        *load_exemptions(site_file(env).with_name(FILE), catalogue),
        *of_site(site),
    )
    facts = site_facts(site, began.date())
    environment = lab_environment(paths) if env == LAB else {}
    targets = targets_of(_inventory(env, environment), {**os.environ, **environment})

    def say(one: Gathered) -> None:
        if one.facts is None:
            progress.note(escape(f"{one.name}: not reached: {one.reason}"))

    count = sum(chosen.has(node) for node in facts.nodes)
    with progress.phase(f"read {count} nodes"):
        hosts = collect(targets, facts, chosen, say, patience)
    if baseline:
        with progress.phase("OpenSCAP"):
            read_too = [targets[name] for name, one in hosts.items() if one.facts]
            hosts = _measured(hosts, evaluate(read_too, baseline))
    cloud, reason = None, ""
    if chosen.whole:
        with progress.phase("read the cloud"):
            cloud, reason = _cloud(site, environment)
    with progress.phase("judge"):
        audit, items = assess(
            Found(hosts, cloud, reason),
            facts,
            catalogue,
            chosen,
            exemptions=exemptions,
            about=About(site.profile.title, digest(site)),
            began=began,
        )
    folder = _store(env, paths).place(began, audit.id)
    with progress.phase("seal the evidence"):
        node = None if local_seal else _signing_node(facts, targets)
        if node:
            try:
                stamps = stamper or node.time_stamps
                write_bundle(folder, audit, items, node, stamps)
                return Kept(audit, folder, node)
            except BentreError as e:
                progress.note(escape(f"sealed by a key of this machine: {e.message}"))
        key = LocalKey(_folder(env, paths), site.name)
        write_bundle(folder, audit, items, key, stamper)
    return Kept(audit, folder, key)


def _measured(
    hosts: dict[str, Gathered], baselines: Mapping[str, dict[str, Any]]
) -> dict[str, Gathered]:
    """The same hosts, with what OpenSCAP says of them."""
    return {
        name: replace(one, facts={**one.facts, "baseline": baselines[name]}) if one.facts else one
        for name, one in hosts.items()
    }


def _signing_node(site: SiteFacts, targets: Mapping[str, Target]) -> SigningNode | None:
    """The first of the site's."""
    names = (node.name for node in site.nodes if "sign" in node.kinds and node.name in targets)
    return next((SigningNode(targets[name]) for name in names), None)


def write_reports(
    env: str,
    site: Site,
    kept: Kept,
    folder: Path,
    progress: Progress,
    *,
    paths: Paths,
    forms: Sequence[reports.Format] | None = None,
    redacted: bool = False,
) -> list[Path]:
    """Write a run's reports, with the trend over those that are kept; their files.

    Whoever sealed the evidence seals the PDF.
    """
    audit = kept.audit
    with progress.phase("write the reports"):
        return reports.write(
            audit,
            load_catalogue(),
            folder,
            forms or reports.ALL,
            redacted=redacted,
            history=_earlier(_store(env, paths), audit),
            pictures=maps.pictures(site, audit),
            seal=kept.sealer.seal,
        )


def _cloud(site: Site, environment: dict[str, str]) -> tuple[dict[str, Any] | None, str]:
    if site.cloud is None:
        return None, "the site has no cloud"
    try:
        file = environment.get("OS_CLIENT_CONFIG_FILE") or str(clouds_file().resolve())
    except BentreError as e:
        return None, str(e)
    os.environ["OS_CLIENT_CONFIG_FILE"] = file  # where openstacksdk looks
    try:
        return gather_cloud(f"{site.cloud.name}-admin", [f"{site.name}-"]), ""
    except NotReachedError as e:
        return None, str(e)


def _inventory(env: str, environment: dict[str, str]) -> dict[str, Any]:
    """What Ansible knows of the nodes: the connection's settings are its variables."""
    root = stacks_folder().parent
    program = Path(sys.executable).with_name("ansible-inventory")
    mine = {"ANSIBLE_CONFIG": str(root / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(
        [str(program), "-i", str(site_file(env).parent), "--list"],
        cwd=root,
        env={**os.environ, **environment, **mine},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise BentreError(f"ansible-inventory failed: {said[0]}", f"bentre apply --env {env}")
    return dict(json.loads(done.stdout))


def targets_of(inventory: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Target]:
    """Ways to the hosts, from what ``ansible-inventory --list`` says."""
    found = {}
    for name, told in inventory.get("_meta", {}).get("hostvars", {}).items():
        variables = {key: _plain(value) for key, value in told.items()}
        options: list[str] = []
        for key in ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"):
            options += _words(variables.get(key))
        port = variables.get("ansible_port")
        found[name] = Target(
            name=name,
            address=str(variables.get("ansible_host", name)),
            user=str(variables.get("ansible_user", "")),
            port=int(port) if port else None,
            key=_key(str(variables.get("ansible_ssh_private_key_file", "")), environment),
            check_host_key=str(variables.get("ansible_host_key_checking", True)).lower() != "false",
            options=tuple(options),
        )
    return found


def _plain(value: Any) -> Any:
    """Ansible marks texts that it must not take for templates."""
    return value.get("__ansible_unsafe", value) if isinstance(value, dict) else value


def _words(value: object) -> list[str]:
    return str(value).split() if value else []


def _key(text: str, environment: Mapping[str, str]) -> str:
    """A key's file; the lab's stands in the environment (inventories/lab/group_vars/all.yml)."""
    if "{{" not in text:
        return text
    if "BENTRE_SSH_KEY" in text:
        return environment.get("BENTRE_SSH_KEY", "")
    raise BentreError(
        f"ansible_ssh_private_key_file: {text} cannot be read without Ansible", "name the file"
    )


def _known(chosen: Selection, site: Site, catalogue: Catalogue) -> None:
    """Refuse names that nothing has: an audit of nothing would pass."""
    asked = (
        ("system", chosen.systems, {s.system.code for s in site.services}),
        ("host", chosen.hosts, {n.name for n in site.nodes}),
        ("control", chosen.controls, {c.id for c in catalogue} | {c.section for c in catalogue}),
    )
    for kind, names, known in asked:
        for name in names:
            if name not in known:
                raise BentreError(
                    f'{kind} "{name}" is not known{near(name, known)}', "bentre audit --help"
                )


def _folder(env: str, paths: Paths) -> Path:
    return paths.state / "sites" / env


def _store(env: str, paths: Paths) -> Store:
    return Store(_folder(env, paths) / "audits")


def _earlier(store: Store, audit: Audit) -> list[Audit]:
    """Earlier runs that looked at the same at the same level, the oldest first."""
    runs = [read(run.folder) for run in store.runs()]
    alike = [
        run
        for run in runs
        if (run.level, _subjects(run)) == (audit.level, _subjects(audit)) and run.id != audit.id
    ]
    return alike[-_REMEMBERED:]


def _subjects(audit: Audit) -> set[str]:
    return {subject.name for subject in audit.subjects}


def _show(audit: Audit, catalogue: Catalogue, changes: list[Change] | None) -> None:
    console = Console(highlight=False)
    table = Table("section", "pass", "fail", "partial", "exempt", "n/a", "not assessed", box=None)
    sections: dict[str, Counter[str]] = {}
    for finding in audit.findings:
        counts = sections.setdefault(catalogue[finding.control].section, Counter())
        counts["exempt" if finding.exemption else finding.verdict.value] += 1
    for name, counts in sections.items():
        columns = ("pass", "fail", "partial", "exempt", "not-applicable", "not-assessed")
        table.add_row(name, *(str(counts[c] or "-") for c in columns))
    console.print(table)
    bad = [f for f in audit.findings if f.verdict in _BAD and f.exemption is None]
    if bad:
        console.print(_failures(bad, catalogue))
    if changes is not None:
        console.print(_changes(changes))


def _failures(bad: list[Finding], catalogue: Catalogue) -> Table:
    """One line a control and message, with the subjects that it is said of."""
    alike: dict[tuple[str, str], list[str]] = {}
    for finding in bad:
        alike.setdefault((finding.control, finding.message), []).append(finding.subject)
    table = Table("control", "where", "what is wrong", "mended by", box=None)
    for (control, message), subjects in sorted(alike.items()):
        where = ", ".join(subjects[:3]) + (f" +{len(subjects) - 3}" if len(subjects) > 3 else "")
        table.add_row(control, where, escape(message), catalogue[control].remedy)
    return table


def _changes(changes: list[Change]) -> Table:
    table = Table("control", "where", "was", "is", "", box=None)
    for one in changes:
        table.add_row(
            one.control, one.subject, str(one.before or "-"), str(one.after or "-"), str(one.move)
        )
    return table


@app.command("verify")
def verify_(
    bundle: Annotated[str, typer.Argument(help="Folder of a run, or its name.")],
    *,
    env: Env = LAB,
    signer: Annotated[
        Path | None, typer.Option(help="Certificate of the key that must have sealed it.")
    ] = None,
    authorities: Annotated[
        Path | None,
        typer.Option(
            help="Certificates that the signing node's and the time stamp's must lead to."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove a bundle offline: nothing changed, missing or added; exit code 3 where something is.

    Without --signer, or --authorities for a signing node's seal, whoever sealed it is only told
    (name, and SHA-256 of the certificate).
    """
    folder = _store(env, Paths.from_env()).find(bundle)
    found = verify(folder, signer, authorities)
    if as_json:
        typer.echo(json.dumps({"whole": found.whole, **asdict(found)}, indent=2))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for problem in found.problems:
            console.print(escape(problem), style="red")
        state = "whole" if not found.problems else "NOT whole"
        by = f"{found.subject} ({found.signer})" if found.signer else "nobody"
        console.print(escape(f"{state}: {found.files} files, sealed by {by}"))
        told = {
            None: "signer not compared",
            True: "the signer is one that you trust",
            False: "the signer is none that you trust",
        }
        console.print(told[found.trusted])
    if not found.whole:
        raise typer.Exit(3)


@app.command("list")
def list_(*, env: Env = LAB, as_json: AsJson = False) -> None:
    """List the runs that were kept."""
    rows = []
    for run in _store(env, Paths.from_env()).runs():
        audit = read(run.folder)
        counts = Counter(f.verdict.value for f in audit.findings)
        rows.append({"run": run.name, "level": audit.level, **counts})
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    verdicts = [v.value for v in Verdict]
    table = Table("run", "level", *verdicts, box=None)
    for row in rows:
        table.add_row(*(str(row.get(c, "-")) for c in ("run", "level", *verdicts)))
    Console(highlight=False).print(table)


@app.command("diff")
def diff_(
    before: Annotated[str, typer.Argument(help="A run: its name, 'last', or a folder.")],
    after: Annotated[str, typer.Argument(help="A later one.")] = "last",
    *,
    env: Env = LAB,
    as_json: AsJson = False,
) -> None:
    """Say what got better and what got worse from one run to another."""
    store = _store(env, Paths.from_env())
    changes = diff(read(store.find(before)), read(store.find(after)))
    if as_json:
        typer.echo(json.dumps([asdict(c) for c in changes], indent=2))
        return
    console = Console(highlight=False)
    console.print(_changes(changes) if changes else "nothing changed")


def register(parent: typer.Typer) -> None:
    """Add the verb."""
    parent.add_typer(app)
