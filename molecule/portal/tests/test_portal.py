"""The program, the database, and what happens to them."""

import sys
from pathlib import Path

import pytest

from tests.waiting import eventually

sys.path.insert(0, str(Path(__file__).parent))
import support
from support import EPHEMERAL, ETC, PKI, PORTS, address, curl, serial, sql

UNITS = ["nginx", "bentre-portal", "postgresql"]


def main_process(host, unit) -> str:
    return host.check_output(f"systemctl show -p MainPID --value {unit}")


def unit_of(host, service) -> str:
    database = "systemctl list-units --plain --no-legend 'postgresql@*' | cut -d' ' -f1"
    known = {"portal-web": "nginx.service", "portal-app": "bentre-portal.service"}
    return known.get(service) or host.check_output(database)


@pytest.mark.parametrize("service", PORTS)
def test_a_new_certificate_is_shown_after_a_reload(host, service):
    """Public reports: services that went on with the old one after a renewal."""
    unit, mine = unit_of(host, service), f"{PKI}/{service}"
    before, process = serial(host, PORTS[service]), main_process(host, unit)
    assert process != "0"
    swap = f"mv {mine} {mine}.tmp && mv {PKI}/next {mine} && mv {mine}.tmp {PKI}/next"
    owners = f"chown --reference={PKI}/next/key.pem {mine}/key.pem && chmod 0640 {mine}/key.pem"
    new = host.check_output(f"openssl x509 -noout -serial -in {PKI}/next/certificate.pem")
    try:
        host.check_output(f"{swap} && {owners} && systemctl reload {unit}")
        eventually(lambda: serial(host, PORTS[service]) == new.partition("=")[2])
        eventually(lambda: curl(host)[0] == 200)
    finally:
        host.check_output(f"{swap} && systemctl reload {unit}")
    eventually(lambda: serial(host, PORTS[service]) == before)
    assert main_process(host, unit) == process


def psql(host, *, user="portal", database="portal", password=None, more="sslmode=require"):
    """Log in over the network; what psql said."""
    known = (EPHEMERAL / "secrets/database").read_text().split()[0]
    host.check_output(f"printf '%s' '*:*:*:*:{password or known}' > /run/pass; chmod 600 /run/pass")
    at = f"host={address(host)} user={user} dbname={database} passfile=/run/pass {more}"
    said = host.run(f"psql -XAtq '{at}' -c 'select 1' 2>&1; rm /run/pass").stdout
    return said.strip()


def test_the_database_is_for_its_owner_alone(host):
    assert psql(host) == "1"
    assert psql(host, more=f"sslmode=verify-full sslrootcert={PKI}/authorities.pem") == "1"
    assert "password authentication failed" in psql(host, password="a" * 16)
    assert "no encryption" in psql(host, more="sslmode=disable")
    assert "no pg_hba.conf entry" in psql(host, user="postgres")
    assert "no pg_hba.conf entry" in psql(host, database="postgres")
    said = sql(
        host, "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname='portal'"
    )
    assert said == "f|f|f"
    assert (
        sql(host, "select rolpassword like 'SCRAM-SHA-256$%' from pg_authid where rolname='portal'")
        == "t"
    )
    # where the program goes, by its own settings
    ssl = (
        "select bool_and(ssl and version = 'TLSv1.3')"
        " from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'portal'"
    )
    assert curl(host)[0] == 200
    assert sql(host, ssl) == "t"


def test_names_sort_as_in_vietnamese(host):
    words = "('Đà Nẵng'), ('Dầu Tiếng'), ('Ea Súp'), ('Ba Tri'), ('Bến Tre'), ('Bảo Lộc')"
    said = sql(host, f"select w from (values {words}) as v (w) order by w")
    assert said.splitlines() == ["Ba Tri", "Bảo Lộc", "Bến Tre", "Dầu Tiếng", "Đà Nẵng", "Ea Súp"]


def test_secrets_are_nowhere_to_be_seen(host):
    folder = EPHEMERAL / "secrets"
    for name in ("secret-key", "database-password"):
        file = host.file(f"{ETC}/{name}")
        assert (file.user, file.mode) == ("root", 0o600)
        # what Ansible and Molecule said is looked through for it (tests/roles/test_molecule.py)
        (folder / f"{support.name(host)}-{name}").write_text(file.content_string)
        # the pattern goes in by a file, or grep would find itself
        host.check_output(f"tr -d '\\n' < {ETC}/{name} > /run/pattern")
        places = "/proc/[0-9]*/cmdline /proc/[0-9]*/environ /etc/systemd /etc/postgresql /var/log"
        found = host.run(f"grep -rlaF -f /run/pattern {places} 2>/dev/null").stdout
        journal = host.run("journalctl --no-pager -o export | grep -caF -f /run/pattern").stdout
        host.check_output("rm /run/pattern")
        assert found == ""
        assert journal.strip() == "0"
    assert host.run(f"runuser -u bentre-portal -- cat {ETC}/secret-key").rc != 0
    assert "secret" not in host.run(f"runuser -u www-data -- cat {ETC}/portal.json").stdout


def test_static_files_come_from_the_cache(host):
    style = "/static/bentre_portal/site.css?v=1"
    assert curl(host, style)[0] == 200
    host.check_output("systemctl stop bentre-portal")
    try:
        assert curl(host, style)[0] == 200
        assert curl(host)[0] == 502
    finally:
        host.check_output("systemctl start bentre-portal")
    eventually(lambda: curl(host)[0] == 200)


@pytest.mark.parametrize("service", PORTS)
def test_what_was_killed_comes_back(host, service):
    unit = unit_of(host, service)
    process = main_process(host, unit)
    host.check_output(f"kill -9 {process}")
    eventually(lambda: main_process(host, unit) not in {"0", process})
    eventually(lambda: curl(host)[0] == 200)


def test_the_dump_has_the_content(host):
    """The hook of docs/portal.md, as role backup runs it."""
    file = "/var/backups/portal/portal.dump"
    host.check_output(f"cd /; runuser -u postgres -- pg_dump --format=custom --file={file} portal")
    assert "bentre_portal_contentpage" in host.check_output(f"pg_restore --list {file}")
    assert host.run(f"runuser -u www-data -- cat {file}").rc != 0
