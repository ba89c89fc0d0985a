"""The history of an account as a file: JSON, deflated.

The numbers by month and control are the bytes of little-endian 32-bit integers, in base 64; days
are numbers in base 16, as they are sets of bits; the courses of findings lie column by column.
"""

from __future__ import annotations

import base64
import json
import sys
import zlib
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, TypedDict

import numpy as np

from reportgen.model import AccountInfo, Envelope, Status
from reportgen.report.words import Moved
from reportgen.summarise.account import PLACES, AccountHistory, AccountMonth, Course, Gap
from reportgen.summarise.held import ControlDays
from reportgen.verdicts.basis import key_of
from reportgen.verdicts.form import DamagedError


class HistoryBasis(TypedDict):
    """All that a history depends on; dates are ISO dates.

    ``period`` has kind, first and last day; ``verdicts`` for each file of verdicts its key, the day
    that it is shown for, whether that is a month's end, and the days on which its evidence was
    collected: where that lies before the month, and where it counts for days in violation.
    """

    form: str
    account: str
    period: list[str]
    days: list[str]
    verdicts: list[tuple[str, str, bool, str | None, str | None]]


# The form of the file; another one is another file.
FORM = "1"
_NUMBER = np.dtype("<i4")
_BITS = ("broken", "unseen", "applied")
# Texts that come again in one account or in all.
_SHARED = ("control_id", "resource", "reason", "evidence", "name", "resource_type")


def encode_history(history: AccountHistory, basis: HistoryBasis) -> bytes:
    """The file of an account's history; the same history gives the same bytes.

    ``basis`` is what it rests on, and is kept as it is.
    """
    infos = list(dict.fromkeys(month.info for month in history.months if month))
    data = {
        "form": FORM,
        "basis": dict(basis),
        "account": history.account_id,
        "infos": [asdict(info) for info in infos],
        "months": [_month(month, infos) if month else None for month in history.months],
        "controls": history.controls,
        "table": base64.b64encode(history.table.astype(_NUMBER).tobytes()).decode(),
        "variants": history.variants,
        "courses": list(zip(*history.courses, strict=True)),
        "days": _days(history.days),
        "gaps": history.gaps,
        "total": history.total,
        "quarters": history.quarters,
        "collected_at": history.collected_at.isoformat() if history.collected_at else None,
        "envelopes": [envelope.to_json() for envelope in history.envelopes],
        "others": [envelope.to_json() for envelope in history.others],
    }
    return zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 6)


def decode_history(content: bytes, key: str = "") -> AccountHistory:
    """Read what ``encode_history`` wrote. Raises DamagedError for anything else.

    With ``key`` the file must rest on what that is a hash of: it may lie under another's name.
    """
    try:
        data = json.loads(zlib.decompress(content))
        if data["form"] != FORM:
            raise DamagedError(f"of form {data['form']}, not {FORM}")
        if key and key_of(data["basis"]) != key:
            raise DamagedError(f"of account {data['account']}, and not what rests on {key}")
        infos = [AccountInfo(**info) for info in data["infos"]]
        months = tuple(_read_month(month, infos) if month else None for month in data["months"])
        controls = tuple(data["controls"])
        numbers = np.frombuffer(base64.b64decode(data["table"]), _NUMBER)
        collected = data["collected_at"]
        return AccountHistory(
            data["account"],
            months,
            controls,
            numbers.reshape(len(months), len(controls), PLACES),
            tuple(
                (control, tuple((n, v) for n, v in parameters), tuple(counts))
                for control, parameters, counts in data["variants"]
            ),
            tuple(_courses(data["courses"])),
            _read_days(data["days"]),
            tuple(Gap(reason, tuple(own), count) for reason, own, count in data["gaps"]),
            tuple(data["total"]) if data["total"] else None,
            tuple(tuple(counts) if counts else None for counts in data["quarters"]),
            datetime.fromisoformat(collected) if collected else None,
            tuple(map(Envelope.from_json, data["envelopes"])),
            tuple(map(Envelope.from_json, data["others"])),
        )
    except (zlib.error, ValueError, LookupError, TypeError, AttributeError) as error:
        raise DamagedError(str(error)) from error


def basis_of(content: bytes) -> HistoryBasis:
    """What a file says that it rests on. Raises DamagedError."""
    try:
        basis: HistoryBasis = json.loads(zlib.decompress(content))["basis"]
    except (zlib.error, ValueError, LookupError, TypeError) as error:
        raise DamagedError(str(error)) from error
    return basis


def _month(month: AccountMonth, infos: list[AccountInfo]) -> list[Any]:
    carried = month.carried.isoformat() if month.carried else None
    return [infos.index(month.info), carried, month.unread]


def _read_month(month: list[Any], infos: list[AccountInfo]) -> AccountMonth:
    number, carried, unread = month
    return AccountMonth(
        infos[number],
        date.fromisoformat(carried) if carried else None,
        tuple((source, Status(status)) for source, status in unread),
    )


def _courses(columns: list[list[Any]]) -> list[Course]:
    if not columns:
        return []
    words = {word.value: word for word in Moved} | {None: None}
    for place, name in enumerate(Course._fields):
        if name == "moved":
            columns[place] = [words[word] for word in columns[place]]
        elif name in _SHARED:
            # Each different one once: they are the same for many findings.
            columns[place] = list(map(sys.intern, columns[place]))
    return [Course._make(row) for row in zip(*columns, strict=True)]


def _days(days: ControlDays) -> dict[str, object]:
    bits = {name: {c: f"{b:x}" for c, b in getattr(days, name).items()} for name in _BITS}
    return {**asdict(days), **bits}


def _read_days(data: Any) -> ControlDays:
    bits = {name: {c: int(b, 16) for c, b in data[name].items()} for name in _BITS}
    return ControlDays(**{**data, **bits})
