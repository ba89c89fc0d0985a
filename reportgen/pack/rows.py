"""Every row of an account at the period's end, in the form in which the files of controls have it.

A control's files are those of its accounts one behind the other. So each account's part of them is
made where the account is worked on, and its text is made once:

    rows/<account>/lines        what ``results.jsonl`` has of it, control by control
    rows/<account>/table        the same of ``results.csv``
    rows/<account>/things       the same of ``population.csv``
    rows/<account>/index.json   where each control's part lies, and what it comes to
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import Any, BinaryIO, TypedDict

from reportgen.evidence.seal import canonical
from reportgen.files import write_private
from reportgen.model import AccountAssessment, Result, Verdict
from reportgen.pack.writer import Stretch
from reportgen.render.machine.form import Form, place
from reportgen.render.tables import safe_cell

LINES, TABLE, THINGS = "lines", "table", "things"
PARTS = (LINES, TABLE, THINGS)
_INDEX = "index.json"
_Cell = str | int


class ControlRows(TypedDict):
    """What an account has under one control.

    ``parts``: start and size of each of ``PARTS``; ``verdicts`` and ``kinds`` of resources are
    counted by the catalogue's own thresholds; ``evidence`` has the ids of all that rows name.
    """

    parts: list[tuple[int, int]]
    verdicts: dict[str, int]
    kinds: dict[str, int]
    evidence: list[str]


class AccountIndex:
    """The rows of an account that ``write_rows`` has written below ``folder``."""

    def __init__(self, folder: Path, account: str) -> None:
        self._folder = folder / "rows" / account
        self.controls: dict[str, ControlRows] = json.loads((self._folder / _INDEX).read_bytes())

    def part(self, control: str, name: str) -> Stretch:
        """Where a part of a control lies."""
        start, size = self.controls[control]["parts"][PARTS.index(name)]
        return Stretch(self._folder / name, start, size)


def write_rows(
    assessment: AccountAssessment, name: str, before: Mapping[str, int], folder: Path
) -> None:
    """Write the rows of one account, called ``name``, below ``folder``.

    ``before``: how many rows the accounts before it have under each control, without variants.
    """
    account = assessment.info.account_id
    place_ = folder / "rows" / account
    place_.mkdir(parents=True, exist_ok=True)
    index: dict[str, ControlRows] = {}
    texts = _Texts(account, name)
    with ExitStack() as stack:
        streams = [stack.enter_context((place_ / part).open("wb")) for part in PARTS]
        for control, results in _grouped(assessment).items():
            index[control] = _control(texts, results, before.get(control, 0), streams)
    write_private(place_ / _INDEX, json.dumps(index).encode())


def _grouped(found: AccountAssessment) -> dict[str, list[tuple[Result, bool]]]:
    by: dict[str, list[tuple[Result, bool]]] = {}
    for results, variant in ((found.results, False), (found.variants, True)):
        for result in results:
            by.setdefault(result.control_id, []).append((result, variant))
    return by


def _control(
    texts: _Texts,
    results: Sequence[tuple[Result, bool]],
    before: int,
    streams: Sequence[BinaryIO],
) -> ControlRows:
    own = [result for result, variant in results if not variant]
    things = dict.fromkeys((result.resource_type, result.resource) for result in own)
    contents = (
        "".join(texts.line(*each) for each in results).encode(),
        csv_lines(texts.cells(number, r) for number, r in enumerate(own, before + 1)),
        csv_lines(texts.thing(*each) for each in things),
    )
    parts = [(stream.tell(), stream.write(c)) for stream, c in zip(streams, contents, strict=True)]
    verdicts = Counter(result.verdict for result in own)
    return {
        "parts": parts,
        "verdicts": {v.value: verdicts[v] for v in Verdict},
        "kinds": dict(Counter(kind for kind, _ in things)),
        "evidence": sorted({one for ids in {r.evidence for r, _ in results} for one in ids}),
    }


class _Texts:
    """Rows of one account as text. What many rows have in common is made once."""

    def __init__(self, account: str, name: str) -> None:
        self._account = safe_cell(account), safe_cell(name)
        self._forms: dict[tuple[Any, ...], Form] = {}
        self._safe = _Memo(safe_cell)
        self._json = _Memo(encode_basestring_ascii)
        self._ids = _Memo(lambda ids: canonical(ids).decode())
        self._joined = _Memo(lambda ids: safe_cell(" ".join(ids)))

    def line(self, result: Result, variant: bool) -> str:
        """The line of ``results.jsonl``: canonical JSON, with the parameters that it was judged by.

        ``variant``: under a framework's own thresholds.
        """
        kind = (
            result.control_id, result.verdict, result.severity, result.parameters,
            result.incomplete, variant,
        )  # fmt: skip
        form = self._forms.get(kind)
        if form is None:
            named = {name: place(name) for name in ("reason", "resource", "resource_type")}
            data = {
                **result.to_json(),
                **named,
                "evidence": place("evidence"),
                "parameters": dict(result.parameters),
                "variant": variant,
            }
            form = self._forms[kind] = Form(canonical(data).decode() + "\n")
        return form.filled(
            {
                "evidence": self._ids[result.evidence],
                "reason": self._json[result.reason],
                "resource": self._json[result.resource],
                "resource_type": self._json[result.resource_type],
            }
        )

    def cells(self, number: int, result: Result) -> tuple[_Cell, ...]:
        """The cells of a row of ``results.csv``."""
        safe = self._safe
        return (
            number, *self._account, safe[result.resource_type], safe[result.resource],
            result.verdict.value, result.severity.value, safe[result.reason],
            self._joined[result.evidence],
        )  # fmt: skip

    def thing(self, kind: str, resource: str) -> tuple[_Cell, ...]:
        """The cells of a row of ``population.csv``."""
        return (*self._account, self._safe[kind], self._safe[resource])


class _Memo(dict[Any, str]):
    """What a function makes of each thing, made once."""

    def __init__(self, make: Callable[[Any], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Any) -> str:
        found = self[key] = self._make(key)
        return found


def csv_lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows of a table, of which no cell is taken for a formula, as its file has them."""
    lines = _Lines()
    csv.writer(lines, lineterminator="\r\n").writerows(rows)
    return "".join(lines).encode("utf-8", "replace")


class _Lines(list[str]):
    """What ``csv`` writes to."""

    write = list.append
