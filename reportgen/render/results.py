"""Results of ``assess`` for machines (JSON), spreadsheets (CSV) and people (table)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Literal

from reportgen.model import ResultsFile
from reportgen.render.tables import safe_cell

FORMATS = ("table", "json", "csv")


def printable(text: object) -> str:
    """Leave no control character that a terminal would obey."""
    return "".join(c if c.isprintable() else "\ufffd" for c in str(text))


def render_results(results: ResultsFile, output_format: str, width: int | None) -> str:
    """Write results in one of ``FORMATS``; a table is ``width`` wide (None: as the terminal)."""
    if output_format == "json":
        return _as_json(results)
    return _as_csv(results) if output_format == "csv" else _as_table(results, width)


def _as_json(results: ResultsFile) -> str:
    return json.dumps(results, ensure_ascii=False, indent=1) + "\n"


_Column = Literal[
    "control_id", "account_id", "resource", "resource_type", "verdict", "severity", "reason"
]
_COLUMNS: tuple[_Column, ...] = (
    "control_id",
    "account_id",
    "resource",
    "resource_type",
    "verdict",
    "severity",
    "reason",
)


_SHOWN: tuple[_Column, ...] = ("verdict", "severity", "control_id", "resource", "reason")


def _as_csv(results: ResultsFile) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in results["results"]:
        writer.writerow([safe_cell(str(row[name])) for name in _COLUMNS])
    return stream.getvalue()


def totals(results: ResultsFile) -> str:
    """One line: how many results of each verdict, and the coverage."""
    covered = results["coverage"]
    share = covered["evaluated_percent"]
    return (
        f"As of {results['as_of']}: {covered['pass']} pass, {covered['fail']} fail, "
        f"{covered['not-evaluated']} not evaluated, {covered['not-applicable']} not applicable; "
        f"coverage {'none' if share is None else f'{share} %'}."
    )


# Rows up to which columns are laid out for the terminal: of many that takes longer than judging.
MOST_LAID_OUT = 1000


def _as_table(results: ResultsFile, width: int | None) -> str:
    order = {"fail": 0, "not-evaluated": 1, "pass": 2, "not-applicable": 3}
    rows = [
        tuple(printable(row[name]) for name in _SHOWN)
        for row in sorted(results["results"], key=lambda r: order[r["verdict"]])
        if row["verdict"] in ("fail", "not-evaluated")
    ]
    laid = _laid_out(rows, width) if len(rows) <= MOST_LAID_OUT else _lines(rows)
    return laid + totals(results) + "\n"


_HEAD = ("Verdict", "Severity", "Control", "Resource", "Reason")


def _laid_out(rows: Sequence[tuple[str, ...]], width: int | None) -> str:
    """A table whose cells fold to the width."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in _HEAD:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    stream = io.StringIO()
    Console(file=stream, width=width or Console().width, force_terminal=False).print(table)
    return stream.getvalue()


def _lines(rows: Sequence[tuple[str, ...]]) -> str:
    """A line for each row, whole: the terminal folds it, and a pipe wants it so."""
    return "".join(
        f"{verdict:14} {severity:9} {control:9} {resource}  {reason}\n"
        for verdict, severity, control, resource, reason in (_HEAD, *rows)
    )
