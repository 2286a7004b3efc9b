"""What tests of every step look at."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any

import pytest

OTHER = {"11": "12", "12": "11", "b": "c", "c": "b"}


@dataclass(frozen=True)
class Node:
    """A host of the scenario, and the other one as its peer."""

    host: Any

    def peer(self, version: int) -> str:
        """The other host's address."""
        own = self.host.backend.get_variables()["bentre_addresses"]
        (address,) = (a for a in own if (":" in a) == (version == 6))
        return re.sub("(1[12]|[bc])$", lambda m: OTHER[m[0]], address)

    def counters(self) -> dict[str, int]:
        """Packets by the name of their counter."""
        said = json.loads(self.host.check_output("nft --json list counters table inet bentre"))
        found = (entry.get("counter") for entry in said["nftables"])
        return {counter["name"]: counter["packets"] for counter in found if counter}

    def connected(self, address: str, port: int, count: int = 1, wanted: int = 1) -> int:
        """How many connections there were."""
        return int(self.host.check_output(f"talk connect {address} {port} {count} {wanted}"))

    def unanswered(self, address: str, port: int) -> bool:
        """Whether this host asks for a connection, and asks again."""
        unit = "--unit=test-unanswered --quiet --collect"
        asks = f"ss --no-header --options state syn-sent dst '[{address}]:{port}'"
        self.host.check_output(f"systemd-run {unit} talk connect {address} {port} 1 1")
        try:
            end = time.monotonic() + 50
            while time.monotonic() < end:
                if re.search(r"timer:\(on,[^,]+,[1-9]", self.host.check_output(asks)):
                    return True
                time.sleep(0.3)
            return False
        finally:
            self.host.check_output("systemctl stop test-unanswered.service || true")

    def foreign_table_is_whole(self) -> bool:
        """Whether what another program loaded is as it was."""
        said = self.host.check_output("nft --stateless list table inet foreign")
        return "192.0.2.7" in said and "hook input priority" in said


@pytest.fixture
def node(host):
    """The host."""
    return Node(host)
