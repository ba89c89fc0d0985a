"""``reportgen store``: retention of snapshots."""

from __future__ import annotations

import getpass
import socket
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from reportgen.cli.options import ConfigOption, StoreOption
from reportgen.errors import UsageError

if TYPE_CHECKING:
    from reportgen.retaining import PrunePlan

store = typer.Typer(
    name="store", help="Retention of snapshots (docs/store.md).", no_args_is_help=True
)
app = typer.Typer()
app.add_typer(store)
_SHOWN = 12


@store.command()
def prune(
    store: StoreOption,
    keep: Annotated[
        Optional[list[str]],  # noqa: UP045 - Typer reads this at run time
        typer.Option(
            help="What stays: daily, weekly, monthly, quarterly, yearly, each alone or with how "
            "many, such as daily:35,weekly:53,monthly."
        ),
    ] = None,
    before: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Remove only what was collected before this day."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and leave it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    by: Annotated[
        str, typer.Option(help="Who prunes, for the record (default: user and host).")
    ] = "",
    finish: Annotated[
        bool, typer.Option("--finish", help="Only end what a run that was killed began.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Remove snapshots by a rule of retention, and record that in the store's chain.

    Each account's newest snapshot and the present month always stay.
    """
    from reportgen.config import load_config
    from reportgen.evidence.retention import Retention, parse_keep
    from reportgen.retaining import carry_out, prune_plan

    if finish:
        _finish(store)
        return
    if not keep and not before:
        raise UsageError("Nothing says what stays.", "Give --keep monthly, --before, or both.")
    try:
        rule = Retention(
            parse_keep(keep) if keep else (), date.fromisoformat(before) if before else None
        )
    except ValueError as error:
        raise UsageError(
            f"--keep or --before: {error}.", "Write --keep daily:35,monthly --before 2026-01-01."
        ) from None
    plan = prune_plan(store, rule, load_config(config).zone)
    for line in told(plan):
        typer.echo(line)
    if not plan.doomed or dry_run:
        return
    _ask(yes)
    outcome = carry_out(store, plan, by or f"{getpass.getuser()}@{socket.gethostname()}")
    if outcome.stone:
        typer.echo(f"{outcome.stone.count} snapshots {outcome.stone}.")
    _removed(outcome.objects, outcome.bytes)


def _finish(place: Path) -> None:
    from reportgen.evidence.prune import finish
    from reportgen.evidence.store import Store

    outcome = finish(Store.open(place))
    _removed(outcome.objects, outcome.bytes)


def _removed(objects: int, size: int) -> None:
    typer.echo(f"Removed {objects:,} objects, {size:,} bytes.")


def _ask(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            "Nobody is there to ask, so nothing was removed.", "--yes removes without asking."
        )
    typer.confirm("Evidence cannot be made again. Remove it?", abort=True)


def told(plan: PrunePlan) -> list[str]:
    """What a plan comes to, in lines."""
    lines = [f"By {plan.rule}: {len(plan.kept)} snapshots stay, {len(plan.doomed)} go."]
    if plan.doomed:
        first, last = plan.doomed[0], plan.doomed[-1]
        days = (first.collected_at, last.collected_at)
        lines.append("They were collected from {:%Y-%m-%d} to {:%Y-%m-%d}.".format(*days))
    for name, count in plan.reports.items():
        lines.append(
            f"The report {name} was sent and rests on {count} of them; made again, its days in "
            "violation would be told from fewer days."
        )
    for number, (name, why) in enumerate(plan.held.items()):
        if number == _SHOWN:
            lines.append(f"And {len(plan.held) - _SHOWN} more stay for such a reason.")
            break
        lines.append(f"{name} stays: its bucket holds it ({why}).")
    return lines
