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

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reportgen.lists import ReviewLists
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
from reportgen.verdicts.columns import SCHEMA, CodedColumn, Columns, Counts, Parameters
from reportgen.verdicts.text import plain

# The lists of an access review by name, as ``assess/population.py`` makes them.
Lists = ReviewLists

_HEAD, _ENVELOPES = b"reportgen", b"reportgen.envelopes"
# Of what a result is made.
_RESULT = (
    "control_id", "account_id", "resource", "resource_type", "verdict", "severity", "reason",
    "evidence", "incomplete", "name", "parameters",
)  # fmt: skip
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

    def columns(self, *names: str) -> list[list[Any]]:
        """Some columns of all rows, in the order of judging, text as it was judged.

        ``parameters`` are those by which a row was judged, its control's own ones too.
        """
        ordered = self._ordered(names)
        coded = {n: _coded(c) for n, c in ordered.items() if pa.types.is_dictionary(c.type)}
        if "parameters" in coded:
            coded["parameters"] = self._parameters(coded["control_id"], coded["parameters"])
        return [
            coded[name].values() if name in coded else ordered[name].to_pylist() for name in names
        ]

    def coded(self, *names: str) -> list[CodedColumn]:
        """Some columns of texts as ``columns`` has them, as numbers of their different words."""
        found = {name: _coded(column) for name, column in self._ordered(names).items()}
        if "parameters" in found:
            found["parameters"] = self._parameters(found["control_id"], found["parameters"])
        return [found[name] for name in names]

    def _ordered(self, names: Iterable[str]) -> dict[str, Any]:
        """Some columns of all rows, in the order of judging."""
        wanted = {*names, "row", *(["control_id"] if "parameters" in names else [])}
        table = self._file.read(columns=[n for n in SCHEMA.names if n in wanted], use_threads=False)
        table = table.unify_dictionaries()
        order = pc.sort_indices(table.column("row"))
        return {name: table.column(name).combine_chunks().take(order) for name in wanted - {"row"}}

    def _parameters(self, controls: CodedColumn, said: CodedColumn) -> CodedColumn:
        """Where nothing is said, those of the row's control: they follow the words that are."""
        own = {control: _pairs(given) for control, given in self.basis["parameters"].items()}
        words = [_pairs(json.loads(text)) for text in said.words]
        words += [own.get(control, ()) for control in controls.words]
        codes = np.where(said.codes < 0, controls.codes + len(said.words), said.codes)
        return CodedColumn(words, codes)

    @property
    def results(self) -> int:
        """How many of the rows, the first ones, are under the catalogue's own thresholds."""
        return sum(sum(counts[:-1]) for counts in self.counts.values())

    def assessment(self) -> AccountAssessment:
        """All of it, but for the lists, as judging gave it."""
        severities = {s.value: s for s in Severity}
        verdicts = {v.value: v for v in Verdict}
        evidence = _Split()
        cells = zip(*self.columns(*_RESULT), strict=True)
        rows = [
            Result(
                control, account, resource, kind, verdicts[verdict], severities[severity], reason,
                evidence[ids], parameters, incomplete, name,
            )
            for control, account, resource, kind, verdict, severity, reason, ids, incomplete, name,
            parameters in cells
        ]  # fmt: skip
        own = {e.key: e for e in self.envelopes if e.account_id == self.info.account_id}
        return AccountAssessment(
            self.info,
            self.as_of,
            self.collected_at,
            self.snapshot_id,
            own,
            tuple(rows[: self.results]),
            tuple(rows[self.results :]),
        )


class _Split(dict[str, tuple[str, ...]]):
    """The ids of evidence in a text, each text split once."""

    def __missing__(self, text: str) -> tuple[str, ...]:
        found = self[text] = tuple(text.split())
        return found


def _pairs(given: Iterable[Sequence[str]]) -> Parameters:
    return tuple((name, value) for name, value in given)


def _coded(column: Any) -> CodedColumn:
    """A column of words, in their plain form."""
    words = list(map(plain, column.dictionary.to_pylist()))
    return CodedColumn(words, column.indices.fill_null(-1).to_numpy())


def encode(
    assessment: AccountAssessment, basis: Mapping[str, Any], others: Iterable[Envelope] = ()
) -> bytes:
    """The file of an account's verdicts; the same verdicts give the same bytes.

    ``basis`` is kept as it is; ``others`` are envelopes of other accounts that rows name.
    """
    columns = Columns(assessment)
    head = {
        "form": FORM,
        "account": asdict(assessment.info),
        "as_of": assessment.as_of.isoformat(),
        "collected_at": assessment.collected_at.isoformat() if assessment.collected_at else None,
        "snapshot": assessment.snapshot_id,
        "counts": {control: list(counts) for control, counts in columns.counts().items()},
        "variants": [
            [control, parameters, list(counts)]
            for (control, parameters), counts in columns.variant_counts().items()
        ],
        "unread": [
            [e.source, e.status]
            for e in assessment.envelopes.values()
            if e.status not in (Status.COLLECTED, Status.NOT_ENABLED)
        ],
        "basis": dict(basis),
    }
    envelopes = [e.to_json() for e in (*assessment.envelopes.values(), *others)]
    near = columns.at_hand()
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink, SCHEMA, compression="zstd", version="2.6", write_statistics=False
    ) as writer:
        for table in columns.tables((near, ~near), SCHEMA):
            writer.write_table(table)
        # Beside the schema, and not of it: what belongs to that is written twice.
        writer.add_key_value_metadata(
            {
                _HEAD: json.dumps(head, sort_keys=True),
                _ENVELOPES: base64.b64encode(zlib.compress(json.dumps(envelopes).encode(), 6)),
            }
        )
    content: bytes = sink.getvalue().to_pybytes()
    return content


def decode(content: bytes) -> JudgedFile:
    """Read a file of verdicts. Raises DamagedError for anything but a whole one of this form."""
    try:
        file = pq.ParquetFile(pa.BufferReader(content), memory_map=False)
        kept = file.metadata.metadata or {}
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


def load_reader() -> None:
    """Load what reading loads when it is first wanted, so that processes forked later share it."""
    # Arrow looks for pandas when it makes its first array.
    pa.array([None])


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
