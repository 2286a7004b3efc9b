"""Changes of recorded facts: what a hand, or a fault, could have changed on the host."""

import json
import re
from collections.abc import Callable
from typing import Any

type Document = dict[str, Any]
type Edit = Callable[[Document], None]


def both(*edits: Edit) -> Edit:
    def edit(document: Document) -> None:
        for one in edits:
            one(document)

    return edit


def said(command: str, pattern: str, new: str) -> Edit:
    """A program says something else; it has to have said what is replaced."""

    def edit(document: Document) -> None:
        result = document["commands"][command]
        result["out"], count = re.subn(pattern, new, result["out"], flags=re.MULTILINE)
        assert count, f"{command} never said {pattern}"

    return edit


def says(command: str, text: str, code: int = 0) -> Edit:
    def edit(document: Document) -> None:
        document["commands"][command] = {
            "argv": [command], "program": f"/usr/bin/{command}", "at": document["began"],
            "rc": code, "out": text, "err": "", "truncated": False,
        }  # fmt: skip

    return edit


def gone(command: str) -> Edit:
    return lambda document: document["commands"].update({command: None})


def file(path: str, text: str, **state: Any) -> Edit:
    def edit(document: Document) -> None:
        document["files"][path] = {
            "mode": 0o644, "uid": 0, "gid": 0, "size": len(text), "kind": "file", "target": path,
            "mtime": document["began"], "at": document["began"], "text": text, **state,
        }  # fmt: skip

    return edit


def line(path: str, pattern: str, new: str) -> Edit:
    """A file, or those that match, say something else; one has to have said what is replaced."""

    def edit(document: Document) -> None:
        found = [f for p, f in document["files"].items() if re.fullmatch(path, p) and "text" in f]
        total = 0
        for one in found:
            one["text"], count = re.subn(pattern, new, one["text"], flags=re.MULTILINE)
            total += count
        assert total, f"{path} never said {pattern}"

    return edit


def removed(path: str) -> Edit:
    def edit(document: Document) -> None:
        names = [p for p in document["files"] if re.fullmatch(path, p)]
        assert names, f"there was no {path}"
        for name in names:
            del document["files"][name]

    return edit


def aged(path: str, days: float) -> Edit:
    def edit(document: Document) -> None:
        found = [f for p, f in document["files"].items() if re.fullmatch(path, p)]
        assert found, f"there was no {path}"
        for one in found:
            one["mtime"] = document["began"] - days * 86_400

    return edit


def state(path: str, **values: Any) -> Edit:
    return lambda document: document["files"][path].update(values)


def kernel(name: str, value: str) -> Edit:
    return lambda document: document["sysctl"].update({name: value})


def listens(transport: str, port: int, program: str, address: str = "*") -> Edit:
    def edit(document: Document) -> None:
        kind = "LISTEN" if transport == "tcp" else "UNCONN"
        document["commands"]["sockets"]["out"] += (
            f'{transport} {kind} 0 128 {address}:{port} *:* users:(("{program}",pid=9,fd=3))\n'
        )

    return edit


def deaf(*ports: int) -> Edit:
    """Nothing listens on some ports."""

    def edit(document: Document) -> None:
        lines = document["commands"]["sockets"]["out"].splitlines(keepends=True)
        document["commands"]["sockets"]["out"] = "".join(
            one for one in lines if int(one.split()[4].rpartition(":")[2]) not in ports
        )
        for port in ports:
            document["tls"].pop(str(port), None)

    return edit


def unit(name: str, active: bool = True) -> Edit:
    """A unit is active and enabled, or neither."""

    def edit(document: Document) -> None:
        for command in ("units", "unit_files"):
            result = document["commands"][command]
            lines = result["out"].splitlines()
            result["out"] = "".join(
                f"{one}\n" for one in lines if not re.fullmatch(name, one.split()[0] if one else "")
            )
        if active:
            plain = name.replace("\\", "")
            document["commands"]["units"]["out"] += f"{plain} loaded active running It\n"
            document["commands"]["unit_files"]["out"] += f"{plain} enabled enabled\n"

    return edit


def package(name: str, version: str = "1") -> Edit:
    def edit(document: Document) -> None:
        document["commands"]["packages"]["out"] += f"{name}\t{version}\tamd64\tii \n"

    return edit


def account(who: str, /, **values: Any) -> Edit:
    """An account is another way, or is new."""

    def edit(document: Document) -> None:
        for one in document["accounts"]:
            if one["name"] == who:
                one.update(values)
                return
        day = int(document["began"] // 86_400)
        document["accounts"].append({
            "name": who, "uid": 1500, "gid": 1500, "gecos": "Nguyễn Văn An", "keys": 0,
            "home": f"/home/{who}", "shell": "/bin/bash", "scheme": "y", "changed": day,
            "max_days": 60, "inactive_days": None, "expires": None, "last_login": document["began"],
            **values,
        })  # fmt: skip

    return edit


def ruleset(change: Callable[[list[dict[str, Any]]], None]) -> Edit:
    """The kernel's rules are other ones."""

    def edit(document: Document) -> None:
        found = json.loads(document["commands"]["nft"]["out"])
        change(found["nftables"])
        document["commands"]["nft"]["out"] = json.dumps(found)

    return edit


def policy(hook: str, verdict: str) -> Edit:
    def change(items: list[dict[str, Any]]) -> None:
        chains = [i["chain"] for i in items if i.get("chain", {}).get("hook") == hook]
        assert chains
        for chain in chains:
            chain["policy"] = verdict

    return ruleset(change)


def accepts(port: int, *, family: str | None = None, hook: str = "input") -> Edit:
    """A rule at the very front lets a port in, from everywhere."""

    def change(items: list[dict[str, Any]]) -> None:
        at, chain = next(
            (n, i["chain"]) for n, i in enumerate(items) if i.get("chain", {}).get("hook") == hook
        )
        expr: list[dict[str, Any]] = [
            {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}},
                       "right": port}},
            {"accept": None},
        ]  # fmt: skip
        if family:
            expr.insert(0, {"match": {"op": "==", "left": {"meta": {"key": "nfproto"}},
                                      "right": family}})  # fmt: skip
        rule = {k: chain[k] for k in ("family", "table")} | {"chain": chain["name"], "expr": expr}
        first = next((n for n, i in enumerate(items) if _of(i, chain)), at + 1)
        items.insert(first, {"rule": rule})

    return ruleset(change)


def _of(item: dict[str, Any], chain: dict[str, Any]) -> bool:
    rule = item.get("rule", {})
    return (rule.get("table"), rule.get("chain")) == (chain["table"], chain["name"])


def without(word: str) -> Edit:
    """No rule has a statement any more."""

    def change(items: list[dict[str, Any]]) -> None:
        before = len(items)
        items[:] = [i for i in items if word not in json.dumps(i.get("rule", {}))]
        assert len(items) < before, f"no rule said {word}"

    return ruleset(change)


def tried(port: int, result: str, **values: Any) -> Edit:
    def edit(document: Document) -> None:
        document.setdefault("reach", []).append({
            "port": port, "result": result, "zone": "dmz", "address": "192.0.2.1", "kind": "tcp",
            **values,
        })  # fmt: skip

    return edit


def name(domain: str, kind: str, *answers: tuple[str, str]) -> Edit:
    """What name servers say of a name."""

    def edit(document: Document) -> None:
        document["names"] = [
            one for one in document["names"] if (one["name"], one["type"]) != (domain, kind)
        ]
        document["names"].append({
            "name": domain, "type": kind, "rcode": 0, "answers": [list(a) for a in answers],
        })  # fmt: skip

    return edit


def handshake(port: int, which: str, **values: Any) -> Edit:
    return lambda document: document["tls"].setdefault(str(port), {}).update({which: values})


def page(path: str, port: int = 443, **values: Any) -> Edit:
    """The web server answers another way."""

    def edit(document: Document) -> None:
        found = [p for p in document["http"] if p["path"] == path and p["port"] == port]
        assert found, f"nobody asked for {port} {path}"
        for one in found:
            one.update(values)

    return edit


def header(key: str, value: str | None, path: str = "/") -> Edit:
    """Pages have a header, or have it no more."""

    def edit(document: Document) -> None:
        for one in document["http"]:
            if one["path"] == path and "headers" in one:
                one["headers"] = [h for h in one["headers"] if h[0] != key]
                one["headers"] += [[key, value]] if value is not None else []

    return edit


def on_real_machine(document: Document) -> None:
    """Not a container: it has a kernel and a clock of its own."""
    says("virtualization", "kvm\n")(document)


def baseline(**counts: int) -> Edit:
    """OpenSCAP evaluated so many rules."""

    def change(document: dict[str, Any]) -> None:
        document["baseline"] = {
            "profile": "xccdf_org.ssgproject.content_profile_standard",
            "counts": counts,
            "failed": [f"xccdf_rule_{n}" for n in range(counts.get("fail", 0))],
        }

    return change
