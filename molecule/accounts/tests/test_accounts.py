"""After the first converge: who has an account, what it may, and when it is disabled."""

import json
import os
import subprocess
import time
import unicodedata
from pathlib import Path

from tests.waiting import eventually

FOLDER = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
DAY = 86400


def ssh(host, user, *command):
    """A log-in with the person's key."""
    options = ["ControlPath=none", "ClearAllForwardings=yes", "BatchMode=yes"]
    return subprocess.run(
        [
            "ssh",
            *(f"-o{option}" for option in options),
            "-F",
            FOLDER / "ssh_config",
            "-l",
            user,
            "-i",
            FOLDER / "person",
            host.backend.get_hostname(),
            *command,
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def password():
    return (FOLDER / "secrets/password").read_text().split()[0]


def last_login(host, user, days):
    """Move the record of a log-in into the past, where the system itself keeps it."""
    when = int(time.time()) - days * DAY
    if host.file("/var/lib/lastlog/lastlog2.db").exists:
        change = (
            "import sqlite3; b = sqlite3.connect('/var/lib/lastlog/lastlog2.db');"
            f" c = b.execute('UPDATE Lastlog2 SET Time = {when} WHERE Name = ?', ['{user}']);"
            " b.commit(); print(c.rowcount)"
        )
    else:
        change = (
            "import struct; f = open('/var/log/lastlog', 'r+b');"
            f" f.seek({host.user(user).uid} * 292); seen = f.read(4);"
            f" f.seek({host.user(user).uid} * 292); f.write(struct.pack('=I', {when}));"
            " print(int(any(seen)))"
        )
    assert host.check_output(f'python3 -c "{change}"') == "1", f"no record of {user}'s log-in"


def review(host):
    host.check_output("systemctl start bentre-accounts.service")


def test_each_person_has_an_account_with_a_vietnamese_name(host):
    for user, name in (("an", "Nguyễn Văn An"), ("chi", "Lê Thị Chi")):
        gecos = host.check_output(f"getent passwd {user}").split(":")[4]
        assert gecos == name
        assert unicodedata.is_normalized("NFC", gecos)
        assert ssh(host, user, "id", "-un").stdout == f"{user}\n"


def test_groups_are_those_of_the_list(host):
    assert set(host.user("an").groups) == {"an", "operators", "systemd-journal", "bentre-sudo"}
    assert host.group("readers").exists


def test_an_account_that_has_ended_admits_nobody(host):
    assert ssh(host, "binh", "id").returncode == 255
    host.check_output("chage --expiredate -1 binh")
    assert ssh(host, "binh", "id").returncode == 0
    host.check_output("chage --expiredate 2020-01-31 binh")


def test_sudo_asks_people_for_their_password_and_keeps_a_record(host):
    assert ssh(host, "an", "sudo", "-n", "id", "-un").returncode == 1
    assert ssh(host, "chi", "sudo", "-n", "-l").returncode == 1
    done = host.run(f"echo '{password()}' | su an -c 'sudo -S -p \"\" id -un'")
    assert done.stdout == "root\n", done.stderr
    record = host.file("/var/log/sudo.log").content_string.replace("\n    ", " ")
    assert "an : " in record
    assert "COMMAND=/usr/bin/id -un" in record
    assert "an : " in host.check_output("journalctl -t sudo -o cat")


def test_a_program_may_use_sudo_without_a_password(host):
    assert ssh(host, "deploy", "sudo", "-n", "id", "-un").stdout == "root\n"


def test_passwords_are_kept_with_yescrypt(host):
    for user in ("an", "break-glass"):
        assert host.check_output(f"getent shadow {user}").split(":")[1].startswith("$y$")
    # no password is no lock
    assert host.check_output("getent shadow chi").split(":")[1] == "*"
    host.run_expect([0], "echo 'dung:Xuân-2026-bến-Tre' | chpasswd")
    assert host.check_output("getent shadow dung").split(":")[1].startswith("$y$")


def test_weak_passwords_are_refused(host):
    for weak in ("Ngan-123", "chithuongmotthoi", "Dung-Dung-Dung-12"):
        change = f"printf '{weak}\\n{weak}\\n' | passwd dung"
        assert host.run(change).rc != 0, weak


def test_passwords_are_not_used_again(host):
    first, second = "Ba-Tri.2026.mot", "Mo-Cay.2026.hai"
    for word, works in ((first, True), (second, True), (first, False)):
        said = host.run(f"printf '{word}\\n{word}\\n' | passwd dung")
        assert (said.rc == 0) is works, said.stderr
    assert "already used" in said.stderr


def test_wrong_passwords_lock_out(host):
    """With the right one, too, once there were too many wrong ones."""
    host.check_output("faillock --user an --reset")
    log_in = "su nobody -s /bin/sh -c 'su an -c true'"
    assert host.run(f"echo '{password()}' | {log_in}").rc == 0
    for _ in range(5):
        assert host.run(f"echo wrong | {log_in}").rc != 0
    assert host.run(f"echo '{password()}' | {log_in}").rc != 0
    assert ssh(host, "an", "id", "-un").stdout == "an\n"  # a key is no password
    host.check_output("faillock --user an --reset")
    assert host.run(f"echo '{password()}' | {log_in}").rc == 0


def test_passwords_have_an_age(host):
    assert host.check_output("getent shadow an").split(":")[4] == "60"


def test_use_of_the_sealed_account_raises_an_alert(host):
    told = "journalctl -t bentre-break-glass -p alert -o cat"
    textfiles = "/var/lib/prometheus/node-exporter"  # role monitoring makes it
    host.check_output(f"mkdir -p {textfiles}")
    before = host.run(told).stdout.count("is used: sshd from")
    assert ssh(host, "chi", "true").returncode == 0
    assert host.run(told).stdout.count("is used: sshd from") == before
    assert host.check_output(f"ls {textfiles}") == ""
    assert ssh(host, "break-glass", "true").returncode == 0
    eventually(lambda: host.run(told).stdout.count("is used: sshd from") > before)
    metric, when = host.check_output(f"cat {textfiles}/bentre_break_glass.prom").split()
    assert metric == "bentre_break_glass_last_use_timestamp_seconds"
    assert abs(int(when) - int(host.check_output("date +%s"))) < 3600


def test_idle_accounts_are_disabled_and_the_sealed_one_is_not(host):
    for user in ("chi", "dung", "stranger"):
        host.check_output(f"chage --expiredate -1 {user}")
    host.check_output("cp -r ~chi/.ssh ~stranger/ && chown -R stranger: ~stranger/.ssh")
    # as if the accounts were old
    state = "/var/lib/bentre/accounts/state.json"
    host.check_output(f'sed -i \'s/"since": "[0-9-]*"/"since": "2020-01-01"/\' {state}')
    host.check_output("chage --lastday 2020-01-01 stranger")
    for user, days in (
        ("chi", 46),
        ("dung", 44),
        ("break-glass", 46),
        ("deploy", 46),
        ("stranger", 46),
    ):
        assert ssh(host, user, "true").returncode == 0, user
        last_login(host, user, days)
    review(host)
    for user in ("chi", "stranger"):
        assert ssh(host, user, "true").returncode != 0, user
    told = host.check_output("journalctl -t bentre-accounts -p warning -o cat")
    assert "chi: disabled, idle" in told
    for user in ("dung", "break-glass", "deploy"):
        assert ssh(host, user, "true").returncode == 0, user


def test_the_node_looks_every_day_by_itself(host):
    assert host.service("bentre-accounts.timer").is_running
    assert host.service("bentre-accounts.timer").is_enabled
    assert "OnCalendar=*-*-* 00:00:00" in host.check_output(
        "systemctl show bentre-accounts.timer -p TimersCalendar"
    )


def test_what_nobody_listed_is_told(host):
    host.check_output("chage --expiredate -1 --lastday $(date +%F) stranger")
    review(host)
    told = host.check_output("journalctl -t bentre-accounts -p warning -o cat")
    assert "stranger: nobody's account" in told
    assert "/etc/sudoers.d/90-cloud-init-users: sudo without a password" in told


def test_no_secret_stays_where_others_read(host):
    state = host.file("/var/lib/bentre/accounts/state.json")
    assert state.mode == 0o600
    assert "$y$" not in state.content_string
    assert json.loads(state.content_string)["people"]["an"]["password"]


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""


def test_accounts_made_by_hand_have_to_change_their_password_too(host):
    host.check_output("useradd --create-home by-hand")
    try:
        assert host.check_output("getent shadow by-hand").split(":")[4] == "60"
    finally:
        host.check_output("userdel --remove by-hand")
