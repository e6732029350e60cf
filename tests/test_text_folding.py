"""Folding is idempotent and independent of the Unicode form."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from passo_lod.text_folding import fold


@given(st.text())
def test_folding_twice_gives_the_same_as_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_folding_does_not_depend_on_the_unicode_form(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))
