"""Reviews of each cadence: on time, on evidence, by whom; and collections without a gap."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reportgen.assess.checks.reviews import on_time, reviewed
from reportgen.assess.facts import AccountFacts
from reportgen.assess.past import Past
from reportgen.audit.register import Attestation
from reportgen.catalogue import Control, Example
from reportgen.model import HISTORY, REGISTER, AccountInfo
from tests.assess.checks.cases import examples_of, hold
from tests.given import ACCOUNT, AS_OF, store_with

TODAY = date(2026, 9, 30)


@pytest.mark.parametrize(("control", "example"), examples_of("reviews"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def entry(signed: int, *, name: str = "A-1", ends_in: int = 100) -> Attestation:
    return Attestation(
        id=name,
        control="AUD-01",
        statement="Two users left; one is still open.",
        by="Head of Cloud Security",
        signed=ago(signed),
        expires=ago(-ends_in),
    )


def facts(folder: Path, collected: list[int], *signed: Attestation) -> AccountFacts:
    _, snapshot = store_with(folder, {"account-aliases": '{"AccountAliases": []}'})
    days = tuple(sorted(ago(n) for n in collected))
    past = Past(TODAY, days, {"AUD-01": signed} if signed else {})
    return AccountFacts(AccountInfo(ACCOUNT, "Test"), snapshot, AS_OF, 45, {}, past=past)


def judged(folder: Path, collected: list[int], *signed: Attestation) -> Any:
    (row,) = reviewed(facts(folder, collected, *signed), control="AUD-01", maximum_days=35)
    return row


def test_a_review_says_by_whom_when_and_what_is_left_open(tmp_path: Path) -> None:
    row = judged(tmp_path, [40, 10], entry(5))
    assert row.verdict == "pass"
    assert row.reason == (
        "Reviewed by Head of Cloud Security on 2026-09-25, 5 days ago, on evidence of 2026-09-20: "
        "Two users left; one is still open. (A-1)"
    )


def test_only_the_newest_review_counts(tmp_path: Path) -> None:
    assert judged(tmp_path, [80, 60, 30], entry(60), entry(20, name="A-2")).verdict == "pass"
    assert judged(tmp_path / "b", [80, 60], entry(60), entry(36, name="A-2")).verdict == "fail"


def test_a_review_of_no_other_control_counts(tmp_path: Path) -> None:
    rows = reviewed(facts(tmp_path, [100], entry(5)), control="AUD-02", maximum_days=35)
    assert [row.verdict for row in rows] == ["fail"]


def test_rows_name_the_register_and_the_history(tmp_path: Path) -> None:
    view = facts(tmp_path, [10], entry(5)).opened()
    list(reviewed(view, control="AUD-01", maximum_days=35))
    assert view.noted == {HISTORY, REGISTER}


def test_a_statement_of_today_that_ends_today_holds(tmp_path: Path) -> None:
    assert judged(tmp_path, [0], entry(0, ends_in=0)).verdict == "pass"


@pytest.mark.parametrize(
    ("collected", "verdict", "said"),
    [
        ([], "not-evaluated", "no collection"),
        ([0], "not-evaluated", "one collection"),
        ([35], "not-evaluated", "one collection"),
        ([36], "fail", "from 2026-08-25 to today"),
        ([35, 0], "pass", "2 collections since 2026-08-26, at most 35 days apart"),
        ([72, 36, 0], "fail", "36 days, from 2026-08-25 to 2026-09-30"),
        ([1, 0], "pass", "at most 1 day apart"),
    ],
)
def test_intervals(tmp_path: Path, collected: list[int], verdict: str, said: str) -> None:
    (row,) = on_time(facts(tmp_path, collected), maximum_days=35)
    assert row.verdict == verdict
    assert said.replace("2026-09-30", "today") in row.reason.replace("2026-09-30", "today")


MONTHLY = list(range(0, 340, 30))


@pytest.mark.parametrize(
    ("collected", "verdict"),
    [
        # An interval that ended 366 days ago is of the last year; one that ended before is not.
        ([500, 366, 350, *MONTHLY], "fail"),
        ([500, 367, 350, *MONTHLY], "pass"),
    ],
)
def test_intervals_of_the_last_year_count(
    tmp_path: Path, collected: list[int], verdict: str
) -> None:
    (row,) = on_time(facts(tmp_path, collected), maximum_days=35)
    assert row.verdict == verdict


@pytest.mark.parametrize(("last", "until"), [(10, "2026-08-21"), (5, "2026-08-21"), (40, "today")])
def test_a_gap_is_told_with_its_end(tmp_path: Path, last: int, until: str) -> None:
    (row,) = on_time(facts(tmp_path, [80, 40, last]), maximum_days=35)
    start = "2026-08-21" if until == "today" else "2026-07-12"
    assert f"for 40 days, from {start} to {until};" in row.reason


def test_facts_without_a_past_know_their_own_collection(tmp_path: Path) -> None:
    _, snapshot = store_with(tmp_path, {"account-aliases": '{"AccountAliases": []}'})
    found = AccountFacts(AccountInfo(ACCOUNT, "Test"), snapshot, AS_OF, 45, {})
    assert found.collected_days == (AS_OF.date(),)
    assert found.signed("AUD-01") == ()
    assert SimpleNamespace(today=found.today).today == AS_OF.date()
