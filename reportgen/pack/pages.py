"""Lays out the pack's own files: pages, controls, frameworks, populations, collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reportgen.evidence.store import Snapshot
from reportgen.files import write_private
from reportgen.history.plan import Point
from reportgen.pack import collection, populations, settings
from reportgen.pack.forked import each
from reportgen.pack.machine import FILES, MACHINE
from reportgen.pack.manifest import Manifest
from reportgen.pack.redaction import Redacted
from reportgen.pack.reported import Reported
from reportgen.pack.results import (
    ControlFolders,
    matrix,
    rows_by_control,
    supports,
    write_csv,
)
from reportgen.pipeline import Rules
from reportgen.render.packed import PackPages
from reportgen.report.packed import Contradiction, Index, Page, Piece, Reconciled, Redacting
from reportgen.report.summary import Summary
from reportgen.sources.source import Source


@dataclass(frozen=True)
class Material:
    """What the files of a pack are made of.

    ``folder`` has the judged rows and the report; ``positions`` the point of each account at the
    period's end; ``left_out`` counts the store's snapshots that are not in the pack; ``redacted``
    is what a redacted pack is made from.
    """

    rules: Rules
    report: Reported
    folder: Path
    positions: Mapping[str, Point]
    snapshots: Sequence[Snapshot]
    left_out: int
    seal: Mapping[str, Any]
    previous: Manifest | None
    sources: Mapping[str, Source]
    redacted: Redacted | None = None

    @property
    def summary(self) -> Summary:
        """What is left of the report's summary."""
        return self.report.summary

    @property
    def names(self) -> dict[str, str]:
        """The account's names by id."""
        known = {a.account_id: a.name for a in self.summary.accounts}
        return {account: known.get(account, account) for account in self.positions}


def write_pages(material: Material) -> None:
    """Write every page and table below ``files/`` of the material's folder."""
    target = material.folder / "files"
    # Copies: what is read of a snapshot stays with it, and here every one of them is read.
    found = [piece for s in material.snapshots for piece in collection.pieces(replace(s))]
    renderer = PackPages(material.summary)
    write_csv(target / "collection" / "log.csv", collection.log_rows(found))
    _collection(material, renderer, found, target)
    pages = _controls(material, renderer, {p.id: p for p in found}, target)
    for framework in material.summary.frameworks:
        write_csv(target / "frameworks" / f"{framework.id}.csv", matrix(framework))
        page = renderer.framework(framework)
        write_private(target / "frameworks" / f"{framework.id}.html", page)
    reconciled, contradictions = _populations(material, target)
    index = _index(material, pages, reconciled, contradictions, target)
    write_private(target / "index.html", renderer.index(index))


def _collection(
    material: Material, renderer: PackPages, found: Iterable[Piece], target: Path
) -> None:
    by: dict[str, dict[str, list[Piece]]] = {}
    for piece in found:
        by.setdefault(piece.account_id, {}).setdefault(piece.snapshot, []).append(piece)
    names = material.names
    order = {s.id: (s.collected_at, s.id) for s in material.snapshots}
    for account, snapshots in by.items():
        newest = sorted(snapshots.items(), key=lambda pair: order[pair[0]], reverse=True)
        page = renderer.collection(account, names.get(account, account), newest)
        write_private(target / "collection" / f"{account}.html", page)


def _controls(
    material: Material, renderer: PackPages, pieces: Mapping[str, Piece], target: Path
) -> list[Page]:
    catalogue = material.rules.catalogue
    folders = ControlFolders(
        catalogue, material.sources, material.names, pieces, supports(material.summary.frameworks)
    )
    rows = rows_by_control(material.folder)

    def write(name: str) -> Page:
        control, folder = catalogue.controls[name], target / "controls" / name
        page = folders.write(control, rows.get(name, {}), folder)
        source = catalogue.sources.get(name)
        if source is not None:
            write_private(folder / "control.yaml", source.path.read_bytes())
        write_private(folder / "index.html", renderer.control(page))
        return page

    # Every row of the period's end goes through here: side by side, a control at a time.
    return list(each(write, list(catalogue.controls)))


def _populations(material: Material, target: Path) -> tuple[list[Reconciled], list[Contradiction]]:
    names = material.names
    reconciled: list[Reconciled] = []
    contradictions: list[Contradiction] = []
    for account, point in material.positions.items():
        here = populations.CountedAccount(account, names[account], point.snapshot)
        reconciled += here.reconciled()
        contradictions += here.contradictions()
    folder = target / "populations"
    write_csv(folder / "totals.csv", populations.totals_rows(reconciled))
    write_csv(folder / "contradictions.csv", populations.contradiction_rows(contradictions))
    return reconciled, contradictions


def _index(
    material: Material,
    pages: Sequence[Page],
    reconciled: Sequence[Reconciled],
    contradictions: Sequence[Contradiction],
    target: Path,
) -> Index:
    wanted = {name for c in material.rules.catalogue.controls.values() for name in c.sources}
    positions = {account: point.snapshot for account, point in material.positions.items()}
    asked = [material.sources[name] for name in sorted(wanted)]
    unread = tuple(collection.unread(positions, material.names, asked))
    write_csv(target / "collection" / "not-read.csv", collection.unread_rows(unread))
    signature = material.seal["signature"]
    report = material.folder / "report"
    return Index(
        number=material.previous.number + 1 if material.previous else 1,
        previous=material.previous.root if material.previous else "",
        signed=signature["key"] if signature else "",
        stamped=material.seal["timestamp"] is not None,
        snapshots=len(material.snapshots),
        left_out=material.left_out,
        unread=unread,
        pages=tuple(pages),
        reconciled=tuple(reconciled),
        contradictions=tuple(contradictions),
        accounts=material.names,
        tables=tuple(
            (title, f"tables/{file}.csv", rows) for title, file, rows in material.report.tables
        ),
        report={
            word: f"report/{path.name}"
            for suffix, word in _WORDS.items()
            for path in sorted(report.glob(f"*{suffix}"))
        },
        attachments=tuple(f"register/{name}" for name in settings.attachments(material.rules)),
        own_checks=material.rules.catalogue.checks is not None,
        machine={
            account: tuple((what, f"{MACHINE}{account}/{name}") for name, what in FILES.values())
            for account in material.names
        },
        redacted=_redacting(material),
    )


def _redacting(material: Material) -> Redacting | None:
    if material.redacted is None:
        return None
    about = material.redacted.about
    original = about["original"]
    return Redacting(about["key"], about["accounts"], original["sequence"], original["root"])


_WORDS = {".pdf": "PDF", ".html": "page", ".xlsx": "workbook", ".json": "summary.json"}
