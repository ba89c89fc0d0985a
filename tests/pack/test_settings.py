"""What judged goes into the pack: without it the same evidence would be judged otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from reportgen.pack import settings
from reportgen.pipeline import prepare
from reportgen.reviewing import close_review, import_decisions
from tests.review.conftest import Clock, clock, place
from tests.review.filled import fill
from tests.review.given import Place

__all__ = ["clock", "place"]


def test_a_closed_review_attests_in_the_pack_too(
    place: Place,
    clock: Clock,
    tmp_path: Path,
) -> None:
    opened = place.open()
    clock.moment = datetime(2026, 10, 20, 2, tzinfo=UTC)
    keep = {"Decision": "keep", "Decided on": date(2026, 10, 14)}
    import_decisions(place.rules, "q3", [fill(opened, default=keep)])
    close_review(place.store, place.rules, "q3", "Head of security")
    rules = place.rules
    assert len(rules.register.attestations) == 2
    target = tmp_path / "pack"
    settings.write(rules, None, target)
    again = prepare(target / settings.CONFIGURATION, target / settings.SHIPPED)
    assert again.register.attestations == rules.register.attestations
    # The workbooks of the reviewers judge nothing.
    kept = {p.name for p in (target / settings.REGISTER / "reviews" / "q3").iterdir()}
    assert kept == {"review.json", "decisions.json", "closing.json"}
