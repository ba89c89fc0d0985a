"""``review``: access reviews, from the frozen population to the proved revocation."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from reportgen.cli.options import AsOfOption, ConfigOption, FormatOption, StoreOption, known_format
from reportgen.errors import UsageError
from reportgen.render.results import printable

if TYPE_CHECKING:
    from reportgen.review.outcome import ReviewStanding

app = typer.Typer()
review = typer.Typer(
    no_args_is_help=True, help="Access reviews: open one, take decisions back, see where it stands."
)
app.add_typer(review, name="review")

NameArgument = Annotated[str, typer.Argument(help="The review's name, such as access-2026-q3.")]


@review.command("open")
def open_(
    name: NameArgument,
    store: StoreOption,
    due: Annotated[str, typer.Option(help="Last day for decisions, such as 2026-10-31.")],
    kind: Annotated[
        Optional[list[str]],  # noqa: UP045 - Typer reads this at run time
        typer.Option(help="Population to review; may be repeated (default: all that were read)."),
    ] = None,
    as_of: AsOfOption = None,
    config: ConfigOption = None,
) -> None:
    """Freeze who has what, and write a workbook for each reviewer of reportgen.yaml."""
    from reportgen import pipeline
    from reportgen.clock import parse_argument
    from reportgen.review.population import REVIEWED, kind_named
    from reportgen.reviewing import open_review

    try:
        last = date.fromisoformat(due)
    except ValueError:
        raise UsageError(f"--due {due!r} is not a date.", "Write 2026-10-31.") from None
    for chosen in kind or ():
        if chosen not in REVIEWED:
            raise UsageError(f"{chosen!r} is not reviewed.", f"Choose {', '.join(REVIEWED)}.")
    rules = pipeline.prepare(config)
    moment = parse_argument(as_of, rules.config.zone, end_of_day=True) if as_of else None
    kinds = [kind_named(chosen) for chosen in kind or REVIEWED]
    opened = open_review(store, rules, name, kinds, moment, last)
    for about in opened.campaign.populations:
        typer.echo(f"{about['name']}: {about['rows']} rows, root {about['root']}")
    for reviewer, path in opened.workbooks.items():
        rows = sum(row.reviewer == reviewer for row in opened.campaign.rows)
        typer.echo(printable(f"{path}: {rows} rows for {reviewer}"))


@review.command("import")
def import_(
    name: NameArgument,
    files: Annotated[list[Path], typer.Argument(help="Returned workbooks (.xlsx or .csv).")],
    accept_late: Annotated[
        bool, typer.Option(help="Take what comes after the due day too, marked as late.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Take the decisions of returned workbooks (exit 3 if a row is refused)."""
    from reportgen import pipeline
    from reportgen.reviewing import import_decisions

    batches = import_decisions(pipeline.prepare(config), name, files, accept_late=accept_late)
    for batch in batches:
        typer.echo(
            printable(
                f"{batch.file}: {len(batch.accepted)} decisions taken, {batch.open} rows without "
                f"one, {len(batch.refused)} refused"
            )
        )
        for refused in batch.refused:
            where = f"line {refused.number}" if refused.number else "row"
            typer.echo(printable(f"  {where} {refused.key} {refused.why}"), err=True)
    if any(batch.refused for batch in batches):
        raise typer.Exit(3)


@review.command()
def close(
    name: NameArgument,
    store: StoreOption,
    by: Annotated[str, typer.Option(help="Who signs the review off.")],
    config: ConfigOption = None,
) -> None:
    """Sign a review off: all is decided and shown. From then on it attests AUD-04 and E8-03."""
    from reportgen import pipeline
    from reportgen.reviewing import close_review

    closing = close_review(store, pipeline.prepare(config), name, by)
    typer.echo(
        printable(
            f"{name} is closed by {closing.by} on {closing.day}: {closing.rows} rows, "
            f"{closing.kept} kept, {closing.revoked} revoked, {closing.changed} changed."
        )
    )


@review.command()
def status(
    store: StoreOption,
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="The review's name (default: all)."),
    ] = None,
    output_format: FormatOption = "table",
    strict: Annotated[
        bool, typer.Option(help="Exit 3 while a row is open or a revocation is not proved.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Say what is decided, which revocations a later snapshot proves, and what looks rushed."""
    from reportgen import pipeline
    from reportgen.reviewing import review_names, review_standing

    known_format(output_format)
    rules = pipeline.prepare(config)
    names = [name] if name else review_names(rules)
    if not names:
        raise UsageError("There is no review yet.", "Open one with `reportgen review open`.")
    standings = [review_standing(store, rules, one) for one in names]
    if output_format == "json":
        told = [{**asdict(s), "open": s.open, "complete": s.complete} for s in standings]
        typer.echo(json.dumps(told, indent=1, ensure_ascii=True))
    else:
        for standing in standings:
            _tell(standing)
    if strict and not all(standing.complete for standing in standings):
        raise typer.Exit(3)


def _tell(standing: ReviewStanding) -> None:
    from reportgen.review.outcome import Proof

    state = "complete" if standing.complete else "not complete"
    typer.echo(printable(f"{standing.id}: {state}; due {standing.due}; root {standing.root}"))
    for reviewer in standing.reviewers:
        late = f", {reviewer.late} late" if reviewer.late else ""
        typer.echo(
            printable(
                f"  {reviewer.name}: {reviewer.rows} rows, {reviewer.kept} kept, "
                f"{reviewer.revoked} revoked, {reviewer.changed} to change, {reviewer.open} open"
                f"{late}"
            )
        )
        for indicator in reviewer.indicators:
            typer.echo(printable(f"    note: {indicator}"))
    if standing.refused:
        typer.echo(f"  {standing.refused} rows were refused on import.")
    for followed in standing.followed:
        seen = f" by {followed.snapshot}" if followed.proof is Proof.SHOWN else ""
        typer.echo(
            printable(f"  {followed.decided.decision}: {followed.row.id}: {followed.proof}{seen}")
        )
