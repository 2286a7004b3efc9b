"""Names of protocols that a flow may allow, and their ports.

Names and ports are IANA's (Service Name and Transport Protocol Port Number Registry) unless noted.
Anything else is written as ``tcp/8443`` or ``udp/10000-10100``.
"""

import re
from dataclasses import dataclass

_WRITTEN = re.compile(r"(tcp|udp)/(\d{1,5})(?:-(\d{1,5}))?")
_HIGHEST = 65535


@dataclass(frozen=True, order=True)
class Port:
    """A transport and the ports on it; ``icmp`` and ``ospf`` have none."""

    transport: str
    first: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        return self.transport if self.first is None else f"{self.transport}/{self.numbers}"

    @property
    def numbers(self) -> str:
        """``53``, or ``10000-10100``; for a transport that has ports."""
        return f"{self.first}" if self.last == self.first else f"{self.first}-{self.last}"


def _tcp(port: int) -> tuple[Port, ...]:
    return (Port("tcp", port, port),)


def _udp(*ports: int) -> tuple[Port, ...]:
    return tuple(Port("udp", port, port) for port in ports)


PROTOCOLS: dict[str, tuple[Port, ...]] = {
    "amqps": _tcp(5671),
    "bfd": _udp(3784),  # RFC 5881
    "dhcp": _udp(67),
    "dhcpv6": _udp(547),
    "dns": _udp(53) + _tcp(53),
    "dns-over-tls": _tcp(853),
    "edxml": _tcp(443),  # QCVN 102:2016: over HTTPS
    "http": _tcp(80),
    "http3": _udp(443),
    "https": _tcp(443),
    "imap": _tcp(143),
    "imaps": _tcp(993),
    "ipsec": _udp(500, 4500),  # RFC 7296, RFC 3948: ESP inside UDP
    "kerberos": _udp(88) + _tcp(88),
    "ldap": _tcp(389),
    "ldaps": _tcp(636),
    "lmtp": _tcp(24),  # RFC 2033 section 5: any private port; IANA's "any private mail system"
    "managesieve": _tcp(4190),
    "mariadb": _tcp(3306),
    "node-exporter": _tcp(9100),  # Prometheus' list of default ports
    "ntp": _udp(123),
    "nts": _tcp(4460),
    "ospf": (Port("ospf"),),  # RFC 2328, RFC 5340: IP protocol 89
    "openvpn": _udp(1194),
    "ping": (Port("icmp"),),
    "pop3s": _tcp(995),
    "postgresql": _tcp(5432),
    "radius": _udp(1812, 1813),
    "redis": _tcp(6379),
    "rdp": _tcp(3389),
    "smtp": _tcp(25),
    "smtps": _tcp(465),
    "snmp": _udp(161),
    "ssh": _tcp(22),
    "submission": _tcp(587),
    "submissions": _tcp(465),
    "syslog-tls": _tcp(6514),
    "wireguard": _udp(51820),
}


def ports(written: str) -> tuple[Port, ...]:
    """Read one entry of a flow's ``allow``.

    Raises:
        ValueError: neither a known name nor ``tcp/PORT``, ``udp/PORT`` or ``udp/FIRST-LAST``.
    """
    if written in PROTOCOLS:
        return PROTOCOLS[written]
    match = _WRITTEN.fullmatch(written)
    if not match:
        raise ValueError(f'protocol "{written}" is not known')
    first = int(match[2])
    last = int(match[3] or first)
    if not 1 <= first <= last <= _HIGHEST:
        raise ValueError(f'"{written}" is no range of ports between 1 and {_HIGHEST}')
    return (Port(match[1], first, last),)
