"""After the first converge: what can be known of the kernel's records in a container."""

import pytest

RULES = "/etc/audit/rules.d/zz-bentre.rules"
SETTINGS = "/etc/audit/auditd.conf"


def level(host):
    return {"audit-debian12": 3, "audit-debian13": 4}[host.check_output("hostname")]


def loaded(host):
    """The rules as auditd hands them to a kernel."""
    return host.file("/etc/audit/audit.rules").content_string.splitlines()


def tried(host, what, text):
    """What bentre-audit says of a file with this text."""
    host.check_output("umask 077; printf '%%s\n' %s > /run/tried", text)
    return host.run(f"bentre-audit {what} /run/tried")


def test_every_rule_is_understood_and_every_kind_is_there(host):
    said = host.run(f"bentre-audit rules {RULES}")
    assert (said.rc, said.stderr) == (0, "")
    rules = loaded(host)
    keys = {word for line in rules for word in line.split() if word.startswith("key=")}
    kinds = "identity sudoers sshd privileged time modules mounts audit commands portal"
    assert {f"key={kind}" for kind in kinds.split()} <= keys
    of_64 = [line.replace("b64", "b32") for line in rules if "arch=b64" in line]
    assert of_64 == [line for line in rules if "arch=b32" in line]
    assert "-a always,exit -F arch=b64 -F dir=/srv/portal -F perm=wa -F key=portal" in rules


def test_kernel_is_locked_from_level_4_on(host):
    assert loaded(host)[-1] == {3: "-e 1", 4: "-e 2"}[level(host)]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("-a always,exit -F arch=b64 -S nothing -F key=x", "Syscall name unknown: nothing"),
        ("-a always,exit -F arch=b64 -F nothing=1 -S open", "unknown field: nothing"),
        ("-a always,exit -S open -F key=x", "you should specify an arch"),
        ("-w relative -p wa", "must start with '/'"),
    ],
)
def test_rule_that_nobody_understands_is_refused(host, line, fault):
    said = tried(host, "rules", f"-D\n{line}\n-a always,exit -F arch=b64 -S open -F key=y")
    assert said.rc == 1
    assert fault in said.stderr
    assert len(said.stderr.strip().splitlines()) == 1


def test_settings_are_understood_and_wrong_ones_refused(host):
    assert host.run(f"bentre-audit settings {SETTINGS}").rc == 0
    text = host.file(SETTINGS).content_string
    assert tried(host, "settings", text).rc == 0
    for before, after in (
        ("disk_full_action = SUSPEND", "disk_full_action = NOTHING"),
        ("num_logs = 10", "num_logs = many"),
        ("freq = 50", "frequency = 50"),
    ):
        assert before in text
        assert tried(host, "settings", text.replace(before, after)).rc == 1


def test_trial_leaves_the_kernel_and_the_node_alone(host):
    assert host.run("pgrep -x auditd").rc == 1
    assert host.check_output("ls /run | grep bentre-audit- || true") == ""


def test_container_has_no_auditd_and_no_failed_unit(host):
    assert host.run("systemctl start auditd").rc == 0
    assert host.check_output("systemctl show -p ConditionResult --value auditd") == "no"
    assert not host.service("auditd").is_running
    assert host.check_output("systemctl --failed --no-legend") == ""
    # nothing is told of records where nobody could know anything
    host.check_output("systemctl start bentre-audit")
    assert not host.file("/var/lib/prometheus/node-exporter/bentre_audit.prom").exists


def test_records_go_to_the_journal(host):
    plugin = host.file("/etc/audit/plugins.d/syslog.conf").content_string
    lines = dict(line.split(" = ") for line in plugin.splitlines() if " = " in line)
    assert lines["active"] == "yes"
    assert host.file(lines["path"]).mode & 0o111
    # what it is handed comes into the journal whole
    record = "type=SYSCALL msg=audit(1.1:1): test-of-the-plugin pid=1 auid=1000"
    host.check_output(
        f"echo '{record}' | systemd-run --quiet --pipe --wait {lines['path']} {lines['args']}"
    )
    found = host.check_output(
        "journalctl --sync; journalctl -o json --grep test-of-the-plugin -n 1"
    )
    assert record in found.replace("\\", "")
    assert '"SYSLOG_FACILITY":"10"' in found.replace(" ", "")
