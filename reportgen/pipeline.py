"""The main job in one short function for each step: collect, import, assess, report."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.clock import now, parse_moment, to_text
from reportgen.config import Config, Mail, Recipient, load_config
from reportgen.errors import UsageError
from reportgen.evidence.store import Snapshot, Store
from reportgen.model import Severity, Status

if TYPE_CHECKING:
    from reportgen.audit.register import Register
    from reportgen.catalogue import Catalogue


@dataclass(frozen=True)
class Judged:
    """What the later steps need: configuration, catalogue and register, loaded and checked."""

    config: Config
    catalogue: Catalogue
    register: Register


@dataclass(frozen=True)
class Written:
    """A report that was written: its summary, and its files by name."""

    summary: dict[str, Any]
    files: dict[str, Path]

    def of(self, suffix: str) -> Path:
        """The file of a suffix, such as ``.pdf`` or ``summary.json``."""
        return next(path for name, path in self.files.items() if name.endswith(suffix))


def prepare(config_path: Path | None, controls: Path | None = None) -> Judged:
    """Load configuration, catalogue and register. Raises ConfigError for a fault in any."""
    from reportgen.audit.register import load_register
    from reportgen.catalogue import load_catalogue

    config = load_config(config_path)
    catalogue = load_catalogue(controls)
    for name in config.settings.frameworks:
        if name not in catalogue.frameworks:
            raise UsageError(
                f"{config_path or 'reportgen.yaml'}: frameworks: unknown framework {name!r}.",
                f"Known frameworks: {', '.join(sorted(catalogue.frameworks))}.",
            )
    return Judged(config, catalogue, load_register(config.register_path, catalogue.controls))


def collect_account(
    store_folder: Path,
    profile: str | None,
    region: str | None,
    progress: Callable[[str, Status, str], None],
) -> Snapshot:
    """Collect the caller's account into the store."""
    from reportgen.collect.run import collect
    from reportgen.collect.session import Session

    session = Session(profile, region)
    store = Store.create(store_folder)
    collected_at, items = collect(session, progress)
    return store.add(collected_at, items)[0]


def import_files(
    store_folder: Path, account_id: str, collected_at: datetime, files: Mapping[str, Path]
) -> tuple[Snapshot, bool]:
    """Import exported files as a snapshot of one account; returns it and whether it is new."""
    from reportgen.collect.exports import read_files

    items = read_files(account_id, collected_at, files, now())
    return Store.create(store_folder).add(to_text(collected_at), items)


def write_sample(folder: Path) -> Path:
    """Write the sample organisation: configuration, register, and a store with its evidence.

    Returns the path of its reportgen.yaml. Raises UsageError when the folder is not empty.
    """
    from reportgen.collect.exports import files_in, read_files
    from reportgen.resources import data_folder

    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty.", "Choose a new folder.")
    samples = data_folder("samples")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(samples / "reportgen.yaml", folder / "reportgen.yaml")
    shutil.copytree(samples / "register", folder / "register")
    store = Store.create(folder / "store")
    for month in sorted((samples / "organisation").iterdir()):
        for account in sorted(path for path in month.iterdir() if path.is_dir()):
            stamp = (account / "exported-at.txt").read_text().strip()
            collected_at = parse_moment(stamp)
            items = read_files(account.name, collected_at, files_in(account), collected_at)
            store.add(to_text(collected_at), items)
    return folder / "reportgen.yaml"


def assess_store(
    store_folder: Path,
    judged: Judged,
    as_of: datetime | None,
    only: list[str] | None = None,
) -> dict[str, Any]:
    """Judge the position at ``as_of`` (default: the latest snapshot) and return the results file.

    ``only`` limits it to some controls of the catalogue.

    Raises UsageError when no snapshot is old enough.
    """
    from reportgen.assess.organisation import find_organisation
    from reportgen.assess.run import Assessor, positions, to_json

    snapshots = Store.open(store_folder).snapshots()
    if not snapshots:
        raise UsageError(f"The store {store_folder} holds no complete snapshot.")
    moment = as_of or snapshots[-1].collected_at
    found = positions(snapshots, moment)
    if not found:
        raise UsageError(
            f"No snapshot was collected at or before {to_text(moment)}.",
            f"The first is of {to_text(snapshots[0].collected_at)}.",
        )
    catalogue = judged.catalogue
    if only:
        chosen = {key: catalogue.controls[key] for key in catalogue.controls if key in only}
        catalogue = replace(catalogue, controls=chosen)
    assessor = Assessor(catalogue, judged.config, judged.register)
    age = judged.config.settings.evidence.maximum_age_days
    organisation = find_organisation(found, moment, age)
    accounts = [
        assessor.assess(account, snap, moment, organisation=organisation)
        for account, snap in found.items()
    ]
    return to_json(accounts, moment, catalogue)


def summary_of(
    store_folder: Path,
    judged: Judged,
    kind: str,
    ending: date,
    frameworks: list[str] | None = None,
) -> dict[str, Any]:
    """Judge every month end up to ``ending`` and summarise the period.

    Raises UsageError when no snapshot was collected within the period.
    """
    from reportgen.history import History
    from reportgen.summarise.periods import period_ending
    from reportgen.summarise.summary import summarise

    period = period_ending(kind, ending)
    snapshots = Store.open(store_folder).snapshots()
    zone = judged.config.zone
    dates = [s.collected_at.astimezone(zone).date() for s in snapshots]
    within = [day for day in dates if period.start <= day <= period.end]
    if not within:
        span = f"{dates[0]} to {dates[-1]}" if dates else "none at all"
        raise UsageError(
            f"No snapshot was collected between {period.start} and {period.end}, so there is "
            "nothing to report on.",
            f"The store holds snapshots of: {span}. Time zone: {judged.config.settings.timezone}.",
        )
    rules = judged.catalogue, judged.config, judged.register
    months, observations = History(snapshots, *rules, period).run()
    chosen = frameworks or judged.config.settings.frameworks or list(judged.catalogue.frameworks)
    return summarise(period, months, observations, *rules, chosen)


FORMATS = ("pdf", "html", "xlsx", "csv", "json")


def write_report(
    store_folder: Path,
    judged: Judged,
    kind: str,
    ending: date,
    out: Path,
    frameworks: list[str] | None = None,
    formats: Sequence[str] = FORMATS,
) -> Written:
    """Write the report in every format of ``formats``; all or, when one cannot be made, none.

    The PDF is made in a child process beside the others.
    """
    from reportgen.model import canonical_json
    from reportgen.render.look import load_look
    from reportgen.render.page import render_page
    from reportgen.render.pdf import PdfRenderer
    from reportgen.render.report import render_html
    from reportgen.render.tables import as_csv, tables
    from reportgen.render.workbook import workbook

    look = load_look(judged.config)
    with ExitStack() as stack:
        renderer = stack.enter_context(PdfRenderer()) if "pdf" in formats else None
        summary = summary_of(store_folder, judged, kind, ending, frameworks)
        numbers = canonical_json(summary)
        about = summary["report"]
        created = str(about["last_collected"] or f"{ending}T00:00:00Z")
        name = f"iam-{kind}-{ending}"
        files: dict[str, bytes] = {}
        if renderer is not None:
            attached = {"summary.json": numbers.decode("utf-8", "surrogatepass")}
            html = render_html(summary, look)
            renderer.start(html, str(about["fingerprint"]), created, attached)
        lists = tables(summary) if {"xlsx", "csv"} & set(formats) else []
        if "html" in formats:
            files[f"{name}.html"] = render_page(summary, look).encode("utf-8", "replace")
        if "xlsx" in formats:
            files[f"{name}.xlsx"] = workbook(lists, f"{about['id']}", created)
        if "csv" in formats:
            files |= {f"{name}-csv/{table.file_name}.csv": as_csv(table) for table in lists}
        if renderer is not None:
            files[f"{name}.pdf"] = renderer.finish()
    # The numbers are always written: whatever else reads the folder starts from them.
    files["summary.json"] = numbers
    for file, content in files.items():
        write_private(out / file, content)
    return Written(summary, {file: out / file for file in files})


@dataclass(frozen=True)
class Delivery:
    """What became of the mail to one recipient: sent, written, skipped or failed, and why."""

    address: str
    state: str
    said: str


def send_report(
    store_folder: Path,
    judged: Judged,
    kind: str,
    ending: date,
    out: Path,
    *,
    dry_run: bool = False,
    again: bool = False,
) -> list[Delivery]:
    """Send the summary email of a report to each recipient, once.

    The report is the one in ``out``; it is made there first where it is not. A dry run writes the
    messages as ``.eml`` files instead and sends nothing. What fails for one recipient does not
    keep the mail from the others. Raises ConfigError where reportgen.yaml has no ``email``.
    """
    from reportgen.errors import ConfigError

    mail = judged.config.settings.email
    if mail is None:
        raise ConfigError(
            "reportgen.yaml has no `email`, so there is nobody to write to.",
            "README.md, Email, shows what it holds.",
        )
    summary, pdf = _report_in(store_folder, judged, kind, ending, out)
    found = []
    for recipient in mail.recipients:
        if kind not in recipient.periods:
            continue
        accounts = judged.config.accounts_of(recipient)
        if not _due(summary, recipient, accounts):
            said = f"Nothing {recipient.minimum_severity} or worse is open there."
            found.append(Delivery(recipient.address, "skipped", said))
            continue
        post = _compose(judged, mail, recipient, accounts, summary, pdf)
        if dry_run:
            name = re.sub(r"[^A-Za-z0-9.-]+", "_", recipient.address)
            path = out / f"iam-{kind}-{ending}-{name}.eml"
            write_private(path, post.as_bytes())
            found.append(Delivery(recipient.address, "written", str(path)))
        else:
            version = re.sub(r"[^A-Za-z0-9.-]+", "_", summary["report"]["version"])
            report = f"{kind}-{ending}-v{version}"
            found.append(_send_once(judged, mail, post, store_folder, report, again))
    return found


def _report_in(
    store_folder: Path, judged: Judged, kind: str, ending: date, out: Path
) -> tuple[dict[str, Any], Path]:
    pdf = out / f"iam-{kind}-{ending}.pdf"
    try:
        summary = json.loads((out / "summary.json").read_bytes())
        about = summary["report"]
        if pdf.exists() and (about["kind"], about["end"]) == (kind, ending.isoformat()):
            return summary, pdf
    except (OSError, ValueError, KeyError, TypeError):
        pass
    written = write_report(store_folder, judged, kind, ending, out)
    return written.summary, written.of(".pdf")


def _due(summary: Mapping[str, Any], recipient: Recipient, accounts: set[str] | None) -> bool:
    if recipient.minimum_severity is None:
        return True
    return any(
        Severity(row["severity"]).rank <= recipient.minimum_severity.rank
        and row["disposition"] == "open"
        and (accounts is None or row["account_id"] in accounts)
        for row in summary["register"]
    )


def _compose(
    judged: Judged,
    mail: Mail,
    recipient: Recipient,
    accounts: set[str] | None,
    summary: dict[str, Any],
    pdf: Path,
) -> EmailMessage:
    """The message to one recipient: the PDF with it where that is small enough and is theirs.

    Whoever is limited to some accounts gets their findings as CSV, not everybody's as PDF.
    """
    from reportgen.deliver.mail import message
    from reportgen.render.email import letter
    from reportgen.render.look import load_look
    from reportgen.render.tables import as_csv, tables

    attachments = {}
    small = pdf.stat().st_size <= mail.attach_limit_mb * 1_000_000
    if accounts is not None:
        rows = [r for r in summary["register"] if r["account_id"] in accounts]
        lists = tables({**summary, "register": rows})
        attachments["findings.csv"] = as_csv(next(t for t in lists if t.title == "Findings"))
    elif small:
        attachments[pdf.name] = pdf.read_bytes()
    link = mail.link.replace("{file}", pdf.name) if accounts is None else ""
    written = letter(
        summary,
        load_look(judged.config),
        attached=pdf.name in attachments,
        link=link,
        accounts=accounts,
    )
    digest = hashlib.sha256(recipient.address.casefold().encode()).hexdigest()[:12]
    identity = f"{summary['report']['id']}-{digest}".replace(" ", "-")
    bodies = written.text, written.html
    return message(mail, recipient.address, written.subject, bodies, attachments, identity, now())


def _send_once(
    judged: Judged, mail: Mail, post: EmailMessage, store: Path, report: str, again: bool
) -> Delivery:
    from reportgen.deliver.mail import send
    from reportgen.deliver.sent import marker
    from reportgen.errors import MailError, MailUncertain

    address = str(post["To"])
    mark = marker(store / "deliveries", report, address)
    if mark.state and not again:
        said = {
            "sent": "It was sent before; `--again` sends it once more.",
            "sending": "An earlier run broke while sending, so it may have arrived; `--again` "
            "sends it whatever happened.",
        }[mark.state]
        return Delivery(address, "skipped" if mark.state == "sent" else "failed", said)
    about = {"report": report, "to": address, "message_id": str(post["Message-ID"])}
    mark.write("sending", {**about, "at": to_text(now())})
    try:
        said = send(mail, post, judged.config.folder)
    except MailUncertain as error:
        return Delivery(address, "failed", error.message)
    except MailError as error:
        mark.remove()
        return Delivery(address, "failed", f"{error.message} {error.hint}".strip())
    mark.write("sent", {**about, "at": to_text(now()), "said": said})
    return Delivery(address, "sent", said)


@contextmanager
def locked(store_folder: Path) -> Iterator[None]:
    """Hold the store for one run. Raises LockError when another run has it."""
    import fcntl

    from reportgen.errors import LockError

    Store.create(store_folder)
    with (store_folder / "run.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LockError(
                f"Another run is at work on {store_folder}.",
                "Wait for it, or look for a run that hangs; a lock ends with its process.",
            ) from error
        yield


def log_to(path: Path, step: str, **about: Any) -> None:
    """Append a line of JSON to a run's log: the time, the step, and what is to be said of it."""
    line = json.dumps({"at": to_text(now()), "step": step, **about}, ensure_ascii=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a") as stream:
            stream.write(line + "\n")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}.") from error


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, replacing what was there in one step."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}.") from error
