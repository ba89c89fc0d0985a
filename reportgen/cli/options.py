"""Options that several commands take, and how they are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer
from typer.core import TyperGroup

from reportgen.errors import UsageError
from reportgen.model import Severity

if TYPE_CHECKING:
    from reportgen.audit.register import Register
    from reportgen.deliver.s3 import DeliveryPlace

StoreOption = Annotated[Path, typer.Option("--store", help="Folder of the evidence store.")]
ConfigOption = Annotated[
    Optional[Path],  # noqa: UP045 - Typer reads this at run time
    typer.Option("--config", help="Configuration (default: reportgen.yaml here, if there is one)."),
]
ControlsOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--controls", help="Folder of another catalogue."),
]
PeriodOption = Annotated[str, typer.Option(help="monthly, quarterly or annual.")]
EndingOption = Annotated[str, typer.Option(help="Last day of the period, such as 2026-09-30.")]
FormatOption = Annotated[str, typer.Option("--format", help="table or json.")]
ParallelOption = Annotated[
    int,
    typer.Option(min=0, max=256, help="Processes that judge accounts (0: one a processor)."),
]
ClusterOption = Annotated[
    str, typer.Option(help="Dask scheduler, tcp://host:port, whose workers judge accounts.")
]
FreshOption = Annotated[
    bool, typer.Option("--fresh", help="Judge all anew, past the verdicts kept in the store.")
]
AsOfOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(help="Moment of the position (default: the latest snapshot's)."),
]
OutputOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--output", "-o", help="File to write (default: standard output)."),
]
DeliverOption = Annotated[
    str, typer.Option(help="Also put it on S3, checked and never written over: s3://bucket/prefix.")
]
DeliverKeyOption = Annotated[
    str, typer.Option(help="Key of KMS to encrypt with there (default: the bucket's own).")
]
RetainOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(help="Object Lock until this day there (default: the bucket's own retention)."),
]
OutOption = Annotated[Path, typer.Option(help="Folder to write to.")]


def say_faults(register: Register) -> None:
    """Say which entries of the register are not applied, with file and line."""
    from reportgen.render.results import printable

    for fault in register.faults:
        typer.echo(
            f"reportgen: {printable(f'{fault.where}: {fault.wrong}')} Not applied.", err=True
        )


def exit_if_damaged(damaged: Mapping[str, str]) -> None:
    """Say of which accounts evidence is damaged, and end with exit code 4 if there are any."""
    from reportgen.render.results import printable

    for account, said in damaged.items():
        typer.echo(printable(f"Account {account} was not evaluated. {said}"), err=True)
    if damaged:
        raise typer.Exit(4)


def delivery(
    place: str, kms_key: str, retain_until: str | None, zone: tzinfo
) -> DeliveryPlace | None:
    """Where ``--deliver`` leads; None for nowhere. Raises UsageError."""
    from reportgen.clock import now, parse_argument
    from reportgen.deliver.s3 import delivery_place

    if not place:
        if kms_key or retain_until:
            raise UsageError("--deliver-key and --retain-until go with --deliver.")
        return None
    until = parse_argument(retain_until, zone, end_of_day=True) if retain_until else None
    return delivery_place(place, kms_key, until, now())


def deliver_to(where: DeliveryPlace | None, files: Mapping[str, Path]) -> None:
    """Put files on S3, and say where each is. Raises DeliveryError."""
    from reportgen.deliver.s3 import deliver

    for one in deliver(files, where) if where else ():
        kept = f", retained until {one.retained_until}" if one.retained_until else ""
        there = ", there before" if one.before else ""
        typer.echo(f"{one.address} SHA-256 {one.sha256}, {one.encryption}{kept}{there}")


def ending_day(text: str) -> date:
    """The day that ``--ending`` names. Raises UsageError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--ending {text!r} is not a date.", "Write 2026-09-30.") from None


def severity_rank(fail_on: str | None) -> int:
    """The rank of ``--fail-on``; -1 for none. Raises UsageError for an unknown one."""
    if fail_on is not None and fail_on not in set(Severity):
        known = ", ".join(Severity)
        raise UsageError(f"{fail_on!r} is not a severity.", f"Choose one of {known}.")
    return Severity(fail_on).rank if fail_on else -1


class ListOrShow(TyperGroup):
    """A group in which ``controls`` lists, and ``controls MFA-01`` shows that one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``list`` where nothing is asked."""
        return super().parse_args(ctx, args or ["list"])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Put ``show`` before what is no command."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


def known_format(name: str) -> None:
    """Raise UsageError for a ``--format`` that is neither table nor json."""
    if name not in ("table", "json"):
        raise UsageError(f"{name!r} is not a format.", "Choose table or json.")


def print_json(value: Any) -> None:
    """Print JSON data for machines."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    # Half of a surrogate pair is a character of JSON, but not of UTF-8.
    typer.echo(text.encode("utf-8", "backslashreplace").decode("utf-8"))
