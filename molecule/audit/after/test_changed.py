"""After the second converge: nothing was blessed in passing, what is configured no more is gone."""


def test_tampered_files_are_still_an_alarm_and_the_roles_own_are_none(host):
    said = host.run("bentre-integrity check")
    assert said.rc == 1
    changes = [line.split(" (")[0] for line in said.stdout.splitlines()]
    assert changes[:-1] == [
        "added: /etc/audit/rules.d/foreign.rules",
        "changed: /usr/bin/bentre-test",
    ]


def test_role_wrote_its_own_file_again(host):
    assert "01:00" in host.check_output("systemctl show bentre-integrity.timer -p TimersCalendar")


def test_what_was_accepted_is_in_the_journal(host):
    assert host.check_output(
        "journalctl -t bentre-integrity -o cat --grep '^accepted by .*/srv/portal/settings'"
    )


def test_rules_that_are_configured_no_more_are_gone(host):
    rules = host.file("/etc/audit/audit.rules").content_string
    assert "portal" not in rules
    assert "execve" not in rules
    assert "nothing" not in rules
    assert "-a always,exit -F arch=b64 -S ptrace -F key=trace" in rules
    assert rules.splitlines()[-1] == "-e 1"


def test_timers_that_somebody_stopped_run_again(host):
    for timer in ("bentre-audit.timer", "bentre-integrity.timer"):
        assert host.service(timer).is_running
