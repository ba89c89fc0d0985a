"""``collect`` and ``import``: evidence into the store."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from reportgen.cli.options import ConfigOption, StoreOption
from reportgen.errors import UsageError
from reportgen.render.results import printable
from reportgen.sources import own_sources
from reportgen.sources.source import Scope, Source

app = typer.Typer()


@app.command()
def collect(
    store: StoreOption,
    profile: Annotated[Optional[str], typer.Option(help="AWS profile.")] = None,  # noqa: UP045
    region: Annotated[Optional[str], typer.Option(help="AWS region.")] = None,  # noqa: UP045
    config: ConfigOption = None,
) -> None:
    """Collect the IAM evidence of the caller's AWS account into the store."""
    from reportgen import pipeline
    from reportgen.config import load_config
    from reportgen.model import Status
    from reportgen.sources import all_sources

    sources = all_sources(load_config(config).sources_path)
    bad: list[str] = []
    done = 0
    with _progress(len(sources)) as say:

        def progress(source: str, status: Status, detail: str) -> None:
            nonlocal done
            done += 1
            if status not in (Status.COLLECTED, Status.NOT_ENABLED):
                bad.append(source)
            tail = f": {detail}" if detail else ""
            say(printable(f"[{done}/{len(sources)}] {source}: {status.value}{tail}"))

        snapshot = pipeline.collect_account(store, profile, region, progress, sources)
    typer.echo(f"Snapshot {snapshot.id} of account {snapshot.accounts[0]} is in {store}.")
    if bad:
        rest = "What rests on them will be not-evaluated."
        typer.echo(f"Not read: {', '.join(bad)}. {rest}", err=True)
        raise typer.Exit(3)


@contextmanager
def _progress(steps: int) -> Iterator[Callable[[str], None]]:
    """A bar below the lines on a terminal; the lines alone elsewhere."""
    if not sys.stderr.isatty():
        yield lambda line: typer.echo(line, err=True)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading", total=steps)

        def say(line: str) -> None:
            bar.console.print(line, markup=False, highlight=False)
            bar.advance(task)

        yield say


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
    from reportgen import pipeline
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
    snapshot, new = pipeline.import_files(store, account_id, moment, files, sources)
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
