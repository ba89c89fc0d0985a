"""Month ends as data frames, made of files of verdicts.

A month's results are in two frames. ``tests`` has a row for each account and control with its
counts: that is all that is wanted of a pass. ``rows`` has the results at hand
(``verdicts/form.py``), as many as there are findings and gaps, with words as categories.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import accumulate, chain
from typing import Any

import pandas as pd
import pyarrow as pa

from reportgen.catalogue import Catalogue
from reportgen.model import AccountInfo, Envelope, Status
from reportgen.summarise import score
from reportgen.verdicts.columns import Counts, Parameters
from reportgen.verdicts.form import JudgedFile, Lists
from reportgen.verdicts.text import plain

NEVER = "No evidence was ever collected from this account."
_ROWS = ["account_id", "control_id", "resource", "verdict", "incomplete", "superseded"]
# What the pages of findings want besides, at the period's end.
_LAST = ["reason", "evidence", "name", "resource_type"]
_COUNTED = ["pass", "fail", "not-evaluated", "not-applicable"]


@dataclass(frozen=True)
class Position:
    """An account at a month's end. What follows ``unread`` is there at the period's end alone.

    ``unread``: sources that could not be read. ``others``: envelopes of other accounts on which
    its verdicts rest. ``lists``: what an access review starts from, by name.
    """

    info: AccountInfo
    collected_at: datetime | None
    unread: tuple[tuple[str, Status], ...]
    envelopes: tuple[Envelope, ...] = ()
    others: tuple[Envelope, ...] = ()
    lists: Lists = field(default_factory=Lists)


@dataclass(frozen=True)
class MonthEnd:
    """The position of every account at the end of a month (or of the period).

    ``rows`` has the columns account_id, control_id, resource, verdict, whole, superseded, and at
    the period's end reason, evidence, name and resource_type; ``tests`` those of ``score.tests``;
    ``variants`` those too, for each control and its parameters under thresholds of a framework's
    own. ``carried`` names the accounts without a snapshot within the month and the date of the one
    that stands for them; ``absent`` those configured but never collected.
    """

    day: date
    accounts: tuple[Position, ...]
    rows: pd.DataFrame
    tests: pd.DataFrame
    variants: Mapping[tuple[str, Parameters], pd.DataFrame]
    carried: Mapping[str, date]
    absent: tuple[str, ...]


class Gathering:
    """Takes in the accounts of one month's end, in the order of their ids."""

    def __init__(self, day: date, catalogue: Catalogue, *, last: bool) -> None:
        self._day = day
        self._catalogue = catalogue
        self._last = last
        self._columns = [*_ROWS, *_LAST] if last else _ROWS
        self._positions: list[Position] = []
        self._carried: dict[str, date] = {}
        self._tables: list[pa.Table] = []
        self._counts: list[tuple[str, str, Counts, bool]] = []
        self._variants: dict[tuple[str, Parameters], list[tuple[str, str, Counts, bool]]] = {}

    def add(
        self,
        judged: JudgedFile,
        carried: date | None,
        lists: Lists | None = None,
    ) -> None:
        """Take in an account; ``carried`` is the date of the evidence that stands for it."""
        account = judged.info.account_id
        own: list[Envelope] = []
        others: list[Envelope] = []
        if self._last:
            for envelope in judged.envelopes:
                (own if envelope.account_id == account else others).append(envelope)
        self._positions.append(
            Position(
                judged.info,
                judged.collected_at,
                judged.unread,
                tuple(own),
                tuple(others),
                lists or {},
            )
        )
        if carried:
            self._carried[account] = carried
        self._tables.append(judged.at_hand(self._columns))
        for control, counts in judged.counts.items():
            self._counts.append((account, control, counts, bool(carried)))
        if self._last:
            for control, parameters, counts in judged.variants:
                row = (account, control, counts, bool(carried))
                self._variants.setdefault((control, parameters), []).append(row)

    def finish(self, absent: Sequence[str] = ()) -> MonthEnd:
        """The month's end; of accounts in ``absent`` nothing was ever collected."""
        controls = self._catalogue.controls
        unseen = [
            (account, control, (0, 0, 1, 0, 1), False) for account in absent for control in controls
        ]
        return MonthEnd(
            self._day,
            tuple(self._positions),
            self._rows(absent),
            _tests([*self._counts, *unseen], self._catalogue),
            self._tests_of_variants(),
            self._carried,
            tuple(absent),
        )

    def _tests_of_variants(self) -> dict[tuple[str, Parameters], pd.DataFrame]:
        """Made as one frame, of which each has a part: a frame costs more than its few rows."""
        ordered = {key: sorted(rows, key=_by_place) for key, rows in self._variants.items()}
        together = _frame(list(chain.from_iterable(ordered.values())), self._catalogue)
        ends = accumulate(len(rows) for rows in ordered.values())
        return {
            key: together.iloc[end - len(rows) : end]
            for (key, rows), end in zip(ordered.items(), ends, strict=True)
        }

    def _rows(self, absent: Sequence[str]) -> pd.DataFrame:
        controls = list(self._catalogue.controls)
        frames = []
        if self._tables:
            whole = pa.concat_tables(self._tables).unify_dictionaries().combine_chunks()
            frames.append(whole.to_pandas())
        if absent or not frames:
            places = list(chain.from_iterable([account] * len(controls) for account in absent))
            never = pd.DataFrame(
                {
                    "account_id": places,
                    "control_id": controls * len(absent),
                    "resource": [f"arn:aws:iam::{account}:root" for account in places],
                    "verdict": "not-evaluated",
                    "reason": NEVER,
                    "incomplete": True,
                    "superseded": False,
                    "evidence": "",
                    "name": "",
                    "resource_type": "AWS::::Account",
                }
            )
            frames.append(never[self._columns])
        frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
        words = [c for c in self._columns if c not in ("incomplete", "superseded")]
        for name in words:
            frame[name] = _plain(frame[name].astype("category"))
        whole_list: pd.DataFrame = frame.assign(whole=~frame["incomplete"])
        return whole_list.drop(columns="incomplete")


def _plain(words: pd.Series[Any]) -> pd.Series[Any]:
    """Words as they were judged. As plain objects, for some are no Unicode.

    Interned: most resources are there in every month, and their names are most of what is kept.
    """
    categories = [sys.intern(plain(word)) for word in words.cat.categories]
    named: Any = pd.Index(categories, dtype=object)
    return words.cat.rename_categories(named)


# The counts of an account and a control, and whether it is carried forward.
_Counted = tuple[str, str, Counts, bool]


def _by_place(row: _Counted) -> tuple[str, str]:
    return row[:2]


def _tests(rows: Iterable[_Counted], catalogue: Catalogue) -> pd.DataFrame:
    """The frame of ``score.tests``, sorted by account and control."""
    return _frame(sorted(rows, key=_by_place), catalogue)


def _frame(ordered: Sequence[_Counted], catalogue: Catalogue) -> pd.DataFrame:
    controls = catalogue.controls
    data: dict[str, Any] = {
        "account_id": pd.Categorical([account for account, *_ in ordered]),
        "control_id": pd.Categorical([control for _, control, *_ in ordered]),
    }
    for place, verdict in enumerate(_COUNTED):
        data[verdict] = pd.Series([counts[place] for _, _, counts, _ in ordered], dtype="int64")
    data["weight"] = [controls[control].severity.weight for _, control, *_ in ordered]
    data["scored"] = [controls[control].scored for _, control, *_ in ordered]
    data["carried"] = [carried for *_, carried in ordered]
    data["whole"] = [not counts[-1] for _, _, counts, _ in ordered]
    return score.with_fractions(pd.DataFrame(data))


def columns(frame: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    """The rows of some columns as plain Python values."""
    return zip(*(frame[name].tolist() for name in names), strict=True)
