"""A wrong value is refused by the name of its variable, before anything is done."""

import json
import re

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.roles.ansible import ROLES, ROOT, ansible
from tests.roles.bad_values import BAD

# Ansible makes a string of anything, so that a role itself has to look at its strings
WRONG = {"list": {"a": 1}, "bool": "perhaps", "int": "many", "float": "many", "dict": "[1"}


def options(role: str) -> dict:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta/argument_specs.yml").read_text())
    return specs["argument_specs"]["main"]["options"]


TYPED = [(role, n) for role in ROLES for n, o in options(role).items() if o["type"] in WRONG]


@pytest.mark.parametrize(("role", "name"), TYPED)
def test_a_wrong_type_is_refused_by_name(role, name):
    spec = options(role)
    said = ArgumentSpecValidator(spec).validate({name: WRONG[spec[name]["type"]]}).error_messages
    assert f"'{name}' is of type" in " ".join(said)


def refused(tmp_path, role: str, **variables) -> str:
    """What a role says; no task of it that does anything is run."""
    play = [{"hosts": "localhost", "gather_facts": False, "roles": [role], "vars": variables}]
    (tmp_path / "play.yml").write_text(json.dumps(play))
    arguments = ["--connection", "local", "--check", "--tags", "nothing"]
    return ansible(
        "ansible-playbook", *arguments, tmp_path / "play.yml", state=tmp_path, code=2
    ).stdout


NEEDED = {
    "bentre_addresses": ["192.0.2.1", "2001:db8::1"],
    "bentre_domain": "lab.bentre.example",
    "bentre_public_domain": "bentre.example",
    "firewall_operators": ["192.0.2.2"],
    "pki_authority": "localhost",
    "pki_authority_addresses": ["192.0.2.3"],
    "pki_url": "http://pki.example",
    "mail_store_directory": ["ldaps://directory-1.lab.bentre.example"],
    "mail_store_directory_password": "a" * 16,
    "mail_transfer_aliases": {name: ["an@bentre.example"] for name in ("postmaster", "abuse")},
    "mail_transfer_directory": ["ldaps://directory-1.lab.bentre.example"],
    "mail_transfer_directory_password": "a" * 16,
    "portal_app_sites": [
        {"name": "ben-tre", "title": "Bến Tre", "hostname": "bentre.example"},
    ],
    "portal_app_database_password": "a" * 16,
    "portal_database_password": "a" * 16,
    "portal_web_app": ["192.0.2.4"],
    "python_app_name": "signing",
    "python_app_requirements": str(ROOT / "roles/signing_token/files/requirements.txt"),
}
"""What no default can know."""


def test_every_default_is_a_value_that_its_role_accepts(tmp_path):
    play = [{"hosts": "localhost", "gather_facts": False, "roles": ROLES, "vars": NEEDED}]
    (tmp_path / "play.yml").write_text(json.dumps(play))
    (tmp_path / "hosts.ini").write_text("localhost ansible_connection=local\n")
    arguments = ["--inventory", tmp_path / "hosts.ini", "--check", "--tags", "nothing"]
    ansible("ansible-playbook", *arguments, tmp_path / "play.yml", state=tmp_path)


@pytest.mark.parametrize("role", BAD)
def test_every_bad_value_is_told_at_once(tmp_path, role):
    said = refused(tmp_path, role, **BAD[role])
    assert [name for name in BAD[role] if f"{name}: " not in said] == []


def test_base_refuses_wrong_types(tmp_path):
    said = refused(tmp_path, "base", base_packages={"a": 1}, base_upgrades="perhaps")
    for name in ("base_packages", "base_upgrades"):
        assert name in said


@pytest.mark.parametrize("name", ["base_hostname", "base_title", "base_time_zone"])
def test_base_refuses_what_is_no_string(tmp_path, name):
    assert f"{name}: " in refused(tmp_path, "base", **{name: ["a"]})


def test_ssh_refuses_a_second_factor_that_nobody_would_ask_for(tmp_path):
    said = refused(
        tmp_path,
        "ssh",
        ssh_use_pam=False,
        ssh_authentication_methods=["publickey,keyboard-interactive"],
    )
    assert "ssh_authentication_methods: " in said


def test_a_server_without_a_receiver_is_refused(tmp_path):
    said = refused(tmp_path, "monitoring", monitoring_server=True)
    assert "monitoring_webhooks or monitoring_mail_to: " in said


BAD_ACCOUNTS = {
    "accounts_people": [{"name": "root", "full_name": "a:b", "expires": "tomorrow"}],
    "accounts_passwords": {"an": "$6$rounds$weak"},
    "accounts_groups": ["two words"],
    "accounts_gone": "perhaps",
    "accounts_break_glass": "nobody-listed",
    "accounts_idle_days": 0,
    "accounts_password_classes": 5,
    "accounts_password_days": 0,
    "accounts_lockout_tries": 0,
}


def test_accounts_tells_every_bad_value_at_once_and_no_hash(tmp_path):
    said = refused(tmp_path, "accounts", **BAD_ACCOUNTS)
    assert [name for name in BAD_ACCOUNTS if f"{name}: " not in said] == []
    assert "$6$" not in said


def test_accounts_refuses_a_person_with_sudo_and_without_a_password(tmp_path):
    people = [{"name": "an", "full_name": "Nguyễn Văn An", "sudo": True}]
    assert "accounts_passwords: " in refused(tmp_path, "accounts", accounts_people=people)


LOGGING = {
    "logging_servers": ["two words"],
    "logging_addresses": {"logs-1": "fd00::1; rm"},
    "logging_port": 70000,
    "logging_journal_size": "1 GB",
    "logging_receive_from": [],
    "logging_directory": "/var/log/a b",
    "logging_group": "Log people",
    "logging_alarm_percent": 100,
}


def test_logging_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "logging", logging_receive=True, **LOGGING)
    assert [name for name in LOGGING if f"{name}: " not in said] == []


def test_logs_are_not_kept_for_less_than_their_level_asks(tmp_path):
    assert "logging_months: " in refused(tmp_path, "logging", logging_level=4, logging_months=5)
    assert "logging_level: " in refused(tmp_path, "logging", logging_level=6)


def flow(**more) -> dict:
    plain = {"name": "a", "direction": "in", "protocol": "tcp", "ports": ["80"], "peers": ["::/0"]}
    return plain | more


@pytest.mark.parametrize(
    ("flows", "demand"),
    [
        ([flow(name='a" accept')], "names of letters"),
        ([flow(), flow()], "each name once"),
        ([flow(peers=["everyone"])], "peers that are addresses"),
        ([flow(ports=["http"])], "ports that are numbers"),
        ([flow(ports=[])], "ports of each flow"),
    ],
)
def test_firewall_refuses_flows(tmp_path, flows, demand):
    said = refused(tmp_path, "firewall", firewall_flows=flows, firewall_operators=["192.0.2.1"])
    assert f"firewall_flows: {demand}" in said
    assert "firewall_operators: " not in said


def test_firewall_refuses_to_lock_everybody_out(tmp_path):
    bad = {"firewall_rollback": 1, "firewall_ssh_port": 0, "firewall_limits_exempt": ["x"]}
    said = refused(tmp_path, "firewall", **bad)
    assert [name for name in (*bad, "firewall_operators") if f"{name}: " not in said] == []


def test_nts_for_nobody_is_refused(tmp_path):
    assert "time_nts: " in refused(tmp_path, "time", time_nts=True, time_allow=[])


BAD_DIRECTORY = {
    "directory_base": "o=Province",
    "directory_title": "",
    "directory_servers": ["another"],
    "directory_domain": "bentre.example.",
    "directory_units": [{"name": "Sở Y tế", "title": "Sở Y tế"}],
    "directory_people": [{"name": "an", "title": "Nguyễn Văn An", "unit": "nowhere"}],
    "directory_groups": [{"name": "staff", "members": ["nobody"]}],
    "directory_admins": "Quản trị",
    "directory_services": [{"name": "mail", "password": "short"}],
}


def test_directory_tells_every_bad_value_at_once_and_no_password(tmp_path):
    said = refused(tmp_path, "directory", **BAD_DIRECTORY)
    assert [name for name in BAD_DIRECTORY if f"{name}: " not in said] == []
    assert "short" not in said


def test_dns_authority_takes_names_that_are_names_alone():
    file = ROOT / "roles/dns_authority/vars/main/demands.yml"
    owner = re.compile(yaml.safe_load(file.read_text())["__dns_authority_owner"])
    right = ["@", "*", "www", "_dmarc", "k1._domainkey", "*.a", "a-b", "a" * 63, "xn--bn-tre-f2a"]
    wrong = ["", "máy-1", "ma\u0301y", "Mail", "a..b", "-a", "a-", "a" * 64, "www.bentre.example."]
    wrong += ["www A 192.0.2.66", "www\n", "a\n@", "a.*", "$INCLUDE", ";", "a." * 127 + "a"]
    assert [name for name in right if not owner.match(name)] == []
    assert [name for name in wrong if owner.match(name)] == []


@pytest.mark.parametrize(
    ("wrong", "demand"),
    [
        ({"name": "máy-1"}, "names of records"),
        ({"data": "192.0.2.1\nevil A 192.0.2.66"}, "data of one line"),
        ({"type": "TXT", "data": "Bến Tre"}, "data of one line"),
        ({"zone": "other.example"}, "records of zones"),
        ({"ttl": -1}, "a ttl"),
    ],
)
def test_dns_authority_refuses_records(tmp_path, wrong, demand):
    zones = [{"name": "bentre.example", "records": []}]
    record = {"zone": "bentre.example", "name": "www", "type": "A", "data": "192.0.2.1"} | wrong
    said = refused(
        tmp_path, "dns_authority", dns_authority_zones=zones, dns_authority_records=[record]
    )
    assert demand in " ".join(said.split())
