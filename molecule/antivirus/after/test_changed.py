"""After the second converge: no mirror, no signatures; nothing passes for clean."""

import re


def test_a_node_without_signatures_raises_the_alarm(host):
    said = host.run("bentre-antivirus scan")
    assert said.rc == 1
    assert "the scan failed, nothing is known to be clean" in said.stdout
    assert "no signatures: nothing can be found" in said.stdout
    told = host.check_output("journalctl -t bentre-antivirus -p alert -o cat")
    assert "no signatures: nothing can be found" in told
    file = host.file("/var/lib/prometheus/node-exporter/bentre_antivirus.prom").content_string
    lines = file.splitlines()
    assert "bentre_antivirus_up 0" in lines
    # as old as time itself: whoever watches only the age is told too
    assert any(re.match(r"bentre_antivirus_signature_age_seconds \d{10}$", line) for line in lines)


def test_scanning_on_access_is_gone(host):
    assert not host.service("clamav-clamonacc").is_running
    assert not host.service("clamav-clamonacc").is_enabled


def test_nobody_is_asked(host):
    assert not host.service("clamav-freshclam").is_running
    assert not host.service("clamav-freshclam").is_enabled


def test_timers_that_somebody_stopped_run_again(host):
    for timer in ("bentre-antivirus-check.timer", "bentre-antivirus-scan.timer"):
        assert host.service(timer).is_running
