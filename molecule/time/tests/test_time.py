"""After the first converge: each host has the other's time, and knows that it is the other's."""

import re
import time

OTHER = {"11": "12", "12": "11", "b": "c", "c": "b"}


def peers(host) -> set[str]:
    own = host.backend.get_variables()["bentre_addresses"]
    return {re.sub("(1[12]|[bc])$", lambda m: OTHER[m[0]], address) for address in own}


def test_both_addresses_of_the_other_host_answer(host, table):
    def reached(rows):
        return {row[2] for row in rows if int(row[5], 8) > 0}

    # a server that was not there at the first attempt is asked again only after minutes
    host.check_output("systemctl restart chrony")
    rows = table("sources", until=lambda rows: reached(rows) >= peers(host))
    assert reached(rows) == peers(host)


def test_servers_prove_who_they_are(host, table):
    def proven(rows):
        return {row[0] for row in rows if row[1] == "NTS" and int(row[4]) > 0 and int(row[8]) > 0}

    rows = table("authdata", until=lambda rows: proven(rows) >= peers(host))
    assert proven(rows) == peers(host)


def looked_at(host, server: str) -> bool:
    """Whether the server's certificate was found wrong."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        said = host.run("journalctl -u chrony --no-pager --grep certificate").stdout
        if server in said:
            return True
        time.sleep(1)
    return False


def test_a_server_with_anothers_certificate_is_not_used(host, table):
    # a server that was not there at the first attempt is asked again only after minutes
    host.check_output("systemctl restart chrony")
    (wrong,) = (peer.replace("::", "::1:") for peer in peers(host) if ":" in peer)

    def asked(rows):
        return any(row[0] == wrong and int(row[6]) > 0 for row in rows)

    # it was asked for keys, and gave none that count
    assert asked(table("authdata", until=asked))
    (row,) = (row for row in table("authdata") if row[0] == wrong)
    assert (row[1], int(row[4]), int(row[8])) == ("NTS", 0, 0)
    (source,) = (row for row in table("sources") if row[2] == wrong)
    assert int(source[5], 8) == 0
    assert looked_at(host, wrong)


def test_other_ways_to_the_time_are_gone(host):
    assert not host.package("systemd-timesyncd").is_installed
    assert host.service("chrony").is_enabled
    assert host.service("chrony").is_running


def test_a_container_leaves_the_machines_clock_alone(host):
    assert "-x" in host.check_output("ps -o args= -C chronyd").split()
    rights = host.check_output("grep CapEff /proc/$(pidof chronyd | cut -d' ' -f1)/status")
    assert not int(rights.split()[1], 16) >> 25 & 1  # CAP_SYS_TIME


def test_nobody_commands_it_from_the_network(host):
    listening = host.check_output("ss --no-header --listening --udp --tcp --numeric")
    assert ":323" not in listening
    assert ":4460" in listening


def test_host_is_whole(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
