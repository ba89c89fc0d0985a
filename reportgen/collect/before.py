"""What an account's last snapshot holds of the sources that may take it over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reportgen.collect.items import reading_of
from reportgen.evidence.store import Item, Snapshot
from reportgen.model import Status
from reportgen.sources.source import Before, Source


@dataclass(frozen=True)
class LastTime:
    """Finds it in a store, of which ``snapshots`` gives all, earliest first."""

    snapshots: Callable[[], list[Snapshot]]
    sources: Mapping[str, Source]
    refresh: frozenset[str] = frozenset()

    def of(self, account_id: str) -> dict[str, Before]:
        """Evidence key -> what was read then. Raises IntegrityError where that was altered."""
        wanted = {s.name for s in self.sources.values() if s.reuses} - self.refresh
        if not wanted or not account_id:
            return {}
        for snapshot in reversed(self.snapshots()):
            if account_id in snapshot.accounts:
                return self._read(snapshot, account_id, wanted)
        return {}

    def _read(self, snapshot: Snapshot, account_id: str, wanted: set[str]) -> dict[str, Before]:
        found = {}
        for key, envelope in snapshot.of_account(account_id).items():
            # A file that somebody exported does not say when AWS was asked for what.
            live = envelope.status is Status.COLLECTED and envelope.origin == "aws"
            if envelope.source in wanted and live:
                reading = reading_of(Item(envelope, snapshot.read(envelope)))
                if reading is not None:
                    found[key] = Before(reading, envelope.id)
        return found
