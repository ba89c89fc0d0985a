"""A review is closed when all is decided and shown; then it attests, until it is altered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen import pipeline
from reportgen.errors import IntegrityError, UsageError
from reportgen.reviewing import Opened, close_review, import_decisions
from tests.review.conftest import Clock
from tests.review.filled import fill
from tests.review.given import PEOPLE, ZERO, Place, later

KEEP: dict[str, Any] = {"Decision": "keep", "Decided on": date(2026, 10, 14)}
REVOKE = {**KEEP, "Decision": "revoke"}


@pytest.fixture
def opened(place: Place, clock: Clock) -> Opened:
    found = place.open()
    clock.moment = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
    return found


def decide(place: Place, opened: Opened, decisions: dict[str, Any] | None = None) -> None:
    import_decisions(place.rules, "q3", [fill(opened, decisions, default=KEEP)])


def close(place: Place, by: str = "Head of security") -> None:
    close_review(place.store, place.rules, "q3", by)


def test_a_closed_review_attests_for_a_year(place: Place, opened: Opened) -> None:
    decide(place, opened)
    assert place.rules.register.attestations == ()
    close(place)
    register = place.rules.register
    assert [a.control for a in register.attestations] == ["AUD-04", "E8-03"]
    signed = date(2026, 10, 20)
    for day, held in (
        (signed - timedelta(days=1), False),
        (signed, True),
        (signed + timedelta(days=365), True),
        (signed + timedelta(days=366), False),
    ):
        assert ("E8-03" in register.attested(ZERO, day)) is held
    said = register.attested(ZERO, signed)["AUD-04"]
    assert "Access review q3: 4 rows decided by Team lead; 4 kept, 0 revoked" in said
    assert register.attested("210000000009", signed) == {}


def test_an_open_row_keeps_it_open(place: Place, opened: Opened) -> None:
    import_decisions(place.rules, "q3", [fill(opened, {"gull": KEEP})])
    with pytest.raises(UsageError, match="3 rows of q3 have no decision"):
        close(place)


def test_a_revocation_that_is_not_shown_keeps_it_open(place: Place, opened: Opened) -> None:
    decide(place, opened, {"heron": REVOKE, "heron, key 1": REVOKE})
    with pytest.raises(UsageError, match="2 revocations or changes are not shown"):
        close(place)
    place.collect({"gull": PEOPLE["gull"]}, at=later(20))
    close(place)


def test_somebody_signs(place: Place, opened: Opened) -> None:
    decide(place, opened)
    with pytest.raises(UsageError, match="Nobody closes"):
        close(place, " ")


def test_closed_is_closed(place: Place, opened: Opened) -> None:
    decide(place, opened)
    close(place)
    with pytest.raises(UsageError, match="is closed"):
        close(place)
    with pytest.raises(UsageError, match="is closed"):
        decide(place, opened)


def test_a_review_of_users_alone_attests_nothing(place: Place, clock: Clock) -> None:
    found = place.open("q3", "users")
    clock.moment = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
    decide(place, found)
    close(place)
    assert place.rules.register.attestations == ()


@pytest.mark.parametrize("file", ["closing.json", "review.json", "decisions.json"])
@pytest.mark.parametrize("change", ["edit", "empty", "delete"])
def test_what_was_altered_since_is_refused(
    file: str, change: str, place: Place, opened: Opened
) -> None:
    decide(place, opened)
    close(place)
    path = opened.folder / file
    if change == "edit":
        # A name in each of the three files.
        path.write_text(path.read_text().replace("Team lead", "Another"))
    elif change == "empty":
        path.write_text("")
    elif file != "closing.json":
        path.unlink()
    else:
        path.write_text("[]")
    with pytest.raises((IntegrityError, UsageError)):
        pipeline.prepare(place.config)


def test_a_control_that_the_catalogue_lacks_is_not_attested(
    place: Place, opened: Opened, tmp_path: Path
) -> None:
    from reportgen.review.closing import attested

    decide(place, opened)
    close(place)
    reviews = place.rules.config.register_path / "reviews"
    assert [a.control for a in attested(reviews, ["E8-03"])] == ["E8-03"]
    assert attested(reviews, ["MFA-01"]) == []
