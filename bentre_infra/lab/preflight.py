"""What must hold before the lab starts anything: one clear line when it does not."""

from collections.abc import Iterable

from bentre_infra.lab import config
from bentre_infra.lab.layout import APIS, INTERNAL, PUBLIC, Layout
from bentre_infra.lab.supervisor import Supervisor
from bentre_infra.runtime import machine
from bentre_infra.runtime.errors import BentreError

_STATE_GIB = 3
_MEMORY_GIB = 4
# sun_path of unix(7), and the longest name that a socket of the lab has below its run folder
_SUN_PATH = 107
_LONGEST_SOCKET = len("/octavia/octavia/status.sock")


def listeners() -> tuple[tuple[str, int], ...]:
    """Every address and TCP port that the lab takes in the machine's own namespace."""
    return (
        *((address, api.port) for api in APIS for address in (INTERNAL, PUBLIC)),
        *((INTERNAL, port) for port in config.SWIFT_PORTS.values()),
        (INTERNAL, config.MEMCACHED_PORT),
        (INTERNAL, config.RABBITMQ_PORT),
        (INTERNAL, config.NAMED_PORT),
        (INTERNAL, config.RNDC_PORT),
        (INTERNAL, config.MDNS_PORT),
        ("127.0.0.1", config.EPMD_PORT),
        ("127.0.0.1", config.RABBITMQ_DIST_PORT),
    )


def free_ports(layout: Layout) -> machine.Check:
    """Whether nobody else listens there; the running lab itself does not count."""
    if Supervisor(layout.supervisor_socket).answers():
        return machine.Check("ports", True, "held by the running lab")
    return machine.ports(listeners())


def check(layout: Layout) -> None:
    """Look at the machine without changing anything.

    Raises:
        BentreError: the first thing that does not suit, and what mends it.
    """
    machine.require(_checks(layout))
    for folder in (layout.root, layout.cache):
        if len(str(folder).split()) != 1:
            raise BentreError(
                f"{folder}: a space in it would be read as the end of an argument",
                "set BENTRE_STATE and BENTRE_CACHE to paths without one",
            )
    room = _SUN_PATH - len(str(layout.run)) - _LONGEST_SOCKET
    if room < 0:
        raise BentreError(
            f"{layout.root}: the path is {-room} characters too long for the lab's sockets",
            "set BENTRE_STATE to a shorter one",
        )


def _checks(layout: Layout) -> Iterable[machine.Check]:
    yield machine.root()
    yield machine.cgroup2()
    yield machine.tun()
    yield machine.loops()
    yield machine.disk(layout.root, _STATE_GIB)
    yield machine.memory(_MEMORY_GIB)
    yield machine.ports(listeners())
