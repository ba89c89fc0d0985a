"""No list of summary.json grows without an end: each is bounded, and what is left out is told."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from reportgen import pipeline, reporting
from reportgen.model import canonical_json
from reportgen.render.tables import tables
from reportgen.report.bounds import BOUNDS, LIST, LONG, NESTED, Bound, bounded
from reportgen.report.summary import Cut, Summary, from_json, to_json
from tests import models
from tests.given import short_form, store_with

# Lists that grow with the catalogue, the calendar or a person's own settings, and with nothing
# that is collected.
FIXED = {
    "applicability", "applicability[].supports", "controls", "crosswalk", "crosswalk[].asked_by",
    "cuts", "families", "finding_pages", "finding_pages[].criteria", "finding_pages[].references",
    "findings.ageing", "held.controls", "not_evaluated[].controls", "quarters",
    "report.recipients", "role_usage.bands", "sheets", "sheets[].sources", "time_to_fix", "trend",
    # Each pattern of decisions once (review/outcome.py).
    "reviews[].reviewers[].indicators",
    # An IAM user has at most two access keys (AWS, IAM quotas).
    "access.users[].keys", "monthly_review.new_users[].keys", "monthly_review.without_mfa[].keys",
    *(
        f"{which}frameworks{rest}"
        for which in ("", "other_")
        for rest in (
            "", "[].levels", "[].requirements", "[].requirements[].levels",
            "[].requirements[].controls", "[].requirements[].loosened",
            "[].counted_requirements", "[].counted_requirements[].levels",
        )
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """The summary of one account with a user."""
    given = short_form(
        {"authorization-details": {"users": [{"UserName": "a"}]}, "server-certificates": []}
    )
    moment = datetime(2026, 9, 30, 1, tzinfo=UTC)
    store, _ = store_with(tmp_path_factory.mktemp("small"), given, collected_at=moment)
    rules = pipeline.prepare(None)
    return reporting.summary_of(store.place, rules, "quarterly", date(2026, 9, 30))


def lists_of(model: type, place: str = "") -> Iterator[str]:
    """Every list in a model and in what it holds, by its place."""
    hints = typing.get_type_hints(model)
    for field in fields(model):
        here = f"{place}.{field.name}" if place else field.name
        for kind in _kinds(hints[field.name]):
            if typing.get_origin(kind) is tuple:
                yield here
                for inner in _kinds(typing.get_args(kind)[0]):
                    if is_dataclass(inner):
                        yield from lists_of(inner, f"{here}[]")
            elif is_dataclass(kind):
                yield from lists_of(kind, here)


def _kinds(hint: Any) -> list[Any]:
    if hasattr(hint, "__metadata__"):
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) is tuple or isinstance(hint, type):
        return [hint]
    return [kind for part in typing.get_args(hint) for kind in _kinds(part)]


def test_bounds_are_as_documented() -> None:
    prose = " ".join((Path(__file__).parents[2] / "docs" / "findings.md").read_text().split())
    said = "(findings and evidence 2,000 rows, other lists 500, lists inside an entry 50)"
    assert said in prose
    assert (LONG, LIST, NESTED) == (2000, 500, 50)


def test_every_list_is_bounded_or_known_to_be_fixed() -> None:
    found = set(lists_of(Summary))
    assert found - FIXED == set(BOUNDS)
    assert not FIXED - found


def test_file_of_each_bound_is_written(small: Summary) -> None:
    written = {f"{table.file_name}.csv" for table in tables(small)}
    assert {bound.file for bound in BOUNDS.values()} <= written


@pytest.mark.parametrize(("rows", "left"), [(LIST - 1, 0), (LIST, 0), (LIST + 1, 1)])
def test_list_at_its_bound(small: Summary, rows: int, left: int) -> None:
    accounts = tuple(models.account(account_id=f"{n:012}") for n in range(rows))
    given = replace(small, accounts=accounts)
    found = bounded(given)
    assert found.accounts == accounts[:LIST]
    cut = Cut(list="/accounts", shown=LIST, total=rows, file="accounts.csv")
    assert [c for c in found.cuts if c.list == "/accounts"] == ([cut] if left else [])
    # What was given is as it was.
    assert given.accounts == accounts


@pytest.mark.parametrize(("name", "most"), [("register", LONG), ("evidence", LONG)])
def test_long_lists(small: Summary, name: str, most: int) -> None:
    rows = {"register": models.finding(), "evidence": small.evidence[0]}
    for more in (0, 1):
        given = replace(small, **{name: (rows[name],) * (most + more)})
        found = bounded(given)
        assert len(getattr(found, name)) == most
        assert bool([c for c in found.cuts if c.list == f"/{name}"]) is bool(more)


def test_lists_inside_entries_are_named_by_pointer(small: Summary) -> None:
    within = models.account(unread=("x",) * NESTED)
    over = models.account(unread=tuple(f"source {n}" for n in range(NESTED + 3)))
    found = bounded(replace(small, accounts=(within, over)))
    assert found.accounts[0] is within
    assert found.accounts[1].unread == over.unread[:NESTED]
    told = Cut(list="/accounts/1/unread", shown=NESTED, total=NESTED + 3, file="accounts.csv")
    assert told in found.cuts
    # The pointer leads there in the file itself.
    data: Any = json.loads(canonical_json(to_json(found)))
    for step in told.list[1:].split("/"):
        data = data[int(step)] if isinstance(data, list) else data[step]
    assert len(data) == told.shown


def test_lists_two_deep(small: Summary) -> None:
    bounds = {"finding_pages[].responses[].actions": Bound(0, "responses.csv")}
    assert not bounded(small, bounds).cuts


def test_within_bounds_nothing_changes(small: Summary) -> None:
    assert bounded(small) == small
    assert bounded(small).cuts == ()


def test_what_is_cut_reads_back(small: Summary) -> None:
    found = bounded(small, {"evidence": Bound(1, "evidence.csv")})
    assert len(found.evidence) == 1
    assert [(c.list, c.total) for c in found.cuts] == [("/evidence", len(small.evidence))]
    assert from_json(json.loads(canonical_json(to_json(found)))) == found


def test_numbers_stay_of_the_whole(small: Summary) -> None:
    tight = {name: Bound(0, bound.file) for name, bound in BOUNDS.items()}
    found = bounded(small, tight)
    for name in ("score", "coverage", "findings", "rating", "time_to_fix", "controls", "held"):
        assert getattr(found, name) == getattr(small, name), name
    assert found.movement.new == small.movement.new
    assert [p.failing for p in found.finding_pages] == [p.failing for p in small.finding_pages]
    assert all(not p.rows for p in found.finding_pages)
