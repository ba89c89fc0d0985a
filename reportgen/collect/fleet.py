"""Collect several accounts: each as a role of its own, a few at once, and what came of each.

An account's evidence is in the store as soon as the account is read; only those under way are in
memory. One that is suspended or cannot be entered is recorded as such in the log of the account
that ran the collection.
"""

from __future__ import annotations

import gc
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from itertools import count
from typing import Any, Protocol

from reportgen.collect.accounts import Target
from reportgen.collect.journal import Journal
from reportgen.collect.log import clock_told, log_of
from reportgen.collect.regions import Regions
from reportgen.collect.run import AccountRun
from reportgen.collect.session import Session
from reportgen.collect.totals import control_totals
from reportgen.errors import CollectError
from reportgen.evidence.store import Item, Snapshot
from reportgen.model import Envelope, Status
from reportgen.sources.source import Before, ReadError, Source

# Statuses that leave nothing open: what is not enabled is an answer.
_ANSWERED = (Status.COLLECTED, Status.NOT_ENABLED)
# Accounts read after which what their clients took is looked for and let go of.
CLEARED_AFTER = 4


class AccountState(StrEnum):
    """What came of an account."""

    COLLECTED = "collected"
    SUSPENDED = "suspended"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class AccountOutcome:
    """What came of one account: its snapshot, how each read ended, the control totals.

    ``missing`` says why for each read that gave no answer, or not for all, by evidence key;
    ``clock`` how far the clock of this machine was from AWS's, where that is much;
    ``regions`` which were read and which not.
    """

    account_id: str
    name: str
    state: AccountState
    detail: str = ""
    snapshot: str = ""
    statuses: Mapping[str, Status] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, Any] = field(default_factory=dict)
    requests: int = 0
    clock: str = ""
    regions: Regions = field(default_factory=Regions)

    @property
    def whole(self) -> bool:
        """Whether every source was answered. A suspended account has none to answer."""
        return self.state is not AccountState.UNREACHABLE and not self.missing

    def counts(self) -> Counter[Status]:
        """Reads by status."""
        return Counter(self.statuses.values())

    def to_json(self) -> dict[str, Any]:
        """The outcome as JSON data."""
        return {
            "account_id": self.account_id,
            "name": self.name,
            "state": self.state.value,
            "detail": self.detail,
            "snapshot": self.snapshot,
            "sources": {key: status.value for key, status in sorted(self.statuses.items())},
            "missing": dict(sorted(self.missing.items())),
            "control_totals": dict(self.totals),
            "requests": self.requests,
            "clock": self.clock,
            "regions": self.regions.to_json(),
        }


class Adding(Protocol):
    """Where snapshots go: a Store."""

    def add(self, collected_at: str, items: list[Item]) -> tuple[Snapshot, bool]:
        """Write one snapshot whole; returns it and whether it is new."""


# Called with (account id, evidence key, status, detail).
Progress = Callable[[str, str, Status, str], None]
# Called with (account id, reads that it takes) once that is known, and at the start with the number
# of accounts to read in place of the reads, and no account.
Ahead = Callable[[str, int], None]


@dataclass(frozen=True)
class RoleToAssume:
    """The role to assume in each account; an empty name: none, the caller reads its own."""

    name: str = ""
    external_id: str = ""

    def arn(self, partition: str, account_id: str) -> str:
        """The role's ARN in an account; ``name`` may have a path."""
        return f"arn:{partition}:iam::{account_id}:role/{self.name.lstrip('/')}"


@dataclass
class Fleet:
    """Reads accounts into a store. ``own`` is the account of the caller's own credentials."""

    session: Session
    own: str
    partition: str
    store: Adding
    journal: Journal
    sources: Mapping[str, Source]
    role: RoleToAssume
    regions: Sequence[str] = ()
    progress: Progress = lambda *_: None
    last_time: Callable[[str], Mapping[str, Before]] = lambda _: {}
    ahead: Ahead = lambda *_: None
    _adding: threading.Lock = field(default_factory=threading.Lock)
    _finished: Iterator[int] = field(default_factory=partial(count, 1))

    def collect(
        self, targets: Sequence[Target], executor: Executor | None = None, parallel: int = 4
    ) -> list[AccountOutcome]:
        """Read every target, the caller's own account last, since its log tells of the others.

        Raises CollectError when the caller's own credentials are no good; what another account
        refuses is in its outcome.
        """
        others = [t for t in targets if t.account_id != self.own]
        self.ahead("", sum(target.active for target in targets))
        pool = executor or ThreadPoolExecutor(max_workers=parallel)
        try:
            outcomes = list(pool.map(self._other, others))
        finally:
            if executor is None:
                pool.shutdown(cancel_futures=True)
        for target in targets:
            if target.account_id == self.own:
                outcomes.append(self._read(self.session, target, [o.to_json() for o in outcomes]))
        return sorted(outcomes, key=lambda o: o.account_id)

    def _other(self, target: Target) -> AccountOutcome:
        if not target.active:
            return AccountOutcome(
                target.account_id, target.name, AccountState.SUSPENDED, target.status.lower()
            )
        arn = self.role.arn(self.partition, target.account_id)
        session = self.session.assuming(arn, self.journal.run_id[:64], self.role.external_id)
        try:
            session.call("sts", "get_caller_identity")
            outcome = self._read(session, target, [])
            session.close()
            # Clients hang in circles, and the command line lets the collector run seldom. It looks
            # at all there is, which takes longer than to read a small account: not after each.
            if next(self._finished) % CLEARED_AFTER == 0:
                gc.collect()
            return outcome
        except (ReadError, CollectError) as error:
            return AccountOutcome(
                target.account_id, target.name, AccountState.UNREACHABLE, f"{arn}: {error}"
            )

    def _read(
        self, session: Session, target: Target, others: Sequence[Mapping[str, Any]]
    ) -> AccountOutcome:
        """Read one account, keeping each source as it comes, then store all of it as a snapshot."""
        account = target.account_id
        kept = self.journal.kept(account) if account else {}
        run = AccountRun(
            session,
            self.sources,
            partial(self.progress, account),
            self.regions,
            kept,
            self.last_time(account),
            partial(self.ahead, account),
        )
        items = dict(kept)
        lost = ""
        try:
            for item in run.items():
                # Where STS did not say who is asking, the first answer with an ARN does.
                account = account or item.envelope.account_id
                if item.envelope.account_id != account:
                    said = f"the credentials are of account {item.envelope.account_id}"
                    raise CollectError(f"Not account {account}: {said}.")
                self.journal.keep(item)
                items[item.envelope.key] = item
        except CollectError as error:
            # The caller's own run is gone on with once somebody has signed in again.
            if account == self.own or not items:
                raise
            lost = error.message
        return self._store(replace(target, account_id=account), items, others, run.regions(), lost)

    def _store(
        self,
        target: Target,
        items: dict[str, Item],
        others: Sequence[Mapping[str, Any]],
        regions: Regions,
        lost: str = "",
    ) -> AccountOutcome:
        """Add the snapshot. ``lost``: why the rest of the sources was not read."""
        totals = control_totals(items)
        about = {"control_totals": totals, "accounts": list(others), "regions": regions.to_json()}
        log = log_of(self.journal.run_id, self.journal.resumed, items, about)
        last = max(item.envelope.collected_at for item in items.values())
        with self._adding:
            snapshot, _ = self.store.add(last, [*items.values(), log])
        self.journal.note_stored(target.account_id, snapshot.id)
        envelopes = {key: item.envelope for key, item in items.items()}
        read = {e.source for e in envelopes.values()}
        unread = {name: lost for name in self.sources if lost and name not in read}
        if regions.off and not regions.read:
            unread["regions"] = f"not switched on: {', '.join(regions.off)}"
        return AccountOutcome(
            target.account_id,
            target.name,
            AccountState.COLLECTED,
            lost,
            snapshot.id,
            {key: e.status for key, e in envelopes.items()},
            unread | {key: e.detail for key, e in envelopes.items() if _is_short(e)},
            totals,
            sum(len(e.requests) for e in envelopes.values()),
            clock_told(envelopes.values()),
            regions,
        )


def _is_short(envelope: Envelope) -> bool:
    """Whether something that was asked for was not answered, if only for one of many things."""
    return envelope.status not in _ANSWERED or bool(envelope.parameters.get("Refused"))
