"""A Designate record is served by a real name server (BIND), on both families."""

import subprocess
import time

import pytest

from tests.lab.tenant import DNS4, DNS6
from tests.waiting import eventually

pytestmark = pytest.mark.lab


def _dig(server: str, name: str, kind: str) -> list[str]:
    done = subprocess.run(
        ["dig", "+short", "+tries=1", "+time=2", f"@{server}", name, kind],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()


@pytest.mark.parametrize("server", [DNS4, DNS6])
def test_records_are_served_and_go_with_their_zone(tenant, cloud, server):
    zone = cloud.dns.create_zone(name=f"{tenant.name}.example.", email="ops@bentre.example")
    name = f"mail.{zone.name}"
    cloud.dns.create_recordset(zone, name=name, type="A", records=["203.0.113.9"])
    cloud.dns.create_recordset(zone, name=name, type="AAAA", records=["2001:db8:83::9"])
    eventually(lambda: _dig(server, name, "A") == ["203.0.113.9"])
    eventually(lambda: _dig(server, name, "AAAA") == ["2001:db8:83::9"])
    eventually(lambda: _dig(server, zone.name, "SOA"))
    cloud.dns.delete_zone(zone)
    eventually(lambda: not _dig(server, name, "A"))


def test_changes_within_one_second_are_served_all(tenant, cloud):
    """Designate gave them one serial, and BIND never fetched the second."""
    zone = cloud.dns.create_zone(name=f"{tenant.name}.example.", email="ops@bentre.example")
    tenant.later(cloud.dns.delete_zone, zone)
    seen = {}
    for number in range(6):
        name = f"host-{number}.{zone.name}"
        cloud.dns.create_recordset(zone, name=name, type="A", records=[f"203.0.113.{number}"])
        seen[name] = f"203.0.113.{number}"
        time.sleep(0.4)  # so that some fall between two of Designate's ticks
    for name, address in seen.items():
        eventually(lambda name=name, address=address: _dig(DNS4, name, "A") == [address])
