"""Columns of verdicts against the rule of each, stated row by row."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.model import AccountAssessment, Result, Severity, Status, Verdict
from reportgen.verdicts.columns import SCHEMA, Columns
from reportgen.verdicts.form import DamagedError, decode, encode
from tests.collect.test_totals import item
from tests.verdicts.test_form import BASIS, assessment

Row = tuple[str, str, Verdict, bool]
# Few of each, so that controls and resources come again, side by side and apart.
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["C1", "C2", "C3"]),
        st.sampled_from(["r", "s", "t"]),
        st.sampled_from(Verdict),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=12,
)
DAYS = st.sampled_from(["45", "60"])


def result(row: Row, days: str = "90") -> Result:
    control, resource, verdict, incomplete = row
    return Result(
        control, "111122223333", resource, "t", verdict, Severity.LOW, "said", ("E-1",),
        (("days", days),), incomplete,
    )  # fmt: skip


def of(rows: list[Row], variants: list[tuple[Row, str]] | None = None) -> AccountAssessment:
    more = tuple(result(row, days) for row, days in variants or [])
    return assessment([result(row) for row in rows], more)


def counted(rows: list[Row]) -> tuple[int, ...]:
    order = (Verdict.PASS, Verdict.FAIL, Verdict.NOT_EVALUATED, Verdict.NOT_APPLICABLE)
    verdicts = [row[2] for row in rows]
    return (*(verdicts.count(verdict) for verdict in order), sum(row[3] for row in rows))


@given(ROWS, st.lists(st.tuples(ROWS.filter(bool).map(lambda rows: rows[0]), DAYS), max_size=6))
@settings(max_examples=150, deadline=None)
def test_counts_are_those_of_each_control_and_of_each_threshold(
    rows: list[Row], variants: list[tuple[Row, str]]
) -> None:
    columns = Columns(of(rows, variants))
    assert columns.size == len(rows) + len(variants)
    assert columns.counts() == {
        control: counted([r for r in rows if r[0] == control]) for control, *_ in rows
    }
    assert columns.variant_counts() == {
        (row[0], (("days", days),)): counted(
            [r for r, d in variants if (r[0], d) == (row[0], days)]
        )
        for row, days in variants
    }


@given(ROWS)
@settings(max_examples=150, deadline=None)
def test_at_hand_is_what_is_not_a_mere_pass_of_a_whole_list(rows: list[Row]) -> None:
    wanted = []
    for number, (control, _, verdict, _) in enumerate(rows):
        whole = not any(r[0] == control and r[3] for r in rows)
        first = not any(r[0] == control and r[2] is verdict for r in rows[:number])
        if not whole or first or verdict in (Verdict.FAIL, Verdict.NOT_EVALUATED):
            wanted.append(number)
    assert np.flatnonzero(Columns(of(rows)).at_hand()).tolist() == wanted


@given(ROWS, ROWS)
@settings(max_examples=100, deadline=None)
def test_a_row_is_superseded_by_a_later_one_on_the_same(
    rows: list[Row], variants: list[Row]
) -> None:
    found = of(rows, [(row, "45") for row in variants])
    (told,) = decode(encode(found, BASIS)).columns("superseded")
    # Variants are beside the results: they are superseded by nothing.
    assert told == [
        any(later[:2] == row[:2] for later in rows[number + 1 :]) for number, row in enumerate(rows)
    ] + [False] * len(variants)


def test_what_is_near_and_what_is_apart_come_back_in_the_order_of_judging() -> None:
    apart = [("C1", "r"), ("C2", "r"), ("C1", "s"), ("C2", "s"), ("C1", "t")]
    rows = [(control, name, Verdict.PASS, False) for control, name in apart]
    file = decode(encode(of(rows), BASIS))
    controls, names = file.columns("control_id", "resource")
    assert list(zip(controls, names, strict=True)) == apart
    assert len([key for key, _ in groupby(controls)]) == 5
    assert file.results == 5


def test_the_head_names_what_was_not_read_and_the_envelopes_come_back() -> None:
    items = [
        item("roles", "{}"),
        item("users", "", Status.DENIED),
        item("trails", "", Status.NOT_ENABLED),
        item("alarms", "", Status.FAILED),
    ]
    own = {i.envelope.key: i.envelope for i in items}
    other = replace(item("organization", "{}").envelope, account_id="444455556666")
    found = replace(of([]), envelopes=own, collected_at=None)
    file = decode(encode(found, BASIS, [other]))
    assert file.unread == (("users", Status.DENIED), ("alarms", Status.FAILED))
    assert file.envelopes == (*own.values(), other)
    assert file.assessment() == found
    assert file.collected_at is None


def test_nothing_is_left_open_but_what_may_not_be_there() -> None:
    """An account may never have been collected; a control's own thresholds are not written."""
    assert {field.name for field in SCHEMA if field.nullable} == {"collected_at", "parameters"}


@pytest.mark.parametrize(
    "texts", [["a\\b", "a"], ["\\ud800"], ["\ud800\\", "a\\b"], ["a", "b"], ["\\\\", "\ud800"]]
)
def test_texts_with_backslashes_and_half_pairs_come_back(texts: list[str]) -> None:
    """Escaped once, and by whichever way: Parquet holds the one and not the other."""
    found = of([("C1", text, Verdict.PASS, False) for text in texts])
    file = decode(encode(found, BASIS))
    assert file.columns("resource") == [texts]
    assert file.assessment() == found


def test_results_and_variants_come_back_each_with_its_own_thresholds() -> None:
    rows = [("C1", f"r{n}", verdict, False) for n, verdict in enumerate(Verdict)]
    variants = [(rows[0], "45"), (rows[1], "60"), (rows[1], "45")]
    found = of([*rows, ("C3", "x", Verdict.PASS, True)], variants)
    basis = {"parameters": {"C1": [["days", "90"]], "C3": [["days", "90"]]}}
    file = decode(encode(found, basis))
    assert file.results == len(Verdict) + 1
    assert file.assessment() == found
    (parameters,) = file.columns("parameters")
    assert parameters[-3:] == [(("days", days),) for days in ("45", "60", "45")]


@pytest.mark.parametrize(
    "names", [("resource", "verdict"), ("control_id", "parameters"), ("parameters", "reason")]
)
def test_columns_as_numbers_have_the_same_words(names: tuple[str, ...]) -> None:
    """A control's own thresholds too, which are not written."""
    rows = [(f"C{n % 2 + 1}", f"r{n}", verdict, False) for n, verdict in enumerate(Verdict)]
    found = of([*rows, rows[0]], [(rows[0], "45"), (rows[1], "60"), (rows[0], "45")])
    file = decode(encode(found, {"parameters": {"C1": [["days", "90"]], "C2": []}}))
    coded = file.coded(*names)
    assert [column.values() for column in coded] == file.columns(*names)
    assert all(len(column.codes) == len(rows) + 4 for column in coded)


def rewritten(content: bytes, groups: int = 2, **head: bytes) -> bytes:
    """The file with other words in its head, in so many groups of rows."""
    table = pq.read_table(pa.BufferReader(content))
    names = {"about": b"reportgen", "envelopes": b"reportgen.envelopes"}
    kept = pq.read_metadata(pa.BufferReader(content)).metadata
    words = {name: head.get(argument, kept[name]) for argument, name in names.items()}
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema) as writer:
        for _ in range(groups):
            writer.write_table(table)
        writer.add_key_value_metadata(words)
    found: bytes = sink.getvalue().to_pybytes()
    return found


def test_a_file_of_another_form_or_with_other_groups_is_damage() -> None:
    content = encode(of([("C1", "r", Verdict.PASS, False)]), BASIS)
    about = pq.read_metadata(pa.BufferReader(content)).metadata[b"reportgen"]
    form = json.loads(about)["form"]
    other = json.dumps({**json.loads(about), "form": f"{form}x"}).encode()
    assert decode(rewritten(content)).envelopes == ()
    for wrong in (rewritten(content, 1), rewritten(content, 3), rewritten(content, about=other)):
        with pytest.raises(DamagedError):
            decode(wrong)


def test_envelopes_that_are_no_base64_are_damage() -> None:
    content = encode(of([("C1", "r", Verdict.PASS, False)]), BASIS)
    packed = pq.read_metadata(pa.BufferReader(content)).metadata[b"reportgen.envelopes"]
    # A lenient reader passes over what is none, and would take it as it was.
    with pytest.raises(DamagedError):
        _ = decode(rewritten(content, envelopes=b"!" + packed)).envelopes
