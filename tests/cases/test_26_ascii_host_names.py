"""ansible#43788, ansible#15479: non-ASCII host names break where the locale is not UTF-8.

Host and group names are ASCII slugs; the Vietnamese name stands apart, whole, in a variable.
Ansible itself refuses a locale without UTF-8 by now; our own commands work in any.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bentre_infra.inventory import planned
from bentre_infra.site import Site
from tests.unit.inventory.ansible import ROOT, export, listed
from tests.unit.site.sites import changed, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "site"
    path.mkdir()
    (path / "bentre.yml").write_text("plugin: bentre\n")
    return path


@pytest.fixture
def site(folder: Path) -> Site:
    text = changed(
        ("owner: so-y-te", "owner: so-lao-dong-thuong-binh-va-xa-hoi"),
        ("db: {zone: database}", "db: {zone: database, each: district}"),
        ("{code: mail,", "{code: mail, name: Thư điện tử công vụ,"),
    )
    return load(folder, text)


def test_names_are_ascii_and_the_official_name_is_whole(
    folder: Path, site: Site, tmp_path: Path
) -> None:
    export(site, tmp_path, planned(site))
    printed = listed(folder, tmp_path, LC_ALL="C.UTF-8")
    hosts = printed["_meta"]["hostvars"]
    names = [*hosts, *printed]
    assert all(name.isascii() for name in names)
    assert hosts["mail-db-mo-cay-bac"]["bentre_unit_title"] == "Huyện Mỏ Cày Bắc"
    assert printed["unit_mo_cay_bac"]["hosts"] == ["mail-db-mo-cay-bac"]
    title = "Thư điện tử công vụ (Sở Lao động - Thương binh và Xã hội)"
    assert hosts["mail-front-1"]["bentre_title"] == title


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_our_commands_read_and_print_in_any_locale(folder: Path, site: Site, locale: str) -> None:
    program = Path(sys.executable).with_name("bentre")
    done = subprocess.run(
        [program, "site", "show", folder, "--json"],
        env=os.environ | {"LC_ALL": locale, "LANG": locale},
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (service,) = json.loads(done.stdout.decode())["services"]
    assert service["system"]["name"] == site.services[0].system.name == "Thư điện tử công vụ"
