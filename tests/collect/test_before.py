"""What is taken over from an account's last snapshot, and what is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from reportgen.collect.before import LastTime
from reportgen.evidence.store import Item, Store, sha256
from reportgen.model import Status
from reportgen.sources import own_sources
from tests.collect.test_totals import item

ACCOUNT = "111122223333"
SOURCES = own_sources()


def added(store: Store, moment: str, *items: Item, **envelope: Any) -> None:
    parts = []
    for one in items:
        kept = {"file": f"{one.envelope.source}.json", "sha256": sha256(one.content)}
        about = replace(one.envelope, collected_at=moment, **kept, **envelope)
        parts.append(Item(about, one.content))
    store.add(moment, parts)


def of(store: Store, *refresh: str, account: str = ACCOUNT) -> dict[str, list[str]]:
    """Key -> whom the reports are of, as they would be taken over."""
    found = LastTime(store.snapshots, SOURCES, frozenset(refresh)).of(account)
    return {
        key: [row["Arn"] for row in before.reading.data["LastAccessed"]]
        for key, before in found.items()
    }


def report(arn: str, status: Status = Status.COLLECTED) -> Item:
    content = f'{{"LastAccessed": [{{"Arn": "{arn}"}}]}}' if status is Status.COLLECTED else ""
    return item("last-accessed", content, status)


def test_the_last_snapshot_counts_alone(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "s")
    assert of(store) == {}
    added(store, "2026-09-01T00:00:00Z", report("old"), item("roles", '{"Roles": []}'))
    added(store, "2026-09-02T00:00:00Z", report("new"), item("roles", '{"Roles": []}'))
    # Roles are not among what may be taken over.
    assert of(store) == {"last-accessed": ["new"]}
    assert of(store, account="999988887777") == {}
    assert of(store, account="") == {}
    added(store, "2026-09-03T00:00:00Z", item("roles", '{"Roles": []}'))
    assert of(store) == {}


def test_what_is_to_be_refreshed_is_not_taken_over(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "s")
    added(store, "2026-09-01T00:00:00Z", report("a"))
    assert of(store, "last-accessed") == {}


def test_a_refusal_and_a_file_are_not_taken_over(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "s")
    added(store, "2026-09-01T00:00:00Z", report("a", Status.DENIED))
    assert of(store) == {}
    added(store, "2026-09-02T00:00:00Z", report("a"), origin="file")
    assert of(store) == {}


def test_a_store_is_not_read_for_sources_that_take_nothing_over(tmp_path: Path) -> None:
    def never() -> Any:
        raise AssertionError("the store was read")

    assert LastTime(never, {"roles": SOURCES["roles"]}).of(ACCOUNT) == {}
