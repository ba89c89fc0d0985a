"""The judged history: each month end once, what is missing is judged, what is damaged again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from reportgen.errors import UsageError
from reportgen.evidence.seal import sha256
from reportgen.evidence.store import Store
from reportgen.pipeline import Rules
from reportgen.query.filters import Filters, ask
from reportgen.query.history import Judgements, Span, judgements
from reportgen.reporting import write_report
from reportgen.verdicts.kept import Kept
from tests.given import store_with
from tests.query.conftest import ONE, TODAY, TWO, evidence

MFA = Filters(("MFA-01",), columns=("month", "account_id", "verdict"))


@pytest.fixture
def copy(place: Path, tmp_path: Path) -> Path:
    """The store without what is kept."""
    shutil.copytree(place, tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "judged", ignore_errors=True)
    return tmp_path / "copy"


def test_positions_are_the_month_ends(history: Judgements) -> None:
    found = [(one.point.day, one.point.account, one.point.carried) for one in history.positions]
    july, august, september = date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30)
    assert found == [
        (july, ONE, None),
        (july, TWO, None),
        (august, ONE, None),
        (august, TWO, date(2026, 7, 20)),
        (september, ONE, None),
        (september, TWO, None),
    ]
    assert {one.account for one in history.positions} == {"One", f"Account {TWO}"}


def test_every_row_has_its_place(history: Judgements) -> None:
    rows = history.rows().to_table(columns=["month", "day", "account_id", "account", "carried"])
    found = {tuple(row.values()) for row in rows.to_pylist()}
    names = {ONE: "One", TWO: f"Account {TWO}"}
    days = {"2026-07": 31, "2026-08": 31, "2026-09": 30}
    assert found == {
        (month, date(2026, int(month[5:]), day), account, names[account],
         (month, account) == ("2026-08", TWO))
        for month, day in days.items()
        for account in (ONE, TWO)
    }  # fmt: skip


def test_span_limits_what_is_judged(copy: Path, rules: Rules) -> None:
    with judgements(copy, rules, TODAY, Span(("2026-08",), (ONE,))) as found:
        assert [(one.month, one.point.account) for one in found.positions] == [("2026-08", ONE)]
    assert len(list((copy / "judged").rglob("*.parquet"))) == 1


def test_a_question_and_a_report_keep_the_same(copy: Path, rules: Rules, tmp_path: Path) -> None:
    end = date(2026, 9, 30)
    write_report(copy, rules, "monthly", end, tmp_path / "out", formats=("json",))
    before = {path.name for path in (copy / "judged").rglob("*.parquet")}
    with judgements(copy, rules, TODAY, Span()) as found:
        # The position of an account that was not collected is that of the month before.
        assert len({one.path for one in found.positions}) == 5
    assert {path.name for path in (copy / "judged").rglob("*.parquet")} == before


@pytest.mark.parametrize(
    ("today", "day"),
    [(date(2026, 9, 29), date(2026, 9, 20)), (date(2026, 9, 30), date(2026, 9, 30))],
)
def test_month_that_is_not_over_stands_as_last_seen(
    place: Path, rules: Rules, today: date, day: date
) -> None:
    with judgements(place, rules, today, Span(("2026-09",), (ONE,))) as found:
        assert [one.point.day for one in found.positions] == [day]


def test_damaged_file_is_judged_again(copy: Path, rules: Rules) -> None:
    span = Span(("2026-07",), (ONE,))
    with judgements(copy, rules, TODAY, span) as found:
        before = list(ask(found, MFA).rows)
        path = found.positions[0].path
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    with judgements(copy, rules, TODAY, span) as found:
        assert list(ask(found, MFA).rows) == before
    assert path.read_bytes() == content


def test_damaged_evidence_is_not_evaluated(copy: Path, rules: Rules) -> None:
    snapshot = next(s for s in Store.open(copy).snapshots() if s.accounts == (ONE,))
    envelope = next(e for e in snapshot.envelopes if e.source == "credential-report")
    spoilt = next(p for p in copy.rglob("*") if p.is_file() and envelope.sha256 in p.name)
    spoilt.chmod(0o600)
    spoilt.write_bytes(b"x" + spoilt.read_bytes()[1:])
    with judgements(copy, rules, TODAY, Span(("2026-07",))) as found:
        assert set(ask(found, MFA).rows) == {
            ("2026-07", ONE, "not-evaluated"),
            ("2026-07", TWO, "fail"),
        }


def test_files_of_a_store_elsewhere_are_copied(copy: Path, rules: Rules, tmp_path: Path) -> None:
    """A store that is no folder of this machine, such as a bucket."""
    with judgements(copy, rules, TODAY, Span(("2026-07",), (ONE,))) as found:
        content = found.positions[0].path.read_bytes()

    class Elsewhere:
        def listing(self, folder: str) -> dict[str, int]:
            return {name: len(content)}

        def read(self, asked: str) -> bytes:
            assert asked == name
            return content

    key = "ab" * 32
    name = f"judged/ab/{key}.{sha256(content)}.parquet"
    kept = Kept(Elsewhere(), tmp_path / "spare")  # type: ignore[arg-type]
    kept.look()
    where = kept.path(key)
    assert where == tmp_path / "spare" / name
    assert where.read_bytes() == content
    assert kept.path("cd" * 32) is None


def test_empty_store_and_unknown_places(place: Path, rules: Rules, tmp_path: Path) -> None:
    def opened(store: Path, span: Span) -> Iterator[Judgements]:
        with judgements(store, rules, TODAY, span) as found:
            yield found

    Store.create(tmp_path / "empty")
    for store, span, said in (
        (tmp_path / "empty", Span(), "holds no complete snapshot"),
        (place, Span(("2026-06",)), "no position at the end of 2026-06"),
        (place, Span(("2026-10",)), "no position at the end of 2026-10"),
        (place, Span((), ("999999999999",)), "no account 999999999999"),
    ):
        with pytest.raises(UsageError, match=said) as refused:
            next(opened(store, span))
        if span.months:
            assert refused.value.hint == "The store has those of 2026-07 to 2026-09."


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "2026-3", "March", "2026-03-01", " "])
def test_what_is_no_month(month: str) -> None:
    with pytest.raises(UsageError, match="is not a month"):
        Span((month,))


def test_name_that_is_no_unicode(tmp_path: Path, rules: Rules) -> None:
    config = rules.config.settings.accounts[0].model_copy(update={"name": "O\ud800e"})
    settings = rules.config.settings.model_copy(update={"accounts": [config]})
    odd = replace(rules, config=replace(rules.config, settings=settings))
    moment = datetime(2026, 9, 20, tzinfo=UTC)
    store, _ = store_with(tmp_path, evidence(ONE, 9), ONE, moment)
    with judgements(Path(str(store.place)), odd, TODAY, Span()) as found:
        assert [one.account for one in found.positions] == ["O?e"]
        assert found.rows().count_rows() > 0


def test_files_of_other_accounts_and_months_are_not_opened(history: Judgements) -> None:
    """What is known of a file without opening it is true of its rows."""
    asked = (ds.field("account_id") == TWO) & (ds.field("month") == "2026-08")
    assert [Path(part.path) for part in history.rows().get_fragments(asked)] == [
        one.path for one in history.positions if (one.point.account, one.month) == (TWO, "2026-08")
    ]
    found = history.rows().to_table(columns=["account_id", "month"], filter=asked)
    assert set(map(tuple, (row.values() for row in found.to_pylist()))) == {(TWO, "2026-08")}
