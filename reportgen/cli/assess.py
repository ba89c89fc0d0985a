"""``assess``: judge what the store holds."""

from __future__ import annotations

import sys
from typing import Annotated, Optional

import typer

from reportgen.cli.options import (
    AsOfOption,
    ClusterOption,
    ConfigOption,
    ControlsOption,
    FreshOption,
    OutputOption,
    ParallelOption,
    StoreOption,
    exit_if_damaged,
    say_faults,
    severity_rank,
)
from reportgen.cli.progress import judged_so_far
from reportgen.errors import UsageError
from reportgen.files import write_private

app = typer.Typer()


@app.command()
def assess(
    store: StoreOption,
    as_of: AsOfOption = None,
    output_format: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    output: OutputOption = None,
    fail_on: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Exit 1 on a failure of this severity or worse."),
    ] = None,
    strict: Annotated[bool, typer.Option(help="Exit 3 if anything was not evaluated.")] = False,
    controls: ControlsOption = None,
    control: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Judge only this control; may be repeated."),
    ] = None,
    parallel: ParallelOption = 0,
    cluster: ClusterOption = "",
    fresh: FreshOption = False,
    config: ConfigOption = None,
) -> None:
    """Judge every control for every resource, as of a moment."""
    from reportgen import pipeline
    from reportgen.clock import parse_argument
    from reportgen.model import Severity
    from reportgen.render.results import FORMATS, render_results, totals

    if output_format not in FORMATS:
        raise UsageError(f"{output_format!r} is not a format.", f"Choose {', '.join(FORMATS)}.")
    limit = severity_rank(fail_on)
    rules = pipeline.prepare(config, controls)
    say_faults(rules.register)
    for name in control or []:
        if name not in rules.catalogue.controls:
            known = ", ".join(rules.catalogue.controls)
            raise UsageError(f"Unknown control {name!r}.", f"Known controls: {known}.")
    moment = parse_argument(as_of, rules.config.zone, end_of_day=True) if as_of else None
    judging = pipeline.Judging(parallel, cluster, fresh, judged_so_far())
    found = pipeline.assessed(store, rules, moment, control, judging)
    results = found.results
    rows = results["results"]
    width = None if sys.stdout.isatty() else 160
    text = render_results(results, output_format, width)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_private(output, text.encode("utf-8", "surrogatepass"))
        typer.echo(totals(results), err=True)
    exit_if_damaged(found.damaged)
    if any(r["verdict"] == "fail" and Severity(r["severity"]).rank <= limit for r in rows):
        raise typer.Exit(1)
    if strict and any(r["verdict"] == "not-evaluated" for r in rows):
        raise typer.Exit(3)
