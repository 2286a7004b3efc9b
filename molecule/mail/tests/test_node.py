"""The node: what runs, what it asks, what it keeps to itself."""

import json
import re
import sys
from pathlib import Path

from tests.waiting import eventually

sys.path.insert(0, str(Path(__file__).parent))
from support import (
    EPHEMERAL,
    LOGINS,
    Server,
    outside,
    password,
    server_of,
)


def test_nobody_outside_is_asked(host):
    """The resolver has written down every question of the tests before."""
    here = server_of(host)
    asked = set(
        re.findall(
            r"info: \S+ (\S+)\. \w+ IN$",
            host.check_output("journalctl -u unbound --no-pager -o cat"),
            re.MULTILINE,
        )
    )
    assert f"s1._domainkey.{here.other.domain}" in asked  # it sees the filter's questions
    known = re.compile(r"(^|\.)(example|in-addr\.arpa|ip6\.arpa|mail-debian1[23])$")
    assert [name for name in asked if not known.search(name)] == []


def test_dovecots_own_form_is_the_only_one_that_it_takes(host):
    """docker-mailserver PR#4536: a file of Dovecot 2.3 kills Dovecot 2.4."""
    said = host.run("doveconf -n")
    assert said.rc == 0
    assert said.stderr == ""
    old = "passdb {\\n  driver = ldap\\n  args = /etc/dovecot/directory.conf\\n}\\n"
    new = "dovecot_config_version = 2.4.0\\ndovecot_storage_version = 2.4.0\\n"
    is_old = host.check_output("dovecot --version").startswith("2.3")
    host.check_output(f"printf '{new if is_old else old}' > /root/dovecot.conf")
    assert host.run("doveconf -c /root/dovecot.conf -n; test $? -ne 0").rc == 0
    host.check_output(f"printf '{old if is_old else new}' > /root/dovecot.conf")
    assert host.run("doveconf -c /root/dovecot.conf -n").rc == 0


def test_a_setting_that_postfix_does_not_know_takes_no_place(host):
    check = "/usr/local/lib/bentre/mail-transfer-check main.cf"
    host.check_output("cp /etc/postfix/main.cf /root/main.cf")
    assert host.run(f"{check} /root/main.cf").rc == 0
    host.check_output("echo 'smtpd_relay_restriction = permit' >> /root/main.cf")
    said = host.run(f"{check} /root/main.cf")
    assert said.rc == 1
    assert "smtpd_relay_restriction" in said.stderr


def test_settings_are_whole(host):
    assert host.run("postfix check").stderr == ""
    assert "syntax OK" in host.check_output("rspamadm configtest 2>&1")


def test_a_killed_postfix_comes_back(host):
    here = server_of(host)
    before = host.check_output("cat /var/spool/postfix/pid/master.pid").strip()
    host.check_output(f"kill -KILL {before}")

    def greets():
        with outside(here) as smtp:
            return smtp.noop()[0] == 250

    eventually(lambda: host.check_output("cat /var/spool/postfix/pid/master.pid").strip() != before)
    eventually(greets)


def test_the_key_stays_on_the_node(host):
    here = server_of(host)
    for selector in ("s0", "s1"):
        key = host.file(f"/var/lib/rspamd/dkim/{selector}.key")
        assert (key.user, key.group, key.mode) == ("root", "_rspamd", 0o640)
    private = host.check_output("sed -n 2p /var/lib/rspamd/dkim/s1.key")
    own = [file for file in EPHEMERAL.rglob("*") if file.is_file()]
    assert not any(private.encode() in file.read_bytes() for file in own)
    facts = host.check_output("cat /etc/ansible/facts.d/mail_filter.fact")
    told = [(record["zone"], record["name"]) for record in json.loads(facts)["records"]]
    assert told == [(here.domain, "s1._domainkey"), (here.domain, "s0._domainkey")]
    assert "PRIVATE" not in facts


def test_no_secret_in_logs_or_arguments(host):
    here = server_of(host)
    secrets = [(EPHEMERAL / "secrets/mail").read_text().split()[0]]
    secrets += [password(Server(here.name), local) for local in LOGINS]
    seen = host.check_output(
        "journalctl --no-pager -o cat; cat /var/log/*.log 2>/dev/null;"
        "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"
    )
    assert "dovecot" in seen
    assert not any(text in seen for text in secrets)
    modes = {"/etc/postfix/people.cf": 0o640, "/etc/dovecot/directory.conf": 0o600}
    assert {path: host.file(path).mode for path in modes} == modes


def test_mailboxes_are_where_the_backup_looks(host):
    assert host.file("/srv/mail").mode == 0o700
    assert host.file("/srv/mail/nguyen-van-a/Maildir/cur").is_directory


def test_the_controller_is_roots(host):
    assert "Messages scanned" in host.check_output("rspamc -h /run/rspamd/controller.sock stat")
    assert host.file("/run/rspamd/controller.sock").mode == 0o600


def test_host_is_whole(host):
    for name in ("postfix", "dovecot", "rspamd"):
        assert host.service(name).is_running
        assert host.service(name).is_enabled
    assert host.check_output("systemctl --failed --no-legend") == ""
