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
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

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
from reportgen.verdicts.text import escaped, plain

# The order in which verdicts are counted.
COUNTED = (Verdict.PASS, Verdict.FAIL, Verdict.NOT_EVALUATED, Verdict.NOT_APPLICABLE)
# Last, how many of the rows stand for resources that could not be seen.
Counts = tuple[int, int, int, int, int]
Parameters = tuple[tuple[str, str], ...]
Key = TypeVar("Key")
# The lists of an access review by name, as ``assess/population.py`` makes them.
Lists = Mapping[str, list[dict[str, Any]]]

_HEAD, _ENVELOPES = b"reportgen", b"reportgen.envelopes"
_WORD = pa.dictionary(pa.int32(), pa.string())
_MOMENT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("account_id", _WORD, nullable=False),
        pa.field("as_of", _MOMENT, nullable=False),
        pa.field("collected_at", _MOMENT),
        pa.field("control_id", _WORD, nullable=False),
        pa.field("resource", _WORD, nullable=False),
        pa.field("resource_type", _WORD, nullable=False),
        pa.field("verdict", _WORD, nullable=False),
        pa.field("severity", _WORD, nullable=False),
        pa.field("reason", _WORD, nullable=False),
        pa.field("evidence", _WORD, nullable=False),
        pa.field("name", _WORD, nullable=False),
        pa.field("parameters", _WORD),
        pa.field("incomplete", pa.bool_(), nullable=False),
        pa.field("superseded", pa.bool_(), nullable=False),
    ]
)
_TEXT = tuple(f.name for f in SCHEMA if pa.types.is_dictionary(f.type))


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
    head = {
        "form": FORM,
        "account": asdict(found.info),
        "as_of": found.as_of.isoformat(),
        "collected_at": found.collected_at.isoformat() if found.collected_at else None,
        "snapshot": found.snapshot_id,
        "counts": {control: list(counts) for control, counts in _counts(found.results).items()},
        "variants": [
            [control, parameters, list(counts)]
            for (control, parameters), counts in _variant_counts(found.variants).items()
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
    rows = list(enumerate((*found.results, *found.variants)))
    near = _at_hand(found.results)
    superseded = _superseded(found.results)
    variants_from = len(found.results)
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink, schema, compression="zstd", version="2.6", write_statistics=False
    ) as writer:
        for group in (
            [pair for pair in rows if pair[0] in near],
            [pair for pair in rows if pair[0] not in near],
        ):
            writer.write_table(_table(group, found, superseded, variants_from, schema))
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


def _counts(results: Iterable[Result]) -> dict[str, Counts]:
    return _tally((r.control_id, r) for r in results)


def _variant_counts(variants: Iterable[Result]) -> dict[tuple[str, Parameters], Counts]:
    return _tally(((r.control_id, r.parameters), r) for r in variants)


def _tally(rows: Iterable[tuple[Key, Result]]) -> dict[Key, Counts]:
    counted: Counter[tuple[Key, Verdict]] = Counter()
    unseen: Counter[Key] = Counter()
    for key, r in rows:
        counted[key, r.verdict] += 1
        unseen[key] += r.incomplete
    found = {}
    for key, incomplete in unseen.items():
        passed, failed, unknown, nothing = (counted[key, verdict] for verdict in COUNTED)
        found[key] = passed, failed, unknown, nothing, incomplete
    return found


def _at_hand(results: Sequence[Result]) -> set[int]:
    partly = {r.control_id for r in results if r.incomplete}
    seen: set[tuple[str, Verdict]] = set()
    found = set()
    for number, r in enumerate(results):
        first = (r.control_id, r.verdict)
        if (
            r.verdict is Verdict.FAIL
            or r.verdict is Verdict.NOT_EVALUATED
            or first not in seen
            or r.control_id in partly
        ):
            found.add(number)
        seen.add(first)
    return found


def _superseded(results: Sequence[Result]) -> set[int]:
    """Rows after which another speaks of the same resource under the same control."""
    last: dict[tuple[str, str], int] = {}
    found = set()
    for number, r in enumerate(results):
        key = (r.control_id, r.resource)
        if key in last:
            found.add(last[key])
        last[key] = number
    return found


def _table(
    rows: Sequence[tuple[int, Result]],
    found: AccountAssessment,
    superseded: set[int],
    variants_from: int,
    schema: pa.Schema,
) -> pa.Table:
    results = [r for _, r in rows]
    size = len(rows)
    moment, collected = found.as_of.astimezone(UTC), found.collected_at
    columns = {
        "row": pa.array([number for number, _ in rows], pa.int32()),
        "account_id": _words([found.info.account_id] * size),
        "as_of": pa.array([moment] * size, _MOMENT),
        "collected_at": pa.array([collected] * size, _MOMENT),
        "control_id": _words([r.control_id for r in results]),
        "resource": _words([r.resource for r in results]),
        "resource_type": _words([str(r.resource_type) for r in results]),
        "verdict": _words([r.verdict.value for r in results]),
        "severity": _words([r.severity.value for r in results]),
        "reason": _words([r.reason for r in results]),
        "evidence": _words([" ".join(r.evidence) for r in results]),
        "name": _words([r.name for r in results]),
        "parameters": _words(
            [json.dumps(r.parameters) if n >= variants_from else None for n, r in rows]
        ),
        "incomplete": pa.array([r.incomplete for r in results], pa.bool_()),
        "superseded": pa.array([n in superseded for n, _ in rows], pa.bool_()),
    }
    return pa.table(list(columns.values()), schema=schema)


def _words(values: Sequence[str | None]) -> pa.DictionaryArray:
    index: dict[str, int] = {}
    codes = [None if v is None else index.setdefault(v, len(index)) for v in values]
    words = pa.array([escaped(word) for word in index], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), words)
