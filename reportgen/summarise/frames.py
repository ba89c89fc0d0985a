"""Month ends as data frames, put together from the histories of accounts.

A month's results are in one frame, ``tests``, with a row for each account and control and its
counts: of single results a summary wants no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, chain
from typing import Any

import numpy as np
import pandas as pd

from reportgen.catalogue import Catalogue
from reportgen.summarise import score
from reportgen.summarise.account import OPEN, PLACES, AccountHistory, AccountMonth
from reportgen.verdicts.columns import Counts, Parameters

NEVER = "No evidence was ever collected from this account."
_COUNTED = ["pass", "fail", "not-evaluated", "not-applicable"]
# Of an account of which nothing was ever collected: each control stands for what is out of sight.
_UNSEEN = (0, 0, 1, 0, 1)


@dataclass(frozen=True)
class MonthEnd:
    """The position of every account at the end of a month (or of the period).

    ``tests`` has the columns of ``score.tests``; ``open`` counts open findings by control.
    ``carried`` names the accounts without a snapshot within the month and the date of the one that
    stands for them; ``absent``, at the period's end, those configured but never collected.
    """

    day: date
    accounts: tuple[AccountMonth, ...]
    tests: pd.DataFrame
    open: Mapping[str, int]
    carried: Mapping[str, date]
    absent: tuple[str, ...] = ()


def month_ends(
    days: Sequence[date],
    histories: Sequence[AccountHistory],
    absent: Sequence[str],
    catalogue: Catalogue,
) -> list[MonthEnd]:
    """Every month end of ``days``; ``histories`` are in the order of their accounts' ids."""
    last = len(days) - 1
    return [
        _month_end(number, day, histories, absent if number == last else (), catalogue)
        for number, day in enumerate(days)
    ]


def _month_end(
    number: int,
    day: date,
    histories: Sequence[AccountHistory],
    absent: Sequence[str],
    catalogue: Catalogue,
) -> MonthEnd:
    here = [(h, month) for h in histories if (month := h.months[number]) is not None]
    carried = {h.account_id: month.carried for h, month in here if month.carried is not None}
    controls = sorted(catalogue.controls)
    tables = {h.account_id: h.table[number] for h, _ in here}
    opened = sum((table[:, OPEN] for table in tables.values()), np.zeros(len(controls), np.int64))
    unseen = np.zeros((len(controls), PLACES), np.int32)
    unseen[:, :OPEN] = _UNSEEN
    tables |= dict.fromkeys(absent, unseen)
    return MonthEnd(
        day,
        tuple(month for _, month in here),
        _tests(tables, controls, carried, catalogue),
        {control: int(count) for control, count in zip(controls, opened, strict=True) if count},
        carried,
        tuple(absent),
    )


def _tests(
    tables: Mapping[str, np.ndarray[Any, np.dtype[np.int32]]],
    controls: Sequence[str],
    carried: Mapping[str, date],
    catalogue: Catalogue,
) -> pd.DataFrame:
    """The frame of ``score.tests``, sorted by account and control."""
    accounts = sorted(tables)
    shape = len(accounts), len(controls)
    numbers = np.stack([tables[a] for a in accounts]) if accounts else np.empty((*shape, PLACES))
    judged = numbers[:, :, 0] >= 0
    numbers = numbers[judged]
    place, control = np.nonzero(judged)
    own = [catalogue.controls[c] for c in controls]
    data: dict[str, Any] = {
        "account_id": pd.Categorical.from_codes(place, _names(accounts)),
        "control_id": pd.Categorical.from_codes(control, _names(controls)),
    }
    for number, verdict in enumerate(_COUNTED):
        data[verdict] = numbers[:, number].astype("int64")
    data["weight"] = np.array([c.severity.weight for c in own], "int64")[control]
    data["scored"] = np.array([c.scored for c in own], bool)[control]
    data["carried"] = np.array([a in carried for a in accounts], bool)[place]
    data["whole"] = numbers[:, len(_COUNTED)] == 0
    return score.with_fractions(pd.DataFrame(data))


def _names(names: Sequence[str]) -> Any:
    # As plain objects: a string type of pandas would make other categories of them.
    return pd.Index(np.array(names, object))


def variants_of(
    histories: Sequence[AccountHistory], catalogue: Catalogue
) -> dict[tuple[str, Parameters], pd.DataFrame]:
    """Frames as ``tests``, for each control and its parameters under a framework's own thresholds.

    Made as one frame, of which each has a part: a frame costs more than its few rows.
    """
    found: dict[tuple[str, Parameters], list[_Counted]] = {}
    for history in histories:
        carried = history.last.carried is not None
        for control, parameters, counts in history.variants:
            row = (history.account_id, control, counts, carried)
            found.setdefault((control, parameters), []).append(row)
    together = _frame(list(chain.from_iterable(found.values())), catalogue)
    ends = accumulate(len(rows) for rows in found.values())
    return {
        key: together.iloc[end - len(rows) : end]
        for (key, rows), end in zip(found.items(), ends, strict=True)
    }


# The counts of an account and a control, and whether it is carried forward.
_Counted = tuple[str, str, Counts, bool]


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
