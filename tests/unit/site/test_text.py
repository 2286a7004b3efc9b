import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bentre_infra.site.text import LABEL, nfc, slug

VIETNAMESE = st.text(
    alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂĐÊÔƠƯáàảãạấầẩẫậếềểễệốộớợứựỳỵ -'", max_size=40
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Mỏ Cày Bắc", "mo-cay-bac"),
        ("Đa Phước Hội", "da-phuoc-hoi"),
        ("Sở Lao động - Thương binh và Xã hội", "so-lao-dong-thuong-binh-va-xa-hoi"),
        ("Phường 1", "phuong-1"),
        ("  BẾN   TRE  ", "ben-tre"),
    ],
)
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize("name", ["", "---", "你好", "x" * 64])
def test_a_name_without_a_label_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="gives no host name"):
        slug(name)


@given(VIETNAMESE)
@settings(max_examples=100)
def test_slug_is_a_label_the_same_for_both_forms_and_stays(name: str) -> None:
    if not re.search("[^ '-]", name):
        return
    composed = slug(unicodedata.normalize("NFC", name))
    assert slug(unicodedata.normalize("NFD", name)) == composed
    assert LABEL.fullmatch(composed)
    assert slug(composed) == composed


@given(st.text(max_size=40))
@settings(max_examples=100)
def test_nfc_is_stable(text: str) -> None:
    assert nfc(nfc(text)) == nfc(text) == nfc(unicodedata.normalize("NFD", text))
