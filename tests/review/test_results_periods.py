"""Of which period a review is told, to the second and the day; reviews are made by hand here."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from reportgen.clock import to_text
from reportgen.evidence.chain import Chain
from reportgen.evidence.seal import object_name
from reportgen.evidence.store import Holdings
from reportgen.model import AccountAssessment
from reportgen.pipeline import Rules, prepare
from reportgen.report.reviews import ReviewHeld
from reportgen.report.words import ReviewState
from reportgen.review.campaign import Campaign
from reportgen.review.closing import CAMPAIGN, CLOSING, DECISIONS, Closing
from reportgen.review.decisions import Batch, Decided, ReviewDecision, chained, to_file
from reportgen.review.population import PopulationRow
from reportgen.review.results import reviews_of
from reportgen.summarise.periods import Period
from tests.evidence.daily import items_at, moment
from tests.evidence.memory import in_memory
from tests.review.test_campaign_rows import ONE, REST, TWO, USER, of, opened, row

OCTOBER = Period("monthly", date(2026, 10, 1), date(2026, 10, 31))
THREE = "777788889999"
NOTHING = Holdings(Chain(), [], [])
NAMED, NAMELESS = row("arn:named"), row("arn:nameless", ONE, {**USER, "name": ""})


@pytest.fixture(scope="module")
def rules() -> Rules:
    """Days are those of UTC."""
    return prepare(None)


def campaign(
    at: str = "2026-10-01T00:00:00Z", name: str = "q3", due: str = "2026-10-31"
) -> Campaign:
    made = opened(of("users", NAMED, NAMELESS), reviewers=[REST])
    return Campaign(**{**made.__dict__, "id": name, "opened": at, "due": due})


def kept(
    folder: Path,
    review: Campaign,
    *imported: str,
    closed: str = "",
    decision: ReviewDecision = ReviewDecision.REVOKE,
) -> Path:
    """The review's files: everything is revoked by each file that was imported."""
    folder.mkdir(parents=True)
    (folder / CAMPAIGN).write_bytes(review.to_file())
    batches: list[Batch] = []
    for at in imported:
        some = tuple(Decided(key, decision, "Rest", "2026-10-14", "") for key in review.by_key)
        batch = Batch(at, "f", "d", ("Rest",), some, (), 0, "")
        batches = chained(batches, review, batch)
    content = to_file(batches)
    (folder / DECISIONS).write_bytes(content)
    if closed:
        digest = sha256(content).hexdigest()
        end = Closing(closed, "Head", review.root, digest, ("Rest",), 2, 0, 2, 0, ())
        (folder / CLOSING).write_bytes(end.to_file())
    return folder


def told(place: Path, rules: Rules, period: Period = OCTOBER) -> tuple[ReviewHeld, ...]:
    return reviews_of(place, NOTHING, rules, period, {ONE: "Payments"})


@pytest.mark.parametrize(
    ("closed", "state"),
    [
        # It was over before the period.
        ("2026-09-30", None),
        ("2026-10-01", ReviewState.CLOSED),
        ("2026-10-31", ReviewState.CLOSED),
        # At the period's end nobody had signed it off yet.
        ("2026-11-01", ReviewState.OPEN),
        ("", ReviewState.OPEN),
    ],
)
def test_it_is_closed_from_its_day_on(
    closed: str, state: ReviewState | None, rules: Rules, tmp_path: Path
) -> None:
    kept(tmp_path / "q3", campaign(), "2026-10-14T00:00:00Z", closed=closed)
    found = told(tmp_path, rules)
    assert [one.state for one in found] == ([] if state is None else [state])
    for one in found:
        over = state is ReviewState.CLOSED
        assert (one.closed, one.closed_by) == ((closed, "Head") if over else ("", ""))


@pytest.mark.parametrize(
    ("at", "there"),
    [
        ("2026-10-31T23:59:58Z", True),
        ("2026-10-31T23:59:59Z", True),
        ("2026-11-01T00:00:00Z", False),
    ],
)
def test_it_is_told_and_decided_by_the_last_second_of_the_period(
    at: str, there: bool, rules: Rules, tmp_path: Path
) -> None:
    kept(tmp_path / "a" / "q3", campaign(at))
    assert bool(told(tmp_path / "a", rules)) is there
    kept(tmp_path / "b" / "q3", campaign(), at)
    (one,) = told(tmp_path / "b", rules)
    assert (one.revoked, one.open) == ((2, 0) if there else (0, 2))


def test_reviews_come_by_their_opening_then_by_name(rules: Rules, tmp_path: Path) -> None:
    for name, day in (("b", 1), ("a", 2), ("c", 1)):
        kept(tmp_path / name, campaign(f"2026-10-0{day}T00:00:00Z", name))
    assert [one.id for one in told(tmp_path, rules)] == ["b", "c", "a"]


def test_what_was_revoked_is_told_by_name_or_else_by_its_arn(rules: Rules, tmp_path: Path) -> None:
    kept(tmp_path / "q3", campaign(), "2026-10-14T00:00:00Z")
    (one,) = told(tmp_path, rules)
    assert {(f.name, f.account, f.account_id) for f in one.followed} == {
        ("u", "Payments", ONE),
        ("arn:nameless", "Payments", ONE),
    }
    # Nothing was collected since.
    assert {(f.proof, f.snapshot, f.collected) for f in one.followed} == {
        ("no later snapshot", "", "")
    }
    assert (one.accounts, one.population, one.shown, one.refused) == (1, 2, 0, 0)


@pytest.fixture
def held() -> Holdings:
    """Something was assigned in One, and Two manages Identity Center; Three has neither."""
    store = in_memory()
    for number, source in ((ONE, "roles"), (TWO, "identity-center"), (THREE, "roles")):
        at = moment(date(2026, 10, 20))
        store.add(to_text(at), items_at(at, number, [source]))
    return store.holdings()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accounts whose later evidence is judged."""
    found: list[str] = []

    def judged(*_: object, only: set[str]) -> list[AccountAssessment]:
        found.extend(only)
        return []

    monkeypatch.setattr("reportgen.review.results.accounts_at", judged)
    return found


GIVEN = {"permission_set": "s", "principal_type": "GROUP", "principal_id": "g", "grants": "g"}
ASSIGNED = PopulationRow("a|b", ONE, GIVEN)


@pytest.mark.parametrize(
    ("kinds", "decision", "accounts"),
    [
        (["users"], ReviewDecision.KEEP, []),
        (["users"], ReviewDecision.REVOKE, [ONE]),
        (["users"], ReviewDecision.CHANGE, [ONE]),
        # Assignments are told by whoever manages Identity Center.
        (["assignments"], ReviewDecision.REVOKE, [ONE, TWO]),
        (["users", "assignments"], ReviewDecision.REVOKE, [ONE, TWO]),
        (["assignments"], ReviewDecision.KEEP, []),
    ],
)
def test_later_evidence_is_asked_for_where_something_was_to_go(
    kinds: list[str],
    decision: ReviewDecision,
    accounts: list[str],
    rules: Rules,
    held: Holdings,
    asked: list[str],
    tmp_path: Path,
) -> None:
    populations = [of(kind, ASSIGNED if kind == "assignments" else NAMED) for kind in kinds]
    made = opened(*populations, reviewers=[REST])
    kept(tmp_path / "q3", made, "2026-10-14T00:00:00Z", decision=decision)
    assert len(reviews_of(tmp_path, held, rules, OCTOBER, {})) == 1
    assert asked == accounts
    # What was collected after the period's end is not looked at.
    asked.clear()
    early = Period("monthly", date(2026, 10, 1), date(2026, 10, 19))
    assert len(reviews_of(tmp_path, held, rules, early, {})) == 1
    assert asked == []


def test_an_account_whose_list_of_files_is_damaged_tells_of_nothing(
    rules: Rules, held: Holdings, asked: list[str], tmp_path: Path
) -> None:
    (manager,) = (s for s in held.snapshots if s.accounts == (TWO,))
    manager.medium.put(object_name(manager.seal.files), b"[]")
    kept(
        tmp_path / "q3",
        opened(of("assignments", ASSIGNED), reviewers=[REST]),
        "2026-10-14T00:00:00Z",
    )
    assert len(reviews_of(tmp_path, held, rules, OCTOBER, {})) == 1
    assert asked == [ONE]
