"""``collect`` and ``import``: evidence into the store."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from reportgen.cli.options import ConfigOption, FormatOption, StoreOption, known_format
from reportgen.cli.progress import Progress
from reportgen.errors import UsageError
from reportgen.model import Status
from reportgen.render.outcomes import render_outcomes
from reportgen.sources import own_sources
from reportgen.sources.source import Scope, Source

app = typer.Typer()


_Several = Optional[list[str]]  # noqa: UP045 - Typer reads this at run time


@app.command()
def collect(
    store: StoreOption,
    profile: Annotated[Optional[str], typer.Option(help="AWS profile.")] = None,  # noqa: UP045
    region: Annotated[Optional[str], typer.Option(help="AWS region of the caller.")] = None,  # noqa: UP045
    organization: Annotated[
        bool, typer.Option("--organization", help="Collect every account of the organisation.")
    ] = False,
    account: Annotated[_Several, typer.Option(help="Collect this account; may repeat.")] = None,
    unit: Annotated[
        _Several, typer.Option("--ou", help="Collect the accounts below this unit; may repeat.")
    ] = None,
    exclude: Annotated[_Several, typer.Option(help="Leave this account out; may repeat.")] = None,
    role_name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Role to assume in each account (default: reportgen-collect)."),
    ] = None,
    external_id: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="External id that the roles ask for.", envvar="REPORTGEN_EXTERNAL_ID"),
    ] = None,
    in_region: Annotated[
        _Several,
        typer.Option(help="Read regional sources here only; may repeat (default: all enabled)."),
    ] = None,
    parallel: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Accounts at once (default: 4).", min=1, max=32),
    ] = None,
    refresh: Annotated[
        _Several, typer.Option(help="Read this source again, though an interrupted run has it.")
    ] = None,
    also: Annotated[
        _Several, typer.Option(help="Read this source too, which is read on request; may repeat.")
    ] = None,
    output_format: FormatOption = "table",
    config: ConfigOption = None,
) -> None:
    """Collect the IAM evidence of the caller's account, or of many, into the store.

    Interrupted, the same command goes on where it stopped. Exit code 3: something was not read.
    """
    from reportgen import collecting
    from reportgen.config import load_config
    from reportgen.sources import all_sources

    known_format(output_format)
    loaded = load_config(config)
    sources = all_sources(loaded.sources_path)
    for name in refresh or []:
        if name not in sources:
            raise UsageError(f"Unknown source {name!r}.", f"Known sources: {', '.join(sources)}.")
    given = {
        "organization": organization or None,
        "accounts": account,
        "units": unit,
        "exclude": exclude,
        "role_name": role_name,
        "external_id": external_id,
        "regions": in_region,
        "also": also,
        "parallel": parallel,
    }
    settings = loaded.settings.collect.model_copy(
        update={key: value for key, value in given.items() if value is not None}
    )
    wanted = collecting.Collection(profile, region, settings, sources, tuple(refresh or ()))
    with Progress() as progress:
        outcomes = collecting.collect_accounts(store, wanted, progress, progress.ahead)
    typer.echo(render_outcomes(outcomes, output_format, str(store)), nl=False)
    if not all(outcome.whole for outcome in outcomes):
        raise typer.Exit(3)


@app.command()
def doctor(
    profile: Annotated[Optional[str], typer.Option(help="AWS profile.")] = None,  # noqa: UP045
    region: Annotated[Optional[str], typer.Option(help="AWS region of the caller.")] = None,  # noqa: UP045
    output_format: FormatOption = "table",
    config: ConfigOption = None,
) -> None:
    """Try each source once: what may be read, which right is missing, and what a gap costs.

    Nothing is stored. Exit code 3: something cannot be read.
    """
    from reportgen import collecting, pipeline
    from reportgen.render.examined import render_examined

    known_format(output_format)
    with Progress() as progress:
        examined = collecting.examine_sources(pipeline.prepare(config), profile, region, progress)
    typer.echo(render_examined(examined, output_format), nl=False)
    if any(row.status not in (Status.COLLECTED, Status.NOT_ENABLED) for row in examined):
        raise typer.Exit(3)


def import_(
    store: StoreOption,
    account_id: Annotated[str, typer.Option(help="The twelve digits of the account.")],
    collected_at: Annotated[str, typer.Option(help="When the files were exported, with zone.")],
    folder: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(help="Folder of exports named after the AWS CLI's commands."),
    ] = None,
    source: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            help="NAME=FILE for any source, NAME@REGION=FILE for a regional one; may be repeated."
        ),
    ] = None,
    config: ConfigOption = None,
    **given: Path | None,
) -> None:
    """Import a snapshot of one account from exported files."""
    from reportgen import collecting
    from reportgen.clock import parse_argument
    from reportgen.collect.exports import files_in
    from reportgen.config import load_config
    from reportgen.sources import all_sources

    settings = load_config(config)
    sources = all_sources(settings.sources_path)
    files = files_in(folder, sources) if folder else {}
    files.update({name.replace("_", "-"): path for name, path in given.items() if path})
    files.update(_named(text) for text in source or [])
    moment = parse_argument(collected_at, settings.zone, end_of_day=False)
    snapshot, new = collecting.import_files(store, account_id, moment, files, sources)
    state = "is in" if new else "was already in"
    typer.echo(f"Snapshot {snapshot.id} of account {account_id} {state} {store}.")
    there = {key.partition("@")[0] for key in files}
    absent = [name for name in sources if name not in there]
    if absent:
        rest = "What rests on them will be not-evaluated."
        typer.echo(f"Not given: {', '.join(absent)}. {rest}", err=True)


def _named(text: str) -> tuple[str, Path]:
    key, equals, path = text.partition("=")
    if not equals or not path:
        raise UsageError(f"--source {text!r}: write NAME=FILE or NAME@REGION=FILE.")
    return key, Path(path)


def _with_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give ``command`` a flag for each source: what Typer reads is the signature."""
    plain = inspect.signature(command, eval_str=True)
    fixed = [p for p in plain.parameters.values() if p.kind is not p.VAR_KEYWORD]
    flags = [
        inspect.Parameter(
            source.name.replace("-", "_"),
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[Optional[Path], _flag(source)],  # noqa: UP045
        )
        for source in own_sources().values()
        if source.scope is not Scope.REGION
    ]

    def call(**arguments: Any) -> None:
        command(**arguments)

    call.__doc__ = command.__doc__
    call.__signature__ = plain.replace(parameters=[*fixed, *flags])  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in (*fixed, *flags)}
    return call


def _flag(source: Source) -> Any:
    command = Path(source.file_names[0]).stem
    text = f"Export of {command}: {source.about}."
    return typer.Option(f"--{source.name}", help=text, show_default=False)


app.command("import")(_with_flags(import_))
