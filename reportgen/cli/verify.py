"""``reportgen verify`` and ``reportgen upgrade``: arguments in, exit code out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from reportgen.cli.options import StoreOption
from reportgen.errors import UsageError
from reportgen.evidence.chain import Remembered

app = typer.Typer()


@app.command()
def verify(
    store: StoreOption,
    expect: Annotated[str, typer.Option(help="A root that must be in the chain.")] = "",
    report: Annotated[
        Optional[Path],  # noqa: UP045 - Typer reads this at run time
        typer.Option(help="summary.json of a report made from this store."),
    ] = None,
    output_format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """Verify every seal and every byte of a store: a line for each flaw (exit 4), or its root."""
    from reportgen.evidence.store import Store
    from reportgen.evidence.verify import as_json, as_text, remembered_by
    from reportgen.evidence.verify import verify as verify_all

    if output_format not in ("text", "json"):
        raise UsageError(f"{output_format!r} is not a format.", "Choose text or json.")
    opened = Store.open(store)
    known = [Remembered(expect, "--expect")] if expect else []
    try:
        if report:
            known.append(remembered_by(report))
        outcome = verify_all(opened.medium, known)
    except OSError as error:
        raise UsageError(f"{error.filename or store}: cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"{report}: {error}.", "Give a summary.json of `report`.") from error
    typer.echo(as_json(outcome) if output_format == "json" else as_text(outcome))
    if outcome.flaws:
        raise typer.Exit(4)


@app.command()
def upgrade(
    store: StoreOption,
    to: Annotated[Path, typer.Option(help="Folder of the new store.")],
) -> None:
    """Bring a store of version 1 over into a new, sealed one; the old one is only read."""
    from reportgen.evidence.version1 import upgrade as bring_over

    count = bring_over(store, to)
    typer.echo(f"{count} snapshots are in {to}; `reportgen verify --store {to}` verifies them.")
