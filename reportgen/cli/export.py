"""``export``: results for other programs."""

from __future__ import annotations

from typing import Annotated

import typer

from reportgen.cli.options import (
    AsOfOption,
    ConfigOption,
    ControlsOption,
    OutputOption,
    StoreOption,
    exit_if_damaged,
)
from reportgen.errors import UsageError
from reportgen.files import write_private

app = typer.Typer()


@app.command()
def export(
    store: StoreOption,
    output_format: Annotated[
        str, typer.Option("--format", help="oscal-ar, oscal-poam, ocsf or asff.")
    ],
    output: OutputOption = None,
    as_of: AsOfOption = None,
    controls: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the results as OSCAL (assessment results, POA&M), OCSF or Security Hub's ASFF."""
    from reportgen import __version__, pipeline
    from reportgen.clock import parse_argument, parse_moment
    from reportgen.render.machine import FORMATS
    from reportgen.render.machine.judged import MachineInput

    if output_format not in FORMATS:
        raise UsageError(f"{output_format!r} is not a format.", f"Choose {', '.join(FORMATS)}.")
    rules = pipeline.prepare(config, controls)
    zone = rules.config.zone
    moment = parse_argument(as_of, zone, end_of_day=True) if as_of else None
    found = pipeline.assessed(store, rules, moment)
    results = found.results
    judged = MachineInput(
        results,
        rules.catalogue,
        rules.register,
        rules.config.settings.organisation,
        parse_moment(results["as_of"]).astimezone(zone).date(),
        __version__,
    )
    content = b"".join(FORMATS[output_format](judged))
    if output is None:
        typer.echo(content.decode("utf-8", "backslashreplace"), nl=False)
    else:
        write_private(output, content)
    exit_if_damaged(found.damaged)
