"""``init``: what a newcomer starts from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

from reportgen.cli.options import ConfigOption

app = typer.Typer(
    name="init", help="Write a sample organisation, or the policy that collect needs."
)


@app.callback(invoke_without_command=True)
def init(
    context: typer.Context,
    sample: Annotated[
        Optional[Path],  # noqa: UP045 - Typer reads this at run time
        typer.Option(
            help="Folder for a sample organisation: configuration, register, 15 months of evidence."
        ),
    ] = None,
) -> None:
    """Write a sample organisation, or (``init iam-policy``) the policy that collect needs."""
    from reportgen import samples

    if sample is not None:
        path = samples.write_sample(sample)
        typer.echo(f"The sample organisation is in {path.parent}.")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command("iam-policy")
def iam_policy(config: ConfigOption = None) -> None:
    """Print the read-only policy that ``collect`` needs, from what the sources declare."""
    from reportgen.config import load_config
    from reportgen.sources import all_sources
    from reportgen.sources.rights import read_only_policy

    sources = all_sources(load_config(config).sources_path)
    typer.echo(json.dumps(read_only_policy(sources.values()), indent=2))


@app.command("role-template")
def role_template(
    as_terraform: Annotated[
        bool, typer.Option("--terraform", help="Terraform in place of CloudFormation.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Print the role that ``collect`` assumes: a CloudFormation template for a StackSet."""
    from reportgen.config import load_config
    from reportgen.sources import all_sources
    from reportgen.sources.rights import cloudformation, read_only_policy, terraform

    policy = read_only_policy(all_sources(load_config(config).sources_path).values())
    typer.echo(terraform(policy) if as_terraform else cloudformation(policy), nl=False)


@app.command("attestations")
def attestations(
    out: Annotated[Path, typer.Option(help="Folder to write the forms to.")],
    config: ConfigOption = None,
    store: Annotated[
        Optional[Path],  # noqa: UP045 - Typer reads this at run time
        typer.Option(help="Evidence store: leaves out what does not concern an account."),
    ] = None,
    within: Annotated[
        int, typer.Option(min=0, max=366, help="Also what ends within so many days.")
    ] = 31,
) -> None:
    """Write forms for the statements that are due, as YAML and as a workbook to fill in."""
    from reportgen import pipeline
    from reportgen.forms import write_forms

    written, forms = write_forms(pipeline.prepare(config), store, out, within)
    typer.echo(f"{forms} statements are due." if forms != 1 else "1 statement is due.")
    for path in written:
        typer.echo(str(path))
