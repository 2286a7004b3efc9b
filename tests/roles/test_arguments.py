"""A wrong value is refused by the name of its variable, before anything is done."""

import json
import re

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.roles.ansible import ROLES, ROOT, ansible

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


def test_base_refuses_wrong_types(tmp_path):
    said = refused(tmp_path, "base", base_packages={"a": 1}, base_upgrades="perhaps")
    for name in ("base_packages", "base_upgrades"):
        assert name in said


BAD = {
    "base_hostname": "máy-1",
    "base_domain": "Example.",
    "base_title": "two\nlines",
    "base_apt_mirror": "mirror.example",
    "base_locales": ["Vietnamese"],
    "base_locale": "de_DE.UTF-8",
    "base_time_zone": "../../etc/shadow",
    "base_upgrades_reboot_time": "25:00",
    "base_packages_absent": ["locales"],
}


def test_base_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "base", **BAD)
    assert [name for name in BAD if f"{name}: " not in said] == []


@pytest.mark.parametrize("name", ["base_hostname", "base_title", "base_time_zone"])
def test_base_refuses_what_is_no_string(tmp_path, name):
    assert f"{name}: " in refused(tmp_path, "base", **{name: ["a"]})


BAD_SSH = {
    "ssh_groups": ["two words"],
    "ssh_authentication_methods": ["public key"],
    "ssh_authorized_keys_file": "",
    "ssh_user_authorities": ["AAAA"],
    "ssh_host_authorities": ["/etc/passwd"],
    "ssh_principals": {"an": ["two words"]},
    "ssh_revoked": ["an"],
    "ssh_host_authority_key": ["a"],
    "ssh_host_certificate_names": [],
    "ssh_host_certificate_renew_days": 400,
    "ssh_unused_seconds": 0,
    "ssh_tcp_forwarding": "perhaps",
    "ssh_settings": {"Banner": "a\nPermitRootLogin yes"},
    "ssh_rollback_seconds": 1,
}


def test_ssh_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "ssh", **BAD_SSH)
    assert [name for name in BAD_SSH if f"{name}: " not in said] == []


def test_ssh_refuses_a_second_factor_that_nobody_would_ask_for(tmp_path):
    said = refused(
        tmp_path,
        "ssh",
        ssh_use_pam=False,
        ssh_authentication_methods=["publickey,keyboard-interactive"],
    )
    assert "ssh_authentication_methods: " in said


BAD_MONITORING = {
    "monitoring_listen_addresses": ["::"],
    "monitoring_interval": "10m",
    "monitoring_patience": "1d",
    "monitoring_gather": "soon",
    "monitoring_gather_more": "soon",
    "monitoring_repeat": "soon",
    "monitoring_retention": "180",
    "monitoring_retention_size": "much",
    "monitoring_webhooks": ["duty.example"],
    "monitoring_mail_relay": "mail",
    "monitoring_rules": [
        dict.fromkeys(("alert", "control", "expr", "vi", "en"), "HostDown")
        | {"severity": "warning"}
    ],
    "monitoring_rules_off": ["HostUp"],
}


def test_monitoring_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "monitoring", **BAD_MONITORING)
    assert [name for name in BAD_MONITORING if f"{name}: " not in said] == []


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


BAD_MAIL_TRANSFER = {
    "mail_transfer_domain": "localhost",
    "mail_transfer_name": "mx",
    "mail_transfer_aliases": {"postmaster": ["a@bentre.example"]},
    "mail_transfer_message_size": 1000,
    "mail_transfer_directory": ["ldap://directory-1"],
    "mail_transfer_directory_base": "people",
    "mail_transfer_directory_name": "mail",
    "mail_transfer_directory_password": "short\nbind = no",
    "mail_transfer_filter": "none",
    "mail_transfer_delivery": "discard:",
    "mail_transfer_logins": "private/auth",
}
BAD_MAIL_FILTER = {
    "mail_filter_domain": "Bến Tre",
    "mail_filter_selectors": ["../s1"],
    "mail_filter_socket": "0.0.0.0:11332",
    "mail_filter_socket_group": "two words",
    "mail_filter_reject_score": 1,
}
BAD_MAIL_STORE = {
    "mail_store_folder": "mail",
    "mail_store_directory": [],
    "mail_store_directory_base": "people",
    "mail_store_directory_name": "mail",
    "mail_store_directory_password": "short",
    "mail_store_delivery_socket": "/tmp/lmtp",
    "mail_store_logins_socket": "/tmp/auth",
    "mail_store_socket_user": "two words",
}


@pytest.mark.parametrize(
    ("role", "bad"),
    [
        ("mail_transfer", BAD_MAIL_TRANSFER),
        ("mail_filter", BAD_MAIL_FILTER),
        ("mail_store", BAD_MAIL_STORE),
    ],
)
def test_mail_tells_every_bad_value_at_once(tmp_path, role, bad):
    said = refused(tmp_path, role, **bad)
    assert [name for name in bad if f"{name}: " not in said] == []


BAD_HARDENING = {
    "hardening_sysctl": {"net.ipv4.ip_forward; reboot": 1},
    "hardening_mounts": ["/home"],
    "hardening_modules_blocked": ["usb storage"],
    "hardening_services": {"nginx": ["https"]},
    "hardening_apparmor_enforce": ["../x"],
    "hardening_umask": "rwx",
    "hardening_session_timeout": 301,
    "hardening_banner": "Debian \\n",
    "hardening_cron_users": ["Máy 1"],
    "hardening_files": [{"path": "/srv/a b", "mode": "0600"}],
    "hardening_packages_absent": ["telnet; reboot"],
}


def test_hardening_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "hardening", **BAD_HARDENING)
    assert [name for name in BAD_HARDENING if f"{name}: " not in said] == []


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


BAD_BACKUP = {
    "backup_paths": ["etc"],
    "backup_repositories": [{"name": "near", "host": "a"}, {"name": "far", "host": "a"}],
    "backup_keeper": "localhost",
    "backup_folder": "/srv/my copies",
    "backup_port": 65536,
    "backup_policy": {"keep-last": 3},
    "backup_check_percent": 0,
}


def test_backup_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "backup", **BAD_BACKUP)
    assert [name for name in BAD_BACKUP if f"{name}: " not in said] == []


BAD_ANTIVIRUS = {
    "antivirus_signatures": ["http://mirror.example/"],
    "antivirus_mirror": "mirror.example",
    "antivirus_checks": 51,
    "antivirus_signatures_age": 8,
    "antivirus_folders": ["srv"],
    "antivirus_on_access": ["/srv/a b"],
    "antivirus_exclude": ["a b"],
    "antivirus_quarantine": "quarantine",
    "antivirus_memory": "much",
    "antivirus_file_size": "1T",
}


def test_antivirus_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "antivirus", **BAD_ANTIVIRUS)
    assert [name for name in BAD_ANTIVIRUS if f"{name}: " not in said] == []


BAD_AUDIT = {
    "audit_level": 6,
    "audit_watched": [{"path": "srv", "key": "a"}],
    "audit_read": ["/srv/a b"],
    "audit_rules": ["-e 0"],
    "audit_backlog": 10,
    "audit_file_size": 0,
    "audit_files": 1,
    "audit_space_low": 100,
    "audit_disk_full": "ignore",
    "audit_check_time": "",
    "audit_integrity_paths": [],
    "audit_integrity_exclude": ["tmp"],
    "audit_integrity_time": "",
    "audit_integrity_delay": "long",
    "audit_accept": ["passwd"],
}


def test_audit_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "audit", **BAD_AUDIT)
    assert [name for name in BAD_AUDIT if f"{name}: " not in said] == []


BAD_TIME = {
    "time_servers": [{"name": "two words"}],
    "time_allow": ["everyone"],
    "time_local_stratum": 16,
}


def test_time_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "time", **BAD_TIME)
    assert [name for name in BAD_TIME if f"{name}: " not in said] == []


def test_nts_for_nobody_is_refused(tmp_path):
    assert "time_nts: " in refused(tmp_path, "time", time_nts=True, time_allow=[])


BAD_PKI = {
    "pki_authority": "nowhere",
    "pki_authority_addresses": ["pki.example"],
    "pki_url": "https://pki.example/crl",
    "pki_site": "Bến Tre",
    "pki_title": "Tỉnh/Bến Tre",
    "pki_days": 398,
    "pki_renew_days": 398,
    "pki_crl_hours": 1,
    "pki_certificates": [{"name": "Web", "names": ["www.example"], "reload": ["nginx; reboot"]}],
}


def test_pki_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "pki", **BAD_PKI)
    assert [name for name in BAD_PKI if f"{name}: " not in said] == []


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


BAD_DNS_AUTHORITY = {
    "dns_authority_zones": [{"name": "Bến-Tre.example", "records": []}],
    "dns_authority_servers": ["dns-1"],
    "dns_authority_names": {"dns-1": "máy-1"},
    "dns_authority_contact": "an",
    "dns_authority_listen_addresses": ["localhost"],
    "dns_authority_networks": ["everybody"],
    "dns_authority_transfer_key": "secret",
    "dns_authority_ttl": 0,
    "dns_authority_signature_days": 1,
    "dns_authority_rate": 0,
}


def test_dns_authority_tells_every_bad_value_at_once_and_no_key(tmp_path):
    said = refused(tmp_path, "dns_authority", **BAD_DNS_AUTHORITY)
    assert [name for name in BAD_DNS_AUTHORITY if f"{name}: " not in said] == []


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


BAD_DNS_RESOLVER = {
    "dns_resolver_listen_addresses": ["::"],
    "dns_resolver_networks": ["::/0"],
    "dns_resolver_zones": ["Bến-Tre.example"],
    "dns_resolver_authorities": ["nobody"],
    "dns_resolver_anchors": ["bentre.example. IN DNSKEY 257"],
    "dns_resolver_forwarders": ["dns.example"],
    "dns_resolver_insecure": ["a b"],
    "dns_resolver_blocked": ["*.example"],
}


def test_dns_resolver_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "dns_resolver", **BAD_DNS_RESOLVER)
    assert [name for name in BAD_DNS_RESOLVER if f"{name}: " not in said] == []


BAD_PYTHON_APP = {
    "python_app_name": "../x",
    "python_app_requirements": "requirements.txt",
    "python_app_package": "/nowhere",
}


def test_python_app_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "python_app", **BAD_PYTHON_APP)
    assert [name for name in BAD_PYTHON_APP if f"{name}: " not in said] == []


BAD_SIGNING_TOKEN = {
    "signing_token_label": "two words",
    "signing_token_module": "module.so",
    "signing_token_keys": [{"name": "Con dấu", "algorithm": "ec-p256"}],
    "signing_token_organization": "two\nlines",
    "signing_token_common_name": "",
    "signing_token_folder": "signing",
}


def test_signing_token_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "signing_token", **BAD_SIGNING_TOKEN)
    assert [name for name in BAD_SIGNING_TOKEN if f"{name}: " not in said] == []


BAD_SIGNING_SERVICE = {
    "signing_service_addresses": ["::"],
    "signing_service_port": 0,
    "signing_service_time_stamp_port": 65536,
    "signing_service_clients": ["Cổng"],
    "signing_service_certificate": "certificate.pem",
    "signing_service_key": "key.pem",
    "signing_service_client_authorities": "authorities.pem",
    "signing_service_client_revocations": "crl.pem",
    "signing_service_seal_key": "Con dấu",
    "signing_service_time_stamp_key": "",
    "signing_service_time_stamp_policy": "policy",
    "signing_service_time_stamp_url": "tsa.example",
    "signing_service_folder": "signing",
    "signing_service_megabytes": 0,
    "signing_service_at_once": 0,
    "signing_service_timeout": 0,
    "signing_service_warn_days": 0,
}


def test_signing_service_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "signing_service", **BAD_SIGNING_SERVICE)
    assert [name for name in BAD_SIGNING_SERVICE if f"{name}: " not in said] == []


BAD_SIGNING_LAB_AUTHORITY = {
    "signing_lab_authority_port": 80,
    "signing_lab_authority_url": "https://ca.example/x",
    "signing_lab_authority_organization": "two\nlines",
    "signing_lab_authority_days": 30,
    "signing_lab_authority_nodes": ["nobody"],
    "signing_lab_authority_keys": {"seal": "server"},
    "signing_lab_authority_folder": "signing",
}


def test_signing_lab_authority_tells_every_bad_value_at_once(tmp_path):
    said = refused(tmp_path, "signing_lab_authority", **BAD_SIGNING_LAB_AUTHORITY)
    assert [name for name in BAD_SIGNING_LAB_AUTHORITY if f"{name}: " not in said] == []
