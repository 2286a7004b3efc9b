"""What both sets of tests use."""

import contextlib
import json
import os
import re
import time
from pathlib import Path

import jinja2
import testinfra
import yaml

RUN = "/usr/local/sbin/bentre-backup"
SETTINGS = "/etc/bentre/backup"
STATE = "/var/lib/bentre-backup"
ROLES = Path(__file__).parents[3] / "roles"


def measured(host, file="bentre_backup"):
    text = host.check_output(f"cat /var/lib/prometheus/node-exporter/{file}.prom")
    return dict(line.rsplit(" ", 1) for line in text.splitlines())


def fires(host, alarm, repository, hours=0.0, source=None):
    """Whether a rule of the role `monitoring` is true of what is measured, so many hours later."""
    monitoring = ROLES / "monitoring"
    defaults = yaml.safe_load((monitoring / "defaults/main.yml").read_text())
    rules = yaml.safe_load((monitoring / "vars/main/rules.yml").read_text())["__monitoring_rules"]
    rule = next(r["expr"] for r in rules if r["alert"] == alarm)
    metric = re.search(r"bentre_backup_\w+", rule)[0]
    labels = f'source="{source}",' if source else ""
    told = measured(host, "bentre_backup_keeper") if source else measured(host)
    value = told[f'{metric}{{{labels}repository="{repository}"}}']
    now = str(time.time() + hours * 3600)
    rule = rule.replace(metric, value).replace("time()", now)
    return eval(jinja2.Template(rule).render(defaults))


def started(host, verb):
    """Run a unit as its timer does; what it says."""
    before = host.check_output("journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p'")
    done = host.run(f"systemctl start bentre-backup-{verb}.service")
    unit = f"journalctl -u bentre-backup-{verb} -o cat --after-cursor '{before}'"
    said = host.check_output(unit)
    host.check_output("systemctl reset-failed")
    return done.rc, said


def name_of(host):
    return host.backend.get_hostname()


def login(name):
    config = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "ssh_config"
    return testinfra.get_host(f"ssh://root@{name}", ssh_config=str(config))


def other_of(host):
    """The other host: it stores this one's copies, and is their keeper."""
    name = next(n for n in host.backend.get_variables()["groups"]["all"] if n != name_of(host))
    return name, login(name)


def snapshots(host, name="near"):
    return json.loads(host.check_output(f"{RUN} restic {name} snapshots --json"))


def settings(host):
    return json.loads(host.check_output(f"cat {SETTINGS}/backup.json"))


def sums(host, folder):
    """Hashes of what is backed up, as it lies below a folder."""
    find = "find data letters -type f ! -name '*.tmp' | sort | xargs -d '\\n' sha256sum"
    return host.check_output(f"cd {folder} && {find}")


@contextlib.contextmanager
def kept(host, file):
    """A file that may be damaged; afterwards it is what it was."""
    copy = f"/var/tmp/kept-{Path(file).name}"
    host.check_output(f"cp -p {file} {copy}")
    try:
        yield file
    finally:
        host.check_output(f"mv {copy} {file}")


@contextlib.contextmanager
def edited(host, file, **changes):
    """A document has other values."""
    with kept(host, file):
        document = json.loads(host.check_output(f"cat {file}")) | changes
        host.check_output(f"cat > {file} <<'END'\n{json.dumps(document)}\nEND")
        yield
