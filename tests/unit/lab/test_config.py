import configparser
import re
import subprocess

import pytest

from bentre_infra.lab.config import Config, machine_resolvers
from bentre_infra.lab.secrets import Secrets
from bentre_infra.lab.services import services


@pytest.fixture
def venv(tmp_path):
    folder = tmp_path / "venv"
    (folder / "etc" / "designate").mkdir(parents=True)
    (folder / "etc" / "designate" / "api-paste.ini").write_text("[composite:osapi_dns]\n")
    return folder


@pytest.fixture
def rendered(layout, secrets, venv):
    Config(layout, secrets, venv, ("192.0.2.53",)).render(services(layout, venv))
    return {
        str(path.relative_to(layout.etc)): path for path in layout.etc.rglob("*") if path.is_file()
    }


def test_every_file_is_for_root_alone(rendered):
    assert len(rendered) > 30
    assert {path.stat().st_mode & 0o077 for path in rendered.values()} == {0}


def test_every_password_is_one_of_the_labs_secrets(layout, rendered):
    known = {p.read_text() for p in layout.secrets.iterdir()}
    setting = re.compile(r"^\s*(password|\w*_pass|kek|\w+_secret)\s*=\s*(\S+)", re.MULTILINE)
    found = [
        (name, key, value)
        for name, path in rendered.items()
        for key, value in setting.findall(path.read_text())
    ]
    assert len(found) > 15
    assert [f for f in found if f[2] not in known] == []
    urls = re.compile(r"rabbit://[^:]+:([^@]+)@")
    passwords = {m for path in rendered.values() for m in urls.findall(path.read_text())}
    assert passwords
    assert passwords <= known


def test_two_labs_share_no_secret(layout, secrets, venv, rendered, tmp_path):
    folder = tmp_path / "others"
    folder.mkdir()
    others = Secrets(folder)
    others.make()
    text = "".join(path.read_text() for path in rendered.values())
    Config(layout, others, venv, ()).render(services(layout, venv))
    text_of_other = "".join(p.read_text() for p in layout.etc.rglob("*") if p.is_file())
    for path in layout.secrets.iterdir():
        assert path.read_text() not in text_of_other
        if path.name.startswith("user-"):
            assert path.read_text() in text


def test_no_secret_is_in_a_command_or_an_environment(layout, secrets, venv):
    values = [p.read_text() for p in layout.secrets.iterdir()]
    for service in services(layout, venv):
        shown = service.command + " ".join(service.env.values())
        assert not any(value in shown for value in values), service.name


def test_files_of_an_earlier_version_are_removed(layout, rendered, secrets, venv):
    left = layout.etc / "heat" / "heat.conf"
    left.parent.mkdir()
    left.touch()
    Config(layout, secrets, venv, ()).render(services(layout, venv))
    assert not left.exists()


def test_oslo_files_have_each_section_once(rendered):
    for name, path in rendered.items():
        if name.endswith(".conf") and name.split("/")[0] in (
            *("keystone", "placement", "glance", "nova", "neutron", "cinder"),
            *("octavia", "barbican", "designate"),
        ):
            configparser.ConfigParser(strict=True, interpolation=None).read_string(
                path.read_text(), source=name
            )


def test_programs_accept_their_configuration(layout, secrets, rendered):
    for zone in ("named", "named-guests"):
        (layout.data / zone).mkdir()
    for name in ("named/named.conf", "named/guests.conf"):
        done = subprocess.run(
            ["named-checkconf", rendered[name]], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
    done = subprocess.run(
        ["sh", "-n", rendered["ovn/vswitchd.sh"]], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_machines_resolvers_are_read(tmp_path):
    conf = tmp_path / "resolv.conf"
    conf.write_text(
        "search example\n# nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver fe80::1%eth0\n"
    )
    assert machine_resolvers(conf) == ("192.0.2.2", "fe80::1")
    assert machine_resolvers(tmp_path / "none") == ()
