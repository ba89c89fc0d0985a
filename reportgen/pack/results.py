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
from reportgen.render.tables import safe_cell
from reportgen.report.packed import Page, Piece, Query, Row
from reportgen.sources.source import Source

# Rows on a page; every row is in the files beside it.
_EXCEPTIONS, _UNSEEN, _OTHERS = 200, 50, 50
_RESULTS = (
    "row", "account_id", "account", "resource_type", "resource", "verdict", "severity", "reason",
    "evidence",
)  # fmt: skip


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

    def write(self, control: Control, rows: Path, folder: Path) -> Page:
        """Write the files of one control; ``rows`` holds a file for each account.

        Returns what its page shows.
        """
        folder.mkdir(parents=True, exist_ok=True)
        page = self._page(control)
        population: Counter[str] = Counter()
        verdicts: Counter[str] = Counter()
        used: set[str] = set()
        accounts = 0
        with (
            _table(folder / "results.csv") as results,
            _table(folder / "population.csv") as things,
            (folder / "results.jsonl").open("wb") as whole,
        ):
            results.row(_RESULTS)
            things.row(("account_id", "account", "resource_type", "resource"))
            number = 0
            for path in sorted(rows.glob("*.jsonl")):
                accounts += 1
                seen: set[tuple[str, str]] = set()
                with path.open("rb") as stream:
                    for line in stream:
                        whole.write(line)
                        row = json.loads(line)
                        used.update(row["evidence"])
                        if row["variant"]:
                            continue
                        number += 1
                        verdicts[row["verdict"]] += 1
                        self._row(page, number, row)
                        results.row(self._cells(number, row))
                        thing = row["resource_type"], row["resource"]
                        if thing not in seen:
                            seen.add(thing)
                            population[row["resource_type"]] += 1
                            account = row["account_id"]
                            things.row((account, self._names[account], *thing))
        page.population = dict(sorted(population.items()))
        page.verdicts = {v.value: verdicts[v.value] for v in Verdict}
        page.accounts = accounts
        self._evidence(folder / "evidence.csv", used)
        return page

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
        verdict = row["verdict"]
        if verdict == Verdict.FAIL:
            shown, most = page.exceptions, _EXCEPTIONS
        elif verdict == Verdict.NOT_EVALUATED:
            shown, most = page.unseen, _UNSEEN
        else:
            shown, most = page.others, _OTHERS
        if len(shown) >= most:
            return
        proofs = tuple((e, self._account_of(e)) for e in row["evidence"])
        account = row["account_id"]
        shown.append(
            Row(
                number,
                self._names[account],
                account,
                row["resource"],
                verdict,
                row["reason"],
                proofs,
            )
        )

    def _account_of(self, evidence: str) -> str:
        piece = self._pieces.get(evidence)
        return piece.account_id if piece else ""

    def _cells(self, number: int, row: Mapping[str, Any]) -> tuple[Any, ...]:
        account = row["account_id"]
        return (
            number, account, self._names[account], row["resource_type"], row["resource"],
            row["verdict"], row["severity"], row["reason"], " ".join(row["evidence"]),
        )  # fmt: skip

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
