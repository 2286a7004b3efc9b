#!/usr/bin/python3
"""Settles the accounts of people: ``accounts settle [--check] | review``.

``settle`` reads what is wanted as JSON from standard input and says what it changed, and what it
found. ``review`` is run once a day: it disables accounts that nobody used for too long.
Password hashes come by standard input and go by standard input; no command has one as argument.
"""

import datetime
import grp
import hashlib
import json
import os
import pwd
import sqlite3
import struct
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

STATE = Path("/var/lib/bentre/accounts/state.json")
LASTLOG = Path("/var/log/lastlog")  # Debian 12: pam_lastlog writes it
LASTLOG2 = Path("/var/lib/lastlog/lastlog2.db")  # Debian 13: pam_lastlog2 writes it
_RECORD = struct.Struct("=I32s256s")
_HUMAN = range(1000, 60000)
_EPOCH = datetime.date(1970, 1, 1)
_DISABLED = 1  # a day of 1970: expired, for keys and for passwords
_FOREVER = 99999  # days that a password lasts which there is none


class Node:
    """The accounts of this node; with ``check`` nothing is changed, only told."""

    def __init__(self, *, check: bool) -> None:
        self.check = check
        self.changes: list[str] = []
        lines = Path("/etc/shadow").read_text().splitlines()
        self.shadow = {line.split(":")[0]: line.split(":") for line in lines}

    def do(self, change: str, *command: str, text: str | None = None) -> None:
        """Run a command, unless this is a check, and note what it changes."""
        self.changes.append(change)
        if not self.check:
            subprocess.run(command, input=text, text=True, check=True, stdout=subprocess.DEVNULL)

    def days(self, name: str, field: int) -> int:
        """A number of shadow(5); -1 when it is empty."""
        fields = self.shadow.get(name)
        return int(fields[field] or -1) if fields else -1

    def hash(self, name: str) -> str:
        """The second field of shadow(5); a mark of an account that is not there yet."""
        return self.shadow[name][1] if name in self.shadow else "!"

    def disabled(self, name: str) -> bool:
        """Whether the account has expired."""
        return 0 <= self.days(name, 7) <= _today()


def _today() -> int:
    return (datetime.datetime.now(datetime.UTC).date() - _EPOCH).days


def _day(text: str) -> int:
    return (datetime.date.fromisoformat(text) - _EPOCH).days


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _people_there() -> list[pwd.struct_passwd]:
    """Accounts that a person can use."""
    return [
        entry
        for entry in pwd.getpwall()
        if entry.pw_uid in _HUMAN and not entry.pw_shell.endswith(("/nologin", "/false"))
    ]


def _last_login(entry: pwd.struct_passwd) -> int:
    """The day of it, -1 when there is no record."""
    seconds = 0
    if LASTLOG.exists():
        with LASTLOG.open("rb") as file:
            file.seek(entry.pw_uid * _RECORD.size)
            record = file.read(_RECORD.size)
        if len(record) == _RECORD.size:
            seconds = _RECORD.unpack(record)[0]
    if LASTLOG2.exists():
        with closing(sqlite3.connect(f"file:{LASTLOG2}?mode=ro", uri=True)) as base:
            # before the first log-in the data base has no table
            if base.execute("SELECT 1 FROM sqlite_master WHERE name = 'Lastlog2'").fetchone():
                found = base.execute("SELECT Time FROM Lastlog2 WHERE Name = ?", [entry.pw_name])
                seconds = max([seconds, *(row[0] for row in found)])
    return seconds // 86400 if seconds else -1


def _idle(node: Node, wanted: dict[str, Any], state: dict[str, Any], name: str) -> bool:
    """Whether nobody used an account for too long; it counts from its making at the latest."""
    entry = _find(name)
    if not entry or name == wanted["break_glass"]:
        return False
    person = _wanted_people(wanted).get(name, {})
    if person.get("automation"):
        return False
    known = state["people"].get(name)
    since = [_last_login(entry), _day(known["since"]) if known else node.days(name, 2)]
    if person.get("returned"):
        since.append(_day(person["returned"]))
    return _today() - max(since) > int(wanted["idle_days"])


def _wanted_people(wanted: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {person["name"]: person for person in wanted["people"]}


def _settle_person(
    node: Node, wanted: dict[str, Any], state: dict[str, Any], person: dict[str, Any], secret: str
) -> None:
    name = person["name"]
    shell = person.get("shell") or "/bin/bash"
    there = _find(name)
    known = state["people"].get(name)
    if there is None:
        number = ["--uid", str(person["uid"])] if person.get("uid") else []
        described = ["--comment", person["full_name"], "--shell", shell]
        make = ["useradd", "--create-home", "--user-group", *described, *number, name]
        node.do(f"{name}: made", *make)
    elif (there.pw_gecos, there.pw_shell) != (person["full_name"], shell):
        described = ["--comment", person["full_name"], "--shell", shell]
        node.do(f"{name}: name or shell", "usermod", *described, name)
    if known is None:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        known = state["people"][name] = {"since": today, "password": ""}

    have = {group.gr_name for group in grp.getgrall() if name in group.gr_mem}
    groups = {*person.get("groups", []), *([wanted["sudo_group"]] if person.get("sudo") else [])}
    if have != groups:
        node.do(f"{name}: groups", "usermod", "--groups", ",".join(sorted(groups)), name)

    digest = hashlib.sha256(secret.encode()).hexdigest() if secret else ""
    if digest != known["password"] or node.hash(name).startswith("!"):
        # a mark of a lock is no missing password: sshd without PAM refuses it
        node.do(f"{name}: password", "chpasswd", "--encrypted", text=f"{name}:{secret or '*'}\n")
        known["password"] = digest
    # an aged password stops a key as well: only who has one has to change it
    lasts = int(wanted["password_days"]) if secret and name != wanted["break_glass"] else _FOREVER
    if node.days(name, 4) != lasts:
        node.do(f"{name}: age of the password", "chage", "--maxdays", str(lasts), name)

    _settle_expiry(node, wanted, state, person)
    _settle_keys(node, person)


def _settle_expiry(
    node: Node, wanted: dict[str, Any], state: dict[str, Any], person: dict[str, Any]
) -> None:
    name = person["name"]
    ends = _day(person["expires"]) if person.get("expires") else -1
    idle = _idle(node, wanted, state, name)
    if idle:
        ends = _DISABLED
    if node.days(name, 7) != ends:
        why = "disabled, idle" if idle else "end"
        node.do(f"{name}: {why}", "chage", "--expiredate", str(ends), name)


def _settle_keys(node: Node, person: dict[str, Any]) -> None:
    text = "".join(f"{key}\n" for key in person.get("ssh_keys", []))
    entry = _find(person["name"])
    if entry is None:  # a check
        return
    file = Path(entry.pw_dir) / ".ssh/authorized_keys"
    if (file.read_text() if file.exists() else "") == text:
        return
    node.changes.append(f"{person['name']}: keys")
    if node.check:
        return
    # as the person: a link that somebody laid there leads nowhere that the person may not write
    subprocess.run(
        ["sh", "-c", "umask 077; mkdir -p .ssh && chmod 700 .ssh && cat >.ssh/authorized_keys"],
        input=text,
        text=True,
        check=True,
        cwd=entry.pw_dir,
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
    )


def _settle_gone(node: Node, wanted: dict[str, Any], state: dict[str, Any]) -> None:
    """Accounts that are on the list no more."""
    gone = sorted(state["people"].keys() - _wanted_people(wanted).keys())
    if wanted["operator"] in gone:
        sys.exit(f"{wanted['operator']}: is logged in with the account that would go")
    for name in gone:
        entry = _find(name)
        if entry and wanted["gone"] == "removed":
            subprocess.run(["loginctl", "terminate-user", name], check=False, capture_output=True)
            node.do(f"{name}: removed", "userdel", "--remove", "--force", name)
        elif entry:
            _settle_keys(node, {"name": name})
            lock = ["usermod", "--lock", "--expiredate", str(_DISABLED), "--groups", "", name]
            node.do(f"{name}: locked", *lock)
            if not node.check:
                subprocess.run(
                    ["loginctl", "terminate-user", name], check=False, capture_output=True
                )
        del state["people"][name]


def _settle_groups(node: Node, wanted: dict[str, Any], state: dict[str, Any]) -> None:
    there = {group.gr_name: group for group in grp.getgrall()}
    for name in sorted({*wanted["groups"], wanted["sudo_group"]} - there.keys()):
        node.do(f"group {name}: made", "groupadd", name)
    for name in sorted(set(state["groups"]) & there.keys() - {*wanted["groups"]}):
        node.do(f"group {name}: removed", "groupdel", name)
    state["groups"] = wanted["groups"]


def _found(node: Node, wanted: dict[str, Any]) -> list[str]:
    """What an administrator has to look at."""
    mine = _wanted_people(wanted).keys()
    there = [entry for entry in _people_there() if not node.disabled(entry.pw_name)]
    found = [f"{entry.pw_name}: nobody's account" for entry in there if entry.pw_name not in mine]
    found += [
        f"{e.pw_name}: a second root"
        for e in pwd.getpwall()
        if not e.pw_uid and e.pw_name != "root"
    ]
    # a hash of a weaker kind (DAT-01)
    found += [
        f"{name}: its password is not kept with yescrypt"
        for name, fields in sorted(node.shadow.items())
        if fields[1].lstrip("!").startswith("$") and not fields[1].lstrip("!").startswith("$y$")
    ]
    for file in [Path("/etc/sudoers"), *sorted(Path("/etc/sudoers.d").glob("*"))]:
        lines = (line.strip() for line in file.read_text().splitlines())
        if file.name != "bentre" and any("NOPASSWD" in x for x in lines if x[:1] != "#"):
            found.append(f"{file}: sudo without a password")
    return found


def settle(*, check: bool) -> None:
    """Make the accounts what standard input says."""
    wanted = json.load(sys.stdin)
    secrets = wanted.pop("passwords")
    kept = STATE.read_text() if STATE.exists() else ""
    state = json.loads(kept) if kept else {"people": {}, "groups": []}
    node = Node(check=check)
    _settle_gone(node, wanted, state)
    _settle_groups(node, wanted, state)
    for person in wanted["people"]:
        _settle_person(node, wanted, state, person, secrets.get(person["name"], ""))
    state["wanted"] = wanted
    text = json.dumps(state, ensure_ascii=False, indent=1)
    if not check and text != kept:
        _keep(text)
    found = _found(Node(check=True), wanted)
    json.dump({"changes": node.changes, "found": found}, sys.stdout, ensure_ascii=False)


def review() -> None:
    """Disable what nobody used for too long, and tell what is found."""
    state = json.loads(STATE.read_text())
    wanted = state["wanted"]
    node = Node(check=False)
    for person in wanted["people"]:
        _settle_expiry(node, wanted, state, person)
    for entry in _people_there():
        name = entry.pw_name
        if name in _wanted_people(wanted) or node.disabled(name) or name == wanted["operator"]:
            continue
        if _idle(node, wanted, state, name):
            end = ["chage", "--expiredate", str(_DISABLED), name]
            node.do(f"{name}: disabled, idle", *end)
    # sd-daemon(3): priority warning
    for line in node.changes + _found(Node(check=True), wanted):
        print(f"<4>{line}")


def _keep(text: str) -> None:
    STATE.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = STATE.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(STATE)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    if sys.argv[1] == "settle":
        settle(check="--check" in sys.argv)
    else:
        review()
