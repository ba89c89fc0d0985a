"""Where a review stands: what is decided, what a later snapshot proves, what looks rushed.

A closed ticket proves nothing: a revocation counts once a snapshot that was collected after the
decision no longer has the access.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from reportgen.clock import parse_moment, to_text
from reportgen.model import AccountAssessment
from reportgen.review.campaign import Campaign, ReviewRow
from reportgen.review.decisions import Batch, Decided, ReviewDecision, standing
from reportgen.review.population import KINDS, UNTOLD, PopulationRow, population

# From how many rows on a pattern is told, and below how many seconds a decision. No standard
# gives figures; these are ours, and nothing is refused for them.
BULK = 20
HASTY_SECONDS = 5


class Proof(StrEnum):
    """What later evidence shows of a revocation or a change."""

    SHOWN = "shown"
    STILL_THERE = "still there"
    NOT_YET = "no later snapshot"
    UNKNOWN = "later evidence not read"


@dataclass(frozen=True)
class Followed:
    """A revocation or change, with what a later snapshot (its id and moment) shows of it."""

    row: ReviewRow
    decided: Decided
    proof: Proof
    snapshot: str = ""
    collected: str = ""


@dataclass(frozen=True)
class ReviewerStanding:
    """One reviewer's share: rows, decisions of each kind, what is open, and what looks rushed."""

    name: str
    rows: int
    kept: int
    revoked: int
    changed: int
    late: int
    indicators: tuple[str, ...]

    @property
    def open(self) -> int:
        """Rows without a decision."""
        return self.rows - self.kept - self.revoked - self.changed


@dataclass(frozen=True)
class ReviewStanding:
    """The whole review. ``refused`` counts rows refused in all batches."""

    id: str
    due: str
    root: str
    reviewers: tuple[ReviewerStanding, ...]
    followed: tuple[Followed, ...]
    refused: int

    @property
    def open(self) -> int:
        """Rows without a decision."""
        return sum(reviewer.open for reviewer in self.reviewers)

    @property
    def unproved(self) -> tuple[Followed, ...]:
        """Revocations and changes that no snapshot shows."""
        return tuple(f for f in self.followed if f.proof is not Proof.SHOWN)

    @property
    def complete(self) -> bool:
        """Whether every row is decided and every revocation and change is proved."""
        return not self.open and not self.unproved


def outcome(
    campaign: Campaign,
    batches: Sequence[Batch],
    later: Sequence[AccountAssessment],
    zone: tzinfo = UTC,
) -> ReviewStanding:
    """Where a review stands. ``later`` are the accounts as the store shows them last; decisions are
    dated in ``zone``, the organisation's.
    """
    counted = standing(batches)
    evidence = _Later(campaign, later, zone)
    followed = [
        evidence.follow(campaign.by_key[key], decided)
        for key, (decided, _) in counted.items()
        if decided.decision is not ReviewDecision.KEEP
    ]
    return ReviewStanding(
        campaign.id,
        campaign.due,
        campaign.root,
        tuple(
            _reviewer(campaign, r.name, counted)
            for r in campaign.reviewers
            if _has(campaign, r.name)
        ),
        tuple(sorted(followed, key=lambda f: (f.row.kind, f.row.id))),
        sum(len(batch.refused) for batch in batches),
    )


def _has(campaign: Campaign, name: str) -> bool:
    return any(row.reviewer == name for row in campaign.rows)


class _Later:
    """The latest populations, and from which snapshot each account's part of them is."""

    def __init__(
        self, campaign: Campaign, accounts: Sequence[AccountAssessment], zone: tzinfo
    ) -> None:
        self._zone = zone
        self._frozen_at = parse_moment(campaign.as_of)
        self._accounts = accounts
        kinds = {row.kind for row in campaign.rows}
        found = {kind: population(KINDS[kind], accounts) for kind in kinds}
        self._rows = {kind: {row.id: row for row in p.rows} for kind, p in found.items()}
        self._missing = {kind: p.missing for kind, p in found.items()}

    def follow(self, row: ReviewRow, decided: Decided) -> Followed:
        """What the latest evidence shows of a decision."""
        sources = [a for a in self._accounts if self._speaks_of(a, row)]
        since = max(self._frozen_at, _start_of(decided.on, self._zone))
        later = [a for a in sources if a.collected_at is not None and a.collected_at > since]
        if not later:
            return Followed(row, decided, Proof.NOT_YET)
        read = [a for a in later if KINDS[row.kind].list in a.populations]
        if not read:
            return Followed(row, decided, Proof.UNKNOWN)
        newest = max(read, key=lambda a: a.collected_at or since)
        now = self._rows[row.kind].get(row.id)
        if now is None and any(a.info.account_id in self._missing[row.kind] for a in read):
            # It may stand in the part of the list that was not read.
            return Followed(row, decided, Proof.UNKNOWN)
        shown = self._shows(row, decided, now)
        return Followed(
            row,
            decided,
            Proof.SHOWN if shown else Proof.STILL_THERE,
            newest.snapshot_id,
            to_text(newest.collected_at or since),
        )

    @staticmethod
    def _speaks_of(account: AccountAssessment, row: ReviewRow) -> bool:
        # Assignments in an account are told by the one that manages Identity Center.
        if row.kind == "assignments":
            return "identity-center" in account.envelopes
        return account.info.account_id == row.account_id

    @staticmethod
    def _shows(row: ReviewRow, decided: Decided, now: PopulationRow | None) -> bool:
        if now is None:
            return True
        if decided.decision is ReviewDecision.CHANGE:
            pairs = [(row.cells[k], now.cells[k]) for k in _MEANS if k in row.cells]
            return any(was != is_ and not {was, is_} & {*UNTOLD} for was, is_ in pairs)
        # A user that can neither sign in nor call has no access, though its name remains.
        return (
            row.kind == "users" and now.cells["console"] == "no" and now.cells["active_keys"] == "0"
        )


# What a change of an access changes; when it was last used is none.
_MEANS = ("power", "grants", "trusts", "boundary", "console", "mfa", "active_keys", "active")


def _start_of(on: str, zone: tzinfo) -> datetime:
    """The moment from which evidence is later than a decision: its time, else its day's start.

    A snapshot of the same day shows what is gone by then; that the access was still there when
    the review was frozen is certain either way.
    """
    return datetime.fromisoformat(on).replace(tzinfo=zone)


def _reviewer(
    campaign: Campaign, name: str, counted: Mapping[str, tuple[Decided, Batch]]
) -> ReviewerStanding:
    rows = [row for row in campaign.rows if row.reviewer == name]
    taken = [counted[row.key] for row in rows if row.key in counted]
    kinds = Counter(decided.decision for decided, _ in taken)
    return ReviewerStanding(
        name,
        len(rows),
        kinds[ReviewDecision.KEEP],
        kinds[ReviewDecision.REVOKE],
        kinds[ReviewDecision.CHANGE],
        sum(decided.late for decided, _ in taken),
        tuple(_indicators(campaign, rows, taken)),
    )


def _indicators(
    campaign: Campaign, rows: Sequence[ReviewRow], taken: Sequence[tuple[Decided, Batch]]
) -> Iterable[str]:
    """What an auditor would ask about: everything kept, much at one moment, in no time."""
    if len(taken) < BULK:
        return
    decided = [d for d, _ in taken]
    if all(d.decision is ReviewDecision.KEEP for d in decided):
        without = "" if any(d.note for d in decided) else ", without a note"
        yield f"all {len(decided)} rows were kept{without}"
    times = Counter(d.on for d in decided if "T" in d.on)
    moment, most = max(times.items(), key=lambda item: item[1], default=("", 0))
    if most >= BULK:
        yield f"{most} decisions have the same time, {moment}"
    if len(known := sorted(d.on for d in decided if "T" in d.on)) >= BULK:
        span = (parse_moment(known[-1]) - parse_moment(known[0])).total_seconds()
        each = span / (len(known) - 1)
        if each < HASTY_SECONDS:
            yield f"{each:.1f} seconds a decision, by the times stated"
    returned = max(parse_moment(batch.imported) for _, batch in taken)
    most_each = (returned - parse_moment(campaign.opened)).total_seconds() / len(decided)
    if most_each < HASTY_SECONDS:
        yield f"at most {most_each:.1f} seconds a decision, from opening to return"
    powers = {row.key for row in rows if row.shown["power"].startswith(("administrator", "can "))}
    silent = sum(
        d.key in powers and d.decision is ReviewDecision.KEEP and not d.note for d in decided
    )
    if silent:
        yield f"{silent} administrators were kept without a note"
