"""``controls`` and ``frameworks``: the catalogue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer
from typer.core import TyperGroup

from reportgen.cli.options import ConfigOption, ControlsOption
from reportgen.errors import UsageError

if TYPE_CHECKING:
    from reportgen.catalogue import Catalogue, Control


class _ShowByDefault(TyperGroup):
    """``controls MFA-01`` is ``controls show MFA-01``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer()
controls = typer.Typer(
    name="controls",
    help="List, show and test the controls of the catalogue; alone, list them.",
    cls=_ShowByDefault,
    invoke_without_command=True,
)
app.add_typer(controls)

_Format = Annotated[str, typer.Option("--format", help="table or json.")]
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


@controls.callback()
def _alone(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_()


@controls.command("list")
def list_(
    framework: _Framework = None,
    severity: _Severity = None,
    family: _Family = None,
    output_format: _Format = "table",
    folder: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """List controls."""
    from reportgen.catalogue.about import about, chosen

    _known_format(output_format)
    catalogue = _catalogue(config, folder)
    rows = chosen(catalogue, framework, severity, family)
    if output_format == "json":
        _json([about(catalogue, control) for control in rows])
        return
    for control in rows:
        typer.echo(f"{control.id:8} {control.severity.value:9} {control.title}")


@controls.command("show")
def show(
    control_id: Annotated[str, typer.Argument(help="A control's id.")],
    output_format: _Format = "json",
    folder: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """Show one control whole, with the kind and range of each parameter."""
    from reportgen.assess.parameters import described
    from reportgen.assess.run import find_check
    from reportgen.catalogue.about import about, as_text

    _known_format(output_format)
    catalogue = _catalogue(config, folder)
    control = _one(catalogue, control_id)
    told = about(catalogue, control)
    told["parameters_declared"] = described(find_check(catalogue, control))
    if output_format == "json":
        _json(told)
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


@app.command()
def frameworks(folder: ControlsOption = None, config: ConfigOption = None) -> None:
    """List the frameworks and how many of their requirements the catalogue reaches."""
    for framework in _catalogue(config, folder).frameworks.values():
        reached = sum(bool(r.controls) for r in framework.requirements)
        total = len(framework.requirements)
        typer.echo(f"{framework.id:16} {reached:3} of {total:3}  {framework.title}")


def _known_format(name: str) -> None:
    if name not in ("table", "json"):
        raise UsageError(f"{name!r} is not a format.", "Choose table or json.")


def _json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False))
