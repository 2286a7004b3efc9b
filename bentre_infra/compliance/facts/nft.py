"""What a host's nftables rules do with a packet: read from ``nft -j list ruleset``.

Not a text search: the chains are followed as the kernel follows them (nft(8), libnftables-json(5)),
for a packet that opens a new connection. A match that cannot be decided from outside (an
interface's name, a mark) leaves the fate unknown, never good.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

type Address = IPv4Address | IPv6Address

_INTERFACES = ("iif", "iifname", "oif", "oifname")
_DEPTH = 16  # chains that jump into each other; the kernel's own limit


class Fate(StrEnum):
    """What becomes of a packet."""

    ACCEPT = "accept"
    DROP = "drop"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Packet:
    """The first packet of a connection, that comes from or goes to another host.

    Attributes:
        hook: ``input``, ``forward`` or ``output``.
        other: the other end: the source of what comes in, the target of what goes out.
    """

    hook: str
    other: Address
    transport: str
    port: int

    @property
    def family(self) -> str:
        """``ip`` or ``ip6``, as nft names them."""
        return "ip" if self.other.version == 4 else "ip6"


@dataclass(frozen=True)
class Chain:
    """A chain; ``hook`` and ``policy`` are empty for those that are only jumped into."""

    family: str
    table: str
    name: str
    hook: str
    policy: str
    rules: tuple[tuple[dict[str, Any], ...], ...]


@dataclass(frozen=True)
class Ruleset:
    """All tables of a host."""

    chains: tuple[Chain, ...]
    sets: dict[tuple[str, str, str], list[Any]]

    @classmethod
    def parse(cls, document: Any) -> "Ruleset":
        """Read what ``nft -j list ruleset`` printed."""
        rules: dict[tuple[str, str, str], list[tuple[dict[str, Any], ...]]] = {}
        chains, sets = [], {}
        for item in document.get("nftables", []):
            if rule := item.get("rule"):
                key = (rule["family"], rule["table"], rule["chain"])
                rules.setdefault(key, []).append(tuple(rule["expr"]))
            elif chain := item.get("chain"):
                chains.append(chain)
            elif named := item.get("set") or item.get("map"):
                sets[named["family"], named["table"], named["name"]] = named.get("elem", [])
        return cls(
            tuple(
                Chain(
                    c["family"],
                    c["table"],
                    c["name"],
                    c.get("hook", "") if c.get("type") == "filter" else "",
                    c.get("policy", ""),
                    tuple(rules.get((c["family"], c["table"], c["name"]), ())),
                )
                for c in chains
            ),
            sets,
        )

    def base(self, hook: str, family: str) -> list[Chain]:
        """Filtering chains of a hook that see a family's packets."""
        return [c for c in self.chains if c.hook == hook and c.family in ("inet", family)]

    def fate(self, packet: Packet) -> Fate:
        """What becomes of a packet: one chain that drops it is enough."""
        fates = {self._base(chain, packet) for chain in self.base(packet.hook, packet.family)}
        for fate in (Fate.DROP, Fate.UNKNOWN):
            if fate in fates:
                return fate
        return Fate.ACCEPT

    def statements(self) -> Iterator[dict[str, Any]]:
        """Every statement of every rule, also those inside of others."""
        for chain in self.chains:
            for rule in chain.rules:
                yield from _flat(rule)

    def _base(self, chain: Chain, packet: Packet) -> Fate:
        maybe: set[Fate] = set()
        last = Fate.DROP if chain.policy == "drop" else Fate.ACCEPT
        fate = self._walk(chain, packet, maybe, 0) or last
        return fate if maybe <= {fate} else Fate.UNKNOWN

    def _walk(self, chain: Chain, packet: Packet, maybe: set[Fate], depth: int) -> Fate | None:
        """Fate in a chain; None: it goes on. What may become of it on the way goes to ``maybe``."""
        if depth > _DEPTH:
            return Fate.UNKNOWN
        for rule in chain.rules:
            matches, verdict, target = self._rule(rule, chain, packet)
            if matches is False or verdict == "":
                continue
            fate: Fate | None
            if verdict in ("jump", "goto"):
                named = self._named(chain, target)
                fate = self._walk(named, packet, maybe, depth + 1) if named else Fate.UNKNOWN
            else:
                ends = {"accept": Fate.ACCEPT, "return": None}
                fate = ends.get(verdict, Fate.DROP)
            if matches is None:
                maybe |= {fate} if fate else set()
            elif fate is not None or verdict in ("goto", "return"):
                return fate
        return None

    def _named(self, beside: Chain, name: str) -> Chain | None:
        for chain in self.chains:
            if (chain.family, chain.table, chain.name) == (beside.family, beside.table, name):
                return chain
        return None

    def _rule(
        self, rule: tuple[dict[str, Any], ...], chain: Chain, packet: Packet
    ) -> tuple[bool | None, str, str]:
        """Whether a rule matches (None: cannot be told), its verdict, and where it jumps to."""
        matches: bool | None = True
        for statement in rule:
            (kind, what), *_ = statement.items()
            if kind in ("accept", "drop", "reject", "return"):
                return matches, kind, ""
            if kind in ("jump", "goto"):
                return matches, kind, what["target"]
            if kind == "queue":
                return None, "accept", ""
            if kind == "vmap":
                return None, "accept", ""
            found = self._statement(kind, what, chain, packet)
            if found is False:
                return False, "", ""
            if found is None:
                matches = None
        return matches, "", ""

    def _statement(self, kind: str, what: Any, chain: Chain, packet: Packet) -> bool | None:
        if kind == "match":
            return self._match(what, chain, packet)
        if kind in ("limit", "ct count"):
            # a first packet is not over a limit
            return not (isinstance(what, dict) and what.get("inv", False))
        if kind in ("set", "meter"):
            inner = what.get("stmt", [])
            inner = inner if isinstance(inner, list) else [inner]
            found = [self._statement(k, w, chain, packet) for s in inner for k, w in s.items()]
            return False not in found
        return True  # counters, logs, marks: they let it go on

    def _match(self, match: dict[str, Any], chain: Chain, packet: Packet) -> bool | None:
        left, right, op = match["left"], match["right"], match.get("op", "==")
        if isinstance(left, dict) and left.get("meta", {}).get("key") in _INTERFACES:
            # another host's packet: never over lo; over which other interface, is not known
            return op == "!=" if right == "lo" else None
        known, value = _value(left, packet)
        if known is False:
            return False
        if known is None:
            return None
        found = self._within(value, right, chain)
        if found is None:
            return None
        return not found if op == "!=" else found if op in ("==", "in") else None

    def _within(self, value: Any, right: Any, chain: Chain) -> bool | None:  # noqa: PLR0911
        if isinstance(right, str) and right.startswith("@"):
            elements = self.sets.get((chain.family, chain.table, right[1:]))
            return None if elements is None else self._within(value, {"set": elements}, chain)
        if isinstance(right, list):
            return self._any(value, right, chain)
        if isinstance(right, dict):
            (kind, inside), *_ = right.items()
            if kind == "set":
                return self._any(value, inside, chain)
            if kind == "elem":
                return self._within(value, inside["val"], chain)
            if kind == "range":
                low, high = (_plain(end) for end in inside)
                value = _plain(value)
                return bool(low <= value <= high) if type(low) is type(value) else None
            if kind == "prefix":
                network = ip_network(f"{inside['addr']}/{inside['len']}", strict=False)
                return _address(value) in network if _address(value) else None
            return None
        own, other = _plain(value), _plain(right)
        return bool(own == other)

    def _any(self, value: Any, others: Iterable[Any], chain: Chain) -> bool | None:
        found = [self._within(value, other, chain) for other in others]
        return True if True in found else None if None in found else False


def _flat(statements: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for statement in statements:
        yield statement
        for what in statement.values():
            if isinstance(what, dict) and isinstance(what.get("stmt"), list):
                yield from _flat(what["stmt"])


def _value(left: Any, packet: Packet) -> tuple[bool | None, Any]:  # noqa: PLR0911, PLR0912
    """Whether a packet has what is asked for (None: cannot be told), and its value."""
    if not isinstance(left, dict):
        return None, None
    if meta := left.get("meta"):
        key = meta["key"]
        if key in ("l4proto", "th"):
            return True, packet.transport
        if key in ("nfproto", "protocol"):
            return True, _Family("ipv4" if packet.other.version == 4 else "ipv6")
        return None, None
    if ct := left.get("ct"):
        return (True, "new") if ct["key"] == "state" else (None, None)
    if payload := left.get("payload"):
        protocol, name = payload.get("protocol"), payload.get("field")
        if protocol in ("ip", "ip6"):
            if protocol != packet.family:
                return False, None
            if name == ("saddr" if packet.hook == "input" else "daddr"):
                return True, packet.other
            return (True, packet.transport) if name in ("protocol", "nexthdr") else (None, None)
        if protocol in ("tcp", "udp", "th"):
            if protocol not in (packet.transport, "th"):
                return False, None
            if name == "dport":
                return True, packet.port
            # who opens a connection does so from a port above those of services (RFC 6335)
            return (True, 50_000) if name == "sport" else (None, None)
        if protocol in ("icmp", "icmpv6"):
            return False, None
    return None, None


class _Family(str):
    """``ipv4`` or ``ipv6``; ``ip`` and ``ip6`` are other words for them."""

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, {"ip": "ipv4", "ip6": "ipv6"}.get(str(other), str(other)))

    __hash__ = str.__hash__


def _plain(value: Any) -> Any:
    return _address(value) or value


def _address(value: Any) -> Address | None:
    if isinstance(value, IPv4Address | IPv6Address):
        return value
    if isinstance(value, str) and (":" in value or value.count(".") == 3):
        try:
            return ip_address(value)
        except ValueError:
            return None
    return None
