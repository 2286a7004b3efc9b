"""What several checks ask."""

from collections.abc import Iterable
from ipaddress import ip_address

from bentre_infra.compliance.checks.control import not_applicable
from bentre_infra.compliance.facts.host import Host
from bentre_infra.compliance.facts.nft import Address, Fate, Packet

STRANGERS: tuple[Address, ...] = (ip_address("203.0.113.9"), ip_address("2001:db8:bad::9"))
"""Nobody: of the documentation's prefixes (RFC 5737, RFC 3849), in no site's networks."""

UNUSED_PORT = 47
"""Nobody's port (IANA: reserved), for what no rule can name on purpose."""


def fates(host: Host, port: int, addresses: Iterable[Address] = STRANGERS) -> dict[str, Fate]:
    """What becomes of new connections from some addresses to a TCP port."""
    return {
        str(address): host.firewall.fate(Packet("input", address, "tcp", port))
        for address in addresses
    }


def setting_of_postgres(host: Host, name: str) -> str | None:
    """A setting of PostgreSQL: conf.d and ALTER SYSTEM come after postgresql.conf (its 19.1)."""
    later = (
        r"/etc/postgresql/.*/postgresql\.conf",
        r"/etc/postgresql/.*/conf\.d/.*\.conf",
        r"/var/lib/postgresql/.*/postgresql\.auto\.conf",
    )
    found = [value for files in later if (value := host.value(files, name)) is not None]
    return found[-1] if found else None


def shown(values: Iterable[object], nothing: str = "none") -> str:
    """Some things, in a line."""
    return ", ".join(dict.fromkeys(str(v) for v in values)) or nothing


def requires(present: object, en: str, vi: str) -> None:
    """Go on only where the subject of the control is here.

    Raises:
        NotApplicableError: it is not.
    """
    if not present:
        raise not_applicable(en, vi)
