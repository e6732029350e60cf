"""Texts of sources are normalised, and a text that would take a normaliser minutes is rejected."""

import pytest

from passo_lod.sources.read_error import ReadError
from passo_lod.sources.text_cleaning import clean_text, find_mark_overflow, line_key


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("perche\u0301", "perché"), ("a\x00b\x0cc\ufffe", "a b c "), ("a\r\nb\rc\n", "a\nb\nc\n"), ("\tà\n", "\tà\n")],
)
def test_letters_are_composed_line_ends_unified_and_characters_outside_xml_replaced(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


def test_a_letter_with_more_than_thirty_accents_is_rejected_with_its_line() -> None:
    assert find_mark_overflow("a" + "\u0301" * 30) is None
    with pytest.raises(ReadError) as raised:
        clean_text("one\ntwo\na" + "\u0301" * 31)
    assert (raised.value.code, raised.value.line) == ("accents", 3)


def test_lines_that_differ_in_apostrophes_and_spaces_have_one_key() -> None:
    assert line_key(" L’area  di\tintervento ") == line_key("L'area di intervento") == "L'area di intervento"
