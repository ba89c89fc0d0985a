"""The main job in one short function for each step: prepare, assess, summarise, report."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.clock import to_text
from reportgen.config import Config, load_config
from reportgen.errors import IntegrityError, UsageError
from reportgen.evidence.store import Store
from reportgen.files import Staged
from reportgen.model import ResultsFile
from reportgen.verdicts.basis import Rules as Rules

if TYPE_CHECKING:
    from reportgen.catalogue import Catalogue, Own
    from reportgen.history.executors import Workers
    from reportgen.report.summary import Summary
    from reportgen.verdicts.kept import Kept


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


def prepare(config_path: Path | None, controls: Path | None = None) -> Rules:
    """Load configuration, catalogue and register. Raises ConfigError for a fault in any."""
    from reportgen.audit.register import load_register
    from reportgen.catalogue import load_catalogue

    config = load_config(config_path)
    catalogue = load_catalogue(controls, own_folders(config))
    for name in config.settings.frameworks:
        if name not in catalogue.frameworks:
            raise UsageError(
                f"{config_path or 'reportgen.yaml'}: frameworks: unknown framework {name!r}.",
                f"Known frameworks: {', '.join(sorted(catalogue.frameworks))}.",
            )
    answered = answered_by_api(catalogue)
    register = load_register(config.register_path, catalogue.controls, answered)
    reviews = config.register_path / "reviews"
    if reviews.is_dir():
        from reportgen.review.closing import attested

        closed = attested(reviews, catalogue.controls)
        register = replace(register, attestations=(*register.attestations, *closed))
    return Rules(config, catalogue, register)


def answered_by_api(catalogue: Catalogue) -> set[str]:
    """Controls that AWS's own answers settle, so that a statement on them is no evidence."""
    return {
        c.id
        for c in catalogue.controls.values()
        if c.observability == "api" and not c.takes_statements
    }


def own_folders(config: Config) -> Own:
    """The organisation's own folders of controls, frameworks, checks and sources."""
    from reportgen.catalogue import Own

    return Own(
        config.catalogue_path("controls"),
        config.catalogue_path("frameworks"),
        config.catalogue_path("checks"),
        config.sources_path,
    )


@dataclass(frozen=True)
class Judging:
    """How the months of a report are judged.

    ``parallel`` processes (0: as many as there are processors), or the workers of the Dask cluster
    at ``cluster``. ``fresh``: judge everything anew, and neither read nor keep verdicts in the
    store. ``progress`` is told of each account judged, and how many are left. ``spare`` is a folder
    for verdicts that the store cannot keep, from which they are read again; without one, they are
    gone afterwards.
    """

    parallel: int = 0
    cluster: str = ""
    fresh: bool = False
    progress: Callable[[str, int], None] = lambda account, left: None
    spare: Path | None = None

    @property
    def workers(self) -> Workers:
        """Where accounts are judged."""
        from reportgen.history.executors import Workers

        return Workers(self.parallel, self.cluster)

    @contextmanager
    def kept(self, store: Store) -> Iterator[Kept]:
        """The verdicts that a store keeps, for as long as they are used."""
        from reportgen.verdicts.kept import Kept

        with tempfile.TemporaryDirectory(prefix="reportgen-") as own:
            yield Kept(store.medium, self.spare or Path(own), use=not self.fresh)


@dataclass(frozen=True)
class Assessed:
    """The results at a moment, and what judging for them came to (see ``history.Found``)."""

    results: ResultsFile
    judged: int
    reused: int
    damaged: Mapping[str, str]


def assessed(
    store_folder: Path,
    rules: Rules,
    as_of: datetime | None,
    only: list[str] | None = None,
    judging: Judging = Judging(),
    *,
    lists: bool = False,
) -> Assessed:
    """Judge the position at ``as_of`` (default: the latest snapshot), but what is kept of it.

    ``only`` limits it to some controls of the catalogue; ``lists``: a report of a period that ends
    then will want the lists of the access review. An account of which evidence is not what was
    stored is not evaluated. Raises UsageError when no snapshot is old enough.
    """
    from reportgen.assess.run import to_json
    from reportgen.history.now import Positions

    store = Store.open(store_folder)
    holdings = store.holdings()
    snapshots = holdings.snapshots
    if not snapshots:
        raise UsageError(f"The store {store_folder} holds no complete snapshot.")
    moment = as_of or snapshots[-1].collected_at
    if moment < snapshots[0].collected_at:
        raise UsageError(
            f"No snapshot was collected at or before {to_text(moment)}.",
            f"The first is of {to_text(snapshots[0].collected_at)}.",
        )
    catalogue = rules.catalogue
    if only:
        chosen = {key: catalogue.controls[key] for key in catalogue.controls if key in only}
        catalogue = replace(catalogue, controls=chosen)
    with judging.kept(store) as kept:
        found = Positions(snapshots, rules, moment, kept, holdings.pruned).run(
            judging.workers, judging.progress, only=only or None, lists=lists
        )
    results = to_json(found.accounts, moment, catalogue)
    return Assessed(results, found.judged, found.reused, found.damaged)


def assess_store(
    store_folder: Path,
    rules: Rules,
    as_of: datetime | None,
    only: list[str] | None = None,
) -> ResultsFile:
    """The results at a moment: as ``assessed``, without the rest.

    Raises IntegrityError where an account's evidence is not what was stored.
    """
    found = assessed(store_folder, rules, as_of, only)
    for said in found.damaged.values():
        raise IntegrityError(said, "`reportgen assess` judges the other accounts.")
    return found.results


@dataclass(frozen=True)
class Summarised:
    """A summary, and what judging for it came to (see ``history.Found``)."""

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
    judging: Judging = Judging(),
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
        period,
        found.months,
        found.observations,
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
    return Summarised(summary, found.judged, found.reused, found.damaged)


FORMATS = ("pdf", "html", "xlsx", "csv", "parquet", "json")


def write_report(
    store_folder: Path,
    rules: Rules,
    kind: str,
    ending: date,
    out: Path,
    frameworks: list[str] | None = None,
    formats: Sequence[str] = FORMATS,
    judging: Judging = Judging(),
) -> Written:
    """Write the report in every format of ``formats``; all or, when one cannot be made, none.

    The PDF is made in a child process beside the others.
    """
    from reportgen.evidence.roots import check_last_report
    from reportgen.model import canonical_json
    from reportgen.render.look import load_look
    from reportgen.render.pdf import PdfRenderer
    from reportgen.render.report import render_html
    from reportgen.report.bounds import bounded
    from reportgen.report.summary import to_json

    look = load_look(rules.config)
    store = Store.open(store_folder)
    chain = store.chain()
    check_last_report(chain, out / "summary.json")
    with Staged(out) as staged, ExitStack() as stack:
        renderer = stack.enter_context(PdfRenderer()) if "pdf" in formats else None
        made = summarised(store_folder, rules, kind, ending, frameworks, judging)
        summary = made.summary
        numbers = canonical_json(to_json(bounded(summary)))
        about = summary.report
        created = str(about.last_collected or f"{ending}T00:00:00Z")
        name = f"iam-{kind}-{ending}"
        if renderer is not None:
            attached = {"summary.json": numbers.decode("utf-8", "surrogatepass")}
            html = render_html(summary, look)
            renderer.start(html, about.fingerprint, created, attached)
        _write_lists(staged, name, summary, created, formats)
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


def _write_lists(
    staged: Staged, name: str, summary: Summary, created: str, formats: Sequence[str]
) -> None:
    """The workbook, the CSV files and findings.parquet: every list whole."""
    from reportgen.render.tables import tables, write_csv

    lists = tables(summary) if {"xlsx", "csv"} & set(formats) else []
    if "xlsx" in formats:
        from reportgen.render.workbook import write_workbook

        with staged.open(f"{name}.xlsx") as stream:
            write_workbook(stream, lists, summary.report.id, created)
    if "csv" in formats:
        for table in lists:
            with staged.open(f"{name}-csv/{table.file_name}.csv") as stream:
                write_csv(table, stream)
    if "parquet" in formats:
        from reportgen.render.parquet import write_findings

        with staged.open(f"{name}-csv/findings.parquet") as stream:
            write_findings(summary.register, stream)
