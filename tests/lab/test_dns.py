"""A Designate record is served by a real name server (BIND), on both families."""

import subprocess

import pytest

from tests.lab.guest import eventually
from tests.lab.tenant import DNS4, DNS6

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
