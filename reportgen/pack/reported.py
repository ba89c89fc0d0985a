"""The report of a pack, in every format, and what the pack's pages want of its summary.

A summary of many principals takes more memory than all the rest of a pack: where there is much to
tell, it is made by a process that is gone before the PDF is laid out, and both before the zip.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from reportgen.files import write_private
from reportgen.history.plan import Point
from reportgen.pack.forked import apart
from reportgen.render.pdf import PdfJob, PdfRenderer
from reportgen.render.tables import tables
from reportgen.report.bounds import BOUNDS, Bound, bounded
from reportgen.report.summary import Summary
from reportgen.reporting import Summarised

# Bytes of evidence at the period's end from which a process of its own takes less than it saves.
_WORTH_A_PROCESS = 10_000_000
_JOB = "pdf.job"
# Lists that no page of a pack shows; accounts and what was not evaluated they do.
_SHOWN = ("accounts", "not_evaluated")
_NOTHING = {
    place: Bound(0, bound.file)
    for place, bound in BOUNDS.items()
    if "[]" not in place and place not in _SHOWN
}


@dataclass(frozen=True)
class Reported:
    """What is left of a summary: without the lists that no page shows.

    ``tables`` are those of the report: title, name of the file, how many rows.
    """

    summary: Summary
    tables: tuple[tuple[str, str, int], ...]


def is_long(positions: Mapping[str, Point]) -> bool:
    """Whether there is so much evidence at the period's end that a process is worth its start."""
    left = _WORTH_A_PROCESS
    for account, point in positions.items():
        # A copy: what is read of a snapshot stays with it.
        files = replace(point.snapshot).files
        left -= sum(size for name, (_, size) in files.items() if name.startswith(f"{account}/"))
        if left < 0:
            return True
    return False


def reported(
    summarise: Callable[[], Summarised],
    write: Callable[[Callable[[PdfJob], None]], Summary],
    folder: Path,
    *,
    long: bool,
) -> Reported:
    """Write the report below ``folder``, once; what was there of a killed run is not made again.

    ``write`` writes it all but the PDF, of which it gives the job away; ``summarise`` makes the
    same summary again.
    """
    done, job = folder / "report.done", folder / _JOB

    def make() -> Reported:
        if job.exists():
            return _left_of(summarise().summary)
        given: list[PdfJob] = []
        summary = write(given.append)
        # Last: it says that the rest is written.
        write_private(job, json.dumps(asdict(given[0])).encode())
        return _left_of(summary)

    found = apart(make, worth_it=long)
    if not done.exists():
        _write_pdf(PdfJob(**json.loads(job.read_bytes())), folder / "report")
        write_private(done, b"")
    return found


def _write_pdf(job: PdfJob, folder: Path) -> None:
    with PdfRenderer() as renderer:
        pdf = renderer.render(job.html, job.identifier, job.created, job.attachments)
    write_private(folder / f"{job.name}.pdf", pdf)


def _left_of(summary: Summary) -> Reported:
    listed = tuple((t.title, t.file_name, len(t.rows)) for t in tables(summary))
    # Pages and sheets of controls have the findings too.
    left = replace(bounded(summary, _NOTHING), finding_pages=(), sheets=(), cuts=())
    return Reported(left, listed)
