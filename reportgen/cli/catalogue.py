"""``controls`` and ``frameworks``: the catalogue."""

from __future__ import annotations

import json
from typing import Annotated, Optional

import typer

from reportgen.errors import UsageError

app = typer.Typer()


@app.command("controls")
def controls_(
    control_id: Annotated[Optional[str], typer.Argument(help="A control's id.")] = None,  # noqa: UP045
) -> None:
    """List the catalogue's controls, or show one whole."""
    from reportgen.catalogue import load_catalogue

    catalogue = load_catalogue()
    if control_id is None:
        for control in catalogue.controls.values():
            typer.echo(f"{control.id:8} {control.severity.value:9} {control.title}")
        return
    if control_id not in catalogue.controls:
        known = ", ".join(catalogue.controls)
        raise UsageError(f"Unknown control {control_id!r}.", f"Known controls: {known}.")
    found = catalogue.controls[control_id].model_dump(mode="json", exclude={"examples"})
    typer.echo(json.dumps(found, indent=1, ensure_ascii=False))


@app.command()
def frameworks() -> None:
    """List the frameworks and how many of their requirements the catalogue reaches."""
    from reportgen.catalogue import load_catalogue

    for framework in load_catalogue().frameworks.values():
        reached = sum(bool(r.controls) for r in framework.requirements)
        total = len(framework.requirements)
        typer.echo(f"{framework.id:16} {reached:3} of {total:3}  {framework.title}")
