import stat

import pytest

from bentre_infra.hosts import access
from bentre_infra.hosts.access import Access
from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run

HOSTS = {"one": ("fd86::b", "ssh-ed25519 AAAA one"), "two": ("fd86::c", "ssh-ed25519 BBBB two")}


def test_ssh_takes_the_configuration(tmp_path):
    mine = Access(tmp_path)
    mine.new_key()
    mine.write(HOSTS)
    read = run(["ssh", "-G", "-F", mine.config, "two"]).splitlines()
    assert "hostname fd86::c" in read
    assert "stricthostkeychecking true" in read
    assert "controlpersist 600" in read
    assert "remoteforward 127.0.0.1:1080" in " ".join(read).replace("[127.0.0.1]", "127.0.0.1")
    assert (tmp_path / "known_hosts").read_text().splitlines()[0] == "fd86::b ssh-ed25519 AAAA one"


def test_each_run_has_a_key_of_its_own_that_nobody_else_reads(tmp_path):
    mine = Access(tmp_path)
    one, shared = mine.new_key(), mine.arguments
    assert mine.new_key() != one
    assert mine.arguments != shared
    assert stat.S_IMODE((tmp_path / "ssh_key").stat().st_mode) == 0o600


def test_a_machine_that_asks_a_proxy_is_refused():
    with pytest.raises(BentreError, match="asks a proxy"):
        access.apt_settings('Acquire::http::Proxy "http://proxy.example:3128";\n')
    assert "socks5h://127.0.0.1:1080" in access.apt_settings('Acquire::Retries "5";\n')
