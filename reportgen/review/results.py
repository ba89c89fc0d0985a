"""Access reviews as a report shows them: how each stood at the end of a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from reportgen.assess.run import positions
from reportgen.clock import day_end, parse_moment
from reportgen.errors import IntegrityError
from reportgen.evidence.store import Holdings, Snapshot
from reportgen.model import AccountAssessment
from reportgen.report.reviews import ReviewerShare, ReviewHeld, RevokedAccess
from reportgen.report.words import ReviewState
from reportgen.review.accounts import accounts_at
from reportgen.review.campaign import Campaign, read_campaign
from reportgen.review.closing import CAMPAIGN, CLOSING, DECISIONS, Closing, read_closing
from reportgen.review.decisions import Batch, read_batches, standing
from reportgen.review.outcome import Followed, Proof, ReviewerStanding, outcome
from reportgen.summarise.periods import Period
from reportgen.verdicts.basis import Rules


def reviews_of(
    folder: Path, held: Holdings, rules: Rules, period: Period, names: Mapping[str, str]
) -> tuple[ReviewHeld, ...]:
    """The reviews in a folder that were opened, open or closed in a period, by their opening.

    Each as it stood at the period's end: what was decided, closed or collected later is not told.
    ``names`` are those of the accounts. Raises IntegrityError for a review that was altered.
    """
    found = []
    for path in sorted(folder.glob(f"*/{CAMPAIGN}")):
        review = _read(path.parent, rules, period)
        if review is not None:
            campaign, batches, closing = review
            found.append(_held(campaign, batches, closing, held, rules, period, names))
    return tuple(sorted(found, key=lambda one: (one.opened, one.id)))


def _read(
    folder: Path, rules: Rules, period: Period
) -> tuple[Campaign, list[Batch], Closing | None] | None:
    """A review as it stood at the period's end; None where it is of another time."""
    campaign = read_campaign(folder / CAMPAIGN)
    end = day_end(period.end, rules.config.zone)
    opened = parse_moment(campaign.opened)
    if opened > end:
        return None
    batches = read_batches(folder / DECISIONS, campaign)
    closing = read_closing(folder / CLOSING) if (folder / CLOSING).exists() else None
    if closing is not None and date.fromisoformat(closing.day) < period.start:
        return None
    if closing is not None and date.fromisoformat(closing.day) > period.end:
        closing = None
    return campaign, [b for b in batches if parse_moment(b.imported) <= end], closing


def _held(
    campaign: Campaign,
    batches: Sequence[Batch],
    closing: Closing | None,
    held: Holdings,
    rules: Rules,
    period: Period,
    names: Mapping[str, str],
) -> ReviewHeld:
    later = _later(campaign, batches, held, rules, period)
    found = outcome(campaign, batches, later, rules.config.zone)
    shares = tuple(_share(one) for one in found.reviewers)
    left = sum(one.open for one in shares)
    state = ReviewState.CLOSED
    if closing is None:
        overdue = date.fromisoformat(campaign.due) < period.end
        state = ReviewState.OVERDUE if overdue else ReviewState.OPEN
    return ReviewHeld(
        id=campaign.id,
        state=state,
        opened=campaign.opened,
        as_of=campaign.as_of,
        due=campaign.due,
        closed=closing.day if closing else "",
        closed_by=closing.by if closing else "",
        accounts=len({row.account_id for row in campaign.rows}),
        population=len(campaign.rows),
        kept=sum(one.kept for one in shares),
        revoked=sum(one.revoked for one in shares),
        changed=sum(one.changed for one in shares),
        open=left,
        shown=sum(one.proof is Proof.SHOWN for one in found.followed),
        refused=found.refused,
        root=campaign.root,
        reviewers=shares,
        followed=tuple(_followed(one, names) for one in found.followed),
    )


def _later(
    campaign: Campaign,
    batches: Sequence[Batch],
    held: Holdings,
    rules: Rules,
    period: Period,
) -> list[AccountAssessment]:
    """The accounts in which something was to be revoked, as the period's end shows them.

    One whose evidence is not what was stored shows nothing; the report tells of it elsewhere.
    """
    end = day_end(period.end, rules.config.zone)
    found = positions(held.snapshots, end)
    decided = standing(batches)
    rows = [campaign.by_key[key] for key, (one, _) in decided.items() if one.decision != "keep"]
    wanted = {row.account_id for row in rows}
    if any(row.kind == "assignments" for row in rows):
        # They are told by whichever account manages Identity Center.
        wanted |= {account for account, last in found.items() if _tells(last, account)}
    later: list[AccountAssessment] = []
    for account in sorted(wanted & set(found)):
        try:
            # As of its own moment: what it showed then does not grow stale.
            later += accounts_at(held, rules, found[account].collected_at, only={account})
        except IntegrityError:
            continue
    return later


def _tells(snapshot: Snapshot, account: str) -> bool:
    try:
        return snapshot.lists(f"{account}/identity-center.envelope.json")
    except IntegrityError:
        return False


def _share(one: ReviewerStanding) -> ReviewerShare:
    return ReviewerShare(
        name=one.name,
        rows=one.rows,
        kept=one.kept,
        revoked=one.revoked,
        changed=one.changed,
        open=one.open,
        late=one.late,
        indicators=one.indicators,
    )


def _followed(one: Followed, names: Mapping[str, str]) -> RevokedAccess:
    row = one.row
    return RevokedAccess(
        kind=row.kind,
        account_id=row.account_id,
        account=names.get(row.account_id, row.account_id),
        name=row.shown.get("name") or row.id,
        decision=one.decided.decision.value,
        reviewer=row.reviewer,
        decided=one.decided.on,
        proof=one.proof.value,
        snapshot=one.snapshot,
        collected=one.collected,
    )
