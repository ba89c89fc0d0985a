"""JSON that is the same for the same content, whole or with long lists a row each."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reportgen.model import canonical_json, list_json, rows_json

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_deep_enough_it_is_the_canonical_form(data: Any) -> None:
    assert rows_json(data, 20) == canonical_json(data)


@given(VALUES, st.integers(0, 3))
def test_at_any_depth_it_says_the_same(data: Any, levels: int) -> None:
    assert json.loads(rows_json(data, levels)) == data
    assert rows_json(data, levels).endswith(b"\n")


@given(st.lists(VALUES, max_size=3), st.integers(1, 3))
def test_item_by_item_a_list_is_the_same(items: list[Any], levels: int) -> None:
    assert b"".join(list_json(iter(items), levels)) == rows_json(items, levels)


def test_each_row_has_a_line() -> None:
    rows = [{"b": [2, 3], "a": "é"}, {}, []]
    assert rows_json({"rows": rows}, 1).decode() == (
        '{\n "rows": [{"a": "é", "b": [2, 3]}, {}, []]\n}\n'
    )
    assert rows_json({"rows": rows}, 2).decode() == (
        '{\n "rows": [\n  {"a": "é", "b": [2, 3]},\n  {},\n  []\n ]\n}\n'
    )
