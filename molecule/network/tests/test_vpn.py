"""What passes between both sides of a tunnel is encrypted, or does not pass."""

import json
import sys
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from support import ONE, OTHER, address, ask, both_families, both_routers, counters, node

from tests.waiting import eventually

WIRE = """
table inet wire
delete table inet wire
table inet wire {
  counter clear { }
  counter sealed { }
  chain in {
    type filter hook prerouting priority -320;
    iifname "ipsec0" return
    ip saddr 10.11.0.0/24 counter name "clear"
    ip6 saddr 2001:db8:b1::/64 counter name "clear"
    udp dport 4500 counter name "sealed"
  }
}
"""


@contextmanager
def wire():
    """What the other router gets from outside."""
    host = node(OTHER)
    host.check_output(f"nft -f - <<'END'{WIRE}END")
    try:
        yield lambda: counters(OTHER, "wire")
    finally:
        host.check_output("nft delete table inet wire")


def associations(name):
    """Of each tunnel, the number of its IKE association."""
    said = node(name).check_output("swanctl --list-sas --raw")
    return {
        line.split()[1]: line.split("uniqueid=")[1].split()[0]
        for line in said.replace("{", " ").splitlines()
        if "uniqueid=" in line and "state=ESTABLISHED" in line
    }


@both_families
def test_partners_reach_each_other_and_nobody_sees_what_passes(version):
    target = address("partner", OTHER, version)
    eventually(lambda: ask("partner", target))
    with wire() as passed:
        assert ask("partner", target) == address("partner", ONE, version)
        assert passed()["sealed"] > 0
        assert passed()["clear"] == 0


@both_families
def test_sessions_know_that_the_tunnel_is_narrower_than_what_is_before_it(version):
    target = address("partner", OTHER, version)
    eventually(lambda: ask("partner", target))
    largest = (
        "import socket, sys; one = socket.create_connection((sys.argv[1], 8080));"
        " print(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG))"
    )
    said = node(ONE).check_output(f"ip netns exec partner python3 -c '{largest}' {target}")
    tunnel = int(node(ONE).check_output("cat /sys/class/net/ipsec0/mtu"))
    assert tunnel < 1500
    assert int(said) <= tunnel - (40 if version == 4 else 60)


@both_families
def test_without_the_tunnel_nothing_passes_in_clear(version):
    """There is a way outside, and the gateway would let it pass."""
    host, target = node(ONE), address("partner", OTHER, version)
    eventually(lambda: ask("partner", target))
    host.check_output("systemctl stop strongswan")
    try:
        with wire() as passed:
            before = counters(ONE, "bentre_vpn")["clear_out"]
            assert ask("partner", target) == ""
            assert counters(ONE, "bentre_vpn")["clear_out"] > before
            assert passed()["clear"] == 0
    finally:
        host.check_output("systemctl start strongswan")
    eventually(lambda: ask("partner", target))


@both_families
def test_nobody_outside_passes_for_the_other_side(version):
    """What comes in clear from an address of the other side is dropped."""
    eventually(lambda: ask("partner", address("partner", OTHER, version)))
    sender, target = node(ONE), address("partner", OTHER, version)
    before = counters(OTHER, "bentre_vpn")["clear_in"]
    # past our own guard, and past the tunnel's ways
    sender.check_output("nft flush table inet bentre_vpn")
    sender.check_output("systemctl stop strongswan")
    try:
        assert ask("partner", target) == ""
        assert counters(OTHER, "bentre_vpn")["clear_in"] > before
    finally:
        sender.check_output("systemctl reload bentre-vpn; systemctl start strongswan")
    eventually(lambda: ask("partner", target))


@both_routers
def test_ciphers_are_those_of_the_standard(name):
    eventually(lambda: associations(name))
    said = node(name).check_output("swanctl --list-sas")
    assert "IKEv2" in said
    assert "AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384" in said
    assert "TUNNEL-in-UDP, ESP:AES_GCM_16-256" in said


@both_routers
def test_a_reload_keeps_the_tunnel(name):
    before = eventually(lambda: associations(name))
    node(name).check_output("systemctl reload strongswan")
    assert associations(name) == before


def test_a_restart_of_the_end_that_waits_is_survived():
    node(OTHER).check_output("systemctl restart strongswan")
    eventually(lambda: ask("partner", address("partner", OTHER, 4)))


def test_a_tunnel_that_ended_begins_again():
    """Also where strongSwan itself has given it up."""
    host = node(ONE)
    eventually(lambda: associations(ONE))
    host.check_output("swanctl --terminate --force --ike partner")
    host.check_output("systemctl start bentre-vpn-start")
    assert associations(ONE)
    assert host.service("bentre-vpn-start.timer").is_running


@both_routers
def test_the_key_is_roots_and_the_public_one_a_fact(name):
    host = node(name)
    key = host.file("/etc/swanctl/private/bentre.pem")
    assert (key.user, key.mode) == ("root", 0o600)
    public = host.check_output(f"openssl pkey -in {key.path} -pubout")
    fact = json.loads(host.file("/etc/ansible/facts.d/vpn.fact").content_string)
    assert fact == {"name": name, "public_key": public}
    theirs = node(OTHER if name == ONE else ONE).file("/etc/swanctl/pubkey/partner.pem")
    assert theirs.content_string.strip() == public


@both_routers
def test_no_module_listens_that_nobody_asked_for(name):
    said = node(name).check_output("swanctl --stats")
    (line,) = (line for line in said.splitlines() if line.startswith("loaded plugins"))
    assert not {"forecast", "farp", "dhcp", "ha", "eap-md5", "xauth-pam"} & set(line.split())
