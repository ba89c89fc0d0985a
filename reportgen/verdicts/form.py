"""One account judged at one moment, as a Parquet file (schema: docs/store.md, "Verdicts").

The rows lie in two groups. The first has those **at hand**, from which a summary works out what
happened to each finding: every fail and every not-evaluated row, every row of a control whose
list may not be whole, and the first row of each control and verdict. The second has the rest,
which is nearly all of it; what a summary wants of those are counts, and they are in the head.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reportgen.model import (
    AccountAssessment,
    AccountInfo,
    Envelope,
    Result,
    Severity,
    Status,
    Verdict,
)
from reportgen.verdicts.basis import FORM
from reportgen.verdicts.columns import SCHEMA, Columns, Counts, Parameters
from reportgen.verdicts.text import plain

# The lists of an access review by name, as ``assess/population.py`` makes them.
Lists = Mapping[str, list[dict[str, Any]]]

_HEAD, _ENVELOPES = b"reportgen", b"reportgen.envelopes"
_UNREADABLE = (
    pa.ArrowException,
    OSError,
    LookupError,
    TypeError,
    AttributeError,
    ValueError,
)


class DamagedError(ValueError):
    """The bytes are no whole file of verdicts; the text says why."""


@dataclass(frozen=True)
class JudgedFile:
    """A file of verdicts, its head read.

    ``counts``: by control, in the order of ``COUNTED``, then the incomplete; ``variants`` the same
    under thresholds of a framework's own; ``unread`` the sources not read, with their status;
    ``basis`` what the verdicts depend on.
    """

    info: AccountInfo
    as_of: datetime
    collected_at: datetime | None
    snapshot_id: str
    counts: Mapping[str, Counts]
    variants: Sequence[tuple[str, Parameters, Counts]]
    unread: tuple[tuple[str, Status], ...]
    basis: Mapping[str, Any]
    _file: pq.ParquetFile
    _envelopes: bytes

    @cached_property
    def envelopes(self) -> tuple[Envelope, ...]:
        """The account's own envelopes by key, and those of others that its rows name."""
        return tuple(Envelope.from_json(e) for e in json.loads(_unpacked(self._envelopes)))

    def at_hand(self, columns: Sequence[str]) -> pa.Table:
        """Those columns of the rows at hand, in the order of judging; text is ``escaped``."""
        return self._file.read_row_group(0, columns=list(columns), use_threads=False)

    def assessment(self) -> AccountAssessment:
        """All of it, but for the lists, as judging gave it."""
        table = self._file.read(use_threads=False).sort_by("row")
        results: list[Result] = []
        variants: list[Result] = []
        for cells in table.to_pylist():
            (variants if cells["parameters"] is not None else results).append(self._result(cells))
        own = {e.key: e for e in self.envelopes if e.account_id == self.info.account_id}
        return AccountAssessment(
            self.info,
            self.as_of,
            self.collected_at,
            self.snapshot_id,
            own,
            tuple(results),
            tuple(variants),
        )

    def _result(self, cells: Mapping[str, Any]) -> Result:
        own = self.basis["parameters"].get(cells["control_id"], [])
        said = cells["parameters"]
        given = own if said is None else json.loads(plain(said))
        return Result(
            plain(cells["control_id"]),
            cells["account_id"],
            plain(cells["resource"]),
            cells["resource_type"],
            Verdict(cells["verdict"]),
            Severity(cells["severity"]),
            plain(cells["reason"]),
            tuple(plain(cells["evidence"]).split()),
            tuple((name, value) for name, value in given),
            cells["incomplete"],
            plain(cells["name"]),
        )


def encode(
    found: AccountAssessment, basis: Mapping[str, Any], others: Iterable[Envelope] = ()
) -> bytes:
    """The file of an account's verdicts; the same verdicts give the same bytes.

    ``basis`` is kept as it is; ``others`` are envelopes of other accounts that rows name.
    """
    columns = Columns(found)
    head = {
        "form": FORM,
        "account": asdict(found.info),
        "as_of": found.as_of.isoformat(),
        "collected_at": found.collected_at.isoformat() if found.collected_at else None,
        "snapshot": found.snapshot_id,
        "counts": {control: list(counts) for control, counts in columns.counts().items()},
        "variants": [
            [control, parameters, list(counts)]
            for (control, parameters), counts in columns.variant_counts().items()
        ],
        "unread": [
            [e.source, e.status]
            for e in found.envelopes.values()
            if e.status not in (Status.COLLECTED, Status.NOT_ENABLED)
        ],
        "basis": dict(basis),
    }
    envelopes = [e.to_json() for e in (*found.envelopes.values(), *others)]
    schema = SCHEMA.with_metadata(
        {
            _HEAD: json.dumps(head, sort_keys=True),
            _ENVELOPES: base64.b64encode(zlib.compress(json.dumps(envelopes).encode(), 6)),
        }
    )
    near = columns.at_hand()
    beside = set(near)
    rest = [number for number in range(columns.size) if number not in beside]
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink, schema, compression="zstd", version="2.6", write_statistics=False
    ) as writer:
        for table in columns.tables((near, rest), schema):
            writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def decode(content: bytes) -> JudgedFile:
    """Read a file of verdicts. Raises DamagedError for anything but a whole one of this form."""
    try:
        file = pq.ParquetFile(pa.BufferReader(content), memory_map=False)
        kept = file.schema_arrow.metadata or {}
        head = json.loads(kept[_HEAD])
        if head["form"] != FORM or file.num_row_groups != 2:
            raise DamagedError(f"of form {head['form']}, not {FORM}")
        collected = head["collected_at"]
        return JudgedFile(
            AccountInfo(**head["account"]),
            datetime.fromisoformat(head["as_of"]),
            datetime.fromisoformat(collected) if collected else None,
            head["snapshot"],
            {control: tuple(counts) for control, counts in head["counts"].items()},
            [
                (control, tuple((n, v) for n, v in parameters), tuple(counts))
                for control, parameters, counts in head["variants"]
            ],
            tuple((source, Status(status)) for source, status in head["unread"]),
            head["basis"],
            file,
            kept[_ENVELOPES],
        )
    except _UNREADABLE as error:
        raise DamagedError(str(error)) from error


def encode_lists(lists: Lists) -> bytes:
    """The lists of an access review as a file."""
    return zlib.compress(json.dumps(lists).encode(), 6)


def decode_lists(content: bytes) -> Lists:
    """Read what ``encode_lists`` wrote. Raises DamagedError."""
    try:
        lists: Lists = json.loads(zlib.decompress(content))
    except (zlib.error, ValueError) as error:
        raise DamagedError(str(error)) from error
    return lists


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompress(base64.b64decode(content, validate=True))
    except (zlib.error, ValueError) as error:
        raise DamagedError(str(error)) from error
