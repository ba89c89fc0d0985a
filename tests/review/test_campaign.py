"""Opening a review: frozen rows, a reviewer who is not the subject, and a seal that holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reportgen.errors import ConfigError, IntegrityError, UsageError
from reportgen.review.campaign import read_campaign
from tests.review.conftest import Clock
from tests.review.given import LEAD, PEOPLE, SECOND, ZERO, Place, later, row_of


def test_every_row_has_a_reviewer_and_a_key_of_its_own(place: Place) -> None:
    rows = place.open().campaign.rows
    assert {r.kind for r in rows} == {"users", "access-keys", "roles"}
    assert {r.reviewer for r in rows} == {"Team lead"}
    assert len({r.key for r in rows}) == len(rows) == 4


def test_access_of_ones_own_goes_to_the_next_reviewer(tmp_path: Path, clock: Clock) -> None:
    place = Place(tmp_path)
    place.collect({**PEOPLE, "wren": {}})
    campaign = place.open().campaign
    assert row_of(campaign, "wren").reviewer == "Second"
    assert row_of(campaign, "gull").reviewer == "Team lead"


@pytest.mark.parametrize("identity", ["WREN", f"arn:aws:iam::{ZERO}:user/wren", " wren "])
def test_however_the_identity_is_written(identity: str, tmp_path: Path, clock: Clock) -> None:
    place = Place(tmp_path, reviewers=[{"name": "A", "identities": [identity]}, {"name": "B"}])
    place.collect({"wren": {}})
    assert row_of(place.open().campaign, "wren").reviewer == "B"


def test_nobody_reviews_alone_what_is_their_own(tmp_path: Path, clock: Clock) -> None:
    place = Place(tmp_path, reviewers=[LEAD])
    place.collect({"wren": {}})
    with pytest.raises(UsageError, match="nobody but Team lead reviews account"):
        place.open()


def test_an_account_without_a_reviewer_is_refused(tmp_path: Path, clock: Clock) -> None:
    place = Place(tmp_path, reviewers=[{"name": "A", "accounts": ["111122223333"]}])
    place.collect(PEOPLE)
    with pytest.raises(UsageError, match="no reviewer of reportgen"):
        place.open()
    assert not (tmp_path / "register" / "reviews" / "q3").exists()


def test_without_reviewers_there_is_no_review(tmp_path: Path, clock: Clock) -> None:
    place = Place(tmp_path)
    place.config.write_text("{}")
    place.collect(PEOPLE)
    with pytest.raises(UsageError, match="names no reviewer"):
        place.open()


@pytest.mark.parametrize("skip", ["credential-report", "authorization-details"])
def test_what_was_not_read_cannot_be_reviewed(skip: str, tmp_path: Path, clock: Clock) -> None:
    place = Place(tmp_path)
    place.collect(PEOPLE, skip=skip)
    with pytest.raises(UsageError, match=f"not complete.*{skip} was not collected"):
        place.open()


def test_a_list_that_may_not_be_whole_cannot_be_reviewed(tmp_path: Path, clock: Clock) -> None:
    place = Place(tmp_path)
    place.collect(PEOPLE, damage=lambda d: d["RoleDetailList"].extend(d["RoleDetailList"]))
    with pytest.raises(UsageError, match="population is not complete: roles of"):
        place.open()


def test_identity_center_that_was_not_read_cannot_be_reviewed(place: Place) -> None:
    with pytest.raises(UsageError, match="identity-center was read in no account"):
        place.open("q3", "assignments")


def test_the_due_day_may_be_today_and_not_yesterday(place: Place, clock: Clock) -> None:
    clock.moment = later(31)  # 31 October
    assert place.open("today").campaign.due == "2026-10-31"
    clock.moment = later(32)
    with pytest.raises(UsageError, match="has passed"):
        place.open("yesterday")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "a b", "-x", "x" * 65, "a\n"])
def test_a_name_is_a_plain_folder_name(name: str, place: Place) -> None:
    with pytest.raises(UsageError, match="is no name for a review"):
        place.open(name)


def test_a_name_is_taken_once(place: Place) -> None:
    place.open()
    with pytest.raises(UsageError, match="is open already"):
        place.open()


def test_what_was_frozen_is_read_back(place: Place) -> None:
    opened = place.open()
    assert read_campaign(opened.folder / "review.json") == opened.campaign


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(due="2027-01-01"),
        lambda d: d["rows"].pop(),
        lambda d: d["rows"][0].update(reviewer="Second"),
        lambda d: d["rows"][0]["cells"].update(power="x"),
        lambda d: d.update(root="0" * 64),
        lambda d: d.pop("root"),
        lambda d: d.pop("rows"),
        lambda d: d.update(more=1),
    ],
)
def test_a_review_that_was_altered_is_refused(change: object, place: Place) -> None:
    path = place.open().folder / "review.json"
    data = json.loads(path.read_text())
    change(data)  # type: ignore[operator]
    path.write_text(json.dumps(data))
    with pytest.raises(IntegrityError):
        read_campaign(path)


def test_two_reviewers_never_share_a_name(tmp_path: Path) -> None:
    place = Place(tmp_path, reviewers=[LEAD, {**SECOND, "name": "team LEAD"}])
    with pytest.raises(ConfigError, match="listed twice"):
        _ = place.rules


def test_an_account_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path, reviewers=[{"name": "A", "accounts": ["prod"]}])
    with pytest.raises(ConfigError, match="'prod' is no account"):
        _ = place.rules
