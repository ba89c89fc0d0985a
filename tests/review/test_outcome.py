"""A revocation counts once a later snapshot shows it; what looks rushed is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import UsageError
from reportgen.review.outcome import Proof, ReviewStanding
from reportgen.reviewing import Opened, import_decisions, review_standing
from tests.review.conftest import Clock
from tests.review.filled import fill
from tests.review.given import KEY, PEOPLE, ZERO, Place, later

ON = date(2026, 10, 14)
KEEP: dict[str, Any] = {"Decision": "keep", "Decided on": ON}
REVOKE = {**KEEP, "Decision": "revoke"}
CHANGE = {**KEEP, "Decision": "change", "Note": "less"}


@pytest.fixture
def opened(place: Place, clock: Clock) -> Opened:
    found = place.open()
    clock.moment = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
    return found


def standing(place: Place, opened: Opened, decisions: dict[str, Any]) -> ReviewStanding:
    import_decisions(place.rules, "q3", [fill(opened, decisions, default=KEEP)])
    return review_standing(place.store, place.rules, "q3")


def test_before_anything_came_back_all_is_open(place: Place, opened: Opened) -> None:
    found = review_standing(place.store, place.rules, "q3")
    assert (found.open, found.complete, len(found.reviewers)) == (4, False, 1)


def test_all_kept_is_complete(place: Place, opened: Opened) -> None:
    found = standing(place, opened, {})
    assert (found.open, found.complete, found.reviewers[0].kept) == (0, True, 4)


GONE = {"gull": PEOPLE["gull"]}
NO_KEY = {**PEOPLE, "heron": {**KEY, "access_key_1_active": "false"}}
NEW_KEY = {**PEOPLE, "heron": {**KEY, "access_key_1_last_rotated": "2026-10-19T00:00:00+00:00"}}
LOCKED_OUT = {**PEOPLE, "gull": {**PEOPLE["gull"], "password_enabled": "false"}}


@pytest.mark.parametrize(("name", "people", "roles", "proof"), [
    ("heron", GONE, ("deploy",), Proof.SHOWN), ("heron", PEOPLE, ("deploy",), Proof.STILL_THERE),
    # Without password and key a name is left, and no access.
    ("heron", NO_KEY, ("deploy",), Proof.SHOWN), ("gull", LOCKED_OUT, ("deploy",), Proof.SHOWN),
    ("heron, key 1", NO_KEY, ("deploy",), Proof.SHOWN),
    ("heron, key 1", NEW_KEY, ("deploy",), Proof.SHOWN),
    ("heron, key 1", PEOPLE, ("deploy",), Proof.STILL_THERE),
    ("deploy", PEOPLE, ("other",), Proof.SHOWN), ("deploy", PEOPLE, ("deploy",), Proof.STILL_THERE),
])  # fmt: skip
def test_a_revocation_is_proved_by_what_a_later_snapshot_has(
    name: str, people: dict[str, dict[str, str]], roles: tuple[str, ...], proof: Proof,
    place: Place, opened: Opened,
) -> None:  # fmt: skip
    place.collect(people, roles, at=later(20))
    (followed,) = standing(place, opened, {name: REVOKE}).followed
    assert followed.proof is proof


def test_a_revocation_that_is_proved_is_complete(place: Place, opened: Opened) -> None:
    place.collect(GONE, at=later(20))
    found = standing(place, opened, {"heron": REVOKE, "heron, key 1": REVOKE})
    assert found.complete
    assert {f.collected for f in found.followed} == {"2026-10-20T02:00:00Z"}


@pytest.mark.parametrize(("at", "proof"), [
    # Decided on 14 October: the day's first moment counts with what came before it.
    (datetime(2026, 10, 14, tzinfo=UTC), Proof.NOT_YET),
    (datetime(2026, 10, 14, 0, 0, 1, tzinfo=UTC), Proof.SHOWN),
    (datetime(2026, 10, 13, 23, 59, 59, tzinfo=UTC), Proof.NOT_YET),
])  # fmt: skip
def test_a_snapshot_from_before_the_decision_proves_nothing(
    at: datetime, proof: Proof, place: Place, opened: Opened
) -> None:
    place.collect(GONE, at=at)
    assert standing(place, opened, {"heron": REVOKE}).followed[0].proof is proof


def test_what_was_not_read_later_proves_nothing(place: Place, opened: Opened) -> None:
    place.collect({}, at=later(20), skip="credential-report")
    found = standing(place, opened, {"heron": REVOKE})
    assert found.followed[0].proof is Proof.UNKNOWN
    assert not found.complete


def unlist(details: dict[str, Any]) -> None:
    """The role is gone from the list, and another is there twice: pages were mixed up."""
    other = {**details["RoleDetailList"][0], "Arn": f"arn:aws:iam::{ZERO}:role/other"}
    details["RoleDetailList"] = [other, other]


def test_a_list_that_may_not_be_whole_proves_nothing(place: Place, opened: Opened) -> None:
    place.collect(PEOPLE, at=later(20), damage=unlist)
    found = standing(place, opened, {"deploy": REVOKE})
    assert found.followed[0].proof is Proof.UNKNOWN
    assert not found.complete


def test_a_report_that_lacks_a_user_whom_aws_lists_proves_nothing(
    place: Place, opened: Opened
) -> None:
    heron = {"UserName": "heron", "Path": "/", "UserId": "AIDA1", "GroupList": [],
             "AttachedManagedPolicies": [], "CreateDate": "2026-01-01T00:00:00+00:00",
             "Arn": f"arn:aws:iam::{ZERO}:user/heron"}  # fmt: skip
    place.collect(GONE, at=later(20), damage=lambda d: d["UserDetailList"].append(heron))
    found = standing(place, opened, {"heron": REVOKE, "heron, key 1": REVOKE})
    assert {f.proof for f in found.followed} == {Proof.UNKNOWN}


def test_a_key_that_cannot_be_told_is_not_gone(place: Place, opened: Opened) -> None:
    untold = {**PEOPLE, "heron": {"access_key_1_active": "not_supported"}}
    place.collect(untold, at=later(20))
    found = standing(place, opened, {"heron": REVOKE})
    assert found.followed[0].proof is Proof.STILL_THERE


def test_what_is_no_longer_told_is_no_change(place: Place, opened: Opened) -> None:
    place.collect(PEOPLE, at=later(20), skip="authorization-details")
    found = standing(place, opened, {"gull": CHANGE})
    assert found.followed[0].proof is Proof.STILL_THERE


@pytest.mark.parametrize(("zone", "proof"), [
    # 14 October begins in Sydney at 13:00 of the day before, and in Los Angeles at 07:00.
    ("Australia/Sydney", Proof.SHOWN), ("America/Los_Angeles", Proof.NOT_YET),
])  # fmt: skip
def test_a_decision_is_of_the_organisations_day(
    zone: str, proof: Proof, tmp_path: Path, clock: Clock
) -> None:
    place = Place(tmp_path, timezone=zone)
    place.collect(PEOPLE)
    opened = place.open()
    clock.moment = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
    place.collect(GONE, at=datetime(2026, 10, 13, 20, 0, tzinfo=UTC))
    assert standing(place, opened, {"heron": REVOKE}).followed[0].proof is proof


def test_another_account_proves_nothing(place: Place, opened: Opened) -> None:
    place.collect({}, at=later(20), account="210000000009")
    assert standing(place, opened, {"heron": REVOKE}).followed[0].proof is Proof.NOT_YET


def test_a_change_is_proved_by_other_access(place: Place, opened: Opened) -> None:
    place.collect(PEOPLE, at=later(20))
    assert standing(place, opened, {"gull": CHANGE}).followed[0].proof is Proof.STILL_THERE
    with_key = {**PEOPLE, "gull": {**PEOPLE["gull"], "mfa_active": "true"}}
    place.collect(with_key, at=later(21))
    found = review_standing(place.store, place.rules, "q3")
    assert found.followed[0].proof is Proof.SHOWN


def test_another_store_is_refused(place: Place, opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Place(tmp_path / "other")
    other.collect({"gull": {}})
    with pytest.raises(UsageError, match="is not the one that q3 was opened on"):
        review_standing(other.store, place.rules, "q3")


def many(count: int, folder: Path, clock: Clock) -> tuple[Place, Opened]:
    place = Place(folder)
    place.collect({f"user-{i:02}": {} for i in range(count)}, roles=())
    opened = place.open("q3", "users")
    clock.moment = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
    return place, opened


@pytest.mark.parametrize(("count", "told"), [(19, False), (20, True)])
def test_all_kept_is_told_from_twenty_rows_on(
    count: int, told: bool, tmp_path: Path, clock: Clock
) -> None:
    place, opened = many(count, tmp_path, clock)
    (reviewer,) = standing(place, opened, {}).reviewers
    assert ("all 20 rows were kept, without a note" in reviewer.indicators) is told


def test_a_note_or_another_decision_is_another_review(tmp_path: Path, clock: Clock) -> None:
    place, opened = many(20, tmp_path, clock)
    noted = standing(place, opened, {"user-00": {**KEEP, "Note": "needed"}})
    assert noted.reviewers[0].indicators == ("all 20 rows were kept",)
    mixed = standing(place, opened, {"user-00": REVOKE})
    assert mixed.reviewers[0].indicators == ()


@pytest.mark.parametrize(("seconds", "told"), [(4.0, True), (5.0, False)])
def test_haste_is_told_below_five_seconds_a_decision(
    seconds: float, told: bool, tmp_path: Path, clock: Clock
) -> None:
    place, opened = many(20, tmp_path, clock)
    start = datetime(2026, 10, 14, 9, 0)
    decisions = {
        f"user-{i:02}": {**REVOKE, "Decided on": start + timedelta(seconds=seconds * i)}
        for i in range(20)
    }
    (reviewer,) = standing(place, opened, decisions).reviewers
    assert bool(reviewer.indicators) is told


def test_one_time_for_all_is_told(tmp_path: Path, clock: Clock) -> None:
    place, opened = many(20, tmp_path, clock)
    at = {**REVOKE, "Decided on": datetime(2026, 10, 14, 9, 0)}
    found = standing(place, opened, {f"user-{i:02}": at for i in range(20)})
    assert found.reviewers[0].indicators[0] == (
        "20 decisions have the same time, 2026-10-14T09:00:00"
    )


@pytest.mark.parametrize(("after", "told"), [(99, True), (100, False)])
def test_a_quick_return_is_told(after: int, told: bool, tmp_path: Path, clock: Clock) -> None:
    place, opened = many(20, tmp_path, clock)
    clock.moment = datetime(2026, 10, 1, 2, 0, tzinfo=UTC) + timedelta(seconds=after)
    decisions = {f"user-{i:02}": {**REVOKE, "Decided on": date(2026, 10, 1)} for i in range(20)}
    (reviewer,) = standing(place, opened, decisions).reviewers
    assert any("from opening to return" in said for said in reviewer.indicators) is told
