from bentre_infra.hosts.apt import Source
from bentre_infra.lab.config import Archive, archives


def test_archives_are_those_of_the_machine() -> None:
    found = archives(
        (
            Source("http://deb.example/debian", "trixie", ("main",)),
            Source("http://deb.example/debian", "trixie-updates", ("main",)),
            Source("https://mirror.example:8443/x/security", "trixie-security", ("main",)),
        )
    )
    assert found == (
        Archive("debian", "deb.example", 80, "/debian", tls=False),
        Archive("debian-security", "mirror.example", 8443, "/x/security", tls=True),
    )


def test_an_archive_on_a_disk_is_not_handed_on() -> None:
    assert archives((Source("file:/srv/debian", "trixie", ("main",)),)) == ()
