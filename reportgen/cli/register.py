"""``register``: what people decide, checked, out as a workbook and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reportgen.cli.options import ConfigOption, say_faults
from reportgen.render.results import printable

app = typer.Typer()
register = typer.Typer(
    no_args_is_help=True,
    help="Waivers, severities, attestations, responses: check them, as a workbook and back.",
)
app.add_typer(register, name="register")


@register.command("check")
def check(config: ConfigOption = None) -> None:
    """Say which entries are not applied, with file and line; exit 1 where there are any."""
    from reportgen import pipeline

    found = pipeline.prepare(config).register
    say_faults(found)
    count = len(found.waivers) + len(found.severities) + len(found.attestations)
    count += len(found.responses)
    typer.echo(f"{count} entries apply, {len(found.faults)} do not.")
    raise typer.Exit(1 if found.faults else 0)


@register.command("export")
def export(
    out: Annotated[Path, typer.Option(help="The workbook to write, such as register.xlsx.")],
    config: ConfigOption = None,
) -> None:
    """Write the register as a workbook: a sheet for each list."""
    from reportgen.config import load_config
    from reportgen.files import write_private
    from reportgen.register.merge import entries_of
    from reportgen.register.sheets import COLUMNS, write

    folder = load_config(config).register_path
    write_private(out, write({name: entries_of(folder, name) for name in COLUMNS}))
    typer.echo(str(out))


@register.command("import")
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="Workbooks or YAML forms, filled in or mended.")
    ],
    config: ConfigOption = None,
) -> None:
    """Take entries into the register; what cannot be right is told and left out (exit 1)."""
    from reportgen import pipeline
    from reportgen.register.merge import take

    rules = pipeline.prepare(config)
    wrong = 0
    for path in files:
        taken = take(
            rules.config.register_path,
            path,
            rules.catalogue.controls,
            pipeline.answered_by_api(rules.catalogue),
        )
        for fault in taken.faults:
            said = printable(f"{fault.where}: {fault.wrong}")
            typer.echo(f"reportgen: {said} Not taken.", err=True)
        wrong += len(taken.faults)
        typer.echo(
            f"{path.name}: {taken.added} added, {taken.changed} changed, {taken.same} as before, "
            f"{taken.blank} not filled in, {len(taken.faults)} refused."
        )
    raise typer.Exit(1 if wrong else 0)
