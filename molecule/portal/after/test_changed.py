"""After a site went, another was renamed, and the database has another password."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support import EPHEMERAL, PROVINCE, REMOVED, UNIT, curl, settings, shake_hands, sql


def test_the_removed_site_is_served_no_more_and_its_pages_are_kept(host):
    assert "unrecognized name" in shake_hands(host, site=REMOVED)
    assert REMOVED not in sql(host, "select hostname from wagtailcore_site")
    assert sql(host, "select count(*) from wagtailcore_page where slug = 'ba-tri'") == "1"


def test_the_others_stay(host):
    for site in (PROVINCE, UNIT):
        assert curl(host, site=site)[0] == 200
    assert "Ủy ban nhân dân xã Giồng Trôm" in curl(host, site=UNIT)[2]
    # what an editor wrote is the editor's
    assert "Thông báo của huyện Giồng Trôm" in curl(host, "/tim-kiem/?q=Tr%C3%B4m", site=UNIT)[2]


def test_the_new_password_is_the_databases(host):
    old, new = (
        (EPHEMERAL / "secrets" / f"database{n}").read_text().split()[0] for n in ("", "-next")
    )
    assert old != new
    assert host.file("/etc/bentre/portal/database-password").content_string.strip() == new
    known = settings(host)["database"]
    assert known["host"] == host.check_output("hostname")


def test_nobody_is_named_any_more(host):
    assert curl(host, "/.well-known/security.txt")[0] == 404
    assert not host.file("/etc/nginx/security.txt").exists
