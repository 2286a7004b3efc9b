"""A small site to change in tests."""

from pathlib import Path

from bentre_infra.site import Site, SiteError, load_site
from bentre_infra.site.addressing import write
from bentre_infra.site.load import allocated, files_of

BASE = """\
site: test
profile: bentre-2016
as_of: 2016-12-31
level: 3
cloud: {name: cloud, external_network: public, image: debian13}
addressing:
  ipv4: [10.1.0.0/16]
  ipv6: 2001:db8:1::/48
zones:
  edge: {}
  dmz: {}
  servers: {}
  database: {}
  management: {admins: [192.0.2.0/28, "2001:db8:ffff::/64"]}
  internal: {}
  wireless: {}
services:
  mail:
    system: {code: mail, level: 3, owner: so-y-te, users: 100}
    parts:
      front: {zone: dmz, nodes: 2, public: [mx1]}
      store: {zone: servers, nodes: 2, volumes: {mail: 1 GiB/user}}
      db: {zone: database}
flows:
  - {from: internet, to: mail.front, allow: [smtp], why: public mail}
  - {from: mail.front, to: mail.store, allow: [lmtp], why: delivery}
  - {from: mail.store, to: mail.db, allow: [postgresql], why: accounts}
waivers:
  - {control: NET-15, reason: a test, owner: tests, until: 2030-01-01}
"""


def changed(*edits: tuple[str, str], base: str = BASE) -> str:
    """The small site with texts replaced; each must be there once."""
    text = base
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


def without_cloud() -> str:
    """The small site on machines that exist: in the zones' own prefixes, each listed."""
    numbers = {"db": 1, "front": 2, "store": 3}
    machines = "\n".join(
        f"  mail-{part}-{n}: {{ipv4: 10.1.{z}.{20 + n}, ipv6: '2001:db8:1:{z}::{n}', "
        f"serial: {part}{n}}}"
        for part, z in numbers.items()
        for n in (1, 2)
    )
    return changed(
        ("cloud: {name: cloud, external_network: public, image: debian13}\n", ""),
        ("  dmz: {}", '  dmz: {ipv4: 10.1.2.0/24, ipv6: "2001:db8:1:2::/64"}'),
        ("  database: {}", '  database: {ipv4: 10.1.1.0/24, ipv6: "2001:db8:1:1::/64"}'),
        ("  servers: {}", '  servers: {ipv4: 10.1.3.0/24, ipv6: "2001:db8:1:3::/64"}'),
        ("flows:", f"machines:\n{machines}\nflows:"),
    )


def load(folder: Path, text: str = BASE, *, allocate: bool = True) -> Site:
    """Write the site into a folder, give it addresses, read it."""
    path, addresses = files_of(folder)
    path.write_text(text, encoding="utf-8")
    if allocate:
        write(addresses, allocated(folder))
    return load_site(folder)


def faults(folder: Path, text: str) -> list[tuple[int, str]]:
    """Line and message of every fault of a site; [] when there is none."""
    try:
        load(folder, text)
    except SiteError as e:
        return [(p.line, p.message) for p in e.problems]
    return []


def line_of(text: str, part: str) -> int:
    """Number of the one line that holds a text."""
    found = [n for n, line in enumerate(text.splitlines(), start=1) if part in line]
    assert len(found) == 1, f"{part!r} stands on lines {found}"
    return found[0]
