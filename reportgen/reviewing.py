"""Populations, samples and access reviews of a store: one function for each step."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from reportgen.clock import now, to_text
from reportgen.errors import LockError, UsageError
from reportgen.evidence.store import Store
from reportgen.files import write_private
from reportgen.pipeline import Rules
from reportgen.review.accounts import accounts_at
from reportgen.review.campaign import Campaign, open_campaign, read_campaign
from reportgen.review.closing import CAMPAIGN, CLOSING, DECISIONS, Closing, closing_of
from reportgen.review.decisions import Batch, chained, read_batches, take, to_file
from reportgen.review.outcome import ReviewStanding, outcome
from reportgen.review.population import Kind, Population, population
from reportgen.review.workbook import read, write

# Below the register: a folder for each review.
REVIEWS = "reviews"


def population_of(store: Path, rules: Rules, kind: Kind, as_of: datetime | None) -> Population:
    """One population as the store shows it at ``as_of`` (default: its latest snapshot's moment)."""
    held = Store.open(store).holdings()
    accounts = accounts_at(held, rules, as_of, verdicts=not kind.sources)
    return population(kind, accounts)


@dataclass(frozen=True)
class Opened:
    """A review that was opened: its folder, and the workbook of each reviewer."""

    campaign: Campaign
    folder: Path
    workbooks: Mapping[str, Path]


def open_review(
    store: Path,
    rules: Rules,
    name: str,
    kinds: Sequence[Kind],
    as_of: datetime | None,
    due: date,
) -> Opened:
    """Freeze the populations and write a workbook for each reviewer.

    Raises UsageError for a name that is taken, a due day in the past, or an empty population.
    """
    folder = review_folder(rules, name)
    today = now().astimezone(rules.config.zone).date()
    if due < today:
        raise UsageError(f"--due {due} has passed.", "Choose a day to come.")
    if folder.exists():
        raise UsageError(f"The review {name} is open already, in {folder}.", "Choose another name.")
    held = Store.open(store).holdings()
    accounts = accounts_at(held, rules, as_of)
    populations = [population(kind, accounts) for kind in kinds]
    root = held.chain.links[-1].root
    opened = to_text(now())
    campaign = open_campaign(name, opened, due.isoformat(), root, populations, rules.config)
    workbooks: dict[str, Path] = {}
    for reviewer in campaign.reviewers:
        if any(row.reviewer == reviewer.name for row in campaign.rows):
            path = folder / f"{_file_name(reviewer.name)}.xlsx"
            while path in workbooks.values():
                path = path.with_stem(f"{path.stem}-again")
            workbooks[reviewer.name] = path
    for reviewer_name, path in workbooks.items():
        write_private(path, write(campaign, reviewer_name))
    # Written last: a review whose workbooks are not there was not opened.
    write_private(folder / CAMPAIGN, campaign.to_file())
    return Opened(campaign, folder, workbooks)


def import_decisions(
    rules: Rules, name: str, files: Sequence[Path], *, accept_late: bool = False
) -> list[Batch]:
    """Take the decisions of returned files; returns a batch for each, in their order."""
    folder = review_folder(rules, name)
    campaign = read_campaign(folder / CAMPAIGN)
    with only_one(folder):
        _still_open(folder, name)
        batches = read_batches(folder / DECISIONS, campaign)
        before = len(batches)
        for path in files:
            rows = read(path)
            digest = sha256(path.read_bytes()).hexdigest()
            taken = take(
                campaign,
                rows,
                path.name,
                digest,
                now(),
                rules.config.zone,
                accept_late=accept_late,
            )
            batches = chained(batches, campaign, taken)
        write_private(folder / DECISIONS, to_file(batches))
    return batches[before:]


def review_standing(store: Path, rules: Rules, name: str) -> ReviewStanding:
    """Where a review stands, by the decisions taken and the newest evidence of the store."""
    folder = review_folder(rules, name)
    campaign = read_campaign(folder / CAMPAIGN)
    batches = read_batches(folder / DECISIONS, campaign)
    held = Store.open(store).holdings()
    if campaign.store_root not in {link.root for link in held.chain.links}:
        raise UsageError(f"The store {store} is not the one that {name} was opened on.")
    return outcome(campaign, batches, accounts_at(held, rules, None), rules.config.zone)


def close_review(store: Path, rules: Rules, name: str, by: str) -> Closing:
    """Sign a review off, once all is decided and shown. Raises UsageError before, or a second time.

    From then on it attests AUD-04 and E8-03, and takes no more decisions.
    """
    folder = review_folder(rules, name)
    standing = review_standing(store, rules, name)
    with only_one(folder):
        _still_open(folder, name)
        kept = folder / DECISIONS
        decisions = kept.read_bytes() if kept.exists() else b""
        today = now().astimezone(rules.config.zone).date()
        closing = closing_of(standing, decisions, today, by)
        write_private(folder / CLOSING, closing.to_file())
    return closing


def _still_open(folder: Path, name: str) -> None:
    if (folder / CLOSING).exists():
        raise UsageError(f"The review {name} is closed.", "Open another one.")


def review_names(rules: Rules) -> list[str]:
    """The reviews in the register, by name."""
    folder = rules.config.register_path / REVIEWS
    return sorted(path.parent.name for path in folder.glob(f"*/{CAMPAIGN}"))


def review_folder(rules: Rules, name: str) -> Path:
    """Where a review is kept. Raises UsageError for a name that is no plain folder name."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise UsageError(
            f"{name!r} is no name for a review.", "Use letters, digits, dot, dash: access-2026-q3."
        )
    return rules.config.register_path / REVIEWS / name


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold a review's folder. Raises LockError while another run does."""
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LockError(f"Another import holds {folder}.", "Wait for it to end.") from error
        yield


def _file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "reviewer"
