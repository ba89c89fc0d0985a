"""A store with a small snapshot a day, in memory: what retention and the index need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from reportgen.clock import to_text
from reportgen.evidence.store import Item, Snapshot, Store, sha256
from tests.collect.test_totals import item

ACCOUNT, OTHER = "111122223333", "444455556666"


def moment(day: date, hour: int = 3) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


def items_at(at: datetime, account: str, sources: Iterable[str] = ("roles",)) -> list[Item]:
    """One piece of its own for the moment, and one that all moments share."""
    found = []
    for source, content in [
        *((source, f'{{"Roles": ["{at}"]}}') for source in sources),
        ("password-policy", '{"PasswordPolicy": {}}'),
    ]:
        one = item(source, content)
        about = replace(
            one.envelope,
            file=f"{source}.json",
            sha256=sha256(one.content),
            collected_at=to_text(at),
            account_id=account,
        )
        found.append(Item(about, one.content))
    return found


def put(
    store: Store, at: datetime, account: str = ACCOUNT, sources: Iterable[str] = ("roles",)
) -> Snapshot:
    return store.add(to_text(at), items_at(at, account, sources))[0]
