"""The judged history of a store as one data set of Parquet files, each month end a part of it.

Nothing is read but what a question needs: month and account of a file are known before it is
opened, and rows come in batches.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow import fs

from reportgen.errors import UsageError
from reportgen.evidence.store import Snapshot, Store
from reportgen.history.executors import Workers
from reportgen.history.files import VerdictFiles
from reportgen.history.plan import Point
from reportgen.summarise.periods import Period, month_end
from reportgen.verdicts.basis import Rules
from reportgen.verdicts.columns import SCHEMA
from reportgen.verdicts.form import decode
from reportgen.verdicts.kept import Kept

_HERE = Workers()
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Span:
    """Which months and accounts are asked about; empty for all that the store holds."""

    months: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for month in self.months:
            if not _MONTH.fullmatch(month):
                raise UsageError(f"--month {month!r} is not a month.", "Write 2026-03.")


@dataclass(frozen=True)
class Placed:
    """One account's position at a month's end, with its file of verdicts."""

    point: Point
    account: str
    path: Path

    @property
    def month(self) -> str:
        """Such as 2026-03."""
        return f"{self.point.day:%Y-%m}"


@dataclass(frozen=True)
class Judgements:
    """What there is to ask about: positions in the order of day and account, and snapshots."""

    positions: Sequence[Placed]
    snapshots: Sequence[Snapshot]
    rules: Rules

    def rows(self) -> ds.Dataset:
        """The rows of every file (docs/store.md, "Verdicts"), with month, day, account, carried."""
        form = ds.ParquetFileFormat()
        here = fs.LocalFileSystem()
        parts = [
            form.make_fragment(str(one.path.resolve()), here, _known(one)) for one in self.positions
        ]
        return ds.FileSystemDataset(parts, _SCHEMA, form, here)


_PLACE = MappingProxyType(
    {
        "month": pa.string(),
        "day": pa.date32(),
        "account": pa.string(),
        "carried": pa.bool_(),
    }
)
_SCHEMA = pa.schema([*SCHEMA, *(pa.field(name, kind) for name, kind in _PLACE.items())])


def _known(one: Placed) -> ds.Expression:
    """What is known of each row of a file without opening it."""
    point = one.point
    carried = point.carried is not None
    values = {"month": one.month, "day": point.day, "account": one.account, "carried": carried}
    known = ds.field("account_id") == pa.scalar(point.account)
    for name, value in values.items():
        known &= ds.field(name) == pa.scalar(value, _PLACE[name])
    return known


@contextmanager
def judgements(
    place: Path,
    rules: Rules,
    today: date,
    span: Span,
    progress: Callable[[str, int], None] = lambda *_: None,
    workers: Workers = _HERE,
) -> Iterator[Judgements]:
    """Open the judged history of a store; what is asked about and not judged yet is judged now.

    The month of the last snapshot stands as at its end where that is not after ``today``, else as
    on the day of that snapshot. Raises UsageError for an empty store, and for a month or an account
    that it does not have.
    """
    store = Store.open(place)
    held = store.holdings()
    snapshots = held.snapshots
    if not snapshots:
        raise UsageError(f"The store {place} holds no complete snapshot.")
    last = max(s.collected_at for s in snapshots).astimezone(rules.config.zone).date()
    end = month_end(last) if month_end(last) <= today else last
    with tempfile.TemporaryDirectory(prefix="reportgen-") as spare:
        kept = Kept(store.medium, Path(spare))
        month = Period("monthly", end.replace(day=1), end)
        history = VerdictFiles(snapshots, rules, month, kept, held.pruned)
        known = history.keys()
        _check(span, [point for point, _ in known if point.at_month_end])

        def wanted(point: Point) -> bool:
            return (
                point.at_month_end
                and (not span.months or f"{point.day:%Y-%m}" in span.months)
                and (not span.accounts or point.account in span.accounts)
            )

        history.judge(workers, progress, wanted)
        found = list(history.files(wanted))
        names = _names(found)
        placed = [Placed(point, names[point.account], path) for point, path in found]
        placed.sort(key=lambda one: (one.point.day, one.point.account))
        yield Judgements(placed, snapshots, rules)


def _check(span: Span, points: Sequence[Point]) -> None:
    months = sorted({f"{point.day:%Y-%m}" for point in points})
    for month in span.months:
        if month not in months:
            raise UsageError(
                f"There is no position at the end of {month}.",
                f"The store has those of {months[0]} to {months[-1]}.",
            )
    accounts = {point.account for point in points}
    for account in span.accounts:
        if account not in accounts:
            raise UsageError(f"The store has no account {account}.")


def _names(found: Sequence[tuple[Point, Path]]) -> dict[str, str]:
    """The name of each account as its last file has it."""
    last: dict[str, tuple[date, Path]] = {}
    for point, path in found:
        if point.account not in last or point.day > last[point.account][0]:
            last[point.account] = point.day, path
    names = ((account, decode(path.read_bytes()).info.name) for account, (_, path) in last.items())
    # What is no Unicode in a name stands as a question mark.
    return {account: name.encode("utf-8", "replace").decode() for account, name in names}
