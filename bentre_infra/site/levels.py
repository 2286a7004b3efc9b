"""What a security level asks of a site: its zones, and the flows that it forbids.

Sources are clauses; x is the chapter of TCVN 14423:2026 (level + 2) and y the one of TCVN
11930:2017 (level + 4). Confidence: V read in the text, P a third party's paraphrase, E ours.
"""

from dataclasses import dataclass

ZONES_BY_LEVEL: dict[int, frozenset[str]] = {
    1: frozenset({"internal", "edge", "dmz"}),
    2: frozenset({"servers", "wireless"}),
    3: frozenset({"database", "management"}),
    4: frozenset({"devices"}),
    5: frozenset(),
}
"""Zones that each level adds (TT 12/2022/TT-BTTTT, appendices I to V; V)."""

ZONE_CONTROL = "NET-01"
ZONE_SOURCE = "x.12.2.2b; TT 12/2022 appendix {roman}"

UPLINK_CONTROL = "NET-15"
UPLINK_SOURCE = "5.12.2.2a; TT 06/2026/TT-BKHCN article 5.4"
UPLINK_LEVEL = 3

STANDBY_CONTROL = "NET-14"
STANDBY_LEVEL = 3


def zones_required(level: int) -> frozenset[str]:
    """Names of the zones that a site of a level must have."""
    return frozenset().union(*(zones for at, zones in ZONES_BY_LEVEL.items() if at <= level))


def clause(source: str, level: int) -> str:
    """Fill a level's chapters into a source."""
    roman = ("I", "II", "III", "IV", "V")[level - 1]
    chapters = source.replace("x.", f"{level + 2}.").replace("O y.", f"O {level + 4}.")
    return chapters.replace("{roman}", roman)


@dataclass(frozen=True)
class Ban:
    """A kind of flow that a level forbids.

    A flow is forbidden when it matches every condition that is given.

    Attributes:
        control: the control of the catalogue; a waiver names it.
        level: the lowest level that forbids it.
        source: clauses, with x and y for the level's chapters.
        confidence: V, P, E or several.
        because: the rule in a few words, for the error.
        sources: zones, or ``internet``, where the flow must come from; any when empty.
        targets: zones, or ``internet``, where it must go to; any when empty.
        ports: ``tcp/22`` and so on, one of which it must allow; any when empty.
        unless_from: zones or ``admins`` whose flows are not meant.
        whole: only when the source is a whole zone, ``units`` or ``all``, not a part.
    """

    control: str
    level: int
    source: str
    confidence: str
    because: str
    sources: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    ports: frozenset[str] = frozenset()
    unless_from: frozenset[str] = frozenset()
    whole: bool = False


_INTERNET = frozenset({"internet"})
_REMOTE_ADMIN = frozenset({"tcp/22", "tcp/3389"})

BANS: tuple[Ban, ...] = (
    Ban(
        "NET-04",
        1,
        "x.12.2.4a",
        "P",
        "telnet, FTP, TFTP and the r-commands carry passwords in the clear",
        ports=frozenset({"tcp/21", "tcp/23", "udp/69", "tcp/512", "tcp/513", "tcp/514", "udp/514"}),
    ),
    Ban(
        "NET-08",
        1,
        "x.12.2.5; TT 12/2022 appendix {roman}",
        "P",
        "administration from the Internet goes through a VPN",
        sources=_INTERNET,
        ports=_REMOTE_ADMIN,
    ),
    Ban(
        "NET-01",
        1,
        "x.12.2.2b; TT 12/2022 appendix {roman}",
        "P,V",
        "what the Internet reaches stands in edge or dmz",
        sources=_INTERNET,
        targets=frozenset({"internal", "servers", "database", "management", "wireless", "devices"}),
    ),
    Ban(
        "NET-20",
        2,
        "TT 12/2022 appendix {roman}; TT 39/2017 4.8",
        "V",
        "Wi-Fi is a zone of its own, apart from servers",
        sources=frozenset({"wireless"}),
        targets=frozenset({"servers", "database", "management", "devices"}),
    ),
    Ban(
        "NET-07",
        2,
        "4.12.2.4c; 5.12.2.5",
        "P",
        "remote administration comes from the management zone or its admins",
        ports=_REMOTE_ADMIN,
        unless_from=frozenset({"management", "admins"}),
    ),
    Ban(
        "NET-18",
        3,
        "5.12.2.2a; TT 12/2022 appendix {roman}",
        "P,V",
        "the database zone is reached by the parts that use it, each by name",
        targets=frozenset({"database"}),
        ports=frozenset({"tcp/5432", "tcp/3306", "tcp/6379"}),
        whole=True,
    ),
    Ban(
        "NET-10",
        4,
        "6.12.2.5",
        "P",
        "administration goes through a bastion in the management zone",
        ports=_REMOTE_ADMIN,
        sources=frozenset({"admins"}),
        targets=frozenset({"internal", "edge", "dmz", "servers", "database", "devices"}),
    ),
    Ban(
        "NET-11",
        4,
        "6.12.2.6",
        "P",
        "the management network has no way to the Internet",
        sources=frozenset({"management"}),
        targets=_INTERNET,
    ),
)
