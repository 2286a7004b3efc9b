"""The lab as tests reach it, and who may use it at the moment."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

import openstack
from openstack.config import OpenStackConfig
from openstack.connection import Connection

from bentre_infra.runtime.paths import Paths

LAB = Path("/run/bentre-infra/tests.lock")
"""Who uses the lab, or hosts beside it."""

SCENARIOS = Path("/run/bentre-infra/scenarios.lock")
"""Who runs a Molecule scenario: its hosts are no leftovers, and no use of the lab."""


@dataclass(frozen=True)
class LabUnderTest:
    """The running lab: where it is, and the environment of its clients."""

    paths: Paths
    env: dict[str, str]

    @property
    def ssh_key(self) -> Path:
        return Path(self.env["BENTRE_SSH_KEY"])

    def connect(self, cloud: str) -> Connection:
        config = OpenStackConfig(config_files=[self.env["OS_CLIENT_CONFIG_FILE"]])
        return openstack.connection.Connection(config=config.get_one(cloud=cloud))


class Holding:
    """Hold a lock of the tests: shared by those who use something, alone by one who ends it."""

    def __init__(self, how: int, lock: Path = LAB) -> None:
        self._how = how
        self._lock = lock

    def __enter__(self) -> None:
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._fd, self._how)

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
