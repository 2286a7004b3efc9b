"""One server's life: limits, disk, reboots, interfaces, images made from it."""

import pytest
from openstack.exceptions import BadRequestException

from tests.lab.guest import Guest
from tests.waiting import PATIENCE, eventually

pytestmark = pytest.mark.lab

# as root in the guest's topmost control group, where only the flavor's limits hold
AS_ROOT_OF_ALL = (
    "sudo sh -c 'for f in /sys/fs/cgroup/*/cgroup.procs /sys/fs/cgroup/cgroup.procs;"
    " do echo $$ >$f; done 2>/dev/null; {}'"
)


@pytest.fixture(scope="module")
def place(shared):
    """A network with a router, and a group that lets SSH in."""
    net = shared.network("10.94.0.0/24")
    shared.router(net)
    return net, shared.security_group(22)


@pytest.fixture
def boot(tenant, place):
    """Boot a server and wait for SSH."""
    net, group = place

    def booted(**more):
        server = tenant.server(net, group=group, **more)
        return server, tenant.guest(server, net).wait()

    return booted


def booted_anew(guest: Guest) -> bool:
    """Whether the guest has booted since the file in /run was made."""
    return guest.ssh("test -e /run/before || echo anew") == "anew"


def action(tenant, server, name: str, *args, until: str = "ACTIVE"):
    """Have nova do something with a server, and wait for the status after it."""
    getattr(tenant.cloud.compute, name)(server, *args)
    tenant.cloud.compute.wait_for_server(server, status=until, wait=PATIENCE, interval=0.3)


def test_memory_of_the_flavor_is_the_most_a_server_gets(boot):
    _, guest = boot(flavor="bentre.tiny")
    assert guest.ssh("python3 -c 'bytearray(40 * 2**20); print(1)'") == "1"
    greedy = "python3 -c 'bytearray(400 * 2**20); print(1)' || echo killed"
    assert guest.ssh(AS_ROOT_OF_ALL.format(greedy.replace("'", '"')), check=False) == "killed"


def test_cpus_of_the_flavor_are_the_most_a_server_gets(boot):
    _, guest = boot(flavor="bentre.tiny")
    spin = (
        "import os,time; n=[os.fork() for _ in range(2)]; e=time.monotonic()+3\n"
        "while time.monotonic()<e: pass\n"
        "if all(n): [os.wait() for _ in n]; t=os.times();"
        " print((t.user+t.system+t.children_user+t.children_system)/3)"
    )
    used = guest.ssh(f"printf '%b' {spin!r} >/tmp/spin.py; python3 /tmp/spin.py")
    assert float(used.split()[0]) < 1.3  # of one CPU


def test_tasks_are_limited(boot):
    _, guest = boot(flavor="bentre.tiny")
    many = "for i in $(seq 700); do sleep 20 & done; echo all"
    said = guest.ssh(AS_ROOT_OF_ALL.format(many) + " 2>&1", check=False)
    assert "fork" in said
    assert "all" not in said.split()


@pytest.mark.parametrize("image", ["debian12", "debian13"])
def test_disk_of_the_flavor_is_the_most_a_server_writes(boot, image):
    _, guest = boot(image=image)
    assert guest.ssh("fallocate -l 300M /var/tmp/fits && echo ok") == "ok"
    assert "No space left" in guest.ssh("fallocate -l 1G /var/tmp/much 2>&1", check=False)


def test_console_shows_the_boot(boot, tenant):
    server, _ = boot()
    text = tenant.cloud.compute.get_server_console_output(server.id)["output"]
    assert "multi-user.target" in text or "login:" in text


@pytest.mark.parametrize("how", ["SOFT", "HARD"])
def test_reboot_keeps_the_disk(boot, tenant, how):
    server, guest = boot()
    guest.ssh("sudo touch /run/before; echo kept >kept; sync")
    action(tenant, server, "reboot_server", how)
    eventually(lambda: booted_anew(guest))
    assert guest.ssh("cat kept") == "kept"


def test_stop_and_start(boot, tenant):
    server, guest = boot()
    guest.ssh("sudo touch /run/before; echo kept >kept")
    action(tenant, server, "stop_server", until="SHUTOFF")
    with pytest.raises(OSError, match="ssh"):
        guest.ssh("true")
    action(tenant, server, "start_server")
    eventually(lambda: booted_anew(guest))
    assert guest.ssh("cat kept") == "kept"


def test_pause_stops_time_and_unpause_goes_on(boot, tenant):
    server, guest = boot()
    guest.ssh("sudo touch /run/before")
    action(tenant, server, "pause_server", until="PAUSED")
    with pytest.raises(Exception, match=r"ssh|timed out|255"):
        guest.ssh("true")
    action(tenant, server, "unpause_server")
    guest.wait()
    assert not booted_anew(guest)


def test_second_interface_has_its_address(tenant, place):
    net, group = place
    other = tenant.network("10.95.0.0/24", "2001:db8:95::/64")
    tenant.router(other)  # it advertises the prefix
    server = tenant.server(net, other, group=group)
    guest = tenant.guest(server, net).wait()
    expected = {a["ip_address"] for a in tenant.port_of(server, other).fixed_ips}
    eventually(lambda: expected <= set(guest.ssh("hostname -I").split()))


def test_interfaces_on_lines_have_their_addresses_in_the_order_that_was_asked_for(tenant, place):
    """Nobody advertises or leases there: addresses come with the metadata, and no way out."""
    net, group = place
    lines = [
        tenant.line("10.97.0.0/28", "2001:db8:97::/64"),
        tenant.line("10.98.0.0/28", "2001:db8:98::/64"),
    ]
    server = tenant.server(net, *lines, group=group)
    guest = tenant.guest(server, net).wait()
    for number, line in enumerate(lines, start=1):
        expected = {a["ip_address"] for a in tenant.port_of(server, line).fixed_ips}
        assert len(expected) == 2
        command = f"ip -o address show dev eth{number} scope global"

        def has_all(command=command, expected=expected) -> bool:
            return expected <= {word.split("/")[0] for word in guest.ssh(command).split()}

        eventually(has_all)
    ways = guest.ssh("ip route show default; ip -6 route show default")
    assert "eth1" not in ways
    assert "eth2" not in ways


def test_interface_added_later_has_its_address_also_after_a_reboot(boot, tenant):
    server, guest = boot()
    other = tenant.network("10.96.0.0/24", "2001:db8:96::/64")
    tenant.router(other)  # it advertises the prefix
    tenant.cloud.compute.create_server_interface(server, net_id=other.id)
    port = tenant.port_of(server, other)
    expected = {a["ip_address"] for a in port.fixed_ips}
    eventually(lambda: expected <= set(guest.ssh("hostname -I").split()))
    guest.ssh("sudo touch /run/before")
    action(tenant, server, "reboot_server", "HARD")
    eventually(lambda: booted_anew(guest))
    eventually(lambda: expected <= set(guest.ssh("hostname -I").split()))
    tenant.cloud.compute.delete_server_interface(port.id, server=server)
    eventually(lambda: not expected & set(guest.ssh("hostname -I").split()))


def test_rebuild_gives_a_fresh_disk_under_the_same_address(boot, tenant):
    server, guest = boot()
    guest.ssh("echo old >old; sync")
    image = tenant.cloud.image.find_image("debian13").id
    tenant.cloud.compute.rebuild_server(server, image=image)
    tenant.cloud.compute.wait_for_server(server, wait=PATIENCE, interval=0.3)
    eventually(lambda: guest.ssh("cat /etc/debian_version").startswith("13"))
    assert guest.ssh("test -e old || echo gone") == "gone"


def test_image_of_a_running_server_boots_with_its_files(boot, tenant):
    server, guest = boot()
    # a writer at work while the image is made
    guest.ssh("echo kept >kept; nohup sh -c 'while :; do date >>log; done' >/dev/null 2>&1 &")
    image = tenant.cloud.create_image_snapshot(
        f"{tenant.name}-image", server, wait=True, timeout=PATIENCE
    )
    tenant.later(tenant.cloud.image.delete_image, image.id)
    assert guest.ssh("echo still here") == "still here"
    _, copy = boot(image=image.name)
    assert copy.ssh("cat kept; test -s log && echo log") == "kept\nlog"
    assert copy.ssh("hostname") != guest.ssh("hostname")


def test_bigger_flavor_makes_the_disk_and_memory_grow(boot, tenant):
    server, guest = boot(flavor="bentre.tiny")
    guest.ssh("echo kept >kept; sync")
    bigger = tenant.cloud.compute.find_flavor("bentre.small")
    action(tenant, server, "resize_server", bigger, until="VERIFY_RESIZE")
    action(tenant, server, "confirm_server_resize")
    guest.wait()
    assert guest.ssh("cat kept") == "kept"
    assert guest.ssh("fallocate -l 1200M /var/tmp/fits && echo ok") == "ok"
    wide = "python3 -c 'bytearray(300 * 2**20); print(1)'"
    assert guest.ssh(wide) == "1"


def test_smaller_disk_is_refused_and_the_server_stays(boot, tenant):
    server, guest = boot(flavor="bentre.small")
    smaller = tenant.cloud.compute.find_flavor("bentre.tiny")
    with pytest.raises(BadRequestException, match="disk is smaller"):
        tenant.cloud.compute.resize_server(server, smaller)
    server = tenant.cloud.compute.get_server(server.id)
    assert server.status == "ACTIVE"
    assert server.flavor["original_name"] == "bentre.small"
    guest.wait()


def test_name_is_that_of_the_server_and_names_are_resolved(boot):
    server, guest = boot()
    assert guest.ssh("hostname") == server.name
    assert guest.ssh(f"getent hosts {server.name} >/dev/null && echo ok") == "ok"
