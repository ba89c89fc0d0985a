"""Removes snapshots from a store, and leaves a tombstone in its chain.

First the tombstone is sealed, then what it names is removed: a run that is killed between leaves a
store that verifies, with objects that nothing names, and the next run ends what it began. Seals
stay, so that every root that anybody remembers is still in the chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from reportgen.errors import StoreError
from reportgen.evidence.chain import Chain
from reportgen.evidence.seal import (
    LIST_LIMIT,
    NO_ROOT,
    Seal,
    canonical,
    object_name,
    parse_list,
    sha256,
)
from reportgen.evidence.store import PRUNING, Snapshot, Store
from reportgen.evidence.tombstone import Tombstone, ranges

_GOES_ON = "What is recorded as pruned and still there is removed by `store prune --finish`."


@dataclass(frozen=True)
class PruneOutcome:
    """What a run came to: its tombstone, if it left one, and the objects that it removed."""

    stone: Tombstone | None
    objects: int
    bytes: int


def held_back(store: Store, doomed: Sequence[Snapshot]) -> dict[str, str]:
    """Which of the snapshots the store's medium does not let go yet, and why, by id.

    Raises StoreError where that cannot be asked.
    """
    with store.reading():
        lists = {object_name(s.seal.files): s.id for s in doomed}
        return {lists[name]: why for name, why in store.medium.held(lists).items()}


def prune(
    store: Store, doomed: Sequence[Snapshot], recorded_at: str, by: str, rule: str
) -> PruneOutcome:
    """Record that snapshots are pruned, and remove what only they name.

    ``recorded_at`` is UTC as in seals, ``by`` says who and ``rule`` why. Raises StoreError where
    the store cannot be written or another run prunes it, IntegrityError for a flawed chain.
    """
    numbers = {s.seal.sequence for s in doomed}
    with store.writing(_GOES_ON), store.medium.lock():
        mark = canonical({"at": recorded_at, "by": by})
        if not store.medium.write_new(PRUNING, mark) and not store.medium.locks:
            raise StoreError(
                f"{store.medium} is being pruned by another run.",
                "If that run was killed, end what it began: --finish.",
            )
        with _marked(store):
            return _swept(store, _recorded(store, numbers, recorded_at, by, rule))


def finish(store: Store) -> PruneOutcome:
    """End what a run that was killed began. Raises as ``prune`` does."""
    with store.writing(_GOES_ON), store.medium.lock(), _marked(store):
        return _swept(store, None)


@contextmanager
def _marked(store: Store) -> Iterator[None]:
    """A run that fails removes nothing more: only a killed one leaves its mark."""
    try:
        yield
    finally:
        with suppress(OSError):
            store.medium.remove(PRUNING)


def _recorded(
    store: Store, numbers: Iterable[int], recorded_at: str, by: str, rule: str
) -> Tombstone | None:
    """Put the tombstone at the end of the chain; None where there is nothing to record."""
    while True:
        chain = store.chain()
        left = ranges(set(numbers) & {seal.sequence for seal in chain.kept})
        if not left:
            return None
        draft = Tombstone(0, NO_ROOT, recorded_at, by, rule, left)
        if isinstance(written := store.append(draft, chain), Tombstone):
            return written


def _swept(store: Store, stone: Tombstone | None) -> PruneOutcome:
    """Remove what only pruned snapshots name; the lists, by which that is known, at last."""
    chain = store.chain()
    sizes = store.medium.listing("objects")
    named = {digest for seal in chain.kept for digest in _named(store, seal)}
    doomed: set[str] = set()
    lists: set[str] = set()
    for seal in _pruned(chain):
        if object_name(seal.files) in sizes:
            doomed |= set(_still_named(store, seal)) - named
            lists |= {seal.files} - named
    gone = [name for each in sorted(doomed - lists) if (name := object_name(each)) in sizes]
    last = [object_name(each) for each in sorted(lists)]
    store.medium.remove_all(gone)
    store.medium.remove_all(last)
    return PruneOutcome(stone, len(gone) + len(last), sum(sizes[name] for name in gone + last))


def _pruned(chain: Chain) -> Iterator[Seal]:
    gone = chain.pruned
    return (seal for seal in chain.seals if seal.sequence in gone)


def _named(store: Store, seal: Seal) -> Iterator[str]:
    """Every object that a snapshot which stays names. Raises IntegrityError: all must be known."""
    snapshot = store.snapshot(seal)
    yield seal.files
    yield from (digest for digest, _ in snapshot.files.values())


def _still_named(store: Store, seal: Seal) -> list[str]:
    """The objects of a pruned snapshot; none where its list is not what was sealed."""
    content = store.medium.read(object_name(seal.files), LIST_LIMIT)
    if sha256(content) != seal.files:
        return []
    try:
        return [entry["sha256"] for entry in parse_list(content, seal.accounts)]
    except ValueError:
        return []
