"""After the first converge: a change is an alarm, an upgrade is none, and nothing is silent."""

import contextlib
import json

import pytest

FOLDER = "/var/lib/bentre/integrity"
BINARY = "/usr/bin/bentre-test"
ROOTS = "/usr/bin/bentre-test-as-root"
SUMS = "/var/lib/dpkg/info/bentre-test.md5sums"


def metric(host, name):
    file = host.file("/var/lib/prometheus/node-exporter/bentre_integrity.prom")
    lines = dict(line.split() for line in file.content_string.splitlines() if line[0] != "#")
    return float(lines[f"bentre_integrity_{name}"])


def journal(host, *arguments):
    words = ["journalctl --sync; LC_ALL=C.UTF-8 journalctl -t bentre-integrity -o cat", *arguments]
    return host.run(" ".join(words)).stdout


def check(host):
    """What is an alarm when the service runs, as its timer starts it."""
    before = len(journal(host, "-p alert").splitlines())
    fine = host.run("systemctl start bentre-integrity.service").rc == 0
    host.run("systemctl reset-failed bentre-integrity.service")
    said = journal(host, "-p alert").splitlines()[before:]
    assert fine == (not said)
    assert fine == (metric(host, "changes") == 0 and metric(host, "failed") == 0)
    return said


def paths(said):
    return sorted(line.split(" (")[0] for line in said)


@contextlib.contextmanager
def kept(host, *files):
    """What stands there now comes back; what does not goes."""
    host.check_output("rm -rf /run/kept && mkdir -m 700 /run/kept")
    for number, file in enumerate(files):
        host.check_output(f"! test -e '{file}' || cp -a '{file}' /run/kept/{number}")
    try:
        yield
    finally:
        for number, file in enumerate(files):
            host.check_output(f"rm -rf '{file}'")
            host.check_output(f"! test -e /run/kept/{number} || mv /run/kept/{number} '{file}'")


def test_nothing_differs_after_the_role(host):
    assert check(host) == []
    assert metric(host, "files") > 1000
    age = float(host.check_output("date +%s")) - metric(host, "timestamp_seconds")
    assert 0 <= age < 3600


def test_it_is_done_every_day(host):
    timer = "bentre-integrity.timer"
    assert host.service(timer).is_running
    assert host.service(timer).is_enabled
    wanted = "-p Unit -p Persistent -p RandomizedDelayUSec -p TimersCalendar"
    shown = host.check_output(f"systemctl show {timer} {wanted}")
    assert "Unit=bentre-integrity.service" in shown
    assert "Persistent=yes" in shown
    assert "RandomizedDelayUSec=30min" in shown
    assert "*-*-* 03:30:00" in shown


TAMPERED = {
    "echo '# more' >> /usr/bin/hostname": "changed: /usr/bin/hostname (sha256 ",
    "echo '192.0.2.1 evil' >> /etc/hosts": "changed: /etc/hosts (sha256 ",
    "install -m 4755 /usr/bin/true /usr/local/bin/sh0": "added: /usr/local/bin/sh0",
    "rm /srv/portal/removed.html": "removed: /srv/portal/removed.html",
    "chmod 666 /srv/portal/index.html": "changed: /srv/portal/index.html (perm",
    "ln -s /tmp /usr/local/lib/link": "added: /usr/local/lib/link",
    "touch '/etc/tệp lạ'": "added: /etc/tệp lạ",
    "chown nobody /etc/shadow": "changed: /etc/shadow (uid",
}


def test_tampering_is_an_alarm_until_it_is_undone(host):
    files = ["/usr/bin/hostname", "/etc/hosts", "/usr/local/bin/sh0", "/usr/local/lib/link"]
    files += ["/srv/portal/removed.html", "/srv/portal/index.html", "/etc/tệp lạ", "/etc/shadow"]
    with kept(host, *files):
        # these are no alarm: a folder that is left out, a password
        host.check_output("touch /srv/portal/media/more; echo 'x:*:1::::::' >> /etc/shadow")
        for command in TAMPERED:
            host.check_output(command)
        for _ in "first", "again":
            said = check(host)
            for line in TAMPERED.values():
                assert [one for one in said if one.startswith(line)], (line, said)
            assert metric(host, "changes") == len(said) == len(TAMPERED)
    assert check(host) == []


def test_upgrade_is_no_alarm_and_a_tampered_file_of_it_is(host):
    host.check_output("dpkg --install /srv/packages/2.deb")
    assert host.check_output(BINARY) == "2"
    assert check(host) == []
    told = journal(host, "--grep 'as in its new package'")
    for change in (
        "changed: /etc/bentre-test.conf (",
        "removed: /usr/lib/bentre-test/lib.so.1",
        "added: /usr/lib/bentre-test/lib.so.2",
        "changed: /usr/lib/bentre-test/lib.so (link_name",
        f"changed: {BINARY} (",
        f"changed: {ROOTS} (",
    ):
        assert change in told
    host.check_output("dpkg --install /srv/packages/1.deb")
    with kept(host, BINARY, ROOTS):
        host.check_output(f"echo evil >> {BINARY}; chmod g+s {ROOTS}")
        assert paths(check(host)) == [f"changed: {BINARY}", f"changed: {ROOTS}"]
    # its time is over: now an operator has to look at it
    assert len(check(host)) == 2
    host.check_output(f"dpkg --verify bentre-test && bentre-integrity accept --yes '{BINARY}*'")
    assert check(host) == []


def test_checksum_that_fits_is_not_enough(host):
    """The same version: nobody upgraded anything."""
    with kept(host, BINARY, SUMS):
        host.check_output(f"echo evil >> {BINARY}")
        new = host.check_output(f"md5sum {BINARY}").split()[0]
        host.check_output(
            f"sed -i 's,^.*  usr/bin/bentre-test$,{new}  usr/bin/bentre-test,' {SUMS}"
        )
        assert host.check_output("dpkg --verify bentre-test") == ""
        assert paths(check(host)) == [f"changed: {BINARY}", f"changed: {SUMS}"]


def test_same_package_again_is_no_alarm(host):
    install = "DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y"
    host.check_output(f"{install} --reinstall hostname")
    assert check(host) == []


def test_operator_accepts_what_was_changed_on_purpose_and_nothing_else(host):
    with kept(host, "/etc/evil"):
        host.check_output("echo new >> /srv/portal/settings; echo evil > /etc/evil")
        refused = host.run("bentre-integrity accept '/srv/*' < /dev/null")
        assert refused.rc == 1
        assert "changed: /srv/portal/settings" in refused.stdout
        assert len(check(host)) == 2
        done = host.check_output("bentre-integrity accept --yes '/srv/*'")
        assert "/etc/evil" not in done
        assert done.splitlines()[-1].startswith("1 accepted by ")
        assert "/srv/portal/settings" in journal(host, "--grep '^accepted by'")
        assert check(host) == ["added: /etc/evil"]


SPOILT = {
    f"rm {FOLDER}/database": "there is no database",
    f"rm {FOLDER}/state.json": "there is no database",
    f"rm -r {FOLDER}": "there is no database",
    f"sed -i 's,^/etc/hosts ,/etc/hostz ,' {FOLDER}/database": "not what was written here last",
    f": > {FOLDER}/database": "not what was written here last",
    f": > {FOLDER}/state.json": "JSONDecodeError",
    "echo nonsense >> /etc/bentre/aide.conf": "AIDE ended with 17",
}


@pytest.mark.parametrize("command", SPOILT)
def test_what_cannot_be_compared_is_an_alarm(host, command):
    before = json.loads(host.file(f"{FOLDER}/state.json").content_string)["checked"]
    with kept(host, FOLDER, "/etc/bentre/aide.conf"):
        host.check_output(command)
        said = check(host)
        assert len(said) == 1
        assert said[0].startswith("the files could not be compared: ")
        assert SPOILT[command] in said[0]
        assert metric(host, "failed") == 1
        assert metric(host, "timestamp_seconds") in (before, 0)
        # and nobody makes a new one in passing
        assert "--anew" in host.run("bentre-integrity init").stdout
        assert host.run("bentre-integrity accept --yes").rc == 1


def test_two_at_once_come_one_after_the_other(host):
    both = "bentre-integrity check & bentre-integrity accept --yes; two=$?; wait $!; echo $? $two"
    assert host.check_output(both).splitlines()[-1] == "0 0"
    assert check(host) == []


def test_database_is_roots_and_its_hash_is_in_the_journal(host):
    assert host.file(FOLDER).mode == 0o700
    assert host.file(f"{FOLDER}/database").mode == 0o600
    said = journal(host, "-n 1").strip()
    assert said.endswith(host.check_output(f"sha256sum {FOLDER}/database").split()[0])
