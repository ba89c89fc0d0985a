"""``controls``: list, show and test them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from reportgen.cli.options import (
    ConfigOption,
    ControlsOption,
    FormatOption,
    ListOrShow,
    OutOption,
    known_format,
    print_json,
)
from reportgen.errors import UsageError

if TYPE_CHECKING:
    from reportgen.catalogue import Catalogue, Control


app = typer.Typer()
controls = typer.Typer(
    name="controls",
    help="List, show and test the controls of the catalogue; alone, list them.",
    cls=ListOrShow,
)
app.add_typer(controls)

_Framework = Annotated[
    Optional[str],  # noqa: UP045 - Typer reads this at run time
    typer.Option("--framework", help="Only controls that support this framework."),
]
_Severity = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--severity", help="Only controls of this severity or worse."),
]
_Family = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--family", help="Only controls of this family, or whose ids start so (MFA)."),
]


def _catalogue(config: Path | None, folder: Path | None) -> Catalogue:
    """The catalogue with the organisation's own folders; every check is found and fits."""
    from reportgen.assess.run import find_check
    from reportgen.catalogue import load_catalogue
    from reportgen.config import load_config
    from reportgen.pipeline import own_folders

    found = load_catalogue(folder, own_folders(load_config(config)))
    for control in found.controls.values():
        find_check(found, control)
    return found


def _one(catalogue: Catalogue, control_id: str) -> Control:
    if control_id not in catalogue.controls:
        known = ", ".join(catalogue.controls)
        raise UsageError(f"Unknown control {control_id!r}.", f"Known controls: {known}.")
    return catalogue.controls[control_id]


@controls.command("list")
def list_(
    framework: _Framework = None,
    severity: _Severity = None,
    family: _Family = None,
    output_format: FormatOption = "table",
    folder: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """List controls."""
    from reportgen.catalogue.about import about, chosen

    known_format(output_format)
    catalogue = _catalogue(config, folder)
    rows = chosen(catalogue, framework, severity, family)
    if output_format == "json":
        print_json([about(catalogue, control) for control in rows])
        return
    for control in rows:
        typer.echo(f"{control.id:8} {control.severity.value:9} {control.title}")


@controls.command("show")
def show(
    control_id: Annotated[str, typer.Argument(help="A control's id.")],
    output_format: FormatOption = "json",
    folder: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """Show one control whole, with the kind and range of each parameter."""
    from reportgen.assess.parameters import described
    from reportgen.assess.run import find_check
    from reportgen.catalogue.about import about, as_text

    known_format(output_format)
    catalogue = _catalogue(config, folder)
    control = _one(catalogue, control_id)
    told = about(catalogue, control)
    told["parameters_declared"] = described(find_check(catalogue, control))
    if output_format == "json":
        print_json(told)
    else:
        typer.echo(as_text(told), nl=False)


@controls.command("test")
def run_(
    control_ids: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(help="Ids of controls (default: all)."),
    ] = None,
    complete: Annotated[
        bool, typer.Option(help="Fail also where examples are lacking, such as at a limit.")
    ] = False,
    folder: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """Run the examples of controls; exit code 1 if one fails, with its file and line."""
    from reportgen.config import load_config
    from reportgen.examples.complete import lacking
    from reportgen.examples.run import run_examples
    from reportgen.sources import all_sources

    catalogue = _catalogue(config, folder)
    sources = all_sources(load_config(config).sources_path)
    wanted = [_one(catalogue, i) for i in control_ids or catalogue.controls]
    total = wrong = 0
    for control in wanted:
        total += len(control.examples)
        for failure in run_examples(catalogue, control, sources):
            wrong += 1
            said = f"{failure.where}: {failure.control}, example {failure.example!r}"
            typer.echo(f"{said}: {failure.wrong}")
        for lack in lacking(catalogue, control) if complete else ():
            wrong += 1
            typer.echo(f"{catalogue.sources[control.id].path}: {lack}")
    typer.echo(f"{total} examples of {len(wanted)} controls, {wrong} faults.", err=True)
    if wrong:
        raise typer.Exit(1)


@controls.command("site")
def site_(
    out: OutOption,
    folder: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the controls and frameworks as a static site with a search."""
    from reportgen.render.site import write_site

    count = write_site(_catalogue(config, folder), out)
    typer.echo(f"{count} files in {out}; open {out / 'index.html'}.")
