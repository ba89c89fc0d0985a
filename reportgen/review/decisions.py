"""What reviewers decided: each returned workbook is a batch, chained to the one before.

A row that cannot be taken is refused with a reason, and the rest is kept. Nothing is forgotten: a
later decision on a row stands beside the earlier one, and the later counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, tzinfo
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from reportgen.clock import parse_moment
from reportgen.errors import IntegrityError, UsageError
from reportgen.model import canonical_json
from reportgen.review.campaign import Campaign, ReviewRow, is_subject
from reportgen.review.workbook import FROZEN, Returned, frozen_cells, same


class ReviewDecision(StrEnum):
    """What is to become of an access."""

    KEEP = "keep"
    REVOKE = "revoke"
    CHANGE = "change"


@dataclass(frozen=True)
class Decided:
    """A decision taken: on which row, by whom, when (ISO day, with the time where it is known)."""

    key: str
    decision: ReviewDecision
    by: str
    on: str
    note: str
    late: bool = False


@dataclass(frozen=True)
class Refused:
    """A row that was not taken. ``number`` is its line in the file, 0 for one that is missing."""

    number: int
    key: str
    why: str


@dataclass(frozen=True)
class Batch:
    """One returned file: when it was imported (UTC), its hash, what was taken and what was not.

    ``open`` counts the rows that were returned without a decision. ``previous`` is the hash of the
    batch before, of the review's root for the first.
    """

    imported: str
    file: str
    sha256: str
    reviewers: tuple[str, ...]
    accepted: tuple[Decided, ...]
    refused: tuple[Refused, ...]
    open: int
    previous: str

    @property
    def hash(self) -> str:
        """SHA-256 of the batch as it is kept."""
        return sha256(canonical_json(asdict(self))).hexdigest()


def take(
    campaign: Campaign,
    returned: Sequence[Returned],
    file: str,
    digest: str,
    imported: datetime,
    zone: tzinfo,
    *,
    accept_late: bool = False,
) -> Batch:
    """Judge each row of a returned file. Days are those of ``zone``, the organisation's.

    ``accept_late`` takes what comes after the due day too, and marks it. The batch is not chained
    yet (``chained``).
    """
    accepted: dict[str, Decided] = {}
    refused: list[Refused] = []
    seen: dict[str, Returned] = {}
    blank = 0
    window = _Window(campaign, imported, zone, accept_late)
    for row in returned:
        key = str(row.cells.get("Row") or "").strip()
        frozen = campaign.by_key.get(key)
        if frozen is None:
            refused.append(Refused(row.number, key, "is no row of this review"))
            continue
        if key in seen:
            if _filled(seen[key]) != _filled(row):
                accepted.pop(key, None)
                refused.append(Refused(row.number, key, "is there twice, decided differently"))
            continue
        seen[key] = row
        if why := _altered(frozen, row):
            refused.append(Refused(row.number, key, why))
            continue
        if not str(row.cells.get("Decision") or "").strip():
            blank += 1
            continue
        try:
            accepted[key] = _decided(campaign, frozen, row, window)
        except _NotTaken as reason:
            refused.append(Refused(row.number, key, str(reason)))
    reviewers = {campaign.by_key[key].reviewer for key in seen}
    refused += [
        Refused(0, row.key, f"is missing from the file: {row.id}")
        for row in campaign.rows
        if row.reviewer in reviewers and row.key not in seen
    ]
    return Batch(
        f"{imported:%Y-%m-%dT%H:%M:%SZ}",
        file,
        digest,
        tuple(sorted(reviewers)),
        tuple(accepted.values()),
        tuple(refused),
        blank,
        "",
    )


class _NotTaken(Exception):
    """Why a decision is refused."""


@dataclass(frozen=True)
class _Window:
    """When a decision may have been taken, and when it may arrive."""

    campaign: Campaign
    imported: datetime
    zone: tzinfo
    accept_late: bool

    def late(self, on: date) -> bool:
        """Whether a decision of a day is late. Raises _NotTaken where it cannot be taken."""
        opened = parse_moment(self.campaign.opened).astimezone(self.zone).date()
        due = date.fromisoformat(self.campaign.due)
        today = self.imported.astimezone(self.zone).date()
        if on > today:
            raise _NotTaken(f"is dated {on}, which is still to come")
        if on < opened:
            raise _NotTaken(f"is dated {on}, before the review was opened on {opened}")
        # A date is easily written back: what arrives after the due day is late whatever it says.
        late = today > due
        if late and not self.accept_late:
            raise _NotTaken(f"is late: the review was due on {due}")
        return late


def _filled(row: Returned) -> tuple[str, ...]:
    names = ("Decision", "Decided by", "Decided on", "Note")
    return tuple(str(row.cells.get(name) or "").strip().casefold() for name in names)


def _altered(frozen: ReviewRow, row: Returned) -> str:
    changed = [
        title
        for title, value in zip(FROZEN, frozen_cells(frozen), strict=True)
        if not same(value, row.cells.get(title))
    ]
    return f"was altered: {', '.join(changed)}" if changed else ""


def _decided(campaign: Campaign, frozen: ReviewRow, row: Returned, window: _Window) -> Decided:
    text = str(row.cells.get("Decision")).strip().casefold()
    if text not in set(ReviewDecision):
        raise _NotTaken(f"has the decision {text!r}; it is keep, revoke or change")
    reviewer = campaign.reviewer(frozen.reviewer)
    by = str(row.cells.get("Decided by") or "").strip()
    own = {n.casefold() for n in (reviewer.name, reviewer.email, *reviewer.identities) if n}
    if by.casefold() not in own:
        raise _NotTaken(f"was decided by {by or 'nobody'}; its reviewer is {reviewer.name}")
    if is_subject(reviewer, frozen.subject):
        raise _NotTaken(f"is the access of {reviewer.name}, who decided on it")
    on, text_on = _moment(row.cells.get("Decided on"))
    note = str(row.cells.get("Note") or "").strip()
    if text == ReviewDecision.CHANGE and not note:
        raise _NotTaken("is to be changed, and no note says how")
    return Decided(frozen.key, ReviewDecision(text), by, text_on, note, window.late(on))


def _moment(value: Any) -> tuple[date, str]:
    """The day of a decision, and how it is kept. Raises _NotTaken for what is no date."""
    if isinstance(value, datetime):
        # A spreadsheet keeps a day as its midnight.
        midnight = value == datetime.combine(value.date(), datetime.min.time())
        kept = value.date().isoformat() if midnight else value.isoformat(timespec="seconds")
        return value.date(), kept
    if isinstance(value, date):
        return value, value.isoformat()
    text = str(value or "").strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _NotTaken(
            f"is dated {text!r}; write the day as 2026-10-14" if text else "has no date"
        ) from None
    return _moment(moment.replace(tzinfo=None))


def chained(batches: Sequence[Batch], campaign: Campaign, batch: Batch) -> list[Batch]:
    """All batches with a new one at the end, chained to what was there."""
    previous = batches[-1].hash if batches else campaign.root
    return [*batches, replace(batch, previous=previous)]


def standing(batches: Sequence[Batch]) -> Mapping[str, tuple[Decided, Batch]]:
    """The decision that counts for each row that has one, with the batch that brought it."""
    return dict(_each(batches))


def _each(batches: Sequence[Batch]) -> Iterator[tuple[str, tuple[Decided, Batch]]]:
    for batch in batches:
        for decided in batch.accepted:
            yield decided.key, (decided, batch)


def to_file(batches: Sequence[Batch]) -> bytes:
    """The file that keeps the batches."""
    return canonical_json([{**asdict(batch), "hash": batch.hash} for batch in batches])


def read_batches(path: Path, campaign: Campaign) -> list[Batch]:
    """The batches of a review; none where nothing came back yet.

    Raises IntegrityError where one was altered, taken away or put in another place. That the
    newest is gone does not show here: its workbook, and who sent it, remain.
    """
    if not path.exists():
        return []
    try:
        data = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
        stated = [entry.pop("hash") for entry in data]
        hashes = [sha256(canonical_json(entry)).hexdigest() for entry in data]
        batches = TypeAdapter(list[Batch]).validate_python(data)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise IntegrityError(f"{path}: is damaged: {what}.") from error
    previous = campaign.root
    for number, batch in enumerate(batches, start=1):
        if hashes[number - 1] != stated[number - 1]:
            raise IntegrityError(f"{path}: batch {number} was altered after it was imported.")
        if batch.previous != previous:
            raise IntegrityError(f"{path}: batch {number} does not follow the one before it.")
        previous = hashes[number - 1]
    return batches
