"""``query``: what was judged, asked by filters or by a line of SQL."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from reportgen.cli.options import (
    ClusterOption,
    ConfigOption,
    ControlsOption,
    ParallelOption,
    StoreOption,
)
from reportgen.cli.progress import judged_so_far
from reportgen.errors import UsageError

if TYPE_CHECKING:
    from reportgen.query.filters import Filters
    from reportgen.query.history import Judgements
    from reportgen.query.selection import Selection

app = typer.Typer()

# What a terminal has room for.
_BRIEF = ("month", "account", "control_id", "verdict", "resource", "reason")
Values = Optional[list[str]]  # noqa: UP045 - Typer reads this at run time


def _describe(value: bool) -> None:
    from reportgen.query.views import VIEWS

    if not value:
        return
    for view in VIEWS:
        typer.echo(f"{view.name}: {view.about}")
        for column in view.columns:
            typer.echo(f"  {column.name:14} {column.kind:25} {column.about}")
    raise typer.Exit


@app.command()
def query(
    store: StoreOption,
    sql: Annotated[str, typer.Argument(help="One statement of SQL that reads.")] = "",
    control: Annotated[Values, typer.Option(help="Of this control; may be repeated.")] = None,
    month: Annotated[Values, typer.Option(help="At the end of this month, 2026-03.")] = None,
    account: Annotated[Values, typer.Option(help="Of this account, by its number.")] = None,
    verdict: Annotated[
        Values, typer.Option(help="pass, fail, not-evaluated or not-applicable.")
    ] = None,
    severity: Annotated[Values, typer.Option(help="critical, high, medium or low.")] = None,
    resource: Annotated[str, typer.Option(help="With this text in its ARN.")] = "",
    columns: Annotated[str, typer.Option(help="Columns to show, apart by commas.")] = "",
    output_format: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    rows: Annotated[int, typer.Option(min=1, help="Rows that a table shows.")] = 200,
    memory: Annotated[int, typer.Option(min=64, help="Megabytes that SQL may take.")] = 512,
    describe: Annotated[
        bool,
        typer.Option(
            "--describe", callback=_describe, is_eager=True, help="List views and columns, and end."
        ),
    ] = False,
    controls: ControlsOption = None,
    parallel: ParallelOption = 0,
    cluster: ClusterOption = "",
    config: ConfigOption = None,
) -> None:
    """Ask what was judged at each month's end: filters, or SQL (docs/query.md).

    ``--month`` and ``--account`` say what SQL sees, too.
    """
    from reportgen import pipeline
    from reportgen.clock import now
    from reportgen.history.executors import Workers
    from reportgen.query.filters import Filters
    from reportgen.query.history import Span, judgements
    from reportgen.render.answers import FORMATS, render_answer

    if output_format not in FORMATS:
        raise UsageError(f"{output_format!r} is not a format.", "Choose table, csv or json.")
    chosen = tuple(name.strip() for name in columns.split(",") if name.strip())
    wanted = Filters(
        tuple(control or ()),
        tuple(verdict or ()),
        tuple(severity or ()),
        resource,
        chosen or (_BRIEF if output_format == "table" else ()),
    )
    span = Span(tuple(month or ()), tuple(account or ()))
    if sql and (control or verdict or severity or resource or chosen):
        raise UsageError(
            "SQL has its own conditions and columns.",
            "Beside it only --month and --account say what there is to ask about.",
        )
    if not (sql or control or verdict or severity or resource or month or account):
        raise UsageError(
            "There is no question.",
            "Give a filter, such as --control KEY-02 --month 2026-03 --verdict fail, or SQL.",
        )
    rules = pipeline.prepare(config, controls)
    today = now().astimezone(rules.config.zone).date()
    workers = Workers(parallel, cluster)
    with judgements(store, rules, today, span, judged_so_far(), workers) as history:
        answer = _answer(history, sql, memory, wanted)
        pieces = render_answer(answer.columns, answer.rows, output_format, most=rows)
        for piece in pieces:
            sys.stdout.write(piece)


def _answer(history: Judgements, sql: str, memory: int, wanted: Filters) -> Selection:
    if not sql:
        from reportgen.query import filters

        return filters.ask(history, wanted)
    from reportgen.query import sql as engine

    return engine.ask(history, sql, memory)
