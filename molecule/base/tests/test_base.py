"""After the first converge: what the scenario's variables ask for is there."""

import unicodedata

TITLE = 'Thời tiết "Ba Tri" $HOME'


def test_packages_are_there(host):
    assert host.package("lsof").is_installed
    assert host.package("unattended-upgrades").is_installed


def test_apt_asks_the_sites_mirror_and_nobody_else(host):
    archives = host.backend.get_variables()["test_archives"]
    shown = "$(REPO_URI) $(SOURCESENTRY)"
    asked = host.check_output(f"apt-get indextargets --format '{shown}' 'Created-By: Packages'")
    assert {line.rpartition(":")[0] for line in asked.splitlines()} == {
        f"{archives['release']}/ /etc/apt/site.sources",
        f"{archives['security']}/ /etc/apt/site.sources",
    }
    assert host.file("/etc/apt/sources.list.d/machine.list").exists


def test_security_updates_come_every_day_from_what_apt_asks(host):
    dump = host.check_output("apt-config dump")
    assert 'APT::Periodic::Unattended-Upgrade "1";' in dump
    assert 'Unattended-Upgrade::Package-Blacklist:: "^postgresql-";' in dump
    assert 'Unattended-Upgrade::Automatic-Reboot-Time "03:30";' in dump
    said = host.run("unattended-upgrade --dry-run --debug")
    assert said.rc == 0, said.stderr
    suite = host.check_output(". /etc/os-release; echo $VERSION_CODENAME")
    origins = f"Allowed origins are: origin=Debian,codename={suite}-security,label=Debian-Security"
    assert origins in said.stdout + said.stderr


def test_updates_come_when_the_site_says(host):
    timers = host.check_output("systemctl show apt-daily-upgrade.timer -p TimersCalendar")
    assert timers.count("OnCalendar=") == 1
    assert "OnCalendar=Sun *-*-* 02:00:00" in timers
    assert host.service("apt-daily-upgrade.timer").is_running


def test_locales_are_generated(host):
    there = host.check_output("locale -a").split()
    assert {"vi_VN.utf8", "en_US.utf8"} <= set(there)
    day = "LC_ALL=vi_VN.UTF-8 date -d 2026-11-25 +%A"
    assert host.check_output(day) == "Thứ tư"


def test_new_sessions_have_the_locale(host):
    assert host.check_output("su - -c 'echo $LANG'") == "C.UTF-8"


def test_time_zone(host):
    assert host.check_output("timedatectl show -p Timezone --value") == "Asia/Ho_Chi_Minh"
    assert host.check_output("date -d 2026-11-25 +%z") == "+0700"


def test_names_are_ascii_and_known_without_a_resolver(host):
    name = host.backend.get_hostname()
    addresses = set(host.backend.get_variables()["bentre_addresses"])
    assert host.check_output("hostname") == name
    assert host.check_output("hostname --fqdn") == f"{name}.test.bentre.example"
    known = host.check_output(f"getent -s files ahosts {name}")
    assert {line.split()[0] for line in known.splitlines()} == addresses
    assert host.check_output("getent -s files hosts mirror").startswith("2001:db8:8300:6::c ")


def test_name_for_people_is_composed_vietnamese(host):
    title = host.check_output("hostnamectl --pretty")
    assert title == TITLE
    assert unicodedata.is_normalized("NFC", title)


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
