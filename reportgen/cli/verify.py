"""``reportgen verify`` and ``reportgen upgrade``: arguments in, exit code out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from reportgen.cli.options import StoreOption
from reportgen.errors import UsageError
from reportgen.evidence.chain import Remembered

if TYPE_CHECKING:
    from reportgen.pack.checked import Trust
    from reportgen.pack.revoked import Revoked
    from reportgen.pack.sshsig import Signers

app = typer.Typer()


@app.command()
def verify(
    packs: Annotated[
        Optional[list[Path]],  # noqa: UP045 - Typer reads this at run time
        typer.Argument(help="Packs: zip files, a volume of one, or folders.", metavar="PACK"),
    ] = None,
    store: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Folder of an evidence store, in place of packs."),
    ] = None,
    expect: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="A root known before, of the store's chain or of a pack."),
    ] = None,
    report: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="summary.json of a report made from this store."),
    ] = None,
    allowed_signers: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Whose keys count for packs: an allowed_signers file (ssh-keygen)."),
    ] = None,
    revoked: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help="Keys that count no more for packs: public keys, or a list of ssh-keygen -k."
        ),
    ] = None,
    at: Annotated[
        str,
        typer.Option(
            help="When keys and certificates of packs must be valid: YYYYMMDD[HHMMSS], UTC "
            "(default: now)."
        ),
    ] = "",
    allow_unsigned: Annotated[
        bool, typer.Option("--allow-unsigned", help="A pack without signature is no flaw.")
    ] = False,
    shown: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Option(
            help="A row of a redacted pack in clear (reportgen unmask), to hold against it."
        ),
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Judge a pack's evidence again, and compare.")
    ] = False,
    as_of: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="With --replay: also what would have been said on another day."),
    ] = None,
    framework: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="With --replay: also by a framework's own thresholds."),
    ] = None,
    run_own_code: Annotated[
        bool, typer.Option("--run-own-code", help="With --replay: run Python that a pack brings.")
    ] = False,
    whole: Annotated[
        bool, typer.Option("--all", help="Hash all of the store, past the checkpoint.")
    ] = False,
    checkpoint: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="File that remembers how far a store was verified (docs/store.md)."),
    ] = None,
    output_format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """Verify packs, or a store: every seal and every byte; a line for each flaw (exit 4)."""
    if output_format not in ("text", "json"):
        raise UsageError(f"{output_format!r} is not a format.", "Choose text or json.")
    if bool(packs) == bool(store):
        raise UsageError(
            "Nothing to verify." if not packs else "Packs and a store at once.",
            "Give packs (reportgen verify PACK.zip ...), or --store.",
        )
    if not replay and (as_of or framework or run_own_code):
        raise UsageError("--as-of, --framework and --run-own-code go with --replay.")
    if replay and (store or output_format == "json"):
        raise UsageError("--replay is of packs, and tells as text.")
    if packs and (whole or checkpoint):
        raise UsageError("--all and --checkpoint go with --store.")
    if store is not None and (shown or revoked or at):
        raise UsageError("--shown, --revoked and --at go with packs.")
    if store is not None:
        text, flawed = _store(store, expect or [], report, output_format, whole, checkpoint)
    else:
        from reportgen.pack.checked import Trust

        trust = Trust(
            _moment(at),
            _signers(allowed_signers),
            frozenset(expect or []),
            allow_unsigned,
            tuple(shown or ()),
            _revoked(revoked),
        )
        text, flawed = _packs(packs or [], trust, output_format)
    typer.echo(text)
    if replay:
        for pack in packs or []:
            flawed |= _replay(pack, as_of, framework, run_own_code)
    if flawed:
        raise typer.Exit(4)


def _replay(pack: Path, as_of: str | None, framework: str | None, own_code: bool) -> bool:
    """Judge a pack again and tell what comes of it; whether anything is other than sealed."""
    from reportgen.clock import parse_argument
    from reportgen.pack.another import another, as_text
    from reportgen.pack.replay import replay, replayed_as_text
    from reportgen.pack.unpacked import unpacked

    with unpacked(pack, own_code=own_code) as opened:
        found = replay(opened)
        typer.echo(replayed_as_text(found))
        if as_of or framework:
            zone = opened.rules.config.zone
            moment = parse_argument(as_of, zone, end_of_day=True) if as_of else None
            typer.echo(as_text(another(opened, moment, framework)))
    return bool(found.flaws)


def _store(
    store: Path,
    expect: list[str],
    report: Path | None,
    output_format: str,
    whole: bool,
    checkpoint: Path | None,
) -> tuple[str, bool]:
    from reportgen.clock import now, to_text
    from reportgen.evidence.checked import verify_from
    from reportgen.evidence.checkpoint import checkpoint_path
    from reportgen.evidence.store import Store
    from reportgen.evidence.verify import as_json, as_text, remembered_by
    from reportgen.files import state_folder

    opened = Store.open(store)
    known = [Remembered(root, "--expect") for root in expect]
    try:
        if report:
            known.append(remembered_by(report))
        path = checkpoint or checkpoint_path(state_folder(), opened.identity)
        outcome, notes = verify_from(opened.medium, known, path, to_text(now()), whole=whole)
    except OSError as error:
        raise UsageError(f"{error.filename or store}: cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"{report}: {error}.", "Give a summary.json of `report`.") from error
    for note in notes:
        typer.echo(note, err=True)
    text = as_json(outcome) if output_format == "json" else as_text(outcome)
    return text, bool(outcome.flaws)


def _signers(path: Path | None) -> Signers | None:
    from reportgen.pack.sshsig import parse_signers

    if path is None:
        return None
    try:
        found = parse_signers(path.read_text("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    for line in found.passed_over:
        typer.echo(f"{path}: passed over: {line}", err=True)
    return found


def _revoked(path: Path | None) -> Revoked:
    from reportgen.pack.revoked import Revoked, parse_revoked

    if path is None:
        return Revoked()
    try:
        return parse_revoked(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    except ValueError as error:
        # What is not understood must not let a key count.
        raise UsageError(f"--revoked {path}: {error}.") from error


def _moment(text: str) -> str:
    from reportgen.clock import now
    from reportgen.pack.sshsig import moment_of

    if not text:
        return f"{now():%Y%m%d%H%M%S}"
    try:
        return moment_of(text)
    except ValueError as error:
        raise UsageError(f"--at {error}.", "Write YYYYMMDD or YYYYMMDDHHMMSS, in UTC.") from error


def _packs(packs: list[Path], trust: Trust, output_format: str) -> tuple[str, bool]:
    from reportgen.pack.check import check
    from reportgen.pack.checked import has_flaw, packs_as_json, packs_as_text
    from reportgen.pack.codec import FAST

    found = check(packs, trust, FAST)
    text = packs_as_json(found) if output_format == "json" else packs_as_text(found)
    return text, has_flaw(found)


@app.command()
def upgrade(
    store: StoreOption,
    to: Annotated[Path, typer.Option(help="Folder of the new store.")],
) -> None:
    """Bring a store of version 1 over into a new, sealed one; the old one is only read."""
    from reportgen.evidence.version1 import upgrade as bring_over

    count = bring_over(store, to)
    typer.echo(f"{count} snapshots are in {to}; `reportgen verify --store {to}` verifies them.")
