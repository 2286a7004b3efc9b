"""What ``ss -Hlntup`` says."""

import re
from dataclasses import dataclass
from ipaddress import ip_address


@dataclass(frozen=True)
class Listener:
    """A socket that takes connections or datagrams.

    Attributes:
        address: ``*`` for every one of both families, ``0.0.0.0`` and ``::`` for one's.
        program: which has it; empty where it is the kernel.
    """

    transport: str
    address: str
    port: int
    program: str

    @property
    def loopback(self) -> bool:
        """Whether only the host itself gets there."""
        if self.address == "*":
            return False
        address = ip_address(self.address)
        return address.is_loopback

    @property
    def anywhere(self) -> bool:
        """Whether it listens on every address."""
        return self.address in ("*", "0.0.0.0", "::")  # noqa: S104  (it is only compared)

    def __str__(self) -> str:
        return f"{self.port}/{self.transport} {self.program or '?'}"


def listeners(text: str) -> tuple[Listener, ...]:
    """Read its lines."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) < 5 or words[0] not in ("tcp", "udp"):
            continue
        local, _, port = words[4].rpartition(":")
        address = local.partition("%")[0].strip("[]")
        match = re.search(r'users:\(\("([^"]+)"', line)
        if port.isdigit():
            found.append(Listener(words[0], address, int(port), match[1] if match else ""))
    return tuple(found)
