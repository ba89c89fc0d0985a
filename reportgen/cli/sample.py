"""``sample``: draw rows of a population that anyone can draw again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from reportgen.cli.options import (
    AsOfOption,
    ConfigOption,
    ControlsOption,
    FormatOption,
    known_format,
)
from reportgen.errors import UsageError
from reportgen.files import write_private
from reportgen.render.results import printable

app = typer.Typer()


@app.command()
def sample(
    store: Annotated[
        Optional[Path],  # noqa: UP045 - Typer reads this at run time
        typer.Option("--store", help="Folder of the evidence store."),
    ] = None,
    population: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="users, access-keys, roles, assignments or results."),
    ] = None,
    nonce: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="A text that the auditor chooses."),
    ] = None,
    size: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Number of rows."),
    ] = None,
    confidence: Annotated[str, typer.Option(help="Confidence in percent.")] = "95",
    tolerable: Annotated[str, typer.Option(help="Tolerable rate in percent.")] = "5",
    deviations: Annotated[
        int, typer.Option(min=0, max=100, help="Deviations that the sample may show.")
    ] = 0,
    method: Annotated[str, typer.Option(help="hypergeometric or binomial.")] = "hypergeometric",
    as_of: AsOfOption = None,
    output_format: FormatOption = "table",
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", help="File for the sample with its proofs (JSON)."),
    ] = None,
    check: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Check a sample's file instead; with --store it is drawn again."),
    ] = None,
    controls: ControlsOption = None,
    config: ConfigOption = None,
) -> None:
    """Draw a sample of a population, with a proof of each row; or --check one (exit 4)."""
    from reportgen import pipeline
    from reportgen.clock import parse_argument
    from reportgen.review import sample as samples
    from reportgen.review.population import kind_named
    from reportgen.review.sampling import Basis, basis_for
    from reportgen.reviewing import population_of

    if check is not None:
        _check(check, store, controls, config)
        return
    if store is None or population is None or nonce is None:
        raise UsageError(
            "A sample needs --store, --population and --nonce.",
            "For example: --population users --size 25 --nonce 'chosen by the auditor'.",
        )
    known_format(output_format)
    if method not in ("hypergeometric", "binomial"):
        raise UsageError(f"{method!r} is no method.", "Choose hypergeometric or binomial.")
    kind = kind_named(population)
    rules = pipeline.prepare(config, controls)
    moment_asked = parse_argument(as_of, rules.config.zone, end_of_day=True) if as_of else None
    found = population_of(store, rules, kind, moment_asked)
    rows = len(found.rows)
    basis = (
        Basis(size, "asked")
        if size is not None
        else basis_for(rows, confidence, tolerable, deviations, method)
    )
    drawn = samples.sample_of(found, nonce, basis)
    if output is not None:
        write_private(output, samples.as_file(drawn))
    if output_format == "json":
        typer.echo(samples.as_file(drawn).decode("utf-8", "backslashreplace"), nl=False)
        return
    for account, why in found.missing.items():
        typer.echo(printable(f"Not in the population: {account}: {why}"), err=True)
    typer.echo(printable(drawn["sentence"]))
    typer.echo(f"Population root {found.tree.root}, as of {found.as_of}.")
    for row in drawn["rows"]:
        cells = " ".join(f"{k}={v}" for k, v in row["cells"].items() if k not in ("name", "user"))
        typer.echo(printable(f"{row['rank']:>4}  {row['id']}  {cells}"))


def _check(path: Path, store: Path | None, controls: Path | None, config: Path | None) -> None:
    from reportgen import pipeline
    from reportgen.clock import parse_argument
    from reportgen.review import sample as samples
    from reportgen.review.population import kind_named
    from reportgen.reviewing import population_of

    held = samples.read_sample(path)
    flaws = samples.check(held)
    if store is not None and not flaws:
        about = held["population"]
        rules = pipeline.prepare(config, controls)
        moment = parse_argument(str(about.get("as_of")), rules.config.zone, end_of_day=True)
        kind = kind_named(str(about.get("name")))
        flaws = samples.check(held, population_of(store, rules, kind, moment))
    for flaw in flaws:
        typer.echo(printable(f"{path}: {flaw}"))
    if flaws:
        raise typer.Exit(4)
    typer.echo(f"{path}: {held['size']} rows are proved, by the root {held['population']['root']}.")
    typer.echo(
        "Drawn again from the store, the sample is the same."
        if store
        else "Whether a row was left out shows when it is drawn again: --store."
    )
