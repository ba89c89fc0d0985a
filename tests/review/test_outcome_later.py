"""What later evidence shows of a revocation or a change; accounts are made by hand here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reportgen.model import AccountAssessment, AccountInfo, Status
from reportgen.review.decisions import Batch, Decided, ReviewDecision
from reportgen.review.outcome import Followed, Proof, outcome
from reportgen.review.population import KINDS, population
from tests.collect.test_totals import item
from tests.review.test_campaign_rows import LEAD, ONE, REST, TWO, opened

FROZEN = datetime(2026, 9, 30, tzinfo=UTC)
DECIDED = datetime(2026, 10, 14, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GAP = {"list": "users", "why": "a user of the account is not in the report"}


def user(name: str = "ann", **more: Any) -> dict[str, Any]:
    return {
        "name": name, "arn": f"arn:aws:iam::{ONE}:user/{name}", "power": "p", "grants": "g",
        "created": "2026-01-01", "console": True, "last_sign_in": None, "mfa": "app", "keys": [],
        **more,
    }  # fmt: skip


def assignment(who: str = "user-1") -> dict[str, Any]:
    return {
        "arn": "arn:aws:sso:::permissionSet/ssoins-1/ps-1", "account_id": ONE,
        "permission_set": "Admin", "principal_type": "USER", "principal_id": who, "grants": "g",
    }  # fmt: skip


def account(
    number: str = ONE,
    at: datetime = FROZEN,
    status: Status = Status.COLLECTED,
    **lists: Any,
) -> AccountAssessment:
    """One that was read then; with assignments, or ``status``, it is asked for them too."""
    asked = "assignments" in lists or status is not Status.COLLECTED
    found = {"identity-center": item("identity-center", "{}", status).envelope} if asked else {}
    populations: Any = {"gaps": [], "access_keys": [], **lists}
    return AccountAssessment(
        AccountInfo(number, number), at, at, f"S-{number}-{at:%m%d}", found, (), (), populations
    )


def followed(
    kind: str,
    before: AccountAssessment,
    *later: AccountAssessment,
    decision: ReviewDecision = ReviewDecision.REVOKE,
) -> Followed:
    """What is shown of a decision of 14 October on the only row."""
    review = opened(population(KINDS[kind], [before]), reviewers=[REST])
    (key,) = review.by_key
    one = Decided(key, decision, "Rest", "2026-10-14", "note")
    batch = Batch("2026-10-15T00:00:00Z", "f", "d", ("Rest",), (one,), (), 0, "")
    (found,) = outcome(review, [batch], later).followed
    return found


@pytest.mark.parametrize(
    ("at", "proof"),
    [
        (DECIDED - SECOND, Proof.NOT_YET),
        (DECIDED, Proof.NOT_YET),
        (DECIDED + SECOND, Proof.SHOWN),
    ],
)
def test_only_what_was_collected_after_the_decision_shows_it(at: datetime, proof: Proof) -> None:
    found = followed("users", account(users=[user()]), account(at=at, users=[]))
    assert found.proof is proof
    shown = (f"S-{ONE}-1014", "2026-10-14T00:00:01Z") if proof is Proof.SHOWN else ("", "")
    assert (found.snapshot, found.collected) == shown


def test_evidence_from_before_the_review_was_frozen_shows_nothing() -> None:
    """Though the decision is dated earlier still."""
    frozen = account(at=DECIDED + 2 * SECOND, users=[user()])
    for seconds, proof in ((2, Proof.NOT_YET), (3, Proof.SHOWN)):
        later = account(at=DECIDED + seconds * SECOND, users=[])
        assert followed("users", frozen, later).proof is proof


def test_an_account_that_was_never_collected_shows_nothing() -> None:
    never = AccountAssessment(AccountInfo(ONE, ONE), FROZEN, None, "", {}, ())
    assert followed("users", account(users=[user()]), never).proof is Proof.NOT_YET


@pytest.mark.parametrize(
    ("later", "proof"),
    [
        ({"users": []}, Proof.SHOWN),
        ({"users": [user()]}, Proof.STILL_THERE),
        # The list was not read, or not all of it.
        ({}, Proof.UNKNOWN),
        ({"users": [], "gaps": [GAP]}, Proof.UNKNOWN),
        ({"users": [user("bob")], "gaps": [GAP]}, Proof.UNKNOWN),
        # What is there is there, whatever else is not.
        ({"users": [user()], "gaps": [GAP]}, Proof.STILL_THERE),
        # Neither password nor key: a name without access. One of both is access.
        ({"users": [user(console=False)]}, Proof.SHOWN),
        ({"users": [user(console=None)]}, Proof.STILL_THERE),
        ({"users": [user(console=False, keys=[{}])]}, Proof.STILL_THERE),
        ({"users": [user(keys=[])]}, Proof.STILL_THERE),
    ],
)
def test_what_becomes_of_a_user(later: dict[str, Any], proof: Proof) -> None:
    now = account(at=DECIDED + SECOND, **later)
    assert followed("users", account(users=[user()]), now).proof is proof


@pytest.mark.parametrize(
    ("now", "proof"),
    [
        ({}, Proof.STILL_THERE),
        ({"power": "less"}, Proof.SHOWN),
        ({"grants": "fewer"}, Proof.SHOWN),
        ({"mfa": "none"}, Proof.SHOWN),
        ({"console": False}, Proof.SHOWN),
        ({"keys": [{}]}, Proof.SHOWN),
        # When it was last used is no access, nor is what cannot be told any more another one.
        ({"last_sign_in": "2026-10-13"}, Proof.STILL_THERE),
        ({"power": "not known"}, Proof.STILL_THERE),
        ({"grants": "unreadable", "mfa": "unknown"}, Proof.STILL_THERE),
        ({"grants": "unreadable", "mfa": "none"}, Proof.SHOWN),
    ],
)
def test_a_change_is_another_access(now: dict[str, Any], proof: Proof) -> None:
    before, later = account(users=[user()]), account(at=DECIDED + SECOND, users=[user(**now)])
    found = followed("users", before, later, decision=ReviewDecision.CHANGE)
    assert found.proof is proof


def test_a_change_is_shown_too_where_all_of_it_is_gone() -> None:
    before, later = account(users=[user()]), account(at=DECIDED + SECOND, users=[])
    found = followed("users", before, later, decision=ReviewDecision.CHANGE)
    assert found.proof is Proof.SHOWN


def test_a_role_without_rights_is_still_a_role() -> None:
    """That a name without password and key is no access is said of users alone."""
    role = {
        "arn": f"arn:aws:iam::{ONE}:role/r", "name": "r", "power": "p", "grants": "g",
        "trusts": "ec2", "boundary": False, "created": "", "last_used": "", "usage_known": True,
        "aws_managed": False,
    }  # fmt: skip
    later = account(at=DECIDED + SECOND, roles=[{**role, "grants": ""}])
    assert followed("roles", account(roles=[role]), later).proof is Proof.STILL_THERE


AFTER = DECIDED + SECOND


@pytest.mark.parametrize(
    ("later", "proof"),
    [
        # The management account tells of assignments in all accounts; the account itself does not.
        ([account(TWO, AFTER, assignments=[])], Proof.SHOWN),
        ([account(TWO, AFTER, assignments=[assignment()])], Proof.STILL_THERE),
        ([account(TWO, AFTER, assignments=[assignment("user-2")])], Proof.SHOWN),
        ([account(ONE, AFTER, users=[])], Proof.NOT_YET),
        ([account(TWO, DECIDED, assignments=[])], Proof.NOT_YET),
        ([account(TWO, AFTER, Status.DENIED)], Proof.UNKNOWN),
        # Where it is not managed nothing is told of it.
        (
            [account(TWO, AFTER, assignments=[]), account(ONE, AFTER, Status.NOT_ENABLED)],
            Proof.SHOWN,
        ),
    ],
)
def test_an_assignment_is_told_by_who_manages_identity_center(
    later: list[AccountAssessment], proof: Proof
) -> None:
    assert followed("assignments", account(TWO, assignments=[assignment()]), *later).proof is proof


def test_of_two_that_tell_of_assignments_the_newest_is_named() -> None:
    later = [account(n, AFTER + s * SECOND, assignments=[]) for n, s in ((TWO, 9), (ONE, 0))]
    for accounts in (later, later[::-1]):
        found = followed("assignments", account(TWO, assignments=[assignment()]), *accounts)
        assert (found.proof, found.collected) == (Proof.SHOWN, "2026-10-14T00:00:10Z")
        assert found.snapshot.startswith(f"S-{TWO}")


def test_where_one_of_two_lists_has_gaps_nothing_is_shown() -> None:
    gap = {"list": "assignments", "why": "the assignments of a set were not read"}
    later = [account(ONE, AFTER, assignments=[]), account(TWO, AFTER, assignments=[], gaps=[gap])]
    found = followed("assignments", account(TWO, assignments=[assignment()]), *later)
    assert found.proof is Proof.UNKNOWN


def test_each_reviewer_with_a_row_has_a_share() -> None:
    both = population(
        KINDS["users"], [account(ONE, users=[user()]), account(TWO, users=[user("b")])]
    )
    idle = {"name": "Idle", "accounts": ["999988887777"]}
    review = opened(both, reviewers=[idle, LEAD, REST])
    found = outcome(review, [], ())
    assert [(one.name, one.rows, one.open) for one in found.reviewers] == [
        ("Lead", 1, 1),
        ("Rest", 1, 1),
    ]
