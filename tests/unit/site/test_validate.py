from pathlib import Path

from tests.unit.site.sites import changed, faults, line_of


def test_an_unknown_field_suggests_the_nearest(tmp_path: Path) -> None:
    text = changed(("front: {zone: dmz, nodes: 2,", "front: {zone: dmz, node: 2,"))
    line = line_of(text, "front:")
    assert faults(tmp_path, text) == [(line, 'field "node" is not known; did you mean "nodes"?')]


def test_an_unknown_field_of_a_flow_knows_the_written_names(tmp_path: Path) -> None:
    text = changed(("{from: internet, to:", "{form: internet, to:"))
    assert (line_of(text, "form:"), 'field "form" is not known; did you mean "from"?') in faults(
        tmp_path, text
    )


def test_a_missing_field_is_named_where_it_should_stand(tmp_path: Path) -> None:
    text = changed((", why: delivery}", "}"))
    assert faults(tmp_path, text) == [(line_of(text, "[lmtp]"), 'field "why" is missing')]


def test_all_faults_come_at_once_each_with_its_line(tmp_path: Path) -> None:
    text = changed(
        ("level: 3, owner: so-y-te", "level: 9, owner: so-y-te"),
        ("store: {zone: servers,", "store: {zone: server,"),
        ("ipv6: 2001:db8:1::/48", "ipv6: 2001:db8:1::1/48"),
        (
            "- {from: mail.store, to: mail.db, allow: [postgresql]",
            "- {from: mail.stor, to: mail.db, allow: [postgres]",
        ),
    )
    lines = {line for line, _ in faults(tmp_path, text)}
    assert line_of(text, "2001:db8:1::1/48") in lines
    assert line_of(text, "level: 9") in lines


def test_later_checks_look_at_what_is_left(tmp_path: Path) -> None:
    """A fault of form in one flow does not hide a fault of meaning in a later one."""
    text = changed(
        ("allow: [smtp], why: public mail}", "allow: [smtp], why: public mail, extra: 1}"),
        (
            "{from: mail.front, to: mail.store, allow: [lmtp], why: delivery}",
            "{from: mail.front, to: mail.store, allow: []}",
        ),
        ("to: mail.db", "to: mail.dbs"),
    )
    found = faults(tmp_path, text)
    expected = 'field "extra" is not known; known: allow, from, to, why'
    assert found[0] == (line_of(text, "extra: 1"), expected)
    assert (
        line_of(text, "mail.dbs"),
        'part "mail.dbs" is not known; did you mean "mail.db"?',
    ) in found


def test_what_was_left_out_is_no_second_fault(tmp_path: Path) -> None:
    text = changed(("  dmz: {}", "  dmz: {ipv4: ten}"))
    found = faults(tmp_path, text)
    assert len(found) == 1
    assert found[0][0] == line_of(text, "ipv4: ten")
    assert 'zones.dmz.ipv4: "ten" is not a valid IPv4 network' in found[0][1]


def test_a_file_that_is_no_mapping(tmp_path: Path) -> None:
    assert faults(tmp_path, "- a\n") == [(1, "must be a mapping of fields")]
    assert faults(tmp_path, "") == [(1, "must be a mapping of fields")]


def test_numbers_and_booleans_are_not_guessed(tmp_path: Path) -> None:
    text = changed(("level: 3\ncloud", "level: true\ncloud"))
    assert faults(tmp_path, text) == [(4, 'level: "True" should be a valid integer')]
