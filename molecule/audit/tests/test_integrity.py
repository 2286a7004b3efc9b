"""After the first converge: what changes is an alarm, what an upgrade makes is none, and nothing is silent."""

import contextlib

import pytest

FOLDER = "/var/lib/bentre/integrity"
BINARY = "/usr/bin/bentre-test"


def metric(host, name):
    file = host.file("/var/lib/prometheus/node-exporter/bentre_integrity.prom")
    lines = dict(line.split() for line in file.content_string.splitlines() if line[0] != "#")
    return float(lines[f"bentre_integrity_{name}"])


def alarms(host, since):
    command = "journalctl -t bentre-integrity -p alert -o cat --after-cursor"
    return host.check_output(f"{command} '{since}' || true").splitlines()


def now(host):
    return host.check_output("journalctl -n 1 -o json --output-fields=__CURSOR | sed 's/.*CURSOR\" *: *\"//; s/\".*//'")


def check(host):
    """Whether all is as it was, as the timer's service finds it, and what it says to people."""
    since = now(host)
    fine = host.run("systemctl start bentre-integrity.service").rc == 0
    host.run("systemctl reset-failed bentre-integrity.service")
    said = alarms(host, since)
    assert fine == (not said)
    assert fine == (metric(host, "changes") == 0 and metric(host, "failed") == 0)
    return said


@pytest.fixture(autouse=True)
def whole(host):
    """Each test leaves a node on which nothing differs."""
    yield
    assert host.check_output("bentre-integrity list") == "no difference"


def test_nothing_differs_after_the_role(host):
    assert check(host) == []
    assert metric(host, "files") > 5000
    age = float(host.check_output("date +%s")) - metric(host, "timestamp_seconds")
    assert 0 <= age < 3600


def test_it_is_done_every_day(host):
    assert host.service("bentre-integrity.timer").is_running
    assert host.service("bentre-integrity.timer").is_enabled
    shown = host.check_output("systemctl show bentre-integrity.timer -p Unit -p Persistent -p RandomizedDelayUSec -p TimersCalendar")
    for part in ("Unit=bentre-integrity.service", "Persistent=yes", "RandomizedDelayUSec=30min", "*-*-* 03:30:00"):
        assert part in shown


def test_tampering_is_an_alarm_and_its_end_is_told(host):
    host.check_output(
        "mkdir /root/kept; cp -a /usr/bin/hostname /etc/hosts /srv/portal/removed.html /root/kept; rm -rf /root/.cache; mv /root/kept /root/.cache"
    )
    host.check_output("echo '# more' >> /usr/bin/hostname; echo '192.0.2.1 evil' >> /etc/hosts")
    host.check_output("cp /usr/bin/true /usr/local/bin/root-shell; chmod 4755 /usr/local/bin/root-shell")
    host.check_output("rm /srv/portal/removed.html; chmod 666 /srv/portal/index.html; ln -s /tmp /usr/local/lib/link")
    host.check_output("touch '/etc/tệp lạ' /srv/portal/media/more")
    try:
        said = check(host)
        assert metric(host, "changes") == 7
        for line in (
            "changed: /usr/bin/hostname (sha256 ",
            "changed: /etc/hosts (sha256 ",
            "added: /usr/local/bin/root-shell",
            "removed: /srv/portal/removed.html",
            "changed: /srv/portal/index.html (perm",
            "added: /usr/local/lib/link",
            "added: /etc/tệp lạ",
        ):
            assert [one for one in said if one.startswith(line)], (line, said)
        assert len(said) == 7
        # told again, until somebody has done something
        assert len(check(host)) == 7
    finally:
        host.check_output(
            "cp -a /root/.cache/hostname /usr/bin/; cp -a /root/.cache/hosts /etc/; cp -a /root/.cache/removed.html /srv/portal/;"
            "rm -f '/etc/tệp lạ' /usr/local/bin/root-shell /usr/local/lib/link; chmod 644 /srv/portal/index.html"
        )
    assert check(host) == []


def test_upgrade_of_a_package_is_no_alarm_and_a_tampered_file_of_it_is(host):
    host.check_output("dpkg --install /srv/packages/2.deb")
    assert host.check_output(BINARY) == "2"
    host.check_output(f"cp -a {BINARY} /root/.cache-kept; echo evil >> {BINARY}")
    host.check_output("chmod 4755 /usr/bin/bentre-test-as-root; chmod g+s /usr/bin/bentre-test-as-root")
    try:
        said = check(host)
        assert [line.split(" (")[0] for line in said] == [f"changed: {BINARY}", f"changed: {BINARY}-as-root"]
    finally:
        host.check_output("dpkg --install /srv/packages/2.deb; rm /root/.cache-kept")
    host.check_output("dpkg --install /srv/packages/1.deb")
    assert check(host) == []
    taken = host.check_output("journalctl -t bentre-integrity -o cat --grep 'as in its new package'")
    for path in ("/etc/bentre-test.conf", "/usr/lib/bentre-test/lib.so.1", "/usr/lib/bentre-test/lib.so ", f"{BINARY}-as-root"):
        assert path in taken
    # with a checksum that fits, and the same version: nobody upgraded anything
    sums = "/var/lib/dpkg/info/bentre-test.md5sums"
    host.check_output(f"cp -a {BINARY} /root/.cache-kept; cp -a {sums} /root/.cache-sums; echo evil >> {BINARY}")
    host.check_output(f"sed -i \"s,^.*  usr/bin/bentre-test$,$(md5sum < {BINARY} | cut -c1-32)  usr/bin/bentre-test,\" {sums}")
    try:
        assert host.check_output("dpkg --verify bentre-test") == ""
        assert [line.split(" (")[0] for line in check(host)] == [f"changed: {BINARY}", f"changed: {sums}"]
    finally:
        host.check_output(f"mv /root/.cache-kept {BINARY}; mv /root/.cache-sums {sums}")


def test_same_package_again_is_no_alarm(host):
    host.check_output("DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --reinstall hostname")
    assert check(host) == []


def test_operator_accepts_what_was_changed_on_purpose_and_nothing_else(host):
    host.check_output("echo new > /srv/portal/settings; echo evil > /etc/evil; chgrp adm /srv/portal/settings")
    try:
        refused = host.run("bentre-integrity accept '/srv/*' < /dev/null")
        assert refused.rc == 1
        assert "changed: /srv/portal/settings" in refused.stdout
        assert len(check(host)) == 2
        done = host.check_output("bentre-integrity accept --yes '/srv/*'")
        assert "added: /etc/evil" not in done
        assert done.splitlines()[-1].startswith("1 accepted by ")
        told = host.check_output("journalctl -t bentre-integrity -o cat --grep '^accepted by .*, changed: /srv/portal/settings'")
        assert told
        assert check(host) == ["added: /etc/evil"]
    finally:
        host.check_output("rm /etc/evil")
    assert check(host) == []


@contextlib.contextmanager
def spoilt(host, command):
    host.check_output(f"cp -a {FOLDER} /root/.cache-integrity; cp -a /etc/bentre/aide.conf /root/.cache-aide")
    try:
        host.check_output(command)
        yield
    finally:
        host.check_output(f"rm -rf {FOLDER}; mv /root/.cache-integrity {FOLDER}; mv /root/.cache-aide /etc/bentre/aide.conf")


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (f"rm {FOLDER}/database", "there is no database"),
        (f"rm {FOLDER}/state.json", "there is no database"),
        (f"rm -r {FOLDER}", "there is no database"),
        (f"sed -i /root-shell/d {FOLDER}/database; sed -i '$d' {FOLDER}/database", "not what was written here last"),
        (f": > {FOLDER}/database", "not what was written here last"),
        (f": > {FOLDER}/state.json", "JSONDecodeError"),
        ("echo nonsense >> /etc/bentre/aide.conf", "AIDE ended with 17"),
    ],
)
def test_what_cannot_be_compared_is_an_alarm(host, command, fault):
    before = metric(host, "timestamp_seconds")
    with spoilt(host, command):
        said = check(host)
        assert len(said) == 1
        assert "the files could not be compared" in said[0]
        assert fault in said[0]
        assert metric(host, "failed") == 1
        assert metric(host, "timestamp_seconds") <= before
        # and nobody makes a new one in passing
        assert "--anew" in host.run("bentre-integrity init").stdout
        assert host.run("bentre-integrity accept --yes").rc == 1
    assert check(host) == []


def test_two_at_once_are_two_after_each_other(host):
    both = "bentre-integrity check & one=$!; bentre-integrity accept --yes; two=$?; wait $one; echo $? $two"
    assert host.check_output(both).splitlines()[-1] == "0 0"
    assert check(host) == []


def test_database_is_roots_and_its_hash_is_in_the_journal(host):
    assert host.file(FOLDER).mode == 0o700
    assert host.file(f"{FOLDER}/database").mode == 0o600
    check(host)
    last = host.check_output("journalctl -t bentre-integrity -o cat -n 1")
    assert last.endswith(host.check_output(f"sha256sum {FOLDER}/database").split()[0])
