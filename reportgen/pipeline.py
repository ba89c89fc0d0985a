"""What every job begins with: prepare the rules, and judge the position at a moment."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.clock import to_text
from reportgen.config import Config, load_config
from reportgen.errors import IntegrityError, UsageError
from reportgen.evidence.store import Store
from reportgen.model import ResultsFile
from reportgen.verdicts.basis import Rules as Rules

if TYPE_CHECKING:
    from reportgen.catalogue import Catalogue, Own
    from reportgen.history.executors import Workers
    from reportgen.verdicts.kept import Kept


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
