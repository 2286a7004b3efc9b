"""After the second converge: what is configured no more is gone."""


def test_package_is_removed_with_its_configuration(host):
    for name in ("lsof", "unattended-upgrades"):
        assert not host.run(f"dpkg-query -W {name}").stdout


def test_the_nodes_own_sources_count_again(host):
    archives = host.backend.get_variables()["test_archives"]
    asked = host.check_output("apt-get indextargets --format '$(CREATED_BY) $(REPO_URI)'")
    assert f"Packages {archives['release']}/" in asked
    from_file = host.check_output("apt-get indextargets --format '$(SOURCESENTRY)'")
    assert "/etc/apt/sources.list.d/machine.list" in from_file
    assert "site.sources" not in from_file


def test_settings_of_the_updates_are_gone(host):
    assert "52bentre" not in host.check_output("ls /etc/apt/apt.conf.d")
    assert "Unattended-Upgrade::" not in host.check_output("apt-config dump")
    timers = host.check_output("systemctl show apt-daily-upgrade.timer -p TimersCalendar")
    assert timers.count("OnCalendar=") == 1
    assert "OnCalendar=Sun" not in timers  # the next time may well be a Sunday


def test_locale_is_removed_and_another_is_the_default(host):
    there = host.check_output("locale -a").split()
    assert "vi_VN.utf8" in there
    assert "en_US.utf8" not in there
    assert host.check_output("su - -c 'echo $LANG'") == "vi_VN.UTF-8"


def test_time_zone(host):
    assert host.check_output("date -d 2026-11-25 +%z") == "+0000"


def test_names_are_gone(host):
    assert not host.file("/etc/machine-info").exists
    assert host.run("getent -s files hosts mirror").rc == 2
