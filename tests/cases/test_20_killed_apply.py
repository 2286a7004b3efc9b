"""pulumi 4679, 8973: killed in the middle of an update; a stuck lock, pending operations.

The documented recovery is `bentre apply` again, then `bentre drift` for what was half made.
"""

import os
import signal

import pytest

from tests.stacks.clone import Clone
from tests.waiting import eventually

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("gate")]


def test_apply_again_recovers_and_drift_names_the_orphan(clone: Clone) -> None:
    storage = clone.cloud.block_storage
    name, more = clone.one_more_volume()
    with clone.set(extra=more):
        running = clone.start("apply", "--yes")
        orphan = eventually(lambda: list(storage.volumes(name=name)))[0]
        for pid in clone.processes():
            os.kill(pid, signal.SIGKILL)
        running.communicate()
    assert running.returncode == -signal.SIGKILL
    clone.apply(extra=more)
    assert [d["id"] for d in clone.drift()] == [orphan.id]
    eventually(lambda: storage.get_volume(orphan.id).status == "available")
    storage.delete_volume(orphan.id)
    storage.wait_for_delete(orphan, interval=0.3)
    assert clone.drift(code=0) == []
