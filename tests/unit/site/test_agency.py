import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bentre_infra.site.agency import AgencyCode, is_legacy

TOP = st.from_regex(r"[A-Y][0-9]{2}", fullmatch=True)
GROUPS = st.lists(st.from_regex(r"[0-9A-Z]{1,4}", fullmatch=True), max_size=5)


@pytest.mark.parametrize("text", ["H07", "H07.12", "H07.12.3A", " H61 ", "000.00.00.H07"])
def test_both_forms_are_read(text: str) -> None:
    assert AgencyCode.parse(text).top in ("H07", "H61")


def test_the_new_form_is_emitted() -> None:
    assert str(AgencyCode.parse("000.00.00.H07")) == "H07"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Z07", "is no agency code"),
        ("H7", "is no agency code"),
        ("H07.", "is no agency code"),
        ("H07.a", "is no agency code"),
        ("", "is no agency code"),
        ("000.00.12.H07", "stands in a profile"),
        ("H07." + "1" * 40, "35 at most"),
    ],
)
def test_other_texts_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AgencyCode.parse(text)


@given(TOP, GROUPS)
@settings(max_examples=100)
def test_codes_grow_to_the_right(top: str, groups: list[str]) -> None:
    text = ".".join([top, *groups])
    if len(text) > 35:
        return
    code = AgencyCode.parse(text)
    assert str(code) == text
    assert not is_legacy(text)
    assert code.within(AgencyCode(top)) == bool(groups)
    assert not AgencyCode(top).within(code)


@given(TOP)
@settings(max_examples=30)
def test_a_province_has_one_code_in_two_forms(top: str) -> None:
    assert is_legacy(f"000.00.00.{top}")
    assert AgencyCode.parse(f"000.00.00.{top}") == AgencyCode.parse(top)
