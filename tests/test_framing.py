"""Parts that are joined come back when they are split, and data that ends early is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.framing import join_parts, split_parts

PARTS = st.lists(st.binary(max_size=20), max_size=5)


@given(PARTS)
def test_parts_come_back_as_they_were_joined(parts: list[bytes]) -> None:
    assert list(split_parts(join_parts(parts))) == parts


@given(PARTS.filter(bool), st.data())
def test_data_that_ends_within_a_part_is_an_error(parts: list[bytes], data: st.DataObject) -> None:
    joined = join_parts(parts)
    last = len(join_parts(parts[-1:]))
    cut = data.draw(st.integers(1, last - 1))
    with pytest.raises(ValueError, match="the data ends within"):
        list(split_parts(joined[:-cut]))
