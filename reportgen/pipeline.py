"""The main job in one short function for each step: collect, import, assess, report."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.clock import now, parse_moment, to_text
from reportgen.config import Collect as CollectSettings
from reportgen.config import Config, load_config
from reportgen.errors import UsageError
from reportgen.evidence.medium import FolderMedium
from reportgen.evidence.store import Snapshot, Store
from reportgen.files import write_private
from reportgen.model import ResultsFile, Status
from reportgen.verdicts.basis import Rules as Rules

if TYPE_CHECKING:
    from reportgen.catalogue import Catalogue, Own
    from reportgen.collect.doctor import Examined
    from reportgen.collect.fleet import AccountOutcome
    from reportgen.report.summary import Summary
    from reportgen.sources.source import Source


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
class Collection:
    """What to collect, from where and by whom; see ``config.Collect`` for the names."""

    profile: str | None = None
    region: str | None = None
    settings: CollectSettings = field(default_factory=CollectSettings)
    sources: Mapping[str, Source] | None = None
    refresh: tuple[str, ...] = ()


def collect_accounts(
    store_folder: Path, wanted: Collection, progress: Callable[[str, str, Status, str], None]
) -> list[AccountOutcome]:
    """Collect the caller's account, or those of the organisation that were asked for.

    An interrupted run that asked the same is gone on with.
    """
    from reportgen.collect.accounts import AccountScope, Target, targets
    from reportgen.collect.before import LastTime
    from reportgen.collect.fleet import Fleet, RoleToAssume
    from reportgen.collect.journal import opened
    from reportgen.collect.session import Session
    from reportgen.sources import chosen, own_sources
    from reportgen.sources.secret import check_key

    session = Session(wanted.profile, wanted.region)
    store = Store.create(store_folder)
    asked = wanted.settings
    known = own_sources() if wanted.sources is None else wanted.sources
    for name in asked.also:
        if name not in known:
            raise UsageError(f"Unknown source {name!r}.", f"Known sources: {', '.join(known)}.")
    check_key()
    sources = chosen(known, asked.also)
    scope = AccountScope(
        asked.organization, tuple(asked.accounts), tuple(asked.units), tuple(asked.exclude)
    )
    partition, own = session.identity(required=scope.several)
    accounts = targets(session, scope) if scope.several else [Target(own)]
    question = {
        "caller": own,
        "accounts": [target.account_id for target in accounts],
        "sources": sorted(sources),
        "regions": asked.regions,
        "role": asked.role_name,
    }
    with opened(_kept_at(store), question) as journal:
        for name in wanted.refresh:
            for account in journal.accounts():
                journal.forget(account, name)
        role = RoleToAssume(asked.role_name, asked.external_id)
        last_time = LastTime(cache(store.snapshots), sources, frozenset(wanted.refresh)).of
        fleet = Fleet(
            session,
            own,
            partition,
            store,
            journal,
            sources,
            role,
            asked.regions,
            progress,
            last_time,
        )
        return fleet.collect(accounts, parallel=asked.parallel)


def _kept_at(store: Store) -> Path:
    """Where a run keeps what it has read: beside a store in a folder, else in the user's state."""
    if isinstance(store.medium, FolderMedium):
        folder = Path(str(store.place))
        return folder.with_name(f"{folder.name}.collecting")
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    name = hashlib.sha256(str(store.medium).encode()).hexdigest()[:16]
    return Path(state) / "reportgen" / f"{name}.collecting"


def examine_sources(
    rules: Rules,
    profile: str | None,
    region: str | None,
    progress: Callable[[str, str, Status, str], None],
) -> list[Examined]:
    """Try each source once as the caller, and weigh what cannot be read."""
    from functools import partial

    from reportgen.collect.doctor import Weighed, examine
    from reportgen.collect.run import AccountRun
    from reportgen.collect.session import Session
    from reportgen.sources import all_sources, chosen

    session = Session(profile, region)
    settings = rules.config.settings.collect
    sources = chosen(all_sources(rules.config.sources_path))
    _, own = session.identity(required=False)
    run = AccountRun(session, sources, partial(progress, own), settings.regions)
    controls = [
        Weighed(c.id, frozenset(c.sources), c.severity.weight if c.scored else 0)
        for c in rules.catalogue.controls.values()
    ]
    return examine(run.items(), sources, controls)


def import_files(
    store_folder: Path,
    account_id: str,
    collected_at: datetime,
    files: Mapping[str, Path],
    sources: Mapping[str, Source] | None = None,
) -> tuple[Snapshot, bool]:
    """Import exported files (by evidence key) as a snapshot; returns it and whether it is new."""
    from reportgen.collect.exports import read_files
    from reportgen.sources.secret import check_key

    check_key()
    items = read_files(account_id, collected_at, files, now(), sources)
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
    rules: Rules,
    as_of: datetime | None,
    only: list[str] | None = None,
) -> ResultsFile:
    """Judge the position at ``as_of`` (default: the latest snapshot) and return the results file.

    ``only`` limits it to some controls of the catalogue.

    Raises UsageError when no snapshot is old enough.
    """
    from reportgen.assess.organisation import find_organisation
    from reportgen.assess.run import Assessor, collections, positions, to_json

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
    catalogue = rules.catalogue
    if only:
        chosen = {key: catalogue.controls[key] for key in catalogue.controls if key in only}
        catalogue = replace(catalogue, controls=chosen)
    assessor = Assessor(catalogue, rules.config, rules.register)
    age = rules.config.settings.evidence.maximum_age_days
    organisation = find_organisation(found, moment, age)
    collected = collections(snapshots)
    accounts = [
        assessor.assess(
            account, snap, moment, organisation=organisation, collected=collected[account]
        )
        for account, snap in found.items()
    ]
    return to_json(accounts, moment, catalogue)


@dataclass(frozen=True)
class Judging:
    """How the months of a report are judged.

    ``parallel`` processes (0: as many as there are processors), or the workers of the Dask cluster
    at ``cluster``. ``fresh``: judge everything anew, and neither read nor keep verdicts in the
    store. ``progress`` is told of each account judged, and how many are left.
    """

    parallel: int = 0
    cluster: str = ""
    fresh: bool = False
    progress: Callable[[str, int], None] = lambda account, left: None


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
    from reportgen.history import History
    from reportgen.history.executors import Workers
    from reportgen.summarise.periods import period_ending
    from reportgen.summarise.summary import summarise
    from reportgen.verdicts.kept import Kept

    period = period_ending(kind, ending)
    store = Store.open(store_folder)
    snapshots = store.snapshots()
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
    with tempfile.TemporaryDirectory(prefix="reportgen-") as spare:
        kept = Kept(store.medium, Path(spare), use=not judging.fresh)
        history = History(snapshots, rules, period, kept)
        workers = Workers(judging.parallel, judging.cluster)
        found = history.run(workers, judging.progress)
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
    first, root, sequence = ends_of(snapshots)
    header = replace(summary.report, store_first=first, store_root=root, store_sequence=sequence)
    return Summarised(replace(summary, report=header), found.judged, found.reused, found.damaged)


FORMATS = ("pdf", "html", "xlsx", "csv", "json")


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
    from reportgen.render.page import render_page
    from reportgen.render.pdf import PdfRenderer
    from reportgen.render.report import render_html
    from reportgen.render.tables import as_csv, tables
    from reportgen.render.workbook import workbook
    from reportgen.report.summary import to_json

    look = load_look(rules.config)
    store = Store.open(store_folder)
    seals = store.chain()
    check_last_report(seals, out / "summary.json")
    with ExitStack() as stack:
        renderer = stack.enter_context(PdfRenderer()) if "pdf" in formats else None
        made = summarised(store_folder, rules, kind, ending, frameworks, judging)
        summary = made.summary
        numbers = canonical_json(to_json(summary))
        about = summary.report
        created = str(about.last_collected or f"{ending}T00:00:00Z")
        name = f"iam-{kind}-{ending}"
        files: dict[str, bytes] = {}
        if renderer is not None:
            attached = {"summary.json": numbers.decode("utf-8", "surrogatepass")}
            html = render_html(summary, look)
            renderer.start(html, about.fingerprint, created, attached)
        lists = tables(summary) if {"xlsx", "csv"} & set(formats) else []
        if "html" in formats:
            files[f"{name}.html"] = render_page(summary, look).encode("utf-8", "replace")
        if "xlsx" in formats:
            files[f"{name}.xlsx"] = workbook(lists, about.id, created)
        if "csv" in formats:
            files |= {f"{name}-csv/{table.file_name}.csv": as_csv(table) for table in lists}
        if renderer is not None:
            files[f"{name}.pdf"] = renderer.finish()
    # The numbers are always written: whatever else reads the folder starts from them.
    files["summary.json"] = numbers
    for file, content in files.items():
        write_private(out / file, content)
    store.remember(seals.seals[-1])
    written = {file: out / file for file in files}
    return Written(summary, written, made.judged, made.reused, made.damaged)
