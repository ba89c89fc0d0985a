"""When a review may be closed, and what its file must be; reviews are made by hand here."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import IntegrityError, UsageError
from reportgen.review.campaign import Campaign
from reportgen.review.closing import CLOSING, DECISIONS, Closing, attested, closing_of, read_closing
from reportgen.review.decisions import Batch, Decided, ReviewDecision
from reportgen.review.outcome import ReviewStanding, outcome
from reportgen.review.population import Population
from tests.review.test_campaign_rows import KEY, ONE, REST, ROLE, TWO, USER, of, opened, row
from tests.review.test_results_periods import kept

DAY = date(2026, 10, 20)
KEEP, REVOKE = ReviewDecision.KEEP, ReviewDecision.REVOKE


def standing(count: int, *decisions: ReviewDecision) -> ReviewStanding:
    """So many users, of which the first are decided."""
    review = opened(of("users", *(row(f"r{n}") for n in range(count))), reviewers=[REST])
    some = tuple(
        Decided(one.key, decision, "Rest", "2026-10-14", "")
        for one, decision in zip(review.rows, decisions, strict=False)
    )
    return outcome(review, [Batch("2026-10-15T00:00:00Z", "f", "d", (), some, (), 0, "")], ())


def test_a_review_is_closed_once_every_row_is_decided_by_who_says_so() -> None:
    found = closing_of(standing(2, KEEP, KEEP), b"[]", DAY, " Head ")
    assert (found.day, found.by, found.reviewers) == ("2026-10-20", "Head", ("Rest",))
    assert (found.rows, found.kept, found.revoked, found.changed, found.shown) == (2, 2, 0, 0, ())
    with pytest.raises(UsageError, match="1 rows of q3 have no decision"):
        closing_of(standing(2, KEEP), b"[]", DAY, "Head")
    with pytest.raises(UsageError, match="Nobody closes"):
        closing_of(standing(1, KEEP), b"[]", DAY, "  ")


@pytest.mark.parametrize(("count", "named"), [(4, 4), (5, 5), (6, 5)])
def test_of_what_is_not_shown_five_are_named(count: int, named: int) -> None:
    with pytest.raises(UsageError, match=f"^{count} revocations or changes") as raised:
        closing_of(standing(count, *[REVOKE] * count), b"[]", DAY, "Head")
    assert raised.value.message.count(": no later snapshot") == named


def closed(folder: Path, *populations: Population) -> Path:
    """A review in which nothing was revoked, closed."""
    review = opened(*populations, reviewers=[REST])
    kept(folder, review)
    content = (folder / DECISIONS).read_bytes()
    found = outcome(review, [], ())
    end = closing_of(
        ReviewStanding("q3", "", review.root, (), found.followed, 0), content, DAY, "x"
    )
    (folder / CLOSING).write_bytes(end.to_file())
    return folder


def over(kind: str, *accounts: str, **more: Any) -> Population:
    cells = {"users": USER, "roles": ROLE, "access-keys": KEY}[kind]
    found = of(kind, *(row(f"{kind}-{number}", number, cells) for number in accounts), **more)
    return Population(found.kind, found.as_of, found.rows, dict.fromkeys(accounts, "s"), {})


@pytest.mark.parametrize(
    ("populations", "accounts"),
    [
        ([over("users", ONE, TWO), over("roles", ONE, TWO)], [ONE, TWO]),
        # Of one account the roles were not reviewed.
        ([over("users", ONE, TWO), over("roles", ONE)], [ONE]),
        ([over("users", ONE), over("roles", TWO)], None),
        ([over("users", ONE), over("roles", ONE), over("access-keys", TWO)], [ONE]),
        ([over("users", ONE)], None),
        ([over("roles", ONE), over("access-keys", ONE)], None),
    ],
)
def test_it_attests_for_accounts_whose_users_and_roles_were_reviewed(
    populations: list[Population], accounts: list[str] | None, tmp_path: Path
) -> None:
    closed(tmp_path / "q3", *populations)
    found = attested(tmp_path, ["AUD-04", "E8-03", "MFA-01"])
    if accounts is None:
        assert found == []
    else:
        assert [(a.id, a.accounts) for a in found] == [
            ("q3/AUD-04", accounts),
            ("q3/E8-03", accounts),
        ]
        # Twelve months (ISM-1647).
        assert {(a.signed, a.expires) for a in found} == {(DAY, date(2027, 10, 20))}
        assert [a.control for a in attested(tmp_path, ["E8-03"])] == ["E8-03"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rows": "two"}, "is damaged: Input should be a valid integer"),
        ({"day": "soon"}, "is damaged: Invalid isoformat"),
        ({"rows": 3}, "was altered after the review was closed"),
        ({"hash": "0" * 64}, "was altered after the review was closed"),
        ({"hash": None}, "was altered after the review was closed"),
        ({}, ""),
    ],
)
def test_a_closing_is_whole_or_refused(
    change: dict[str, object], said: str, tmp_path: Path
) -> None:
    path = closed(tmp_path / "q3", over("users", ONE)) / CLOSING
    data = {**json.loads(path.read_text()), **change}
    path.write_text(json.dumps({key: value for key, value in data.items() if value is not None}))
    if said:
        with pytest.raises(IntegrityError, match=said):
            read_closing(path)
    else:
        assert isinstance(read_closing(path), Closing)


def test_a_closing_that_is_not_there_is_told(tmp_path: Path) -> None:
    closed(tmp_path / "q3", over("users", ONE))
    (tmp_path / "q3" / DECISIONS).unlink()
    with pytest.raises(IntegrityError, match=r"decisions\.json: cannot be read: No such file"):
        read_closing(tmp_path / "q3" / CLOSING)


def test_a_closing_of_another_review_or_of_other_decisions_is_altered(tmp_path: Path) -> None:
    one = closed(tmp_path / "a", over("users", ONE))
    other = closed(tmp_path / "b", over("users", TWO))
    (other / CLOSING).write_bytes((one / CLOSING).read_bytes())
    (one / DECISIONS).write_bytes(b"[ ]")
    for folder in (one, other):
        with pytest.raises(IntegrityError, match="was altered"):
            read_closing(folder / CLOSING)


def test_a_review_knows_its_root() -> None:
    review: Campaign = opened(over("users", ONE), reviewers=[REST])
    assert outcome(review, [], ()).root == review.root
