"""Reads a host's state and prints it as JSON; changes nothing.

This file is sent to the host as it is, on the standard input of its Python (Debian 12 has 3.11):
standard library only, nothing of ours. Passwords' hashes never leave the host: of shadow(5) only
the scheme and the days are told. Secrets in other texts are blacked out here, before they travel.
"""

import base64
import concurrent.futures
import contextlib
import glob
import hashlib
import http.client
import json
import os
import pwd
import re
import resource
import shutil
import signal
import socket
import sqlite3
import ssl
import stat
import struct
import subprocess
import sys
import time
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Facts = dict[str, Any]

MARK = "BENTRE-FACTS-1 "
VERSION = 1
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"  # of the distribution alone: no program of /usr/local
_ENV = {"PATH": _PATH, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "TERM": "dumb"}
_BLACK = "[redacted]"

_REDACT = (
    re.compile(r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----).*?(-----END |\Z)", re.DOTALL),
    re.compile(r"()AGE-SECRET-KEY-[0-9A-Z]+()"),
    re.compile(r"()\$(?:y|7|gy|1|2[aby]?|5|6|argon2id?|sha1|pbkdf2[^$]*)\$[^\s:\"',]+()"),
    re.compile(r"()\{(?:SSHA|SHA|CRYPT|MD5|ARGON2)[^}]*\}[^\s\"',]+()", re.IGNORECASE),
    re.compile(r"([a-z][a-z0-9+.-]*://[^/\s:@\"']*:)[^/\s@\"']+(@)", re.IGNORECASE),
    re.compile(r"(authorization:\s*(?:bearer|basic)\s+)\S+()", re.IGNORECASE),
)
# name = value, name: value, "name": "value", name value; looked for in few lines, it is slow
_NAMED = re.compile(
    r"""((?:^|[\s,;{"'_.-])(?:[\w.-]*[_.-])?
        (?:password|passwd|passphrase|secret|secretid|token|psk|bindpw|dnpass|rootpw|(?:r[ow])?community|
           api[_-]?key|access[_-]?key|private[_-]?key[_-]?pass\w*|credentials?)
        ["']?(?:\s*[:=]\s*|[ \t]+(?!\[)))
        (?!\s)(?:"[^"\n]*"|'[^'\n]*'|[^\s"',;}\]]+)()""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_HINT = re.compile(
    r"pass(?:w|ph)|secret|token|psk|bindpw|dnpass|rootpw|community|key|credential", re.IGNORECASE
)
# words that settings of these names take, and that say nothing
_HARMLESS = re.compile(
    r"(?:yes|no|on|off|true|false|none|null|required|requisite|sufficient|optional|include|"
    r"\[[^\]]*\]|pam_\w+\.so|files|compat|systemd|sss|ldap|md5|scram-sha-256|trust|reject|peer|"
    r"prohibit-password|without-password|\d{1,3}|/\S*|\$\w+|%\w)\)?",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """Black out what looks like a secret."""
    for pattern in _REDACT:
        text = pattern.sub(_blacked, text)
    if not _HINT.search(text):
        return text
    lines = text.split("\n")
    return "\n".join(_NAMED.sub(_blacked, one) if _HINT.search(one) else one for one in lines)


def _blacked(match: re.Match[str]) -> str:
    before, after = match.group(1), match.group(2)
    value = match.group(0)[len(before) : len(match.group(0)) - len(after)]
    if _HARMLESS.fullmatch(value.strip("\"'")) and not before.endswith("KEY-----"):
        return match.group(0)
    return before + _BLACK + after


class _Collector:
    def __init__(self, request: Facts) -> None:
        self.request = request
        self.end: float = time.monotonic() + request.get("deadline", 20)
        self.limit = request.get("limit", 1_000_000)

    def left(self, most: float) -> float:
        return max(0.01, min(most, self.end - time.monotonic()))

    def commands(self) -> dict[str, Facts | None]:
        """Each program's exit code and what it said; null where the host does not have it."""
        asked = self.request.get("commands", {})
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return dict(zip(asked, pool.map(self._command, asked.values()), strict=True))

    def _command(self, asked: Facts) -> Facts | None:
        program = shutil.which(asked["argv"][0], path=_PATH)
        if program is None:
            return None
        began = time.time()
        identity: dict[str, Any] = {}
        if asked.get("user") and os.geteuid() == 0:
            account = pwd.getpwnam(asked["user"])
            identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        try:
            process = subprocess.Popen(
                [program, *asked["argv"][1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_ENV,
                cwd="/",
                start_new_session=True,
                **identity,
            )
        except OSError as e:
            return {"argv": asked["argv"], "at": began, "rc": None, "out": "", "err": str(e)}
        try:
            out, err = process.communicate(timeout=self.left(asked.get("timeout", 30)))
            code = process.returncode
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            out, err, code = b"", b"timed out", None
        return {
            "argv": asked["argv"],
            "program": os.path.realpath(program),
            "at": began,
            "rc": code,
            "out": self._text(out),
            "err": self._text(err[:10_000]),
            "truncated": len(out) > self.limit,
        }

    def _text(self, data: bytes) -> str:
        return redact(data[: self.limit].decode("utf-8", "replace"))

    def files(self) -> dict[str, Facts]:
        """Mode, owner, size, age, and text where it was asked for; by path."""
        found: dict[str, Facts] = {}
        for asked in self.request.get("files", []):
            for path in sorted(glob.glob(asked["path"]))[: asked.get("most", 200)]:
                if time.monotonic() > self.end:
                    return found
                found.setdefault(path, self._file(path, asked.get("text", True)))
        return found

    def _file(self, path: str, with_text: bool) -> Facts:
        try:
            state = Path(path).stat()
            told = {
                "mode": stat.S_IMODE(state.st_mode),
                "uid": state.st_uid,
                "gid": state.st_gid,
                "size": state.st_size,
                "mtime": state.st_mtime,
                "kind": "file" if stat.S_ISREG(state.st_mode) else "other",
                "target": os.path.realpath(path),
                "at": time.time(),
            }
            if with_text and told["kind"] == "file":
                with Path(path).open("rb") as file:
                    told["text"] = self._text(file.read(self.limit))
        except OSError as e:
            return {"error": e.strerror}
        return told

    def sysctl(self) -> dict[str, str | None]:
        """Kernel values."""
        found: dict[str, str | None] = {}
        for name in self.request.get("sysctl", []):
            try:
                found[name] = Path("/proc/sys", name.replace(".", "/")).read_text().strip()
            except OSError:
                found[name] = None
        return found

    def tampered(self, results: dict[str, Facts | None]) -> list[str]:
        """Programs that answered, and whose file is not the one of their package (MD5, dpkg)."""
        wanted = {r["program"] for r in results.values() if r and r.get("program")}
        if not wanted:
            return []
        short = {_short(path): path for path in wanted}
        changed = []
        for sums in glob.glob("/var/lib/dpkg/info/*.md5sums"):
            with Path(sums).open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    digest, _, path = line.rstrip("\n").partition("  ")
                    real = short.get(_short("/" + path))
                    if real is not None and _md5(real) != digest:
                        changed.append(real)
        return sorted(set(changed))

    def tls(self) -> dict[str, Facts]:
        """What those of the asked ports that listen here say to a client: versions, certificate."""
        listening = _listening()
        found = {}
        own = next(iter(served()), None)
        for asked in self.request.get("tls", []):
            port = asked["port"]
            if port in listening:
                named = {**asked, "name": asked.get("name") or own}
                found[str(port)] = self._tls(listening[port], named)
        return found

    def _tls(self, address: str, asked: Facts) -> Facts:
        told = {"address": address, "at": time.time()}
        for name, low, high in (
            ("old", ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1),
            ("weak", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
            ("new", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.MAXIMUM_SUPPORTED),
        ):
            context = _context(low, high, asked.get("alpn", ()))
            if name == "weak":
                context.set_ciphers(_WEAK)
            try:
                with self._connect(address, asked["port"]) as plain:
                    if asked.get("starttls") == "smtp" and not _smtp_starttls(plain):
                        return {**told, "starttls": False}
                    with context.wrap_socket(plain, server_hostname=asked.get("name")) as secure:
                        told[name] = {
                            "version": secure.version(),
                            "cipher": (secure.cipher() or ("",))[0],
                            "alpn": secure.selected_alpn_protocol(),
                            "certificate": base64.b64encode(
                                secure.getpeercert(True) or b""
                            ).decode(),
                        }
            except (OSError, ssl.SSLError) as e:
                told[name] = {"error": str(e)[:200]}
        return told

    def _connect(self, address: str, port: int) -> socket.socket:
        return socket.create_connection((address, port), timeout=self.left(3))

    def http(self) -> list[Facts]:
        """Answers of a web server here to harmless requests."""
        listening = _listening()
        found = []
        own = served() or ["localhost"]
        for wanted in self.request.get("http", []):
            plain = wanted["port"] == 443 and 443 not in listening and wanted["path"] != "/"
            asked = {**wanted, "port": 80, "tls": False} if plain else wanted  # a site without TLS
            if asked["port"] in listening:
                for host in [asked["host"]] if asked.get("host") else own[:1]:
                    found.append(self._http(listening[asked["port"]], {**asked, "host": host}))
        return found

    def _http(self, address: str, asked: Facts) -> Facts:
        told = {**asked, "at": time.time()}
        kind = http.client.HTTPSConnection if asked.get("tls") else http.client.HTTPConnection
        with contextlib.closing(kind(address, asked["port"], timeout=self.left(5))) as connection:
            try:
                connection.sock = self._connect(address, asked["port"])
                if asked.get("tls"):
                    context = _context(
                        ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.MAXIMUM_SUPPORTED, ("http/1.1",)
                    )
                    connection.sock = context.wrap_socket(
                        connection.sock, server_hostname=asked["host"]
                    )
                connection.request(
                    "GET", asked["path"], headers={"Host": asked["host"], "User-Agent": "audit"}
                )
                answer = connection.getresponse()
                body = answer.read(60_000)
                told["status"] = answer.status
                told["headers"] = [[k.lower(), redact(v)] for k, v in answer.getheaders()]
                told["body"] = redact(body.decode("utf-8", "replace"))
            except (OSError, http.client.HTTPException) as e:
                told["error"] = str(e)[:200]
        return told

    def sources(self, settings: Facts | None) -> list[str] | None:
        """Addresses that apt takes packages from, wherever its settings put them (apt.conf(5)).

        ``apt-get indextargets`` says the same, but maps its whole cache.
        """
        if settings is None or settings["rc"] != 0:
            return None
        told = {
            name.lower(): value
            for name, value in re.findall(r'^Dir::Etc::(\S+) "([^"]*)";', settings["out"], re.M)
        }
        parts = Path("/etc/apt", told.get("sourceparts", "sources.list.d"))
        paths = [str(Path("/etc/apt", told.get("sourcelist", "sources.list")))]
        paths += [*glob.glob(f"{parts}/*.list"), *glob.glob(f"{parts}/*.sources")]
        found = set()
        for path in paths:
            with contextlib.suppress(OSError):
                text = Path(path).read_text(encoding="utf-8", errors="replace")
                found.update(_uris(text, path.endswith(".sources")))
        return sorted(redact(uri) for uri in found)

    def updates(self, packages: Facts | None) -> list[str] | None:
        """Installed packages of which apt's lists have a newer security version.

        Null where there are no lists, or compressed ones. ``apt-get -s upgrade`` says the same, but
        takes a second and 60 MB.
        """
        lists = glob.glob("/var/lib/apt/lists/*security*_Packages")
        if packages is None or not lists:
            return None
        rows = (row.split("\t") for row in packages["out"].splitlines() if row.count("\t") == 3)
        installed = {row[0]: row[1] for row in rows if row[3].startswith("ii")}
        newer = set()
        for path in lists:
            name = ""
            with Path(path).open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    if line.startswith("Package: "):
                        name = line[9:-1]
                    elif line.startswith("Version: ") and older(
                        installed.get(name, line[9:-1]), line[9:-1]
                    ):
                        newer.add(name)
        return sorted(newer)

    def ssh(self) -> Facts | None:
        """Algorithms that the SSH server offers on the wire (RFC 4253 section 7.1)."""
        port = self.request.get("ssh_port", 22)
        listening = _listening()
        if port not in listening:
            return None
        try:
            with self._connect(listening[port], port) as plain:
                stream = plain.makefile("rb")
                plain.sendall(b"SSH-2.0-audit\r\n")
                banner = stream.readline(255)
                while not banner.startswith(b"SSH-"):
                    banner = stream.readline(255)
                    if not banner:
                        return None
                (length, padding) = struct.unpack(">IB", stream.read(5))
                payload = stream.read(min(length, 35_000) - 1)[: length - 1 - padding]
        except (OSError, struct.error) as e:
            return {"error": str(e)[:200]}
        lists, at = [], 17
        for _ in range(10):
            (size,) = struct.unpack(">I", payload[at : at + 4])
            lists.append(payload[at + 4 : at + 4 + size].decode("ascii", "replace"))
            at += 4 + size
        names = ("kex", "hostkey", "ciphers_in", "ciphers_out", "macs_in", "macs_out")
        told = {n: v.split(",") for n, v in zip(names, lists, strict=False)}
        return {"banner": banner.decode("ascii", "replace").strip(), **told}

    def probes(self) -> list[Facts]:
        """Which ports of other hosts this one reaches."""
        asked = self.request.get("probes", [])
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            return list(pool.map(self._probe, asked))

    def _probe(self, asked: Facts) -> Facts:
        told = {**asked, "at": time.time()}
        try:
            with self._connect(asked["address"], asked["port"]) as plain:
                told["result"] = "open"
                if asked.get("kind") == "relay":
                    told["answers"] = _smtp_relay(plain)
        except TimeoutError:
            told["result"] = "timeout"
        except ConnectionRefusedError:
            told["result"] = "refused"
        except OSError as e:
            told["result"] = "unreachable"
            told["error"] = str(e)[:200]
        return told

    def names(self) -> list[Facts]:
        """Answers of name servers, as (type, text); ``server`` null for those of resolv.conf."""
        asked = self.request.get("names", [])
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            return list(pool.map(self._name, asked))

    def _name(self, asked: Facts) -> Facts:
        server = asked.get("server") or _resolver()
        told = {**asked, "asked": server, "at": time.time()}
        try:
            told.update(_resolve(server, asked["name"], asked["type"], self.left(2)))
        except (OSError, struct.error, IndexError) as e:
            told["error"] = str(e)[:200] or "no answer"
        return told

    def collect(self) -> Facts:
        """All of it."""
        began = time.time()
        results = self.commands()
        told = {
            "version": VERSION,
            "began": began,
            "hostname": socket.gethostname(),
            "uid": os.geteuid(),
            "python": sys.version.split()[0],
            "commands": results,
            "tampered": self.tampered(results),
            "asked": [asked["path"] for asked in self.request.get("files", [])],
            "files": self.files(),
            "sysctl": self.sysctl(),
            "sources": self.sources(results.get("apt_config")),
            "updates": self.updates(results.get("packages")),
            "accounts": accounts(),
            "tls": self.tls(),
            "http": self.http(),
            "ssh": self.ssh(),
            "probes": self.probes(),
            "names": self.names(),
            "overdue": time.monotonic() > self.end,
        }
        told["ended"] = time.time()
        told["cost"] = _cost()
        return told


def _cost() -> Facts:
    """What the host had to do for it: seconds of CPU, and the largest process in KiB."""
    own, others = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "cpu_seconds": round(own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime, 3),
        "peak_kib": max(own.ru_maxrss, others.ru_maxrss),
    }


def _uris(text: str, stanzas: bool) -> list[str]:
    """Addresses in a file of sources, of either form (sources.list(5))."""
    if not stanzas:
        return re.findall(r"^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)", text, re.MULTILINE)
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        if re.search(r"^Types:.*\bdeb\b(?!-)", stanza, re.M | re.I) and not re.search(
            r"^Enabled:\s*(no|false|0)", stanza, re.M | re.I
        ):
            for line in re.findall(r"^URIs:[ \t]*(.+)$", stanza, re.M | re.I):
                found += line.split()
    return found


def older(one: str, other: str) -> bool:
    """Whether a version comes before another (Debian Policy 5.6.12)."""
    return one != other and _version(one) < _version(other)


def _version(text: str) -> list[Any]:
    epoch, _, rest = text.rpartition(":")
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "0")
    return [int(epoch or 0), *(_parts(part) for part in (upstream, revision))]


def _parts(text: str) -> list[Any]:
    """Words and numbers in turn; ``~`` sorts before the end, letters before other signs."""
    found: list[Any] = []
    for word, number in re.findall(r"([^0-9]*)([0-9]*)", text):
        signs = [-1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 256 for c in word]
        found += [[*signs, 0], int(number or 0)]
    return found


def accounts(users: str = "/etc/passwd", shadow: str = "/etc/shadow") -> list[Facts]:
    """Accounts; of their passwords only how they are hashed, and the days of shadow(5)."""
    secret = {}
    with contextlib.suppress(OSError), Path(shadow).open(errors="replace") as file:
        for line in file:
            fields = line.rstrip("\n").split(":")
            if len(fields) >= 9:
                secret[fields[0]] = fields
    seen = _last_logins()
    found = []
    with Path(users).open(errors="replace") as file:
        for line in file:
            fields = line.rstrip("\n").split(":")
            if len(fields) != 7:
                continue
            name, _, uid, gid, gecos, home, shell = fields
            hidden = secret.get(name)
            found.append(
                {
                    "name": name,
                    "uid": int(uid),
                    "gid": int(gid),
                    "gecos": gecos,
                    "home": home,
                    "shell": shell,
                    "scheme": _scheme(hidden[1]) if hidden else None,
                    "changed": _number(hidden[2]) if hidden else None,
                    "max_days": _number(hidden[4]) if hidden else None,
                    "inactive_days": _number(hidden[6]) if hidden else None,
                    "expires": _number(hidden[7]) if hidden else None,
                    "last_login": seen.get(name, seen.get(int(uid))),
                    "keys": _keys(home),
                }
            )
    return found


def _scheme(field: str) -> str:
    if field in ("*", "!", "!!", "!*", "x"):
        return "locked"
    if not field:
        return "empty"
    word = field.lstrip("!")
    scheme = word.split("$")[1] if word.startswith("$") and word.count("$") >= 2 else "des"
    return ("locked " if field.startswith("!") else "") + scheme


def _number(field: str) -> int | None:
    return int(field) if field.lstrip("-").isdigit() else None


def _keys(home: str) -> int:
    """How many keys let in; what they are stays here."""
    try:
        with Path(home, ".ssh/authorized_keys").open(errors="replace") as file:
            return sum(1 for line in file if line.strip() and not line.startswith("#"))
    except OSError:
        return 0


def _last_logins() -> dict[str | int, float]:
    """Seconds since 1970 by name (Debian 13: lastlog2) or by uid (Debian 12: lastlog)."""
    seen = {}
    with contextlib.suppress(OSError, sqlite3.Error):
        path = "/var/lib/lastlog/lastlog2.db"
        if Path(path).exists():
            uri = f"file:{path}?mode=ro&immutable=1"
            with contextlib.closing(sqlite3.connect(uri, uri=True)) as base:
                seen.update(dict(base.execute("select Name, Time from Lastlog2")))
    with contextlib.suppress(OSError), Path("/var/log/lastlog").open("rb") as file:
        record = struct.Struct("=i32s256s")
        for line in Path("/etc/passwd").read_text(errors="replace").splitlines():
            uid = int(line.split(":")[2])
            file.seek(uid * record.size)
            data = file.read(record.size)
            if len(data) == record.size and record.unpack(data)[0]:
                seen[uid] = record.unpack(data)[0]
    return seen


def _short(path: str) -> str:
    return path[4:] if path.startswith("/usr/") else path


def _md5(path: str) -> str | None:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError:
        return None


def _listening() -> dict[int, str]:
    """Listening TCP ports, and an address of this host that answers there."""
    found = {}
    for path, any_address, loopback in (
        ("/proc/net/tcp6", "0" * 32, "::1"),
        ("/proc/net/tcp", "0" * 8, "127.0.0.1"),
    ):
        try:
            lines = Path(path).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] != "0A":
                continue
            address, _, port = fields[1].rpartition(":")
            raw = bytes.fromhex(address)
            words = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
            family = socket.AF_INET6 if len(words) == 16 else socket.AF_INET
            text = loopback if address == any_address else socket.inet_ntop(family, words)
            found[int(port, 16)] = text
    return found


def _context(low: ssl.TLSVersion, high: ssl.TLSVersion, protocols: Iterable[str]) -> ssl.SSLContext:
    """A client that takes whatever it is offered: it looks, it does not trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():  # old versions are asked for, to see them refused
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = low, high
    if protocols:  # a server may refuse whoever offers none of its own (RFC 7301 3.2)
        context.set_alpn_protocols(list(protocols))
    return context


def _smtp(stream: Any) -> str:
    line = stream.readline(2000)
    lines = [line]
    while line[3:4] == b"-":
        line = stream.readline(2000)
        lines.append(line)
    return b"".join(lines).decode("utf-8", "replace")


def _smtp_starttls(plain: socket.socket) -> bool:
    stream = plain.makefile("rb", buffering=0)
    _smtp(stream)
    plain.sendall(b"EHLO audit.invalid\r\n")
    if "STARTTLS" not in _smtp(stream).upper():
        return False
    plain.sendall(b"STARTTLS\r\n")
    return _smtp(stream).startswith("220")


def _smtp_relay(plain: socket.socket) -> list[str]:
    """Ask to relay between two foreign domains (RFC 2606) and leave before a message is sent."""
    plain.settimeout(15)
    stream = plain.makefile("rb")
    answers = [_smtp(stream)]
    for line in (
        "EHLO audit.invalid",
        "MAIL FROM:<audit@sender.example.net>",
        "RCPT TO:<audit@receiver.example.org>",
        "QUIT",
    ):
        plain.sendall(line.encode() + b"\r\n")
        answers.append(line + " -> " + _smtp(stream).strip())
    return answers


# TLS 1.2 with CBC and SHA-1, and what is worse, as far as this host's own OpenSSL still knows it
_WEAK = "AES128-SHA:AES256-SHA:ECDHE+AES+SHA1:DHE+AES+SHA1:3DES:RC4:@SECLEVEL=0"


def served() -> list[str]:
    """Names that an nginx here serves, as its files say."""
    found = []
    for pattern in ("nginx.conf", "conf.d/*.conf", "sites-enabled/*"):
        for path in sorted(glob.glob("/etc/nginx/" + pattern)):
            with contextlib.suppress(OSError):
                text = Path(path).read_text(errors="replace")
                for names in re.findall(r"^\s*server_name\s+([^;]+);", text, re.MULTILINE):
                    found += [n for n in names.split() if "." in n and "*" not in n and n[0] != "~"]
    return found


_TYPES = {"A": 1, "NS": 2, "MX": 15, "TXT": 16, "AAAA": 28, "DS": 43, "RRSIG": 46, "DNSKEY": 48}
_TYPE_NAMES = {number: name for name, number in _TYPES.items()}


def _resolver() -> str:
    for line in Path("/etc/resolv.conf").read_text(errors="replace").splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver":
            return words[1]
    return "127.0.0.1"


def _resolve(server: str, name: str, kind: str, timeout: float) -> Facts:
    """One question over TCP, with DO set (RFC 1035, RFC 7766, RFC 3225)."""
    labels = b"".join(
        bytes([len(part)]) + part for part in name.encode("idna").rstrip(b".").split(b".")
    )
    query = struct.pack(">HHHHHH", 0x4254, 0x0120, 1, 0, 0, 1) + labels + b"\0"
    query += struct.pack(">HH", _TYPES[kind], 1)
    query += b"\0" + struct.pack(">HHIH", 41, 4096, 0x8000, 0)
    with socket.create_connection((server, 53), timeout=timeout) as plain:
        plain.sendall(struct.pack(">H", len(query)) + query)
        stream = plain.makefile("rb")
        (size,) = struct.unpack(">H", stream.read(2))
        data = stream.read(size)
    _, flags, questions, answers = struct.unpack(">HHHH", data[:8])
    at = 12
    for _ in range(questions):
        at = _skip(data, at) + 4
    found = []
    for _ in range(answers):
        at = _skip(data, at)
        number, _, _, length = struct.unpack(">HHIH", data[at : at + 10])
        at += 10
        found.append([_TYPE_NAMES.get(number, str(number)), _rdata(data, at, number, length)])
        at += length
    return {"rcode": flags & 15, "ad": bool(flags & 0x20), "answers": found}


def _skip(data: bytes, at: int) -> int:
    while data[at]:
        if data[at] & 0xC0:
            return at + 2
        at += data[at] + 1
    return at + 1


def _rdata(data: bytes, at: int, number: int, length: int) -> str:
    raw = data[at : at + length]
    if number in (1, 28):
        return socket.inet_ntop(socket.AF_INET if number == 1 else socket.AF_INET6, raw)
    if number == 16:
        parts = []
        while raw:
            parts.append(raw[1 : raw[0] + 1])
            raw = raw[raw[0] + 1 :]
        return b"".join(parts).decode("utf-8", "replace")
    if number == 15:
        return f"{struct.unpack('>H', raw[:2])[0]} {_dotted(data, at + 2)}"
    return raw[:8].hex()


def _dotted(data: bytes, at: int) -> str:
    parts = []
    for _ in range(128):
        if not data[at]:
            break
        if data[at] & 0xC0:
            at = struct.unpack(">H", data[at : at + 2])[0] & 0x3FFF
            continue
        parts.append(data[at + 1 : at + 1 + data[at]].decode("ascii", "replace"))
        at += data[at] + 1
    return ".".join(parts) + "."


def main(text: str) -> None:
    """Collect what a request asks for."""
    sys.stdout.write(MARK + json.dumps(_Collector(json.loads(text)).collect()) + "\n")
