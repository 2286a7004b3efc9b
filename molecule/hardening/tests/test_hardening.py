"""After the first converge: what the system does, and what it refuses."""

import json

import pytest

NOWHERE = ["/tmp", "/var/tmp", "/dev/shm"]

# a log-in shell on a terminal where nobody types
SESSION = """
import os, pty
child, terminal = pty.fork()
if child == 0:
    os.execvp("bash", ["bash", "-l"])
said = b""
try:
    while more := os.read(terminal, 1024):
        said += more
except OSError:
    pass
os.waitpid(child, 0)
print(said.decode())
"""


@pytest.fixture(scope="module")
def undeclared(host):
    return json.loads(host.check_output("bentre-services"))["undeclared"]


def value(host, key):
    return host.check_output(f"sysctl -n {key}")


def test_kernel_values_are_in_force(host):
    for name in ("all", "default", "eth0"):
        assert value(host, f"net.ipv4.conf.{name}.accept_redirects") == "0"
        assert value(host, f"net.ipv6.conf.{name}.accept_redirects") == "0"
        assert value(host, f"net.ipv4.conf.{name}.rp_filter") == "1"
    assert value(host, "net.ipv4.tcp_syncookies") == "1"
    assert value(host, "net.ipv4.tcp_fin_timeout") == "30"


def test_kernel_values_come_back_at_boot(host):
    for name in ("all", "eth0"):
        host.check_output(f"sysctl -w net.ipv4.conf.{name}.rp_filter=0")
    host.check_output("systemctl restart systemd-sysctl")
    for name in ("all", "eth0"):
        assert value(host, f"net.ipv4.conf.{name}.rp_filter") == "1"


def test_what_is_the_machines_is_left_to_it(host):
    kept = host.file("/etc/sysctl.d/90-bentre-hardening.conf").content_string
    keys = {line.split(".")[0] for line in kept.splitlines() if " = " in line}
    assert keys == {"net"}


@pytest.mark.parametrize("folder", NOWHERE)
def test_nothing_is_executed(host, folder):
    host.check_output(f"cp /usr/bin/true {folder}/here && cp /usr/bin/true /srv/here")
    assert host.run("/srv/here").rc == 0
    said = host.run(f"{folder}/here")
    assert (said.rc, "Permission denied" in said.stderr) == (126, True)


def test_apt_still_works_and_only_listed_people_have_jobs(host):
    install = (
        "DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --reinstall"
    )
    host.check_output(f"{install} --no-install-recommends apt-utils")
    # iperf3 asks a question: its script runs before dpkg comes
    said = host.run(f"{install} --no-install-recommends cron iperf3")
    assert said.rc == 0, said.stderr
    assert "Preconfiguring packages" in said.stdout
    assert "Permission denied" not in said.stdout + said.stderr
    host.check_output("echo '@daily true' | crontab -")
    refused = host.run("su -s /bin/sh -c 'crontab -l' nobody")
    assert refused.rc != 0
    assert "not allowed" in refused.stderr


@pytest.mark.parametrize("module", ["usb-storage", "dccp"])
def test_module_cannot_be_loaded(host, module):
    assert host.check_output(f"modprobe -n -v {module}").strip() == "install /bin/false"
    assert host.run(f"modprobe {module}").rc != 0


def test_undeclared_services_are_named_and_left_alone(host, undeclared):
    assert undeclared["foreign.service"] == {"enabled": True, "sockets": ["8090/tcp"]}
    assert undeclared["declared-later.service"]["sockets"] == ["8091/tcp"]
    assert host.service("foreign.service").is_running
    host.check_output("systemctl start bentre-services.service")  # as its timer does
    journal = host.check_output("journalctl -t bentre-services -p warning -o cat")
    assert "on no list: foreign.service" in journal
    metric = host.file("/var/lib/prometheus/node-exporter/bentre_services.prom").content_string
    assert f"bentre_undeclared_services {len(undeclared)}" in metric.splitlines()


def test_declared_service_is_named_only_on_a_port_that_is_not_its_own(undeclared):
    assert undeclared["known@8093.service"]["sockets"] == ["8093/tcp"]
    assert "known@8092.service" not in undeclared


def test_what_a_bare_node_has_is_on_the_list(undeclared):
    mine = {"foreign.service", "declared-later.service", "known@8093.service"}
    assert set(undeclared) == mine | ({"iperf3.service"} & set(undeclared))


def test_services_are_looked_at_every_day(host):
    assert host.service("bentre-services.timer").is_running
    assert host.service("bentre-services.timer").is_enabled


def test_names_of_the_link_are_not_answered(host):
    assert host.service("systemd-resolved").is_running
    assert ":5355 " not in host.check_output("ss -Hlntu")


def test_nobody_is_logged_in_by_itself(host):
    assert "--autologin root" in host.check_output("systemctl cat getty@tty1.service")
    said = host.check_output("systemctl show -p ExecStart getty@tty1.service")
    assert "agetty" in said
    assert "autologin" not in said


# takes as much as it may, and crashes
CRASH = """
cd /srv/cores
ulimit -H -c
ulimit -S -c "$(ulimit -H -c)"
sh -c 'kill -SEGV $$'
echo ended $?
"""


@pytest.mark.parametrize("how", ["su -s /bin/sh nobody", "systemd-run --quiet --pipe --wait sh"])
def test_no_core_is_written(host, how):
    host.check_output("rm -rf /srv/cores && install -d -m 1777 /srv/cores")
    said = host.run(f"{how} <<'END'\n{CRASH}\nEND")
    assert said.stdout.split() == ["0", "ended", "139"]
    assert host.check_output("ls /srv/cores") == ""


def test_session_without_input_ends(host):
    said = host.run(f"timeout 300 python3 -c '{SESSION}'")
    assert "auto-logout" in said.stdout, said


def test_end_of_a_session_cannot_be_put_off(host):
    said = host.run("bash -lic 'unset TMOUT; echo $TMOUT'")
    assert "readonly" in said.stderr
    assert said.stdout.strip() == "2"


def test_new_files_of_a_session_are_not_for_everybody(host):
    assert host.check_output("bash -lic umask 2>/dev/null") == "0027"


def test_banner_is_what_comes_before_a_log_in(host):
    """On a console; sshd shows the same text (scenario ssh)."""
    for file in ("/etc/issue", "/etc/issue.net"):
        assert "Chỉ người được cấp quyền" in host.file(file).content_string
        assert "Authorised persons only" in host.file(file).content_string


def test_keys_are_for_their_owner(host):
    assert host.file("/srv/app.key").mode == 0o600
    assert host.file("/etc/cron.d").mode == 0o700
    for key in host.check_output("ls /etc/ssh/ssh_host_*_key").split():
        assert host.file(key).mode == 0o600


def test_packages_are_gone(host):
    for name in ("make", "telnet"):
        assert not host.package(name).is_installed


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
