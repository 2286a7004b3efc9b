import pytest

from bentre_infra.hosts import apt
from bentre_infra.runtime.errors import BentreError

LISTED = "\n".join(
    "\t".join(fields)
    for fields in (
        ("Debian", "http://mirror.example/debian/", "bookworm", "main"),
        ("Debian", "http://mirror.example/debian/", "bookworm", "contrib"),
        ("Debian", "http://mirror.example/debian", "bookworm-updates", "main"),
        ("Debian", "http://mirror.example/sec", "bookworm-security", "main"),
        ("Debian Backports", "http://mirror.example/debian", "bookworm-backports", "main"),
        ("HashiCorp", "https://apt.example", "bookworm", "main"),
        ("Other", "https://other.example", "nodistro", "main"),
    )
)


def test_debians_archives_are_found_and_the_suite_replaced():
    assert [str(s).partition("] ")[2] for s in apt._parse(LISTED, "trixie", "bookworm")] == [
        "http://mirror.example/debian trixie main contrib",
        "http://mirror.example/debian trixie-updates main",
        "http://mirror.example/sec trixie-security main",
    ]


def test_archives_are_found_before_the_first_update():
    listed = "$(ORIGIN)\thttp://mirror.example/debian\tbookworm\tmain"
    assert [s.suite for s in apt._parse(listed, "bookworm", "bookworm")] == ["bookworm"]


def test_an_archive_named_stable_is_followed():
    listed = "Debian\thttp://mirror.example/debian\tstable-security\tmain"
    assert [s.suite for s in apt._parse(listed, "trixie", "trixie")] == ["trixie-security"]


def test_no_archive_is_an_error(monkeypatch):
    monkeypatch.setattr(apt, "_listed", lambda: "")
    with pytest.raises(BentreError, match="no Debian archive"):
        apt.sources("trixie")


def test_settings_that_reach_the_mirror_are_kept():
    dump = (
        'Acquire::http "";\nAcquire::http::Proxy "http://p:1/";\n'
        'Acquire::https::Verify-Peer "true";\nAcquire::Check-Valid-Until "false";\n'
        'DPkg::Pre-Install-Pkgs:: "x";\nAcquire::Languages "none";\n'
    )
    assert apt._settings(dump).splitlines() == [
        'Acquire::http::Proxy "http://p:1/";',
        'Acquire::https::Verify-Peer "true";',
        'Acquire::Check-Valid-Until "false";',
    ]


def test_this_machines_own_archives_are_found():
    assert apt.sources("trixie")
