"""The main job in one short function for each step: collect, import, assess, report."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.clock import day_end, now, parse_argument, to_text
from reportgen.config import Config, load_config
from reportgen.errors import UsageError
from reportgen.evidence.store import Snapshot, Store
from reportgen.model import Status

if TYPE_CHECKING:
    from reportgen.assess.run import Assessment
    from reportgen.audit.register import Register
    from reportgen.catalogue import Catalogue


@dataclass(frozen=True)
class Judged:
    """What the later steps need: catalogue, register and configuration, loaded and checked."""

    config: Config
    catalogue: Catalogue
    register: Register


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
            collected_at = parse_argument(stamp, load_config(None).zone, end_of_day=False)
            items = read_files(account.name, collected_at, files_in(account), collected_at)
            store.add(to_text(collected_at), items)
    return folder / "reportgen.yaml"


def assess_store(store_folder: Path, judged: Judged, as_of: datetime | None) -> dict[str, Any]:
    """Judge the position at ``as_of`` (default: the latest snapshot) and return the results file.

    Raises UsageError when no snapshot is old enough.
    """
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
    assessor = Assessor(judged.catalogue, judged.config, judged.register)
    accounts = [assessor.assess(account, snap, moment) for account, snap in found.items()]
    return to_json(accounts, moment, judged.catalogue)
