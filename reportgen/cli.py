"""Arguments in, exit code out.

Exit codes: 0 clean, 1 findings at or over ``--fail-on``, 2 usage or configuration, 3 not
everything could be evaluated (``--strict``, or a collect in which a read failed), 4 integrity,
5 a mail was not sent.
"""

from __future__ import annotations

import csv
import gc
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from reportgen import __version__, cli_policy, cli_verify
from reportgen.errors import ReportgenError, UsageError
from reportgen.files import write_private

if TYPE_CHECKING:
    from datetime import date

    from reportgen.mailing import Delivery

app = typer.Typer(
    name="reportgen",
    help="Dated IAM compliance reports for AWS: collect or import evidence, judge it, report.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(cli_policy.app)
app.command("verify")(cli_verify.verify)
app.command("upgrade")(cli_verify.upgrade)

StoreOption = Annotated[Path, typer.Option("--store", help="Folder of the evidence store.")]
ConfigOption = Annotated[
    Optional[Path],  # noqa: UP045 - Typer reads this at run time
    typer.Option("--config", help="Configuration (default: reportgen.yaml here, if there is one)."),
]
_File = Optional[Path]  # noqa: UP045


def _option(name: str, operation: str) -> Any:
    return typer.Option(f"--{name}", help=f"Export of {operation}.", show_default=False)


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


@app.command()
def collect(
    store: StoreOption,
    profile: Annotated[Optional[str], typer.Option(help="AWS profile.")] = None,  # noqa: UP045
    region: Annotated[Optional[str], typer.Option(help="AWS region.")] = None,  # noqa: UP045
) -> None:
    """Collect the IAM evidence of the caller's AWS account into the store."""
    from reportgen import pipeline
    from reportgen.model import SOURCES, Status

    bad: list[str] = []
    done = 0
    with _progress(len(SOURCES)) as say:

        def progress(source: str, status: Status, detail: str) -> None:
            nonlocal done
            done += 1
            if status not in (Status.COLLECTED, Status.NOT_ENABLED):
                bad.append(source)
            said = f": {detail}" if detail else ""
            say(_printable(f"[{done}/{len(SOURCES)}] {source}: {status.value}{said}"))

        snapshot = pipeline.collect_account(store, profile, region, progress)
    typer.echo(f"Snapshot {snapshot.id} of account {snapshot.accounts[0]} is in {store}.")
    if bad:
        said = f"Not read: {', '.join(bad)}. What rests on them will be not-evaluated."
        typer.echo(said, err=True)
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


@app.command("import")
def import_(
    store: StoreOption,
    account_id: Annotated[str, typer.Option(help="The twelve digits of the account.")],
    collected_at: Annotated[str, typer.Option(help="When the files were exported, with zone.")],
    folder: Annotated[
        _File, typer.Argument(help="Folder of exports named after the AWS CLI's commands.")
    ] = None,
    authorization_details: Annotated[
        _File, _option("authorization-details", "iam get-account-authorization-details")
    ] = None,
    credential_report: Annotated[
        _File, _option("credential-report", "iam get-credential-report (CSV, base64 or JSON)")
    ] = None,
    account_summary: Annotated[_File, _option("account-summary", "iam get-account-summary")] = None,
    password_policy: Annotated[
        _File, _option("password-policy", "iam get-account-password-policy")
    ] = None,
    virtual_mfa_devices: Annotated[
        _File, _option("virtual-mfa-devices", "iam list-virtual-mfa-devices")
    ] = None,
    mfa_devices: Annotated[_File, _option("mfa-devices", "iam list-mfa-devices")] = None,
    account_aliases: Annotated[
        _File, _option("account-aliases", "iam list-account-aliases")
    ] = None,
    server_certificates: Annotated[
        _File, _option("server-certificates", "iam list-server-certificates")
    ] = None,
    saml_providers: Annotated[_File, _option("saml-providers", "iam list-saml-providers")] = None,
    open_id_connect_providers: Annotated[
        _File, _option("open-id-connect-providers", "iam list-open-id-connect-providers")
    ] = None,
    roles: Annotated[_File, _option("roles", "iam list-roles")] = None,
    organization: Annotated[
        _File, _option("organization", "AWS Organizations (docs/policy.md has its form)")
    ] = None,
    identity_center: Annotated[
        _File, _option("identity-center", "IAM Identity Center (docs/policy.md has its form)")
    ] = None,
    caller_identity: Annotated[_File, _option("caller-identity", "sts get-caller-identity")] = None,
    config: ConfigOption = None,
) -> None:
    """Import a snapshot of one account from exported files."""
    from reportgen import pipeline
    from reportgen.clock import parse_argument
    from reportgen.collect.exports import files_in
    from reportgen.config import load_config

    given = {
        "authorization-details": authorization_details,
        "credential-report": credential_report,
        "account-summary": account_summary,
        "password-policy": password_policy,
        "virtual-mfa-devices": virtual_mfa_devices,
        "mfa-devices": mfa_devices,
        "account-aliases": account_aliases,
        "server-certificates": server_certificates,
        "saml-providers": saml_providers,
        "open-id-connect-providers": open_id_connect_providers,
        "roles": roles,
        "organization": organization,
        "identity-center": identity_center,
        "caller-identity": caller_identity,
    }
    files = files_in(folder) if folder else {}
    files.update({source: path for source, path in given.items() if path is not None})
    moment = parse_argument(collected_at, load_config(config).zone, end_of_day=False)
    snapshot, new = pipeline.import_files(store, account_id, moment, files)
    state = "is in" if new else "was already in"
    typer.echo(f"Snapshot {snapshot.id} of account {account_id} {state} {store}.")
    absent = [source for source in given if source not in files]
    if absent:
        said = "Not given: " + ", ".join(absent) + ". What rests on them will be not-evaluated."
        typer.echo(said, err=True)


@app.command()
def assess(
    store: StoreOption,
    as_of: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Moment of the position (default: the latest snapshot's)."),
    ] = None,
    output_format: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    output: Annotated[
        _File, typer.Option("--output", "-o", help="File to write (default: standard output).")
    ] = None,
    fail_on: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Exit 1 on a failure of this severity or worse."),
    ] = None,
    strict: Annotated[bool, typer.Option(help="Exit 3 if anything was not evaluated.")] = False,
    controls: Annotated[_File, typer.Option(help="Folder of another catalogue.")] = None,
    control: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Judge only this control; may be repeated."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Judge every control for every resource, as of a moment."""
    from reportgen import pipeline
    from reportgen.clock import parse_argument
    from reportgen.model import Severity

    if output_format not in ("table", "json", "csv"):
        raise UsageError(f"{output_format!r} is not a format.", "Choose table, json or csv.")
    limit = _severity(fail_on)
    judged = pipeline.prepare(config, controls)
    for name in control or []:
        if name not in judged.catalogue.controls:
            known = ", ".join(judged.catalogue.controls)
            raise UsageError(f"Unknown control {name!r}.", f"Known controls: {known}.")
    moment = parse_argument(as_of, judged.config.zone, end_of_day=True) if as_of else None
    results = pipeline.assess_store(store, judged, moment, control)
    rows = results["results"]
    text = {"json": _as_json, "csv": _as_csv, "table": _as_table}[output_format](results)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_private(output, text.encode("utf-8", "surrogatepass"))
        typer.echo(_totals(results), err=True)
    if any(r["verdict"] == "fail" and Severity(r["severity"]).rank <= limit for r in rows):
        raise typer.Exit(1)
    if strict and any(r["verdict"] == "not-evaluated" for r in rows):
        raise typer.Exit(3)


def _as_json(results: dict[str, Any]) -> str:
    return json.dumps(results, ensure_ascii=False, indent=1) + "\n"


_COLUMNS = (
    "control_id",
    "account_id",
    "resource",
    "resource_type",
    "verdict",
    "severity",
    "reason",
)


def _as_csv(results: dict[str, Any]) -> str:
    from reportgen.render.tables import safe_cell

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in results["results"]:
        writer.writerow([safe_cell(str(row[name])) for name in _COLUMNS])
    return stream.getvalue()


def _totals(results: dict[str, Any]) -> str:
    covered = results["coverage"]
    share = covered["evaluated_percent"]
    return (
        f"As of {results['as_of']}: {covered['pass']} pass, {covered['fail']} fail, "
        f"{covered['not-evaluated']} not evaluated, {covered['not-applicable']} not applicable; "
        f"coverage {'none' if share is None else f'{share} %'}."
    )


def _as_table(results: dict[str, Any]) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in ("Verdict", "Severity", "Control", "Resource", "Reason"):
        table.add_column(name, overflow="fold")
    order = {"fail": 0, "not-evaluated": 1, "pass": 2, "not-applicable": 3}
    for row in sorted(results["results"], key=lambda r: order[r["verdict"]]):
        if row["verdict"] in ("fail", "not-evaluated"):
            names = ("verdict", "severity", "control_id", "resource", "reason")
            table.add_row(*(Text(_printable(str(row[name]))) for name in names))
    stream = io.StringIO()
    width = Console().width if sys.stdout.isatty() else 160
    Console(file=stream, width=width, force_terminal=False).print(table)
    return stream.getvalue() + _totals(results) + "\n"


def _printable(text: str) -> str:
    """Leave no control character that a terminal would obey."""
    return "".join(c if c.isprintable() else "�" for c in text)


@app.command()
def report(
    store: StoreOption,
    ending: Annotated[str, typer.Option(help="Last day of the period, such as 2026-09-30.")],
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    period: Annotated[str, typer.Option(help="monthly, quarterly or annual.")] = "quarterly",
    framework: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Framework to show; may be repeated (default: all)."),
    ] = None,
    formats: Annotated[
        str, typer.Option("--format", help="What to write, apart by commas.")
    ] = "pdf,html,xlsx,csv,json",
    controls: Annotated[_File, typer.Option(help="Folder of another catalogue.")] = None,
    config: ConfigOption = None,
) -> None:
    """Write the report of a period: PDF, HTML page, workbook, CSV, and summary.json."""
    from reportgen import pipeline

    day = _ending(ending)
    judged = pipeline.prepare(config, controls)
    known = judged.catalogue.frameworks
    for name in framework or []:
        if name not in known:
            raise UsageError(
                f"Unknown framework {name!r}.", f"Known frameworks: {', '.join(known)}."
            )
    written = pipeline.write_report(
        store, judged, period, day, out, framework or None, _formats(formats)
    )
    for path in written.files.values():
        if path.suffix != ".csv":
            typer.echo(str(path))


def _ending(text: str) -> date:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--ending {text!r} is not a date.", "Write 2026-09-30.") from None


PeriodOption = Annotated[str, typer.Option(help="monthly, quarterly or annual.")]
OutOption = Annotated[Path, typer.Option(help="Folder to write to.")]


@app.command()
def email(
    store: StoreOption,
    ending: Annotated[str, typer.Option(help="Last day of the period, such as 2026-09-30.")],
    out: OutOption,
    period: PeriodOption = "quarterly",
    dry_run: Annotated[bool, typer.Option(help="Write .eml files and send nothing.")] = False,
    again: Annotated[bool, typer.Option(help="Send also what was sent before.")] = False,
    config: ConfigOption = None,
) -> None:
    """Write a report, then send its summary email to each recipient once (exit 5 if one fails)."""
    from reportgen import pipeline
    from reportgen.mailing import mail_settings, send_report
    from reportgen.scheduled import locked

    judged = pipeline.prepare(config)
    mail_settings(judged.config)
    written = pipeline.write_report(store, judged, period, _ending(ending), out)
    pdf = written.of(".pdf")
    with locked(store):
        found = send_report(
            judged.config, store, written.summary, pdf, dry_run=dry_run, again=again
        )
    if not _say_deliveries(found):
        raise typer.Exit(5)


def _say_deliveries(found: list[Delivery]) -> bool:
    """Tell what became of each mail; whether none failed."""
    for delivery in found:
        line = _printable(f"{delivery.address}: {delivery.state}. {delivery.said}")
        typer.echo(line, err=delivery.state == "failed")
    if not found:
        typer.echo("No recipient is due this report.")
    return all(delivery.state != "failed" for delivery in found)


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
    config: ConfigOption = None,
) -> None:
    """Collect, assess, report and email in one go, for a scheduler (docs/schedule.md)."""
    from reportgen import pipeline, scheduled

    limit = _severity(fail_on)
    judged = pipeline.prepare(config)
    if ending is None:
        from reportgen.clock import now
        from reportgen.summarise.periods import last_ending

        day = last_ending(period, now().astimezone(judged.config.zone).date())
    else:
        day = _ending(ending)
    done = scheduled.run(judged, store, out, period, day, skip_collect, again, limit, typer.echo)
    if done.deliveries is not None:
        _say_deliveries(done.deliveries)
    if done.unread:
        typer.echo(f"Not read: {', '.join(done.unread)}.", err=True)
    if done.exit_code:
        raise typer.Exit(done.exit_code)


def _severity(fail_on: str | None) -> int:
    """The rank of ``--fail-on``; -1 for none. Raises UsageError for an unknown one."""
    from reportgen.model import Severity

    if fail_on is not None and fail_on not in set(Severity):
        known = ", ".join(Severity)
        raise UsageError(f"{fail_on!r} is not a severity.", f"Choose one of {known}.")
    return Severity(fail_on).rank if fail_on else -1


def _formats(given: str) -> tuple[str, ...]:
    from reportgen.pipeline import FORMATS

    found = tuple(name.strip() for name in given.split(","))
    for name in found:
        if name not in FORMATS:
            known = ", ".join(FORMATS)
            raise UsageError(f"--format: {name!r} is not a format.", f"Choose of {known}.")
    return found


@app.command("controls")
def controls_(
    control_id: Annotated[Optional[str], typer.Argument(help="A control's id.")] = None,  # noqa: UP045
) -> None:
    """List the catalogue's controls, or show one whole."""
    from reportgen.catalogue import load_catalogue

    catalogue = load_catalogue()
    if control_id is None:
        for control in catalogue.controls.values():
            typer.echo(f"{control.id:8} {control.severity.value:9} {control.title}")
        return
    if control_id not in catalogue.controls:
        known = ", ".join(catalogue.controls)
        raise UsageError(f"Unknown control {control_id!r}.", f"Known controls: {known}.")
    found = catalogue.controls[control_id].model_dump(mode="json", exclude={"examples"})
    typer.echo(json.dumps(found, indent=1, ensure_ascii=False))


@app.command()
def frameworks() -> None:
    """List the frameworks and how many of their requirements the catalogue reaches."""
    from reportgen.catalogue import load_catalogue

    for framework in load_catalogue().frameworks.values():
        reached = sum(bool(r.controls) for r in framework.requirements)
        total = len(framework.requirements)
        typer.echo(f"{framework.id:16} {reached:3} of {total:3}  {framework.title}")


@app.command()
def init(
    sample: Annotated[Path, typer.Option(help="Folder to write the sample organisation to.")],
) -> None:
    """Write a sample organisation: configuration, register and 15 months of evidence."""
    from reportgen import pipeline

    path = pipeline.write_sample(sample)
    typer.echo(f"The sample organisation is in {path.parent}.")


def main() -> None:
    """Run the command line; a fault that was foreseen ends as a message and an exit code."""
    # Short-lived, and it makes many small objects: most collections would find nothing.
    gc.set_threshold(100_000, 50, 50)
    try:
        app()
    except ReportgenError as error:
        typer.echo(f"reportgen: {error.message}", err=True)
        if error.hint:
            typer.echo(f"  {error.hint}", err=True)
        sys.exit(error.exit_code)
