"""One host's facts, as checks ask for them; each answer remembers what it was read from."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from cryptography import x509

from bentre_infra.compliance.facts.nft import Ruleset
from bentre_infra.compliance.facts.outcome import NotAssessedError
from bentre_infra.compliance.facts.sockets import Listener, listeners


@dataclass(frozen=True)
class Account:
    """A line of passwd(5), with what shadow(5) says of it.

    Attributes:
        scheme: how its password is hashed (``y``, ``6``, ``des``), ``locked``, ``empty``, or
            ``locked y``; None where it could not be read.
        changed, max_days: days of shadow(5).
        last_login: seconds since 1970; None: never, or nothing records it.
        keys: how many SSH keys let in.
    """

    name: str
    uid: int
    gid: int
    gecos: str
    home: str
    shell: str
    scheme: str | None
    changed: int | None
    max_days: int | None
    inactive_days: int | None
    expires: int | None
    last_login: float | None
    keys: int

    @property
    def has_password(self) -> bool:
        """Whether a password lets in."""
        return self.scheme is not None and not self.scheme.startswith("locked")

    @property
    def may_log_in(self) -> bool:
        """Whether its shell is one."""
        return not self.shell.endswith(("nologin", "/false", "/sync", "/shutdown", "/halt"))


@dataclass
class Host:
    """A host as it was found.

    Attributes:
        document: what the collector said.
        used: what has been asked for since :meth:`fresh`; the evidence that a finding rests on.
    """

    name: str
    document: dict[str, Any]
    used: set[str] = field(default_factory=set)

    def fresh(self) -> "Host":
        """The same facts, nothing asked yet."""
        return Host(self.name, self.document)

    @property
    def at(self) -> datetime:
        """When it was read, UTC."""
        return datetime.fromtimestamp(self.document["began"], UTC)

    # --- programs ---

    def has(self, command: str) -> bool:
        """Whether the host has a program of the list."""
        self.used.add(f"command:{command}")
        return self.document["commands"].get(command) is not None

    def out(self, command: str, *, codes: tuple[int, ...] = (0,)) -> str:
        """What a program said.

        Raises:
            NotAssessedError: it is not there, failed, did not end, or is not its package's program.
        """
        self.used.add(f"command:{command}")
        result = self.document["commands"].get(command)
        if result is None:
            raise NotAssessedError(
                f"{command}: no such program on the host", f"{command}: máy không có chương trình"
            )
        words = " ".join(result["argv"])
        if result.get("program") in self.document["tampered"]:
            raise NotAssessedError(
                f"{result['program']} is not its package's program (dpkg's MD5 differs): "
                "its word is not taken",
                f"{result['program']} khác với gói cài đặt (MD5 của dpkg): không tin kết quả",
            )
        if result["rc"] not in codes or result.get("truncated"):
            said = (result["err"].strip().splitlines() or ["no reason given"])[-1]
            raise NotAssessedError(
                f"{words}: could not be read: {said}", f"{words}: không đọc được: {said}"
            )
        return str(result["out"])

    def json(self, command: str) -> Any:
        """What a program said, as JSON.

        Raises:
            NotAssessedError: as :meth:`out`, or it is no JSON.
        """
        try:
            return json.loads(self.out(command))
        except ValueError as e:
            raise NotAssessedError(
                f"{command}: its answer is no JSON", f"{command}: kết quả không phải JSON"
            ) from e

    @cached_property
    def container(self) -> bool:
        """Whether it is a container: it has no kernel of its own."""
        result = self.document["commands"].get("virtualization")
        kind = result["out"].strip() if result else ""
        return kind in (
            "docker",
            "podman",
            "lxc",
            "lxc-libvirt",
            "systemd-nspawn",
            "container-other",
        )

    def setting(self, command: str) -> dict[str, list[str]]:
        """``name value`` lines (sshd -T): lower-case names, values in order."""
        found: dict[str, list[str]] = {}
        for line in self.out(command).splitlines():
            name, _, value = line.strip().partition(" ")
            if name:
                found.setdefault(name.lower(), []).append(value.strip())
        return found

    def assignments(self, command: str) -> dict[str, str]:
        """``name = value`` lines (postconf, doveconf)."""
        pairs = (line.partition("=") for line in self.out(command).splitlines() if "=" in line)
        return {name.strip(): value.strip() for name, _, value in pairs}

    @cached_property
    def packages(self) -> dict[str, str]:
        """Installed packages and their versions."""
        found = {}
        for line in self.out("packages").splitlines():
            name, version, _, status = [*line.split("\t"), "", "", "", ""][:4]
            if status.startswith(("ii", "hi")):
                found[name] = version
        return found

    # --- units ---

    @cached_property
    def _active(self) -> dict[str, str]:
        found = {}
        for line in self.out("units").splitlines():
            words = line.split()
            if len(words) >= 4:
                found[words[0]] = f"{words[2]} {words[3]}"
        return found

    @cached_property
    def _enabled(self) -> dict[str, str]:
        rows = (line.split() for line in self.out("unit_files").splitlines())
        return {words[0]: words[1] for words in rows if len(words) >= 2}

    def active(self, *patterns: str) -> list[str]:
        """Units that are active, among those of some names (regular expressions, whole)."""
        self.used.add("command:units")
        return [
            name
            for name, state in self._active.items()
            if state.startswith("active") and any(re.fullmatch(p, name) for p in patterns)
        ]

    def enabled(self, *patterns: str) -> list[str]:
        """Unit files that start at boot, among those of some names."""
        self.used.add("command:unit_files")
        return [
            name
            for name, state in self._enabled.items()
            if state in ("enabled", "enabled-runtime", "static", "generated", "indirect")
            and any(re.fullmatch(p, name) for p in patterns)
        ]

    # --- files ---

    def paths(self, pattern: str) -> list[str]:
        """Paths that were found, among those that match a regular expression, whole."""
        found = [p for p in self.document["files"] if re.fullmatch(pattern, p)]
        self.used.add("files")
        self.used.update(f"file:{p}" for p in found)
        return sorted(found)

    def text(self, path: str) -> str:
        """A file's text; empty where it is not there.

        Raises:
            NotAssessedError: it is there and could not be read.
        """
        self.used.add(f"file:{path}")
        file = self.document["files"].get(path)
        if file is None:
            self.used.add("files")
            return ""
        if "text" not in file:
            reason = file.get("error", "not asked for")
            raise NotAssessedError(f"{path}: {reason}", f"{path}: không đọc được")
        return str(file["text"])

    def texts(self, pattern: str) -> str:
        """All files that match, joined, in the order of their names."""
        return "\n".join(self.text(path) for path in self.paths(pattern))

    def lines(self, pattern: str) -> Iterator[tuple[str, str]]:
        """(path, line) of all files that match; comments and empty lines are left out."""
        for path in self.paths(pattern):
            for line in self.text(path).splitlines():
                if line.strip() and not line.lstrip().startswith(("#", ";")):
                    yield path, line.strip()

    def state(self, path: str) -> dict[str, Any] | None:
        """A file's mode, owner, size and age; None where it is not there."""
        self.used.add(f"file:{path}")
        file: dict[str, Any] | None = self.document["files"].get(path)
        return file if file is not None and "mode" in file else None

    def value(self, pattern: str, name: str, separator: str = "=") -> str | None:
        """The last value of a setting in files of ``name = value`` lines."""
        found = None
        for _, line in self.lines(pattern):
            key, mark, value = line.partition(separator)
            if separator == " ":
                key, mark, value = line.replace("\t", " ").partition(" ")
            if mark and key.strip().lower() == name.lower():
                found = value.strip()
        return found

    def age_days(self, path: str) -> float | None:
        """Days since a file was written; None where it is not there."""
        state = self.state(path)
        return None if state is None else (self.document["began"] - state["mtime"]) / 86_400

    # --- kernel, accounts, sockets ---

    def sysctl(self, name: str) -> str | None:
        """A kernel value; None where the kernel does not have it."""
        self.used.add("sysctl")
        value = self.document["sysctl"].get(name)
        return None if value is None else str(value)

    @property
    def sources(self) -> list[str]:
        """Addresses that apt takes packages from.

        Raises:
            NotAssessedError: apt's settings could not be read.
        """
        self.used.add("sources")
        found: list[str] | None = self.document["sources"]
        if found is None:
            raise NotAssessedError("apt-config dump failed", "không đọc được cấu hình apt")
        return found

    @property
    def updates(self) -> list[str]:
        """Installed packages of which there is a newer security version.

        Raises:
            NotAssessedError: apt has no lists that can be read.
        """
        self.used.add("updates")
        found: list[str] | None = self.document["updates"]
        if found is None:
            raise NotAssessedError(
                "apt has no list of security updates that can be read",
                "không có danh sách bản vá an ninh đọc được",
            )
        return found

    @property
    def accounts(self) -> list[Account]:
        """Every account.

        Raises:
            NotAssessedError: there is none, not even root.
        """
        self.used.add("accounts")
        if not self.document["accounts"]:
            raise NotAssessedError("passwd(5) could not be read", "không đọc được passwd(5)")
        return [Account(**one) for one in self.document["accounts"]]

    @property
    def people(self) -> list[Account]:
        """Accounts that log in as people do: UID from 1000 on (adduser.conf(5)), a shell."""
        return [a for a in self.accounts if 1000 <= a.uid < 65_000 and a.may_log_in]

    def group(self, name: str) -> list[str]:
        """Members of a group, those whose first group it is too."""
        found: list[str] = []
        for line in self.text("/etc/group").splitlines():
            fields = line.split(":")
            if len(fields) == 4 and fields[0] == name:
                found += [m for m in fields[3].split(",") if m]
                found += [a.name for a in self.accounts if str(a.gid) == fields[2]]
        return sorted(set(found))

    @cached_property
    def _listeners(self) -> tuple[Listener, ...]:
        return listeners(self.out("sockets"))

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """What listens."""
        self.used.add("command:sockets")
        return self._listeners

    def listens(self, *ports: int, transport: str = "tcp") -> list[Listener]:
        """What listens on some ports, not only for the host itself."""
        return [
            one
            for one in self.listeners
            if one.port in ports and one.transport == transport and not one.loopback
        ]

    @cached_property
    def _ruleset(self) -> Ruleset:
        return Ruleset.parse(self.json("nft"))

    @property
    def firewall(self) -> Ruleset:
        """The rules that the kernel has."""
        self.used.add("command:nft")
        return self._ruleset

    @property
    def addresses(self) -> list[tuple[str, str, str]]:
        """(interface, address, MAC) of every global address."""
        found = []
        for link in self.json("addresses"):
            for one in link.get("addr_info", []):
                if one.get("scope") == "global":
                    found.append((link["ifname"], one["local"], link.get("address", "")))
        return found

    # --- what was tried ---

    def tls(self, port: int) -> dict[str, Any] | None:
        """What a TLS server here said; None where nothing listens."""
        self.used.add("tls")
        answer: dict[str, Any] | None = self.document["tls"].get(str(port))
        return answer

    def certificate(self, port: int) -> x509.Certificate | None:
        """The certificate that a TLS server here showed."""
        shown = ((self.tls(port) or {}).get("new") or {}).get("certificate")
        return x509.load_der_x509_certificate(base64.b64decode(shown)) if shown else None

    def pages(self, path: str | None = None, port: int | None = None) -> list[dict[str, Any]]:
        """Answers of the web server here."""
        self.used.add("http")
        return [
            page
            for page in self.document["http"]
            if path in (None, page["path"]) and port in (None, page["port"])
        ]

    @property
    def ssh_offer(self) -> dict[str, Any] | None:
        """Algorithms that the SSH server offered on the wire."""
        self.used.add("ssh")
        offer: dict[str, Any] | None = self.document["ssh"]
        return offer

    def reach(self, port: int, kind: str = "tcp") -> list[dict[str, Any]]:
        """How others fared who tried a port of this host."""
        self.used.add("reach")
        return [
            one
            for one in self.document.get("reach", [])
            if one["port"] == port and one.get("kind", "tcp") == kind
        ]

    def names(self, name: str, kind: str) -> list[dict[str, Any]]:
        """What name servers said of a name."""
        self.used.add("names")
        return [
            one
            for one in self.document["names"]
            if one["name"].rstrip(".") == name.rstrip(".") and one["type"] == kind
        ]

    @property
    def baseline(self) -> dict[str, Any]:
        """What OpenSCAP said of the host: ``counts`` of rules by result, and those that failed.

        Raises:
            NotAssessedError: nobody asked it, or it gave no answer.
        """
        self.used.add("baseline")
        told: dict[str, Any] | None = self.document.get("baseline")
        if told is None:
            raise NotAssessedError(
                "OpenSCAP was not asked (bentre audit --baseline PROFILE)",
                "chưa chạy OpenSCAP (bentre audit --baseline PROFILE)",
            )
        if "error" in told:
            raise NotAssessedError(
                f"OpenSCAP: {told['error']}", f"OpenSCAP không có kết quả: {told['error']}"
            )
        return told

    def metrics(self) -> list[tuple[str, dict[str, str], float]]:
        """Measurements that programs left for the node exporter (text format of Prometheus)."""
        found = []
        for _, line in self.lines(r".*/node-exporter/.*\.prom"):
            match = re.fullmatch(r"(\w+)(?:\{(.*)\})?\s+(\S+)(?:\s+\d+)?", line)
            if match:
                labels = dict(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
                found.append((match[1], labels, float(match[3])))
        return found
