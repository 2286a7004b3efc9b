"""Every rule of the gate on the real lab: what is said before, and what then really happens."""

import json
import signal

import pytest

from tests.stacks.clone import Clone
from tests.waiting import eventually

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("gate")]

MARK = "sudo sh -c 'echo kept > /var/tmp/marker; sync'"


def booted_at(clone: Clone) -> str:
    """Another value after each boot; a container shows the machine's own boot id."""
    return clone.guest().wait().ssh("systemctl show -p UserspaceTimestampMonotonic --value")


def test_the_second_apply_changes_nothing(clone):
    assert clone.plan() == {}
    assert "foundation: 0 resources changed" in clone.apply()


def test_a_resize_restarts_and_keeps_the_disk(clone):
    """Rules flavorId, flavorName."""
    guest = clone.guest().wait_booted()
    guest.ssh(MARK)
    before, booted = clone.server(), booted_at(clone)
    change = clone.plan(flavor="bentre.small")["Instance/web"]
    assert (change["change"], change["refused"]) == ("restart", False)
    assert "flavorName" in change["properties"]
    clone.apply(flavor="bentre.small")
    assert clone.server().id == before.id
    assert clone.server().flavor.name == "bentre.small"
    assert booted_at(clone) != booted
    assert guest.ssh("cat /var/tmp/marker") == "kept"


def test_a_file_to_inject_rebuilds_too(clone):
    """Rule personalities: the provider rebuilds the server for it."""
    change = clone.plan(code=3, personality="xin chào")["Instance/web"]
    assert (change["change"], change["properties"]) == ("rebuild", ["personalities"])


def test_an_approved_plan_is_applied_only_while_it_is_the_plan(clone, tmp_path):
    plan = tmp_path / "plan.json"
    clone.settings["volumeGb"] = "2"
    with clone.set():
        clone.bentre("plan", "--out", str(plan))
    assert plan.stat().st_mode & 0o777 == 0o600
    said = clone.apply("--plan", str(plan), code=3, quotaCores="11")
    assert "not the approved one any more" in said
    del clone.settings["quotaCores"]
    clone.apply("--plan", str(plan))
    volume = next(clone.cloud.block_storage.volumes(name="data"))
    eventually(lambda: clone.cloud.block_storage.get_volume(volume.id).size == 2)


def test_stopping_a_server_is_a_restart(clone):
    """Rule powerState."""
    change = clone.plan(power="shutoff")["Instance/web"]
    assert (change["change"], change["properties"]) == ("restart", ["powerState"])
    clone.apply(power="shutoff")
    assert clone.server().status == "SHUTOFF"
    clone.settings["power"] = "active"


def test_destroying_needs_an_allowance_by_the_stacks_name(clone):
    said = json.loads(clone.bentre("plan", "--destroy", "--json", code=3))
    refused = {c["resource"] for c in said["stacks"][0]["changes"] if c["refused"]}
    assert {"Instance/web", "Volume/data", "FloatingIp/web"} <= refused
    assert "SecGroupRule/ssh" not in refused
    assert "refused" in clone.bentre("destroy", "--yes", code=3)
    assert clone.server().id


def test_ctrl_c_ends_what_is_under_way_and_keeps_the_state(clone):
    """Only the command is told, as by `kill -INT`; a terminal would tell its whole group."""
    name, more = clone.one_more_volume()
    clone.settings["extra"] = more
    with clone.set():
        running = clone.start("apply", "--yes")
        eventually(lambda: list(clone.cloud.block_storage.volumes(name=name)))
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate()
    assert running.returncode == 130, said
    state = json.loads(clone.pulumi("stack", "export"))["deployment"]
    assert not state.get("pending_operations")
    eventually(lambda: not clone.processes())
    clone.apply()
    assert len(list(clone.cloud.block_storage.volumes(name=name))) == 1
