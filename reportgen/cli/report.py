"""``report``, ``email`` and ``run``: what people read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from reportgen.cli.options import (
    ClusterOption,
    ConfigOption,
    ControlsOption,
    DeliverKeyOption,
    DeliverOption,
    EndingOption,
    FreshOption,
    OutOption,
    ParallelOption,
    PeriodOption,
    RetainOption,
    StoreOption,
    deliver_to,
    delivery,
    ending_day,
    exit_if_damaged,
    say_faults,
    severity_rank,
)
from reportgen.cli.progress import judged_so_far
from reportgen.errors import UsageError
from reportgen.render.results import printable

if TYPE_CHECKING:
    from pathlib import Path

    from reportgen.mailing import Delivery
    from reportgen.reporting import Written

app = typer.Typer()


@app.command()
def report(
    store: StoreOption,
    ending: EndingOption,
    out: OutOption,
    period: PeriodOption = "quarterly",
    framework: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Framework to show; may be repeated (default: as configured)."),
    ] = None,
    formats: Annotated[
        str, typer.Option("--format", help="What to write, apart by commas.")
    ] = "pdf,html,xlsx,csv,parquet,json",
    controls: ControlsOption = None,
    parallel: ParallelOption = 0,
    cluster: ClusterOption = "",
    fresh: FreshOption = False,
    deliver: DeliverOption = "",
    deliver_key: DeliverKeyOption = "",
    retain_until: RetainOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the report of a period: PDF, HTML page, workbook, CSV, and summary.json."""
    from reportgen import pipeline, reporting

    day = ending_day(ending)
    rules = pipeline.prepare(config, controls)
    say_faults(rules.register)
    known = rules.catalogue.frameworks
    for name in framework or []:
        if name not in known:
            raise UsageError(
                f"Unknown framework {name!r}.", f"Known frameworks: {', '.join(known)}."
            )
    where = delivery(deliver, deliver_key, retain_until, rules.config.zone)
    written = reporting.write_report(
        store,
        rules,
        period,
        day,
        out,
        framework or None,
        _formats(formats),
        pipeline.Judging(parallel, cluster, fresh, judged_so_far()),
    )
    for path in written.files.values():
        # The lists of the folder beside the report go without saying.
        if path.suffix not in (".csv", ".parquet"):
            typer.echo(str(path))
    deliver_to(where, _to_deliver(written))
    exit_if_damaged(written.damaged)


def _to_deliver(written: Written) -> dict[str, Path]:
    """The report's files below a folder named by their content; the last says that all are there.

    The same report made again lies there before; another one of the period lies beside it.
    """
    last = "summary.json"
    names = [*sorted(name for name in written.files if name != last), last]
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + hashlib.sha256(written.files[name].read_bytes()).digest())
    about = written.summary.report
    folder = f"iam-{about.kind}-{about.end}/{digest.hexdigest()[:16]}"
    return {f"{folder}/{name}": written.files[name] for name in names}


@app.command()
def email(
    store: StoreOption,
    ending: EndingOption,
    out: OutOption,
    period: PeriodOption = "quarterly",
    dry_run: Annotated[bool, typer.Option(help="Write .eml files and send nothing.")] = False,
    again: Annotated[bool, typer.Option(help="Send also what was sent before.")] = False,
    config: ConfigOption = None,
) -> None:
    """Write a report, then send its summary email to each recipient once (exit 5 if one fails)."""
    from reportgen import pipeline, reporting
    from reportgen.mailing import mail_settings, send_report
    from reportgen.scheduled import locked

    rules = pipeline.prepare(config)
    say_faults(rules.register)
    mail_settings(rules.config)
    written = reporting.write_report(store, rules, period, ending_day(ending), out)
    pdf = written.of(".pdf")
    with locked(store):
        found = send_report(rules.config, store, written.summary, pdf, dry_run=dry_run, again=again)
    if not _say_deliveries(found):
        raise typer.Exit(5)
    exit_if_damaged(written.damaged)


def _say_deliveries(found: list[Delivery]) -> bool:
    """Tell what became of each mail; whether none failed."""
    for mail in found:
        line = printable(f"{mail.address}: {mail.state}. {mail.detail}")
        typer.echo(line, err=mail.state == "failed")
    if not found:
        typer.echo("No recipient is due this report.")
    return all(mail.state != "failed" for mail in found)


@app.command()
def run(
    store: StoreOption,
    out: OutOption,
    period: PeriodOption = "quarterly",
    ending: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Last day of the period (default: of the last one that is over)."),
    ] = None,
    skip_collect: Annotated[bool, typer.Option(help="Report on what the store holds.")] = False,
    again: Annotated[bool, typer.Option(help="Send also what was sent before.")] = False,
    fail_on: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Exit 1 on an open finding of this severity or worse."),
    ] = None,
    parallel: ParallelOption = 0,
    cluster: ClusterOption = "",
    fresh: FreshOption = False,
    config: ConfigOption = None,
) -> None:
    """Collect, assess, report and email in one go, for a scheduler (docs/schedule.md)."""
    from reportgen import pipeline, scheduled

    limit = severity_rank(fail_on)
    rules = pipeline.prepare(config)
    say_faults(rules.register)
    if ending is None:
        from reportgen.clock import now
        from reportgen.summarise.periods import last_ending

        day = last_ending(period, now().astimezone(rules.config.zone).date())
    else:
        day = ending_day(ending)
    judging = pipeline.Judging(parallel, cluster, fresh, judged_so_far())
    done = scheduled.run(
        rules, store, out, period, day, skip_collect, again, limit, typer.echo, judging
    )
    if done.deliveries is not None:
        _say_deliveries(done.deliveries)
    if done.unread:
        typer.echo(f"Not read: {', '.join(done.unread)}.", err=True)
    exit_if_damaged(done.damaged)
    if done.exit_code:
        raise typer.Exit(done.exit_code)


def _formats(given: str) -> tuple[str, ...]:
    from reportgen.reporting import FORMATS

    found = tuple(name.strip() for name in given.split(","))
    for name in found:
        if name not in FORMATS:
            known = ", ".join(FORMATS)
            raise UsageError(f"--format: {name!r} is not a format.", f"Choose of {known}.")
    return found
