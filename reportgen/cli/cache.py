"""``reportgen cache``: the verdicts that a store keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from reportgen.cli.options import ConfigOption, ControlsOption, StoreOption
from reportgen.errors import StoreError

if TYPE_CHECKING:
    from reportgen.history.inventory import Inventory

cache = typer.Typer(
    name="cache", help="Verdicts that a store keeps (docs/store.md).", no_args_is_help=True
)
app = typer.Typer()
app.add_typer(cache)


@cache.command()
def show(store: StoreOption, controls: ControlsOption = None, config: ConfigOption = None) -> None:
    """Count the files by whether they serve a report made now."""
    from reportgen.history.inventory import KeptState

    files = _inventory(store, controls, config).files()
    for state in KeptState:
        mine = [file for file in files if file.state is state]
        if mine or state is KeptState.CURRENT:
            total = sum(file.bytes for file in mine)
            typer.echo(f"{state.value}: {len(mine):,} files, {total:,} bytes")


@cache.command()
def check(
    store: StoreOption,
    most: Annotated[int, typer.Option(min=0, help="Judge so many again (0: all).")] = 0,
    controls: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """Judge again what is kept and compare (exit 4 for a file that says something else)."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="reportgen-") as spare:
        wrong = list(_inventory(store, controls, config).check(Path(spare), most))
    for file in wrong:
        typer.echo(f"{file.state.value}: {file.name}")
    if wrong:
        typer.echo("Remove them: the next report judges anew.", err=True)
        raise typer.Exit(4)
    typer.echo("What is kept is what judging comes to.")


@cache.command()
def prune(store: StoreOption, controls: ControlsOption = None, config: ConfigOption = None) -> None:
    """Remove what serves no report made now: of older rules or engines, and what is damaged."""
    try:
        gone = _inventory(store, controls, config).prune()
    except OSError as error:
        raise StoreError(f"{store}: cannot be pruned: {error.strerror}.") from error
    typer.echo(f"Removed {len(gone):,} files, {sum(file.bytes for file in gone):,} bytes.")


def _inventory(store: StoreOption, controls: ControlsOption, config: ConfigOption) -> Inventory:
    from reportgen import pipeline
    from reportgen.history.inventory import Inventory

    return Inventory(store, pipeline.prepare(config, controls))
