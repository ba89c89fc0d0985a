"""A report that contradicts itself is not written; sentences about one figure agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen import pipeline, reporting
from reportgen.errors import RenderError
from reportgen.render.consistent import check, contradictions
from reportgen.render.headlines import like_for_like, moved, trend_headline
from reportgen.render.templates import signed
from reportgen.report.position import LikeForLike, MeasureChange
from reportgen.report.summary import Summary


@pytest.fixture(scope="module")
def quarter(sample: Path) -> Summary:
    rules = pipeline.prepare(sample / "reportgen.yaml")
    return reporting.summary_of(sample / "store", rules, "quarterly", date(2026, 9, 30))


def test_the_sample_does_not_contradict_itself(quarter: Summary) -> None:
    assert list(contradictions(quarter)) == []
    check(quarter)


def last_trend(s: Summary, **given: object) -> Summary:
    return replace(s, trend=(*s.trend[:-1], replace(s.trend[-1], **given)))


WRONG: dict[str, tuple[Callable[[Summary], Summary], str]] = {
    "moved beside the same figure": (
        lambda s: replace(s, score=replace(s.score, previous=s.score.now, change=4.0)),
        " beside a change of 4",
    ),
    "a change from nothing": (
        lambda s: replace(s, coverage=MeasureChange(now=75.0, previous=None, change=1.0)),
        "coverage: a change of 1.0, and nothing to compare",
    ),
    "no change told": (
        lambda s: replace(s, score=replace(s.score, change=None)),
        " beside a change of None",
    ),
    "the chart ends elsewhere": (lambda s: last_trend(s, score=1.0), ", and 1.0 in the trend"),
    "the rating": (lambda s: last_trend(s, rating="effective"), "partly effective, and effective"),
    "one more open": (
        lambda s: replace(s, findings=replace(s.findings, open=s.findings.open + 1)),
        "open findings: ",
    ),
    "one less new": (
        lambda s: replace(s, movement=replace(s.movement, new=s.movement.new - 1)),
        "new findings: ",
    ),
    "a row was left out": (lambda s: replace(s, register=s.register[1:]), "critical findings open"),
    "a page counts another": (
        lambda s: replace(
            s, finding_pages=(replace(s.finding_pages[0], failing=9), *s.finding_pages[1:])
        ),
        "F01: 9 fail, and 1 are listed",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_contradicts_is_named(name: str, quarter: Summary) -> None:
    change, said = WRONG[name]
    wrong = change(quarter)
    assert said in " ".join(contradictions(wrong))
    with pytest.raises(RenderError, match="contradict itself"):
        check(wrong)


SCORES = st.floats(0, 100).map(lambda v: round(v, 1))


def story(line: str) -> int | None:
    """Which way a sentence says that the score went; None where it does not say."""
    for word, way in (("rose", 1), ("fell", -1), ("stands", 0)):
        if re.search(rf"\b{word}\b", line):
            return way
    went = re.search(r"(?:was|from) (\d+\.\d).* (?:is|to) (\d+\.\d)", line)
    if went is None:
        return None
    before, now = map(float, went.groups())
    return (now > before) - (now < before)


@given(first=SCORES, previous=SCORES, now=SCORES)
def test_sentences_on_a_page_tell_one_story(first: float, previous: float, now: float) -> None:
    change = round(now - previous, 1)
    months = [SimpleNamespace(score=first, label="Sep 2025")]
    months.append(SimpleNamespace(score=now, label="Sep 2026"))
    s: Any = SimpleNamespace(
        score=MeasureChange(now=now, previous=previous, change=change), trend=tuple(months)
    )
    sign = {"+": 1, "−": -1, "±": 0}[signed(change)[0]]
    assert story(moved(s, "quarter")) == sign
    chart = trend_headline(s, "quarter")
    # A chart that went another way than the quarter says so in the same breath.
    assert story(chart) == sign or sign == 0
    same = LikeForLike(accounts=1, joined=(), left=(), previous=previous, now=now, change=change)
    assert story(like_for_like(same)) == sign


def test_one_account_is_one() -> None:
    same = LikeForLike(accounts=1, joined=(), left=(), previous=80.0, now=80.0, change=0.0)
    assert like_for_like(same).startswith("Like for like, in the 1 account present")
