"""The whole job in one go, for a scheduler: a lock, a log, and what came of it."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from reportgen import collecting, pipeline, reporting
from reportgen.clock import day_end, now, to_text
from reportgen.errors import LockError, ReportgenError, UsageError
from reportgen.evidence.store import Store
from reportgen.files import write_private
from reportgen.mailing import Delivery, send_report
from reportgen.model import Status, canonical_json
from reportgen.report.words import Disposition
from reportgen.sources import all_sources

_AS_USUAL = pipeline.Judging()


@dataclass(frozen=True)
class Done:
    """What a run came to: its exit code, the mails (None where none are set up), gaps.

    ``damaged`` has the accounts of which evidence is not what was stored, with what is wrong.
    """

    exit_code: int
    deliveries: list[Delivery] | None
    unread: list[str]
    damaged: Mapping[str, str]


def run(
    rules: pipeline.Rules,
    store: Path,
    out: Path,
    period: str,
    day: date,
    skip_collect: bool,
    again: bool,
    limit: int,
    say: Callable[[str], None],
    judging: pipeline.Judging = _AS_USUAL,
) -> Done:
    """Collect, assess, report and email; ``limit`` is the rank of the severity to exit 1 on.

    Raises LockError when another run has the store, and whatever a step raises, after noting it
    in ``run.log``.
    """
    log = out / "run.log"
    if skip_collect:
        Store.open(store)
    else:
        Store.create(store)
    with locked(store):
        log_to(log, "start", period=period, ending=day.isoformat())
        try:
            unread = [] if skip_collect else _collect(rules, store, log, say)
            written = _report(rules, store, out, period, day, log, judging)
            say(f"Report: {written.of('.pdf')}")
            deliveries = _mail(rules, store, written, again, log)
        except ReportgenError as error:
            log_to(log, "end", exit=error.exit_code, error=error.message)
            raise
        code = _exit_code(written, deliveries or [], unread, limit)
        log_to(log, "end", exit=code)
    return Done(code, deliveries, unread, written.damaged)


def _collect(
    rules: pipeline.Rules, store: Path, log: Path, say: Callable[[str], None]
) -> list[str]:
    """Collect what the configuration names; returns what was not read."""

    def progress(account: str, key: str, status: Status, detail: str) -> None:
        log_to(log, "read", account=account, source=key, status=status.value, detail=detail)

    unread: list[str] = []
    settings = rules.config.settings
    sources = all_sources(rules.config.sources_path)
    profiles: list[str | None] = list(settings.collect_profiles)
    for profile in profiles or [None]:
        wanted = collecting.Collection(profile, None, settings.collect, sources)
        for outcome in collecting.collect_accounts(store, wanted, progress):
            log_to(log, "collected", snapshot=outcome.snapshot, accounts=[outcome.account_id])
            say(f"Account {outcome.account_id}: {outcome.state.value} {outcome.snapshot}.")
            unread += sorted(outcome.missing)
            if outcome.state == "unreachable":
                unread.append(f"account {outcome.account_id}")
    return unread


def _report(
    rules: pipeline.Rules,
    store: Path,
    out: Path,
    period: str,
    day: date,
    log: Path,
    judging: pipeline.Judging,
) -> reporting.Written:
    # The report's last month is this very position: what is kept of it here is not judged again.
    with tempfile.TemporaryDirectory(prefix="reportgen-") as spare:
        judging = replace(judging, spare=Path(spare))
        end = day_end(day, rules.config.zone)
        found = pipeline.assessed(store, rules, end, judging=judging, lists=True)
        write_private(out / "assessment.json", canonical_json(found.results))
        coverage = found.results["coverage"]
        log_to(log, "assessed", **coverage | {"controls": len(rules.catalogue.controls)})
        written = reporting.write_report(store, rules, period, day, out, judging=judging)
    log_to(log, "reported", files=sorted(written.files))
    for account, said in written.damaged.items():
        log_to(log, "damaged", account=account, said=said)
    return written


def _mail(
    rules: pipeline.Rules, store: Path, written: reporting.Written, again: bool, log: Path
) -> list[Delivery] | None:
    if rules.config.settings.email is None:
        return None
    pdf = written.of(".pdf")
    found = send_report(rules.config, store, written.summary, pdf, again=again)
    for delivery in found:
        log_to(log, "mail", to=delivery.address, state=delivery.state, said=delivery.detail)
    return found


def _exit_code(
    written: reporting.Written, deliveries: list[Delivery], unread: list[str], limit: int
) -> int:
    """4 (evidence is damaged) before 5 (a mail failed) before 3 (something was not read) before 1
    (a finding) before 0.
    """
    if written.damaged:
        return 4
    if any(delivery.state == "failed" for delivery in deliveries):
        return 5
    if unread:
        return 3
    return int(
        any(
            row.disposition is Disposition.OPEN and row.severity.rank <= limit
            for row in written.summary.register
        )
    )


@contextmanager
def locked(store_folder: Path) -> Iterator[None]:
    """Hold the store for one run. Raises LockError when another run has it."""
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
