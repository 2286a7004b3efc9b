"""After the second converge: the undeclared is stopped, what is configured no more is gone."""

import json

import pytest


def test_undeclared_service_is_gone(host):
    assert not host.service("foreign.service").is_running
    assert not host.service("foreign.service").is_enabled
    assert ":8090 " not in host.check_output("ss -Hlnt")


def test_declared_later_it_is_back(host):
    assert host.service("declared-later.service").is_running
    assert host.service("declared-later.service").is_enabled


def test_declared_service_on_another_port_is_told_and_runs(host):
    found = json.loads(host.check_output("bentre-services"))["undeclared"]
    assert found["known@8093.service"]["sockets"] == ["8093/tcp"]
    assert host.service("known@8093.service").is_running


def test_the_way_in_is_never_stopped(host):
    assert host.service("ssh").is_running
    assert host.service("ssh").is_enabled


def test_kernel_value_is_what_it_was(host):
    assert host.check_output("sysctl -n net.ipv4.tcp_fin_timeout") == "60"


@pytest.mark.parametrize("folder", ["/tmp", "/var/tmp"])
def test_folder_executes_again(host, folder):
    host.check_output(f"cp /usr/bin/true {folder}/again && {folder}/again")


def test_folder_that_is_still_listed_does_not(host):
    assert host.run("cp /usr/bin/true /dev/shm/again && /dev/shm/again").rc == 126


def test_module_is_blocked_no_more(host):
    assert "/bin/false" not in host.run("modprobe -n -v dccp").stdout
    assert "/bin/false" in host.run("modprobe -n -v usb-storage").stdout


def test_limit_of_core_dumps_is_gone(host):
    # apart from the operator's session, which keeps the limit that it began with
    for how in ("sh", "su -s /bin/sh nobody"):
        said = host.check_output(f"echo ulimit -Hc | systemd-run --quiet --pipe --wait {how}")
        assert said == "unlimited"


def test_debians_own_texts_are_back(host):
    assert host.check_output("head -c 16 /etc/issue") == "Debian GNU/Linux"
    said = host.run(
        "LC_ALL=C.UTF-8 ssh -o BatchMode=yes -o StrictHostKeyChecking=no x@localhost true; true"
    )
    assert "Permission denied" in said.stderr
    assert "Authorised" not in said.stderr


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""


def test_the_timer_that_somebody_stopped_runs_again(host):
    assert host.service("bentre-services.timer").is_running
