"""Runs on a mail server as root: ``mail.py MESSAGES ROUNDS``.

Says, as JSON, how many messages a second came into a mailbox of each server, in each round.
"""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

BARE = Path("/var/tmp/bare")
PORT = 2525
CONFIG = """
compatibility_level = 3.6
queue_directory = {bare}/queue
data_directory = {bare}/data
inet_interfaces = loopback-only
mydestination =
mynetworks =
alias_maps =
virtual_mailbox_domains = bare.example
virtual_mailbox_maps = inline:{{ a@bare.example=a/ }}
virtual_mailbox_base = {bare}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
"""
SENDER = "somebody@outside.example"
PERSON = "nguyen-van-a"


def run(*argv: object) -> str:
    """Run a program; stdout."""
    return subprocess.run(
        [str(a) for a in argv], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def start_bare() -> None:
    """A Postfix of its own: master.cf as shipped, but for the port."""
    uid = 65534
    for folder in ("etc", "queue", "data", "mail/a"):
        (BARE / folder).mkdir(parents=True)
    (BARE / "etc/main.cf").write_text(CONFIG.format(bare=BARE, uid=uid))
    master = Path("/usr/share/postfix/master.cf.dist").read_text()
    elsewhere = re.sub(r"^smtp( +inet)", rf"127.0.0.1:{PORT}\1", master, flags=re.MULTILINE)
    (BARE / "etc/master.cf").write_text(elsewhere)
    shutil.chown(BARE / "data", "postfix")
    for folder in (BARE / "mail", BARE / "mail/a"):
        shutil.chown(folder, uid, uid)
    BARE.chmod(0o755)
    run("postfix", "-c", BARE / "etc", "start")


def in_bare() -> int:
    """Messages in the mailbox of the bare one."""
    return sum(1 for _ in (BARE / "mail/a/new").glob("*"))


def in_mailbox() -> int:
    """Messages in the person's mailbox of the mail server."""
    said = run("doveadm", "mailbox", "status", "-u", PERSON, "messages", "INBOX")
    return int(said.rpartition("=")[2])


def rate(to: str, port: int, arrived: Callable[[], int], messages: int) -> float:
    """Messages a second, from the first connection until all are in the mailbox."""
    before, begin = arrived(), time.monotonic()
    load = ["smtp-source", "-s", 8, "-m", messages, "-l", 4096, "-f", SENDER, "-t", to]
    run(*load, f"127.0.0.1:{port}")
    while (found := arrived() - before) < messages:
        if time.monotonic() - begin > 600:
            raise SystemExit(f"{to}: {found} of {messages} arrived")
        time.sleep(0.1)
    return messages / (time.monotonic() - begin)


def main() -> None:
    """Each in turn, in each round."""
    messages, rounds = int(sys.argv[1]), int(sys.argv[2])
    domain = run("postconf", "-h", "virtual_mailbox_domains").strip()
    start_bare()
    told: dict[str, list[float]] = {"bare Postfix": [], "mail server": []}
    try:
        for _ in range(rounds):
            told["bare Postfix"].append(rate("a@bare.example", PORT, in_bare, messages))
            told["mail server"].append(rate(f"a@{domain}", 25, in_mailbox, messages))
    finally:
        run("postfix", "-c", BARE / "etc", "stop")
    print(json.dumps(told))


main()
