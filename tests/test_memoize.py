"""Results for short texts are cached, those for long texts are not."""

from passo_lod.memoize import MAX_LENGTH, memoize_short_texts


def test_a_function_is_called_once_for_a_short_text_and_each_time_for_a_long_one() -> None:
    calls: list[str] = []

    @memoize_short_texts
    def upper(text: str) -> str:
        calls.append(text)
        return text.upper()

    long = "x" * (MAX_LENGTH + 1)
    assert [upper(text) for text in ("a", "a", long, long)] == ["A", "A", long.upper(), long.upper()]
    assert calls == ["a", long, long]
