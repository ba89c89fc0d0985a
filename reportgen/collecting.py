"""Filling a store: accounts collected from AWS, files imported, and what a caller may read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.clock import now, to_text
from reportgen.config import Collect as CollectSettings
from reportgen.errors import UsageError
from reportgen.evidence.medium import FolderMedium
from reportgen.evidence.store import Snapshot, Store
from reportgen.files import state_folder
from reportgen.model import Status
from reportgen.verdicts.basis import Rules

if TYPE_CHECKING:
    from reportgen.collect.doctor import Examined
    from reportgen.collect.fleet import AccountOutcome
    from reportgen.sources.source import Source


@dataclass(frozen=True)
class Collection:
    """What to collect, from where and by whom; see ``config.Collect`` for the names."""

    profile: str | None = None
    region: str | None = None
    settings: CollectSettings = field(default_factory=CollectSettings)
    sources: Mapping[str, Source] | None = None
    refresh: tuple[str, ...] = ()


def collect_accounts(
    store_folder: Path,
    wanted: Collection,
    progress: Callable[[str, str, Status, str], None],
    ahead: Callable[[str, int], None] = lambda *_: None,
) -> list[AccountOutcome]:
    """Collect the caller's account, or those of the organisation that were asked for.

    An interrupted run that asked the same is gone on with. ``progress`` and ``ahead`` are called as
    ``Fleet`` has them.
    """
    from reportgen.collect.accounts import AccountScope, Target, targets
    from reportgen.collect.before import LastTime
    from reportgen.collect.fleet import Fleet, RoleToAssume
    from reportgen.collect.journal import opened
    from reportgen.collect.session import Session
    from reportgen.sources import chosen, own_sources
    from reportgen.sources.secret import check_key

    session = Session(wanted.profile, wanted.region)
    store = Store.create(store_folder)
    asked = wanted.settings
    known = own_sources() if wanted.sources is None else wanted.sources
    for name in asked.also:
        if name not in known:
            raise UsageError(f"Unknown source {name!r}.", f"Known sources: {', '.join(known)}.")
    check_key()
    sources = chosen(known, asked.also)
    scope = AccountScope(
        asked.organization, tuple(asked.accounts), tuple(asked.units), tuple(asked.exclude)
    )
    partition, own = session.identity(required=scope.several)
    accounts = targets(session, scope) if scope.several else [Target(own)]
    question = {
        "caller": own,
        "accounts": [target.account_id for target in accounts],
        "sources": sorted(sources),
        "regions": asked.regions,
        "role": asked.role_name,
    }
    with opened(_kept_at(store), question) as journal:
        for name in wanted.refresh:
            for account in journal.accounts():
                journal.forget(account, name)
        role = RoleToAssume(asked.role_name, asked.external_id)
        last_time = LastTime(cache(store.snapshots), sources, frozenset(wanted.refresh)).of
        fleet = Fleet(
            session,
            own,
            partition,
            store,
            journal,
            sources,
            role,
            asked.regions,
            progress,
            last_time,
            ahead,
        )
        return fleet.collect(accounts, parallel=asked.parallel)


def _kept_at(store: Store) -> Path:
    """Where a run keeps what it has read: beside a store in a folder, else in the user's state."""
    if isinstance(store.medium, FolderMedium):
        folder = Path(str(store.place))
        return folder.with_name(f"{folder.name}.collecting")
    name = hashlib.sha256(str(store.medium).encode()).hexdigest()[:16]
    return state_folder() / f"{name}.collecting"


def examine_sources(
    rules: Rules,
    profile: str | None,
    region: str | None,
    progress: Callable[[str, str, Status, str], None],
) -> list[Examined]:
    """Try each source once as the caller, and weigh what cannot be read."""
    from reportgen.collect.doctor import Weighed, examine
    from reportgen.collect.run import AccountRun
    from reportgen.collect.session import Session
    from reportgen.sources import all_sources, chosen

    session = Session(profile, region)
    settings = rules.config.settings.collect
    sources = chosen(all_sources(rules.config.sources_path))
    _, own = session.identity(required=False)
    run = AccountRun(session, sources, partial(progress, own), settings.regions)
    controls = [
        Weighed(c.id, frozenset(c.sources), c.severity.weight if c.scored else 0)
        for c in rules.catalogue.controls.values()
    ]
    return examine(run.items(), sources, controls)


def import_files(
    store_folder: Path,
    account_id: str,
    collected_at: datetime,
    files: Mapping[str, Path],
    sources: Mapping[str, Source] | None = None,
) -> tuple[Snapshot, bool]:
    """Import exported files (by evidence key) as a snapshot; returns it and whether it is new."""
    from reportgen.collect.exports import read_files
    from reportgen.sources.secret import check_key

    check_key()
    items = read_files(account_id, collected_at, files, now(), sources)
    return Store.create(store_folder).add(to_text(collected_at), items)
