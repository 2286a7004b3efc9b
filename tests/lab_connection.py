"""The lab as tests reach it, and who may use it at the moment."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

import openstack
from openstack.config import OpenStackConfig
from openstack.connection import Connection

from bentre_infra.runtime.paths import Paths

_IN_USE = Path("/run/bentre-infra/tests.lock")


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
    """Hold the tests' lock: shared by those who use the lab, alone by one who stops it."""

    def __init__(self, how: int) -> None:
        self._how = how

    def __enter__(self) -> None:
        _IN_USE.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(_IN_USE, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._fd, self._how)

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
