"""Arguments in, exit code out.

Exit codes: 0 clean, 1 findings at or over ``--fail-on``, 2 usage or configuration, 3 not
everything could be evaluated (``--strict``, or a collect in which a read failed), 4 integrity,
5 a mail was not sent.
"""

from __future__ import annotations

import functools
import gc
import sys
from typing import Annotated, Any

import typer

from reportgen import __version__
from reportgen.cli import (
    assess,
    cache,
    catalogue,
    collect,
    export,
    frameworks,
    init,
    pack,
    policy,
    query,
    register,
    report,
    review,
    sample,
    store,
    verify,
)
from reportgen.errors import ReportgenError

app = typer.Typer(
    name="reportgen",
    help="Dated IAM compliance reports for AWS: collect or import evidence, judge it, report.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# In the order in which they are used; the unnamed ones give their commands as they are.
_themes = (
    collect,
    assess,
    report,
    pack,
    export,
    query,
    sample,
    review,
    register,
    verify,
    store,
    cache,
    catalogue,
    frameworks,
    policy,
    init,
)
for _theme in _themes:
    app.add_typer(_theme.app)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"reportgen {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Dated IAM compliance reports for AWS: collect or import evidence, judge it, report."""


@functools.cache
def command() -> Any:
    """The whole command line as one command, made of what its functions are annotated with."""
    return typer.main.get_command(app)


def main() -> None:
    """Run the command line; a fault that was foreseen ends as a message and an exit code."""
    # Short-lived, and it makes many small objects: most collections would find nothing.
    gc.set_threshold(100_000, 50, 50)
    try:
        command()()
    except ReportgenError as error:
        typer.echo(f"reportgen: {error.message}", err=True)
        if error.hint:
            typer.echo(f"  {error.hint}", err=True)
        sys.exit(error.exit_code)
