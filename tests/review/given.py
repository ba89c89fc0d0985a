"""A small organisation to review: two people with access, one of whom reviews the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from reportgen import pipeline, reviewing
from reportgen.collect.exports import read_files
from reportgen.evidence.store import Store
from reportgen.review.campaign import Campaign
from reportgen.review.population import KINDS, REVIEWED
from reportgen.reviewing import Opened
from tests.given import ACCOUNT, authorization_details, credential_report

# An account number that a spreadsheet robs of its first digit.
ZERO = "012345678901"
OPENED = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
COLLECTED = datetime(2026, 9, 30, 2, 0, tzinfo=UTC)
DUE = date(2026, 10, 31)
LEAD = {"name": "Team lead", "email": "lead@example.org", "identities": ["wren"]}
SECOND = {"name": "Second", "accounts": [ZERO]}
KEY = {"access_key_1_active": "true", "access_key_1_last_rotated": "2026-03-04T00:00:00+00:00"}
PEOPLE: dict[str, dict[str, str]] = {
    "gull": {"password_enabled": "true", "user_creation_time": "2026-01-02T03:04:05+00:00"},
    "heron": KEY,
}


class Place:
    """A store and its configuration in a folder."""

    def __init__(
        self, folder: Path, *, reviewers: list[dict[str, Any]] | None = None, timezone: str = "UTC"
    ) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.config = folder / "reportgen.yaml"
        self.config.write_text(
            json.dumps({"reviewers": reviewers or [LEAD, SECOND], "timezone": timezone})
        )

    def collect(
        self,
        people: dict[str, dict[str, str]],
        roles: tuple[str, ...] = ("deploy",),
        at: datetime = COLLECTED,
        account: str = ZERO,
        skip: str = "",
        damage: Callable[[dict[str, Any]], object] | None = None,
    ) -> None:
        """Add a snapshot; ``damage`` may do anything to the authorisation details."""
        folder = self.folder / f"{at:%Y%m%d%H%M}-{account}"
        folder.mkdir()
        trust = {"Version": "2012-10-17", "Statement": []}
        details = authorization_details(
            {
                "users": [{"UserName": name} for name in people],
                "roles": [{"RoleName": r, "AssumeRolePolicyDocument": trust} for r in roles],
            },
            account,
        )
        if damage is not None:
            damage(details)
        report = credential_report([{"user": n, **c} for n, c in people.items()], account)
        files = {"authorization-details": json.dumps(details), "credential-report": report}
        files.pop(skip, None)
        paths = {}
        for source, content in files.items():
            paths[source] = folder / source
            paths[source].write_text(content)
        items = read_files(account, at, paths, at)
        Store.create(self.store).add(f"{at:%Y-%m-%dT%H:%M:%SZ}", items)

    @property
    def rules(self) -> pipeline.Rules:
        return pipeline.prepare(self.config)

    def open(self, name: str = "q3", *kinds: str) -> Opened:
        """Open a review, by default of all but assignments, which were not read."""
        chosen = [KINDS[k] for k in kinds or [k for k in REVIEWED if k != "assignments"]]
        return reviewing.open_review(self.store, self.rules, name, chosen, None, DUE)


def row_of(campaign: Campaign, name: str) -> Any:
    """The row whose shown name begins so."""
    return next(r for r in campaign.rows if r.shown["name"].startswith(name))


def later(days: int) -> datetime:
    """A moment so many days after the collection."""
    return COLLECTED + timedelta(days=days)


__all__ = ["ACCOUNT", "DUE", "KEY", "LEAD", "OPENED", "PEOPLE", "ZERO", "Place", "later", "row_of"]
