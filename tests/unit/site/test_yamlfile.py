from pathlib import Path

import pytest

from bentre_infra.site.errors import SiteError
from bentre_infra.site.yamlfile import parse, read


def messages(text: str) -> list[str]:
    return [str(p) for p in parse(text, "f.yaml").problems]


def test_every_place_has_its_line() -> None:
    file = parse("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n", "f.yaml")
    assert file.data == {"a": 1, "b": ["x", {"c": 2, "d": 3}]}
    assert [file.line(p) for p in [("a",), ("b", 0), ("b", 1, "c"), ("b", 1, "d")]] == [1, 3, 4, 5]
    assert file.line(("b", 1, "missing")) == 4


def test_scalars_are_those_of_yaml_1_2() -> None:
    text = "[no, on, 0644, 1:30, 12, 1.5, true, null, '12', 2016-12-31, 1e5]"
    expected = ["no", "on", "0644", "1:30", 12, 1.5, True, None, "12", "2016-12-31", "1e5"]
    assert parse(text, "f.yaml").data == expected


def test_a_doubled_key_names_both_lines() -> None:
    assert messages("a: 1\nb: 2\na: 3\n") == ['f.yaml:3: "a" stands twice: first on line 1']


def test_a_key_doubled_in_two_unicode_forms_is_doubled() -> None:
    assert messages("Bến: 1\nBê\u0301n: 2\n") == ['f.yaml:2: "Bến" stands twice: first on line 1']


def test_an_alias_is_refused() -> None:
    assert "an alias repeats" in messages("a: &x {b: 1}\nc: *x\n")[0]


def test_aliases_of_aliases_do_not_grow() -> None:
    text = "a0: &a0 [1]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
    )
    assert len(parse(text, "f.yaml").problems) == 29 * 9


@pytest.mark.parametrize(
    "line",
    [
        "password: x",
        "admin_password: x",
        "apiKey: x",
        "token: x",
        "key: |\n  -----BEGIN OPENSSH PRIVATE KEY-----\n  AAAA",
        "url: https://user:word@example.org/",
        "hash: $6$salt$hash",
    ],
)
def test_a_secret_is_refused_and_not_repeated(line: str) -> None:
    (message,) = messages(line)
    assert "a secret has no place here" in message
    assert "word@" not in message


@pytest.mark.parametrize("line", ["tokens_per_day: 5", "url: https://example.org/a@b", "keys: [a]"])
def test_what_is_no_secret_passes(line: str) -> None:
    assert messages(line) == []


@pytest.mark.parametrize("text", ["a: [1", "a: b: c", "\ta: 1", "- a\nb: 1"])
def test_what_is_no_yaml_says_where(text: str) -> None:
    with pytest.raises(SiteError, match=r"f\.yaml:\d+: is no YAML: "):
        parse(text, "f.yaml")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="No such file"):
        read(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes("a: Bến".encode("utf-16"))
    with pytest.raises(SiteError, match="save it as UTF-8"):
        read(tmp_path / "latin.yaml")
