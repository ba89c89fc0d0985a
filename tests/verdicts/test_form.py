"""Files of verdicts: what is kept comes back as it was, and damage is known for what it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.model import AccountAssessment, AccountInfo, Result, Severity, Verdict
from reportgen.verdicts.columns import SCHEMA
from reportgen.verdicts.form import (
    DamagedError,
    decode,
    decode_lists,
    encode,
    encode_lists,
)
from reportgen.verdicts.text import escaped, plain

AS_OF = datetime(2026, 9, 30, 13, 59, 59, tzinfo=UTC)
BASIS = {"parameters": {"C1": [["days", "90"]], "C2": []}}
OWN = {"C1": (("days", "90"),), "C2": ()}

texts = st.text(alphabet=st.characters(), max_size=12) | st.sampled_from(
    ["\ud800", "a\\b", "\\ud800", "\udfff\\", "", "\x00", "é", "\\\\"]
)


def results(control: str, parameters: tuple[tuple[str, str], ...]) -> st.SearchStrategy[Result]:
    ids = st.lists(st.sampled_from(["E-1", "E-2", "configuration"]), unique=True, max_size=3)
    return st.builds(
        Result,
        st.just(control),
        st.just("111122223333"),
        texts,
        st.sampled_from(["AWS::IAM::User", "AWS::::Account"]),
        st.sampled_from(Verdict),
        st.sampled_from(Severity),
        texts,
        ids.map(lambda found: tuple(sorted(found))),
        st.just(parameters),
        st.booleans(),
    )


def assessment(
    rows: list[Result], variants: tuple[Result, ...] = (), name: str = "Payments"
) -> AccountAssessment:
    info = AccountInfo("111122223333", name, "production", None, "Owner")
    return AccountAssessment(info, AS_OF, AS_OF, "S1", {}, tuple(rows), variants)


def row(resource: str, verdict: Verdict, control: str = "C1", incomplete: bool = False) -> Result:
    own = OWN[control]
    return Result(
        control, "111122223333", resource, "t", verdict, Severity.HIGH, "said", (), own, incomplete
    )


@given(st.lists(st.one_of(*(results(c, p) for c, p in OWN.items())), max_size=30), texts)
@settings(max_examples=60, deadline=None)
def test_what_is_kept_comes_back_as_it_was(rows: list[Result], name: str) -> None:
    variants = tuple(Result(*[getattr(r, f) for f in _FIELDS], (("days", "45"),)) for r in rows[:3])
    found = assessment(rows, variants, name)
    content = encode(found, BASIS)
    assert decode(content).assessment() == found
    assert encode(found, BASIS) == content


_FIELDS = Result._fields[:8]


@given(texts)
def test_text_comes_back(text: str) -> None:
    assert plain(escaped(text)) == text
    escaped(text).encode()


def test_counts_by_hand() -> None:
    rows = [row("a", Verdict.PASS), row("b", Verdict.PASS), row("c", Verdict.FAIL)]
    rows += [
        row("d", Verdict.NOT_APPLICABLE),
        row("x", Verdict.NOT_EVALUATED, "C2", incomplete=True),
    ]
    assert decode(encode(assessment(rows), BASIS)).counts == {
        "C1": (2, 1, 0, 1, 0),
        "C2": (0, 0, 1, 0, 1),
    }


def at_hand(rows: list[Result]) -> list[tuple[str, str, str]]:
    table = decode(encode(assessment(rows), BASIS)).at_hand(["control_id", "resource", "verdict"])
    return [tuple(cells.values()) for cells in table.to_pylist()]


def test_passes_are_counted_and_but_for_the_first_not_carried() -> None:
    rows = [row(f"r{n}", Verdict.PASS) for n in range(9)] + [row("bad", Verdict.FAIL)]
    assert at_hand(rows) == [("C1", "r0", "pass"), ("C1", "bad", "fail")]


def test_passes_of_a_list_that_is_not_whole_are_carried() -> None:
    """There a resource that is not listed is not gone, so that a pass says more than no row."""
    rows = [row("r0", Verdict.PASS), row("r1", Verdict.PASS)]
    gap = row("account", Verdict.NOT_EVALUATED, incomplete=True)
    assert len(at_hand([*rows, gap])) == 3


def test_a_row_after_which_another_speaks_of_the_same_is_superseded() -> None:
    rows = [row("r", Verdict.FAIL), row("r", Verdict.PASS), row("r", Verdict.FAIL, "C2")]
    table = decode(encode(assessment(rows), BASIS)).at_hand(["superseded"])
    assert table.column("superseded").to_pylist() == [True, False, False]


def test_the_columns_are_those_that_are_documented() -> None:
    content = encode(assessment([row("r", Verdict.PASS)]), BASIS)
    assert pq.read_schema(pa.BufferReader(content)).equals(SCHEMA)


def test_columns_carry_no_statistics() -> None:
    """Rows are found by the head and by groups; least and greatest values would be read by none."""
    content = encode(assessment([row("r", Verdict.PASS)]), BASIS)
    group = pq.read_metadata(pa.BufferReader(content)).row_group(0)
    assert not any(group.column(n).is_stats_set for n in range(group.num_columns))


def test_half_a_file_and_another_form_are_damage() -> None:
    content = encode(assessment([row("r", Verdict.PASS)]), BASIS)
    for wrong in (b"", content[: len(content) // 2], b"PAR1", content[:-1]):
        with pytest.raises(DamagedError):
            decode(wrong)
    other = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1]}), other)
    with pytest.raises(DamagedError):
        decode(other.getvalue().to_pybytes())


def test_lists_come_back() -> None:
    lists = {"users": [{"name": "\ud800", "keys": [{"number": 1, "age_days": None}]}], "roles": []}
    assert decode_lists(encode_lists(lists)) == lists
    with pytest.raises(DamagedError):
        decode_lists(encode_lists(lists)[:-2])
