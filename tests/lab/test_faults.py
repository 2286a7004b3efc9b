"""One service dies: its users get a clear error or wait a moment, and it comes back by itself."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from keystoneauth1.exceptions import ClientException
from openstack import exceptions

from bentre_infra.lab import status
from bentre_infra.lab.layout import Layout
from bentre_infra.lab.supervisor import Supervisor
from tests.waiting import eventually

REFUSED = (exceptions.SDKException, ClientException)

pytestmark = [pytest.mark.lab, pytest.mark.exclusive]


def _service(lab, name):
    found = status.read(Layout.of(lab.paths))
    return next(s for s in found.services if s.name == name)


def _kill(lab, name) -> None:
    """SIGKILL to the service with all of its workers."""
    before = _service(lab, name)
    assert before.healthy
    os.killpg(before.pid, signal.SIGKILL)

    def is_back():
        now = _service(lab, name)
        return now.healthy and now.pid != before.pid

    eventually(is_back)


def _works(tenant) -> None:
    """A server on a new network: databases, queues, images, both halves of the network."""
    net = tenant.network()
    tenant.server(net)


@pytest.mark.parametrize(
    "name",
    [
        *("mariadb", "rabbitmq", "memcached", "haproxy", "epmd"),
        *("ovsdb-nb", "ovsdb-sb", "ovn-northd", "neutron"),
        *("ovsdb-1", "vswitchd-1", "ovn-controller-1"),
        *("ovsdb-2", "vswitchd-2", "ovn-controller-2"),
        *("keystone", "placement", "glance", "nova", "nova-conductor", "nova-scheduler"),
        *("nova-compute-1", "nova-compute-2"),
    ],
)
def test_servers_can_be_made_after_the_death_of(name, lab, tenant):
    _kill(lab, name)
    # a request that is on its way just then may fail: that is the clear error
    eventually(lambda: _made(tenant))


def _made(tenant) -> bool:
    try:
        _works(tenant)
    except REFUSED as e:
        raise AssertionError(str(e)) from e
    return True


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("cinder", lambda c: c.block_storage.volumes()),
        ("cinder-scheduler", None),
        ("cinder-volume", None),
        ("barbican", lambda c: c.key_manager.secrets()),
        ("octavia", lambda c: c.load_balancer.load_balancers()),
        ("octavia-driver-agent", None),
        ("designate", lambda c: c.dns.zones()),
        ("designate-central", lambda c: c.dns.zones()),
        ("designate-worker", None),
        ("designate-producer", None),
        ("designate-mdns", None),
        ("named", None),
        ("named-guests", None),
        ("swift", lambda c: c.object_store.containers()),
        ("swift-account", lambda c: c.object_store.containers()),
        ("swift-container", None),
        ("swift-object", None),
    ],
)
def test_it_comes_back_and_answers(name, ask, lab, cloud):
    _kill(lab, name)
    if ask:

        def answers():
            try:
                return list(ask(cloud)) is not None
            except REFUSED as e:
                raise AssertionError(str(e)) from e

        eventually(answers)


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("keystone", lambda c: c.identity.application_credentials(c.current_user_id)),
        ("neutron", lambda c: [c.network.get_network(n.id) for n in c.network.networks()]),
        ("cinder", lambda c: c.block_storage.volumes()),
        ("barbican", lambda c: c.key_manager.secrets()),
        ("octavia", lambda c: c.load_balancer.load_balancers()),
        ("designate", lambda c: c.dns.zones()),
        ("nova", lambda c: c.compute.servers()),
        ("glance", lambda c: c.image.images()),
    ],
)
def test_the_first_requests_after_a_start_are_answered_as_any_other(name, ask, lab, cloud):
    expected = [found.id for found in ask(cloud)]
    _kill(lab, name)
    with ThreadPoolExecutor(16) as at_once:
        answers = at_once.map(lambda _: [found.id for found in ask(cloud)], range(16))
        assert all(answer == expected for answer in answers)


def test_a_running_server_keeps_its_address_when_the_switch_dies(lab, tenant):
    net = tenant.network()
    tenant.router(net)
    guest = tenant.guest(tenant.server(net, group=tenant.security_group(22)), net).wait()
    for name in ("vswitchd-1", "vswitchd-2"):
        _kill(lab, name)
    assert guest.wait().ssh("echo still here") == "still here"


def test_an_api_that_is_away_answers_503_in_words(lab, cloud):
    supervisor = Supervisor(Layout.of(lab.paths).supervisor_socket)
    supervisor.stop_service("api", "nova")
    try:
        session = requests.Session()
        session.trust_env = False
        answer = session.get(
            "https://127.0.83.2:8774/", verify=str(Layout.of(lab.paths).ca), timeout=60
        )
        assert answer.status_code == 503
        error = answer.json()["error"]
        assert error["code"] == 503
        assert "bentre lab status" in error["message"]
        with pytest.raises(exceptions.HttpException, match="503"):
            list(cloud.compute.servers())
        assert _service(lab, "keystone").healthy
    finally:
        supervisor.start_service("api", "nova")
        eventually(lambda: _service(lab, "nova").healthy)
    assert list(cloud.compute.servers()) is not None
