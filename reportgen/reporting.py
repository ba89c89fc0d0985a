"""The report of a period: judge its months, summarise them, and write every format."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.errors import UsageError
from reportgen.evidence.store import Store
from reportgen.files import Staged
from reportgen.pipeline import Judging

if TYPE_CHECKING:
    from reportgen.render.pdf import PdfJob
    from reportgen.render.tables import Table
    from reportgen.report.summary import Summary
    from reportgen.verdicts.basis import Rules

_AS_USUAL = Judging()


@dataclass(frozen=True)
class Written:
    """A report that was written: its summary, and its files by name.

    ``judged`` and ``reused`` count judgements; ``damaged`` has the accounts of which evidence is
    not what was stored, with what is wrong: nothing of them was evaluated.
    """

    summary: Summary
    files: dict[str, Path]
    judged: int = 0
    reused: int = 0
    damaged: Mapping[str, str] = field(default_factory=dict)

    def of(self, suffix: str) -> Path:
        """The file of a suffix, such as ``.pdf`` or ``summary.json``."""
        return next(path for name, path in self.files.items() if name.endswith(suffix))


@dataclass(frozen=True)
class Summarised:
    """A summary, and what judging for it came to (see ``History``)."""

    summary: Summary
    judged: int
    reused: int
    damaged: Mapping[str, str]


def summary_of(
    store_folder: Path,
    rules: Rules,
    kind: str,
    ending: date,
    frameworks: list[str] | None = None,
) -> Summary:
    """The summary of a period: as ``summarised``, without the rest."""
    return summarised(store_folder, rules, kind, ending, frameworks).summary


def summarised(
    store_folder: Path,
    rules: Rules,
    kind: str,
    ending: date,
    frameworks: list[str] | None = None,
    judging: Judging = _AS_USUAL,
) -> Summarised:
    """Judge every month end up to ``ending`` that is not judged yet, and summarise the period.

    Raises UsageError when no snapshot was collected within the period.
    """
    from reportgen.assess.thresholds import thresholds_of
    from reportgen.evidence.roots import ends_of
    from reportgen.history.history import History
    from reportgen.summarise.periods import period_ending
    from reportgen.summarise.summary import summarise

    period = period_ending(kind, ending)
    store = Store.open(store_folder)
    holdings = store.holdings()
    snapshots = holdings.snapshots
    zone = rules.config.zone
    dates = [s.collected_at.astimezone(zone).date() for s in snapshots]
    within = [day for day in dates if period.start <= day <= period.end]
    if not within:
        span = f"{dates[0]} to {dates[-1]}" if dates else "none at all"
        raise UsageError(
            f"No snapshot was collected between {period.start} and {period.end}, so there is "
            "nothing to report on.",
            f"The store holds snapshots of: {span}. Time zone: {rules.config.settings.timezone}.",
        )
    chosen = frameworks or rules.config.settings.frameworks or rules.catalogue.usual
    with judging.kept(store) as kept:
        history = History(snapshots, rules, period, kept, holdings.pruned)
        found = history.run(judging.workers, judging.progress)
        summary = summarise(
            found.span,
            found.accounts,
            found.absent,
            history.lists,
            rules.catalogue,
            rules.config,
            rules.register,
            chosen,
            thresholds_of(rules.catalogue),
        )
    first, root, sequence = ends_of(holdings.chain)
    header = replace(summary.report, store_first=first, store_root=root, store_sequence=sequence)
    summary = replace(summary, report=header)
    if (folder := rules.config.register_path / "reviews").is_dir():
        from reportgen.review.results import reviews_of

        names = {account.account_id: account.name for account in summary.accounts}
        summary = replace(summary, reviews=reviews_of(folder, holdings, rules, period, names))
    return Summarised(summary, history.judged, history.reused, history.damaged)


FORMATS = ("pdf", "html", "xlsx", "csv", "parquet", "json")


def write_report(
    store_folder: Path,
    rules: Rules,
    kind: str,
    ending: date,
    out: Path,
    frameworks: list[str] | None = None,
    formats: Sequence[str] = FORMATS,
    judging: Judging = _AS_USUAL,
    later: Callable[[PdfJob], None] | None = None,
) -> Written:
    """Write the report in every format of ``formats``; all or, when one cannot be made, none.

    The PDF is made in a child process beside the others, the workbook too where it is long. With
    ``later`` memory counts more than time: that is given the PDF's job, no PDF is written, and the
    workbook is written here.
    """
    from reportgen.evidence.roots import check_last_report
    from reportgen.model import canonical_json
    from reportgen.render.look import load_look
    from reportgen.render.pdf import PdfJob, PdfRenderer
    from reportgen.render.report import render_html
    from reportgen.report.bounds import bounded
    from reportgen.report.summary import to_json

    look = load_look(rules.config)
    store = Store.open(store_folder)
    chain = store.chain()
    check_last_report(chain, out / "summary.json")
    with Staged(out) as staged, ExitStack() as stack:
        on_paper = "pdf" in formats
        renderer = stack.enter_context(PdfRenderer()) if on_paper and later is None else None
        made = summarised(store_folder, rules, kind, ending, frameworks, judging)
        if later is not None:
            _give_back()
        summary = made.summary
        numbers = canonical_json(to_json(bounded(summary)))
        about = summary.report
        created = str(about.last_collected or f"{ending}T00:00:00Z")
        name = f"iam-{kind}-{ending}"
        lists = _lists(summary, formats)
        # While the workbook is written, the rest is; only what is long is worth another process.
        long = later is None and sum(len(table.rows) for table in lists) > _WORTH_A_PROCESS
        with _workbook(staged, f"{name}.xlsx", lists, about.id, created, long, formats):
            if on_paper:
                attached = {"summary.json": numbers.decode("utf-8", "surrogatepass")}
                html = render_html(summary, look)
                if renderer is not None:
                    renderer.start(html, about.fingerprint, created, attached)
                elif later is not None:
                    later(PdfJob(name, html, about.fingerprint, created, attached))
            _write_lists(staged, name, lists, summary, formats)
            if "html" in formats:
                from reportgen.render.page import render_page

                page = render_page(summary, look).encode("utf-8", "replace")
                staged.write(f"{name}.html", page)
            if renderer is not None:
                staged.write(f"{name}.pdf", renderer.finish())
        # The numbers are always written: whatever else reads the folder starts from them.
        staged.write("summary.json", numbers)
        written = staged.publish()
    store.remember(chain.links[-1])
    return Written(summary, written, made.judged, made.reused, made.damaged)


def _give_back() -> None:
    """Give memory that is free back to the system: the C library keeps it until asked (glibc)."""
    import ctypes
    import gc

    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


# Rows of all tables from which a workbook is written by a process of its own.
_WORTH_A_PROCESS = 20_000


def _lists(summary: Summary, formats: Sequence[str]) -> list[Table]:
    from reportgen.render.tables import tables

    return tables(summary) if {"xlsx", "csv"} & set(formats) else []


@contextmanager
def _workbook(
    staged: Staged,
    name: str,
    lists: Sequence[Table],
    title: str,
    created: str,
    long: bool,
    formats: Sequence[str],
) -> Iterator[None]:
    """Write the workbook while the block runs, where it is wanted."""
    if "xlsx" not in formats:
        yield
        return
    from reportgen.render.beside import beside
    from reportgen.render.workbook import write_workbook

    with staged.open(name) as stream:

        def write() -> None:
            write_workbook(stream, lists, title, created)
            stream.flush()

        with beside(write, worth_it=long):
            yield


def _write_lists(
    staged: Staged, name: str, lists: Sequence[Table], summary: Summary, formats: Sequence[str]
) -> None:
    """The CSV files and findings.parquet: every list whole.

    Findings are told once for both: of a thousand accounts there are half a million.
    """
    from reportgen.render.tables import Told, findings_table, write_csv

    with ExitStack() as stack:
        if "parquet" in formats:
            from reportgen.render.parquet import findings_file

            stream = stack.enter_context(staged.open(f"{name}-csv/findings.parquet"))
            add = stack.enter_context(findings_file(stream))
            told = findings_table(summary.register)
            told = replace(told, rows=Told(told.rows, add))
            lists = [told if table.title == told.title else table for table in lists]
            if "csv" not in formats:
                deque(told.rows, maxlen=0)
        if "csv" in formats:
            for table in lists:
                with staged.open(f"{name}-csv/{table.file_name}.csv") as stream:
                    write_csv(table, stream)
