"""The folder of each control: test, population, results, and the evidence that they rest on."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from reportgen.catalogue import Catalogue, Control
from reportgen.model import Verdict
from reportgen.pack.rows import LINES, TABLE, THINGS, AccountIndex
from reportgen.pack.writer import Concatenated
from reportgen.render.tables import safe_cell
from reportgen.report.packed import Page, Piece, Query, Row
from reportgen.sources.source import Source

# Rows on a page; every row is in the files beside it.
_EXCEPTIONS, _UNSEEN, _OTHERS = 200, 50, 50
_RESULTS = (
    "row", "account_id", "account", "resource_type", "resource", "verdict", "severity", "reason",
    "evidence",
)  # fmt: skip
_THINGS = ("account_id", "account", "resource_type", "resource")


class ControlFolders:
    """Makes ``controls/<id>/`` out of the rows of every account.

    ``names`` are those of accounts, ``pieces`` the evidence of the pack by id.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        sources: Mapping[str, Source],
        names: Mapping[str, str],
        pieces: Mapping[str, Piece],
        supports: Mapping[str, Iterable[str]],
    ) -> None:
        self._catalogue = catalogue
        self._sources = sources
        self._names = names
        self._pieces = pieces
        self._supports = supports

    def write(self, control: Control, rows: Mapping[str, AccountIndex], folder: Path) -> Page:
        """Write the files of one control; ``rows`` are those of each account that has some.

        Returns what its page shows.
        """
        folder.mkdir(parents=True, exist_ok=True)
        page = self._page(control)
        found = [index.controls[control.id] for index in rows.values()]
        page.population = dict(sorted(_sum(one["kinds"] for one in found).items()))
        verdicts = _sum(one["verdicts"] for one in found)
        page.verdicts = {v.value: verdicts[v.value] for v in Verdict}
        page.accounts = len(rows)
        number = 0
        for index in rows.values():
            self._show(page, number, index, control.id)
            number += sum(index.controls[control.id]["verdicts"].values())
        self._evidence(folder / "evidence.csv", {e for one in found for e in one["evidence"]})
        return page

    def _show(self, page: Page, number: int, index: AccountIndex, control: str) -> None:
        """Take rows of an account for the page, as long as it has room for some."""
        held = index.controls[control]["verdicts"]
        left = sum(held[v] for v in Verdict if _has_room(page, v))
        for line in index.part(control, LINES).read().splitlines() if left else ():
            row = json.loads(line)
            if row["variant"]:
                continue
            number += 1
            if _has_room(page, row["verdict"]):
                self._row(page, number, row)
                left -= 1
                if not left:
                    return

    def _page(self, control: Control) -> Page:
        return Page(
            control.id,
            control.title,
            control.family,
            control.severity.value,
            control.statement,
            control.test,
            control.limits,
            dict(control.parameters),
            tuple(self._supports.get(control.id, ())),
            tuple(
                Query(name, self._sources[name].operations, self._sources[name].keys)
                for name in control.sources
            ),
            {},
            0,
            {},
        )

    def _row(self, page: Page, number: int, row: Mapping[str, Any]) -> None:
        proofs = tuple((e, self._account_of(e)) for e in row["evidence"])
        account, verdict = row["account_id"], row["verdict"]
        shown = Row(
            number, self._names[account], account, row["resource"], verdict, row["reason"], proofs
        )
        _place_of(page, verdict)[0].append(shown)

    def _account_of(self, evidence: str) -> str:
        piece = self._pieces.get(evidence)
        return piece.account_id if piece else ""

    def _evidence(self, path: Path, used: Iterable[str]) -> None:
        with _table(path) as table:
            table.row(
                ("id", "account_id", "source", "status", "collected_at", "grade", "sha256", "file")
            )
            for one in sorted(used):
                p = self._pieces.get(one)
                if p is None:
                    table.row((one, "", "", "", "", "", "", ""))
                    continue
                file = p.files[0][1] if p.sha256 else ""
                table.row(
                    (
                        p.id,
                        p.account_id,
                        p.source,
                        p.status,
                        p.collected_at,
                        p.grade,
                        p.sha256,
                        file,
                    )
                )


def _place_of(page: Page, verdict: str) -> tuple[list[Row], int]:
    """Where a page shows rows of a verdict, and how many at most."""
    if verdict == Verdict.FAIL:
        return page.exceptions, _EXCEPTIONS
    if verdict == Verdict.NOT_EVALUATED:
        return page.unseen, _UNSEEN
    return page.others, _OTHERS


def _has_room(page: Page, verdict: str) -> bool:
    shown, most = _place_of(page, verdict)
    return len(shown) < most


def _sum(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in counts:
        found.update(one)
    return found


def rows_by_control(folder: Path) -> dict[str, dict[str, AccountIndex]]:
    """What ``write_rows`` wrote below ``folder``: the accounts of each control, in their order."""
    found: dict[str, dict[str, AccountIndex]] = {}
    for place in sorted((folder / "rows").iterdir()):
        index = AccountIndex(folder, place.name)
        for control in index.controls:
            found.setdefault(control, {})[place.name] = index
    return found


def row_files(control: str, rows: Mapping[str, AccountIndex]) -> dict[str, Concatenated]:
    """The files of a control that have a line for each row, by name in the pack."""
    return {
        f"controls/{control}/{name}": Concatenated(
            (heading, *(index.part(control, part) for index in rows.values()))
        )
        for name, part, heading in (
            ("results.jsonl", LINES, b""),
            ("results.csv", TABLE, csv_text([_RESULTS])),
            ("population.csv", THINGS, csv_text([_THINGS])),
        )
    }


class _table:
    """A CSV file, written row by row; no cell is taken for a formula."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8", errors="replace", newline="")
        self._writer = csv.writer(self._stream, lineterminator="\r\n")

    def __enter__(self) -> _table:
        # The mark by which spreadsheets know UTF-8.
        self._stream.write("\ufeff")
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def row(self, cells: Iterable[Any]) -> None:
        self._writer.writerow([safe_cell(c) if isinstance(c, str) else c for c in cells])


def write_csv(path: Path, rows: Iterable[tuple[Any, ...]]) -> int:
    """Write a table with its heading first; returns how many rows it has below that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = -1
    with _table(path) as table:
        for cells in rows:
            table.row(cells)
            count += 1
    return max(count, 0)


def csv_text(rows: Iterable[tuple[Any, ...]]) -> bytes:
    """A table as ``write_csv`` writes it, in memory."""
    stream = io.StringIO(newline="")
    stream.write("\ufeff")
    writer = csv.writer(stream, lineterminator="\r\n")
    for cells in rows:
        writer.writerow([safe_cell(c) if isinstance(c, str) else c for c in cells])
    return stream.getvalue().encode("utf-8", "replace")


def supports(frameworks: Iterable[Any]) -> dict[str, list[str]]:
    """Control id -> the requirements that it supports, as "E8 ML1 a"."""
    found: dict[str, list[str]] = {}
    for framework in frameworks:
        for requirement in framework.requirements:
            for control in requirement.controls:
                named = f"{framework.short} {requirement.id}"
                if named not in found.setdefault(control, []):
                    found[control].append(named)
    return found


def matrix(framework: Any) -> Iterator[tuple[Any, ...]]:
    """The lines of ``frameworks/<id>.csv``, its heading first: a line for each requirement."""
    yield (
        "framework", "version", "group", "id", "text", "levels", "reach", "state", "controls",
        "tests", "pass", "fail", "not_evaluated", "note",
    )  # fmt: skip
    for r in framework.requirements:
        yield (
            framework.short, framework.version, r.group, r.id, r.text, " ".join(r.levels), r.reach,
            str(r.state), " ".join(r.controls), r.tests, r.passed, r.fail, r.not_evaluated, r.note,
        )  # fmt: skip
