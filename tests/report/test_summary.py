"""The form of summary.json: published, fresh, and true of what is written."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from reportgen import pipeline, reporting
from reportgen.model import canonical_json
from reportgen.report.summary import SCHEMA_VERSION, from_json, schema, to_json

PUBLISHED = Path(__file__).parents[2] / "docs" / "summary.schema.json"


def test_published_schema_is_fresh() -> None:
    assert PUBLISHED.read_bytes() == canonical_json(schema())
    assert json.loads(PUBLISHED.read_text())["version"] == SCHEMA_VERSION


def test_sample_round_trips(sample: Path) -> None:
    judged = pipeline.prepare(sample / "reportgen.yaml")
    made = reporting.summary_of(sample / "store", judged, "quarterly", date(2026, 9, 30))
    written = canonical_json(to_json(made))
    data = json.loads(written)
    assert from_json(data) == made
    assert canonical_json(to_json(from_json(data))) == written
    # Each finding names the evidence of its own result, a page that of its rows.
    for page in made.finding_pages:
        named = dict.fromkeys(i for row in page.rows for i in row.evidence)
        assert [piece.id for piece in page.evidence] == list(named), page.control_id
    assert all(row.evidence for row in made.register if row.confirmed)
    # Each page names the evidence of its own results, and the manifest has it.
    manifest = {e.id: e for e in made.evidence}
    for page in made.finding_pages:
        assert page.evidence, page.control_id
        for piece in page.evidence:
            if piece.id in manifest:
                assert (piece.operation, piece.sha256) == (
                    manifest[piece.id].operation,
                    manifest[piece.id].sha256,
                )
    del data["rating"]
    with pytest.raises(ValidationError, match="rating"):
        from_json(data)
    with pytest.raises(ValidationError, match="rating"):
        from_json({**data, "rating": "splendid"})
