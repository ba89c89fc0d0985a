"""The organisation above the accounts at each moment, and a digest of what judging sees of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reportgen.assess.organisation import Organisation, find_organisation
from reportgen.clock import parse_moment, whole_days
from reportgen.errors import IntegrityError
from reportgen.evidence.seal import canonical
from reportgen.evidence.store import Snapshot
from reportgen.history.plan import Collected
from reportgen.model import Envelope


@dataclass(frozen=True)
class AccountsAbove:
    """Where the organisation is to be read as of a moment.

    ``positions``: the snapshots that may show it, by account. ``digest`` is over all that is
    found there; two moments of the same digest have the same organisation. Empty for none.
    """

    positions: tuple[tuple[str, Snapshot], ...]
    as_of: datetime
    digest: str
    envelope: Envelope | None

    def read(self, maximum_age_days: int) -> Organisation | None:
        """The organisation itself."""
        if not self.digest:
            return None
        found = dict(self.positions)
        return find_organisation(found, self.as_of, maximum_age_days, forgiving=True)


class Above:
    """Finds the surroundings of a moment, each distinct one once."""

    def __init__(self, plan: Collected, maximum_age_days: int) -> None:
        self._plan = plan
        self._age = maximum_age_days
        self._accounts = [account for account in plan.accounts if self._may_show(account)]
        self._known: dict[tuple[tuple[str, bool], ...], AccountsAbove] = {}
        self._collected: dict[tuple[str, str], datetime] = {}

    def _may_show(self, account: str) -> bool:
        """Whether some snapshot of an account has an answer on the organisation, or may have."""
        name = f"{account}/organization.envelope.json"
        try:
            return any(snapshot.lists(name) for snapshot in self._plan.snapshots_of(account))
        except IntegrityError:
            return True

    def at(self, as_of: datetime) -> AccountsAbove:
        """The surroundings of every account as of a moment."""
        here: dict[str, Snapshot] = {}
        for account in self._accounts:
            position = self._plan.position(account, as_of)
            if position is not None:
                here[account] = position
        key = tuple((s.id, self._fresh(account, s, as_of)) for account, s in here.items())
        if key not in self._known:
            self._known[key] = self._found(here, as_of)
        return self._known[key]

    def _fresh(self, account: str, snapshot: Snapshot, as_of: datetime) -> bool:
        key = (account, snapshot.id)
        if key not in self._collected:
            self._collected[key] = _collected(account, snapshot)
        return whole_days(as_of, self._collected[key]) <= self._age

    def _found(self, here: Mapping[str, Snapshot], as_of: datetime) -> AccountsAbove:
        # Copies: what is read of a snapshot stays with the object.
        positions = {account: replace(snapshot) for account, snapshot in here.items()}
        found = find_organisation(positions, as_of, self._age, forgiving=True)
        kept = tuple(here.items())
        if found is None:
            return AccountsAbove(kept, as_of, "", None)
        envelope = next(
            e
            for account, snapshot in positions.items()
            for e in _readable(account, snapshot).values()
            if e.id == found.evidence
        )
        said = canonical([envelope.to_json(), list(found.problems)])
        return AccountsAbove(kept, as_of, hashlib.sha256(said).hexdigest(), envelope)


def _readable(account: str, snapshot: Snapshot) -> Mapping[str, Envelope]:
    try:
        return snapshot.of_account(account)
    except IntegrityError:
        return {}


def _collected(account: str, snapshot: Snapshot) -> datetime:
    envelope = _readable(account, replace(snapshot)).get("organization")
    return parse_moment(envelope.collected_at) if envelope else snapshot.collected_at
