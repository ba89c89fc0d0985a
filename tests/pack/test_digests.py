"""Digests over verdicts are those of their definition, whatever the rows."""

from __future__ import annotations

import hashlib
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.evidence.seal import canonical
from reportgen.model import Verdict
from reportgen.pack.digests import Counted, DaysByControl, Row, by_control
from reportgen.verdicts.columns import CodedColumn

texts = st.sampled_from(["a", "b", "user/é", 'q"', "\\", "\ud800", "\n", ""]) | st.text(max_size=4)
pairs = st.lists(st.tuples(texts, texts), max_size=2).map(tuple)
rows = st.tuples(
    st.sampled_from(["C1", "C2", "C3"]),
    texts,
    texts,
    pairs,
    st.sampled_from([v.value for v in Verdict]),
    st.booleans(),
)


@given(st.lists(rows, max_size=30))
@settings(max_examples=150, deadline=None)
def test_by_the_definition(found: list[Row]) -> None:
    told = by_control(found)
    assert set(told) == {row[0] for row in found}
    for control, said in told.items():
        mine = [row for row in found if row[0] == control]
        listed = sorted(
            [r, kind, [list(p) for p in given_], v] for _, r, kind, given_, v, _ in mine
        )
        assert said["sha256"] == hashlib.sha256(canonical(listed)).hexdigest()
        for verdict in Verdict:
            own = [row for row in mine if row[4] == verdict.value and row[5]]
            assert said[verdict.value] == len(own)


def of_day(counted: DaysByControl, found: list[Row]) -> dict[str, Counted]:
    """A day of which the first rows are by the catalogue's own thresholds."""
    ordered = sorted(found, key=lambda row: not row[-1])
    cells = list(zip(*ordered, strict=True)) or [()] * 6
    controls, *columns = map(CodedColumn.of, cells[:5])
    return counted.of(controls, columns, sum(row[-1] for row in ordered))


@given(st.lists(rows, max_size=12), st.data())
@settings(max_examples=100, deadline=None)
def test_one_day_after_the_other_is_as_each_alone(first: list[Row], data: st.DataObject) -> None:
    counted = DaysByControl()
    later = data.draw(st.lists(st.sampled_from(first) if first else rows, max_size=12))
    for found in (first, first, later, first):
        assert of_day(counted, found) == by_control(found)


def test_no_order_of_rows_matters() -> None:
    found: list[Row] = [
        ("C", f"r{n}", "t", (("days", "90"),) if n % 2 else (), "pass", True) for n in range(9)
    ]
    mixed = random.Random(4).sample(found, len(found))
    assert by_control(mixed) == by_control(found)
    other = [*found[:-1], (*found[-1][:4], "fail", True)]
    assert by_control(other)["C"]["sha256"] != by_control(found)["C"]["sha256"]


def test_a_control_without_rows_is_not_told() -> None:
    """Of a column that was cut, words may be left that no row has."""
    columns = [CodedColumn.of([value]) for value in ("r", "t", (), "pass")]
    found = DaysByControl().of(CodedColumn(["C0", "C1", "C2"], columns[0].codes + 1), columns, 1)
    assert found == by_control([("C1", "r", "t", (), "pass", True)])
