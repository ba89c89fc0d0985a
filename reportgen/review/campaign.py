"""An access review, opened: a frozen population, and a named reviewer for each row of it.

The reviewer is neither the subject of a row nor somebody who joins later: who decides what is
settled when the review is opened, and sealed with the rows (ISM-0407 and PCI DSS 7.2.4 ask for
the review; that its population is complete and does not change underway is what auditors ask).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from reportgen.config import Config, Reviewer
from reportgen.errors import IntegrityError, UsageError
from reportgen.model import canonical_json
from reportgen.review.population import Population, PopulationRow

FORMAT = "reportgen-review-1"


@dataclass(frozen=True)
class ReviewRow:
    """One row to decide: ``key`` stands for it in the workbook, ``shown`` is what is read there."""

    key: str
    kind: str
    id: str
    account_id: str
    reviewer: str
    subject: tuple[str, ...]
    shown: Mapping[str, str]
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Campaign:
    """A review as it was opened. Moments are UTC text, ``due`` its last day, an ISO date.

    ``populations`` are Population.to_json's; ``store_root`` is the seal of the newest snapshot.
    """

    format: str
    id: str
    opened: str
    due: str
    as_of: str
    store_root: str
    reviewers: tuple[Reviewer, ...]
    populations: tuple[dict[str, Any], ...]
    rows: tuple[ReviewRow, ...]

    @cached_property
    def by_key(self) -> Mapping[str, ReviewRow]:
        """The rows by their keys."""
        return {row.key: row for row in self.rows}

    def reviewer(self, name: str) -> Reviewer:
        """A reviewer by name."""
        return next(r for r in self.reviewers if r.name == name)

    @cached_property
    def root(self) -> str:
        """SHA-256 of everything that the review froze."""
        return sha256(canonical_json(self._json())).hexdigest()

    def _json(self) -> dict[str, Any]:
        reviewers = [reviewer.model_dump() for reviewer in self.reviewers]
        return {**asdict(self), "reviewers": reviewers}

    def to_file(self) -> bytes:
        """The file that keeps it, its root included."""
        return canonical_json({**self._json(), "root": self.root})


def open_campaign(
    name: str,
    opened: str,
    due: str,
    store_root: str,
    populations: Sequence[Population],
    config: Config,
) -> Campaign:
    """Freeze populations and settle who decides on which row.

    Raises UsageError where nobody may decide on a row, and where a source was not read: a review
    of what is missing would look complete.
    """
    gaps = [f"{p.kind.name} of {who}: {why}" for p in populations for who, why in p.missing.items()]
    if gaps:
        raise UsageError(
            f"The population is not complete: {'; '.join(gaps[:5])}"
            f"{f' and {len(gaps) - 5} more' if len(gaps) > 5 else ''}.",
            "Collect it, or leave that population out (--kind).",
        )
    reviewers = config.settings.reviewers
    if not reviewers:
        raise UsageError(
            "reportgen.yaml names no reviewer.",
            "Add `reviewers:` with a name, and the accounts that each decides on.",
        )
    rows = [
        _row(name, population.kind.name, row, config)
        for population in populations
        for row in population.rows
    ]
    if not rows:
        raise UsageError("There is nothing to review: the populations have no row.")
    return Campaign(
        FORMAT,
        name,
        opened,
        due,
        populations[0].as_of,
        store_root,
        tuple(reviewers),
        tuple(p.to_json() for p in populations),
        tuple(rows),
    )


def _row(name: str, kind: str, row: PopulationRow, config: Config) -> ReviewRow:
    # A key that no spreadsheet takes for a number or a date, and that is of this review alone.
    key = (
        "R-" + sha256(f"{name}\n{kind}\n{row.id}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
    )
    return ReviewRow(
        key,
        kind,
        row.id,
        row.account_id,
        _reviewer_of(kind, row, config).name,
        row.subject,
        _SHOWN[kind](row.cells),
        row.cells,
    )


def _reviewer_of(kind: str, row: PopulationRow, config: Config) -> Reviewer:
    """The first reviewer of the configuration for a row who is not its subject."""
    own = []
    for reviewer in config.settings.reviewers:
        if reviewer.kinds and kind not in reviewer.kinds:
            continue
        if not config.reviews(reviewer, row.account_id):
            continue
        if not is_subject(reviewer, row.subject):
            return reviewer
        own.append(reviewer.name)
    if own:
        raise UsageError(
            f"{row.id}: nobody but {', '.join(own)} reviews account {row.account_id}, whose own "
            "access this is.",
            "Name a second reviewer for it under `reviewers`.",
        )
    raise UsageError(
        f"{row.id}: no reviewer of reportgen.yaml decides on {kind} of account {row.account_id}.",
        "Add the account to one of them, or a reviewer without `accounts` for the rest.",
    )


def is_subject(reviewer: Reviewer, subject: Iterable[str]) -> bool:
    """Whether a row is about the reviewer: by name, address or another identity of theirs."""
    own = {
        name.strip().casefold() for name in (reviewer.name, reviewer.email, *reviewer.identities)
    }
    return any(name and name.strip().casefold() in own for name in subject)


def _user(cells: Mapping[str, str]) -> dict[str, str]:
    return {
        "name": cells["name"],
        "power": cells["power"],
        "grants": cells["grants"],
        "since": cells["created"],
        "last used": cells["last_sign_in"],
        "detail": f"console {cells['console']}; MFA {cells['mfa']}; "
        f"active keys {cells['active_keys']}",
    }


def _key(cells: Mapping[str, str]) -> dict[str, str]:
    return {
        "name": f"{cells['user']}, key {cells['number']}",
        "power": cells["power"],
        "grants": "as its user",
        "since": cells["rotated"],
        "last used": cells["last_used"],
        "detail": "active" if cells["active"] == "yes" else "whether it is active is not known",
    }


def _role(cells: Mapping[str, str]) -> dict[str, str]:
    return {
        "name": cells["name"],
        "power": cells["power"],
        "grants": cells["grants"],
        "since": cells["created"],
        "last used": cells["last_used"],
        "detail": f"trusts {cells['trusts'] or 'nobody'}; boundary {cells['boundary']}",
    }


def _assignment(cells: Mapping[str, str]) -> dict[str, str]:
    return {
        "name": f"{cells['principal_type'].lower()} {cells['principal_id']}",
        "power": "",
        "grants": cells["grants"],
        "since": "",
        "last used": "",
        "detail": f"permission set {cells['permission_set']}",
    }


_SHOWN = {"users": _user, "access-keys": _key, "roles": _role, "assignments": _assignment}


def read_campaign(path: Path) -> Campaign:
    """A review's file. Raises UsageError where it is none, IntegrityError where it was altered."""
    try:
        data = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"{path}: is not JSON: {error}.") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise UsageError(f"{path}: is not a review of this version ({FORMAT}).")
    stated = data.pop("root", None)
    root = sha256(canonical_json(data)).hexdigest()
    if root != stated:
        raise IntegrityError(
            f"{path}: was altered after the review was opened.",
            f"Its content has the root {root}, it states {stated}.",
        )
    try:
        return TypeAdapter(Campaign).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise IntegrityError(f"{path}: {where}: {first['msg']}.") from error
