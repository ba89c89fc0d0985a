"""The access reviews of a period: what was decided, and what later evidence shows of it."""

from __future__ import annotations

from dataclasses import dataclass

from reportgen.report.words import ReviewState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerShare:
    """One reviewer's part of a review.

    ``late`` decisions came after the due day. ``indicators`` are patterns of decisions that were
    not weighed one by one, in words: a question to ask, not a finding.
    """

    name: str
    rows: int
    kept: int
    revoked: int
    changed: int
    open: int
    late: int
    indicators: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedAccess:
    """An access to be revoked or changed, and what the last snapshot of the period shows.

    ``decided`` is the day or moment as stated; ``proof`` is "shown", "still there", "no later
    snapshot" or "later evidence not read"; ``snapshot`` and ``collected`` are those of the proof.
    """

    kind: str
    account_id: str
    account: str
    name: str
    decision: str
    reviewer: str
    decided: str
    proof: str
    snapshot: str
    collected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewHeld:
    """A review as it stood at the end of the period.

    ``population`` is the number of rows that were frozen at ``as_of`` and sealed by ``root``; each
    is kept, revoked, changed or open. ``shown`` of those revoked or changed are shown by a later
    snapshot. ``refused`` counts returned rows that were not taken. ``closed`` is the day on which
    it was signed off, by ``closed_by``; empty while it is not.
    """

    id: str
    state: ReviewState
    opened: str
    as_of: str
    due: str
    closed: str
    closed_by: str
    accounts: int
    population: int
    kept: int
    revoked: int
    changed: int
    open: int
    shown: int
    refused: int
    root: str
    reviewers: tuple[ReviewerShare, ...]
    followed: tuple[RevokedAccess, ...]
