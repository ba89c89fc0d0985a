"""A review that is over: what was decided and shown, signed off, and what it attests from then on.

A review is closed once every row is decided and every revocation and change is shown by a later
snapshot. A closed review attests AUD-04 (a full review took place) and E8-03 (privileged access was
validated), for the accounts whose users and roles it covered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from reportgen.audit.register import Attestation
from reportgen.errors import IntegrityError, UsageError
from reportgen.model import canonical_json
from reportgen.review.campaign import read_campaign
from reportgen.review.outcome import ReviewStanding

CAMPAIGN = "review.json"
DECISIONS = "decisions.json"
CLOSING = "closing.json"
ATTESTED = ("AUD-04", "E8-03")
# ISM-1647: privileged access is validated again within 12 months.
VALID = timedelta(days=365)


@dataclass(frozen=True)
class Closing:
    """The end of a review: the day (the organisation's), by whom, and the counts.

    ``root`` is the review's, ``decisions`` the SHA-256 of its decisions; ``shown`` are the ids of
    the snapshots by which revocations and changes are shown.
    """

    day: str
    by: str
    root: str
    decisions: str
    reviewers: tuple[str, ...]
    rows: int
    kept: int
    revoked: int
    changed: int
    shown: tuple[str, ...]

    @property
    def hash(self) -> str:
        """SHA-256 of all of it."""
        return sha256(canonical_json(asdict(self))).hexdigest()

    def to_file(self) -> bytes:
        """The file that keeps it."""
        return canonical_json({**asdict(self), "hash": self.hash})


def closing_of(standing: ReviewStanding, decisions: bytes, day: date, by: str) -> Closing:
    """Close a review. Raises UsageError while anything is open or not shown, or without a name."""
    if not by.strip():
        raise UsageError("Nobody closes the review.", "Say who signs it off: --by NAME.")
    if standing.open:
        raise UsageError(
            f"{standing.open} rows of {standing.id} have no decision.",
            "`reportgen review status` shows whose they are.",
        )
    if standing.unproved:
        named = "; ".join(f"{f.row.id}: {f.proof}" for f in standing.unproved[:5])
        raise UsageError(
            f"{len(standing.unproved)} revocations or changes are not shown by a later snapshot: "
            f"{named}.",
            "Carry them out, collect again, then close the review.",
        )
    each = standing.reviewers
    return Closing(
        day.isoformat(),
        by.strip(),
        standing.root,
        sha256(decisions).hexdigest(),
        tuple(reviewer.name for reviewer in each),
        sum(reviewer.rows for reviewer in each),
        sum(reviewer.kept for reviewer in each),
        sum(reviewer.revoked for reviewer in each),
        sum(reviewer.changed for reviewer in each),
        tuple(sorted({followed.snapshot for followed in standing.followed})),
    )


def attested(reviews: Path, controls: Iterable[str]) -> list[Attestation]:
    """What the closed reviews in a folder attest, of controls that the catalogue has.

    Raises IntegrityError where a closed review, its rows or its decisions were altered since.
    """
    known = [control for control in ATTESTED if control in set(controls)]
    found = []
    for path in sorted(reviews.glob(f"*/{CLOSING}")):
        closing, accounts = _read(path)
        signed = date.fromisoformat(closing.day)
        name = path.parent.name
        statement = (
            f"Access review {name}: {closing.rows} rows decided by "
            f"{', '.join(closing.reviewers)}; {closing.kept} kept, {closing.revoked} revoked, "
            f"{closing.changed} changed, each shown by a later snapshot; root {closing.root}."
        )
        found += [
            Attestation(
                id=f"{name}/{control}",
                control=control,
                accounts=accounts,
                statement=statement,
                by=closing.by,
                signed=signed,
                expires=signed + VALID,
            )
            for control in known
            if accounts
        ]
    return found


def read_closing(path: Path) -> Closing:
    """Read how a review ended, held against its rows and decisions.

    Raises IntegrityError where it, its rows or its decisions were altered since.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        stated = data.pop("hash", None)
        closing = TypeAdapter(Closing).validate_python(data)
        decisions = (path.parent / DECISIONS).read_bytes()
        date.fromisoformat(closing.day)
    except OSError as error:
        raise IntegrityError(f"{error.filename}: cannot be read: {error.strerror}.") from error
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise IntegrityError(f"{path}: is damaged: {what}.") from error
    campaign = read_campaign(path.parent / CAMPAIGN)
    sealed = (closing.hash, closing.root, closing.decisions)
    if (stated, campaign.root, sha256(decisions).hexdigest()) != sealed:
        raise IntegrityError(f"{path.parent}: was altered after the review was closed.")
    return closing


def _read(path: Path) -> tuple[Closing, list[str]]:
    """A closing and the accounts whose users and roles were all reviewed."""
    closing = read_closing(path)
    campaign = read_campaign(path.parent / CAMPAIGN)
    covered = [set(p["snapshots"]) for p in campaign.populations if p["name"] in ("users", "roles")]
    return closing, sorted(set.intersection(*covered)) if len(covered) == 2 else []
