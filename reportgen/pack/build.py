"""Makes a pack: the report, every control with its evidence, the catalogue, and the seal.

Everything made is laid beside the pack first, in a folder named by all that it depends on: a run
that was killed is gone on with, and one of other evidence or settings starts anew.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from reportgen import __version__
from reportgen.errors import UsageError
from reportgen.evidence.seal import (
    Flaw,
    canonical,
    object_name,
    seal_name,
    sha256,
)
from reportgen.evidence.store import Snapshot, Store, flawed
from reportgen.evidence.tombstone import Link
from reportgen.files import write_private
from reportgen.history.once import JudgedOnce
from reportgen.history.plan import Point
from reportgen.history.points import PeriodPoints
from reportgen.pack import settings
from reportgen.pack.bundle import pack_verifier
from reportgen.pack.judged import judge_all, write_accounts
from reportgen.pack.machine import MACHINE
from reportgen.pack.manifest import (
    EVIDENCE,
    MANIFEST,
    PACK_FORMAT,
    PACK_VERSION,
    SIGNATURE,
    STAMP,
    STORE,
    SUMS,
    Listed,
    Manifest,
    sums,
)
from reportgen.pack.pages import Material, write_pages
from reportgen.pack.readme import readme
from reportgen.pack.redaction import Redacted, Redaction, hold_verdicts, redact
from reportgen.pack.reported import Reported, is_long, reported
from reportgen.pack.results import row_files, rows_by_control
from reportgen.pack.sign import SealKey
from reportgen.pack.sign_pdf import PdfSigning
from reportgen.pack.stamp import stamp_of
from reportgen.pack.survivors import hold_none
from reportgen.pack.writer import Source, split, write_zip
from reportgen.pipeline import Judging, Rules
from reportgen.render.pdf import PdfJob
from reportgen.report.summary import Summary
from reportgen.reporting import Summarised, summarised, write_report
from reportgen.summarise.periods import period_ending


@dataclass(frozen=True)
class Wanted:
    """What to pack: of which store, under which rules, for which period, and how to seal it.

    ``controls`` is the folder of another catalogue, ``previous`` the manifest of the pack before,
    ``volume`` the most bytes of a volume (0: one file); ``redaction``: under pseudonyms.
    """

    store: Path
    rules: Rules
    kind: str
    ending: date
    out: Path
    controls: Path | None = None
    frameworks: tuple[str, ...] = ()
    previous: Manifest | None = None
    key: SealKey | None = None
    pdf_key: PdfSigning | None = None
    timestamp_url: str = ""
    volume: int = 0
    judging: Judging = field(default_factory=Judging)
    redaction: Redaction | None = None


@dataclass(frozen=True)
class Made:
    """A pack that was written: its files, its root, and how many files are in it.

    ``fault`` says why it has no time stamp though one was asked for.
    """

    paths: list[Path]
    root: str
    files: int
    fault: str = ""


def make_pack(wanted: Wanted) -> Made:
    """Make the pack. Raises UsageError, IntegrityError for a store that is not whole."""
    points, snapshots = _points(wanted)
    folder = wanted.out.with_name(f".{wanted.out.name}.making-{_question(wanted, snapshots)}")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # What a run of other evidence or settings left when it was killed is of no use any more.
    for left in wanted.out.parent.glob(f".{wanted.out.name}.making-*"):
        if left != folder:
            shutil.rmtree(left, ignore_errors=True)
    # What cannot be kept in the store is kept here: the report judges nothing again.
    wanted = replace(wanted, judging=replace(wanted.judging, spare=folder / "spare"))
    redacted: Redacted | None = None
    if wanted.redaction is not None:
        redacted = _redacted(wanted, wanted.redaction, snapshots, folder)
        original, plain = points, wanted
        wanted = replace(wanted, store=redacted.store, rules=redacted.rules)
        points, snapshots = _points(wanted)
        with _judges(plain, original) as before, _judges(wanted, points) as after:
            hold_verdicts((original, before), (points, after), redacted, wanted.judging)
    with _judges(wanted, points) as once:
        judge_all(points, once, wanted.judging)
        positions = {who: keyed[-1].point for who, keyed in points.within().items()}
        report = _report(wanted, positions, folder)
        _sign_pdf(wanted, folder, report.summary)
        needed = _needed(points)
        material = Material(
            wanted.rules,
            report,
            folder,
            positions,
            needed,
            len(snapshots) - len(needed),
            _seal(wanted),
            wanted.previous,
            settings.sources(wanted.rules),
            redacted,
        )
        write_accounts(points, once, wanted.rules, material.names, folder)
    entries = _entries(wanted, material)
    if redacted is not None:
        hold_none(redacted.names.given, entries.items())
    sealed = _Sealed(wanted, material)
    write_zip(wanted.out, entries, sealed.over)
    paths = split(wanted.out, wanted.volume) if wanted.volume else [wanted.out]
    shutil.rmtree(folder, ignore_errors=True)
    return Made(paths, sealed.root, sealed.files, sealed.fault)


@contextmanager
def _judges(wanted: Wanted, points: PeriodPoints) -> Iterator[JudgedOnce]:
    with wanted.judging.kept(Store.open(wanted.store)) as kept:
        yield JudgedOnce(points.todos, wanted.rules, kept)


def _redacted(
    wanted: Wanted, redaction: Redaction, snapshots: Sequence[Snapshot], folder: Path
) -> Redacted:
    """The store and rules under pseudonyms; what a killed run left of them is made again."""
    place = folder / "redacted"
    shutil.rmtree(place, ignore_errors=True)
    return redact(snapshots, wanted.rules, wanted.controls, redaction, place)


class _Sealed:
    """Makes the manifest and what seals it, once every file is known."""

    def __init__(self, wanted: Wanted, material: Material) -> None:
        self._wanted = wanted
        self._material = material
        self.root = ""
        self.files = 0
        self.fault = ""

    def over(self, listed: Mapping[str, Listed]) -> dict[str, bytes]:
        """The last files of the pack, by name."""
        seal = dict(self._material.seal)
        content = canonical(_manifest(self._wanted, self._material, listed, seal))
        stamp = b""
        if self._wanted.timestamp_url:
            try:
                stamp = stamp_of(content, self._wanted.timestamp_url)
            except UsageError as error:
                # A pack without a stamp is better than none; it says itself that it has none.
                self.fault = error.message
                seal |= {"timestamp": None, "timestamp_fault": error.message}
                content = canonical(_manifest(self._wanted, self._material, listed, seal))
        found = {MANIFEST: content, SUMS: sums(content, listed)}
        if self._wanted.key is not None:
            found[SIGNATURE] = self._wanted.key.sign(content)
        if stamp:
            found[STAMP] = stamp
        self.root = sha256(content)
        self.files = len(listed)
        return found


def _points(wanted: Wanted) -> tuple[PeriodPoints, list[Snapshot]]:
    held = Store.open(wanted.store).holdings()
    snapshots = held.snapshots
    if not snapshots:
        raise UsageError(f"The store {wanted.store} holds no complete snapshot.")
    rules = wanted.rules
    period = period_ending(wanted.kind, wanted.ending)
    return PeriodPoints(snapshots, rules, period, held.pruned), snapshots


def _question(wanted: Wanted, snapshots: Sequence[Snapshot]) -> str:
    """A digest of all that the pack depends on but its seal."""
    newest = max((s.seal for s in snapshots), key=lambda seal: seal.sequence)
    digest = hashlib.sha256()
    said = (
        __version__, newest.root, wanted.kind, wanted.ending.isoformat(),
        wanted.rules.catalogue.sha256, wanted.rules.config.settings.model_dump_json(),
        *wanted.frameworks,
    )  # fmt: skip
    digest.update(canonical(said))
    for path in settings.register_files(wanted.rules):
        digest.update(path.read_bytes())
    if wanted.redaction is not None:
        digest.update(wanted.redaction.key + bytes([wanted.redaction.accounts]))
    if wanted.pdf_key is not None:
        digest.update(wanted.pdf_key.content)
    return digest.hexdigest()[:16]


def _report(wanted: Wanted, positions: Mapping[str, Point], folder: Path) -> Reported:
    """The report in every format, made once, and what is left of its summary."""
    asked = wanted.store, wanted.rules, wanted.kind, wanted.ending
    chosen, judging = list(wanted.frameworks), wanted.judging

    def write(later: Callable[[PdfJob], None]) -> Summary:
        out = folder / "report"
        return write_report(*asked, out, chosen, judging=judging, later=later).summary

    def again() -> Summarised:
        return summarised(*asked, chosen, judging)

    return reported(again, write, folder, long=is_long(positions))


def _sign_pdf(wanted: Wanted, folder: Path, summary: Summary) -> None:
    """Sign the PDF, once."""
    done = folder / "pdf.done"
    if wanted.pdf_key is None or done.exists():
        return
    for path in (folder / "report").glob("*.pdf"):
        reason = f"Report {summary.report.id} of {summary.report.organisation}"
        write_private(path, wanted.pdf_key.sign(path.read_bytes(), reason))
    write_private(done, b"")


def _needed(points: PeriodPoints) -> list[Snapshot]:
    """Every snapshot that a judgement in the pack reads, in the order of the chain."""
    found: dict[int, Snapshot] = {}
    for keyed in points.within().values():
        for one in keyed:
            for snapshot in points.rests_on(one.point):
                found[snapshot.seal.sequence] = snapshot
    return [found[n] for n in sorted(found)]


def _seal(wanted: Wanted) -> dict[str, Any]:
    """What the manifest says of its own seal; the lack of a stamp is said too."""
    signed = {"kind": "sshsig", "key": wanted.key.fingerprint} if wanted.key else None
    return {
        "signature": signed,
        "timestamp": wanted.timestamp_url or None,
        "pdf": "PAdES" if wanted.pdf_key else None,
    }


def _entries(wanted: Wanted, material: Material) -> dict[str, Source]:
    """Every file of the pack by name, with where its content comes from."""
    files = material.folder / "files"
    shutil.rmtree(files, ignore_errors=True)
    write_pages(material)
    settings.write(wanted.rules, wanted.controls, files)
    write_private(files / "README.txt", readme(material).encode())
    write_private(files / "verify.py", pack_verifier().encode())
    entries: dict[str, Source] = {}
    for top, prefix in (
        (files, ""),
        (material.folder / "evaluations", "evaluations/"),
        (material.folder / "machine", MACHINE),
    ):
        for path in sorted(top.rglob("*")):
            if path.is_file():
                entries[prefix + path.relative_to(top).as_posix()] = path
    rows = rows_by_control(material.folder)
    for control in wanted.rules.catalogue.controls:
        entries.update(row_files(control, rows.get(control, {})))
    for name, path in _report_files(material):
        entries[name] = path
    entries.update(_evidence(material.snapshots))
    entries.update(_store(wanted.store))
    if material.redacted is not None:
        for name, content in material.redacted.files(material.snapshots).items():
            entries[name] = partial(bytes, content)
    return entries


def _report_files(material: Material) -> Iterator[tuple[str, Path]]:
    """The report: its lists as ``tables/``, the rest as ``report/``."""
    top = material.folder / "report"
    for path in sorted(top.rglob("*")):
        if path.is_file():
            folder = "tables" if path.suffix == ".csv" else "report"
            yield f"{folder}/{path.name}", path


def _evidence(snapshots: Sequence[Snapshot]) -> Iterator[tuple[str, Source]]:
    """Every content behind the snapshots, once."""
    for snapshot in snapshots:
        medium = snapshot.medium
        digests = [snapshot.seal.files, *(digest for digest, _ in snapshot.files.values())]
        for digest in digests:
            yield EVIDENCE + digest, partial(_whole, medium, digest)


def _whole(medium: Any, digest: str) -> bytes:
    name = object_name(digest)
    content: bytes = medium.read(name)
    if sha256(content) != digest:
        raise flawed(Flaw("altered", name, f"SHA-256 {digest}", sha256(content)))
    return content


def _store(place: Path) -> Iterator[tuple[str, Source]]:
    """The store's chain, all of it: it shows where the pack's snapshots stand."""
    store = Store.open(place)
    links: list[Link] = store.chain().links
    for link in links:
        yield STORE + seal_name(link.sequence), partial(_sealed, link)
    last = links[-1]
    head = canonical({"sequence": last.sequence, "root": last.root})
    marker = store.medium.read("store.json")
    yield f"{STORE}head.json", lambda: head
    yield f"{STORE}store.json", lambda: marker


def _sealed(link: Link) -> bytes:
    return link.sealed()[1]


def _manifest(
    wanted: Wanted, material: Material, listed: Mapping[str, Listed], seal: Mapping[str, Any]
) -> dict[str, Any]:
    about = material.summary.report
    before = wanted.previous
    return {
        "format": PACK_FORMAT,
        "version": PACK_VERSION,
        "number": before.number + 1 if before else 1,
        "previous": before.root if before else None,
        "organisation": about.organisation,
        "tool": about.tool,
        "period": {
            "kind": wanted.kind,
            "start": about.start,
            "end": about.end,
            "label": about.label,
            "timezone": about.timezone,
        },
        "scope": {
            "accounts": sorted(material.positions),
            "frameworks": [f.id for f in material.summary.frameworks],
            "controls": sorted(wanted.rules.catalogue.controls),
        },
        "catalogue": {"version": about.catalogue_version, "sha256": about.catalogue_sha256},
        "report": {"id": about.id, "fingerprint": about.fingerprint},
        "store": {
            "first": about.store_first,
            "root": about.store_root,
            "sequence": about.store_sequence,
            "snapshots": [s.id for s in material.snapshots],
        },
        "seal": seal,
        **({"redaction": material.redacted.about} if material.redacted else {}),
        "csv": "A cell that a spreadsheet would take for a formula has a ' before it.",
        "files": [
            {"file": name, "sha256": one.sha256, "bytes": one.bytes}
            for name, one in sorted(listed.items())
        ],
    }
