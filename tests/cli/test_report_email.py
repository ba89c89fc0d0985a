"""`email` mails the report of this store and period, whatever lies in ``--out``."""

from __future__ import annotations

import email
import json
import shutil
from email import policy
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.reports import Reports

STALE = {
    "another organisation": {"organisation": "Somebody Else Pty Ltd"},
    "another period": {"kind": "monthly", "end": "2026-08-31"},
    "older evidence": {"fingerprint": "0" * 64, "id": "IAM-OLD"},
    "another store": {"id": "IAM-OTHER-STORE"},
}


@pytest.fixture(scope="module")
def store(sample: Path, sample_report: Reports, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of its own: mailing holds the store's lock, and leaves its marks there.

    It has been judged: who gets what does not depend on who judged.
    """
    sample_report("monthly")
    made = tmp_path_factory.mktemp("mailed") / "store"
    shutil.copytree(sample / "store", made)
    return made


@pytest.mark.parametrize("what", STALE)
def test_what_lies_in_the_folder_is_never_mailed(
    what: str, sample: Path, store: Path, run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    about = {"kind": "monthly", "end": "2026-09-30", **STALE[what]}
    (out / "summary.json").write_text(json.dumps({"report": about, "register": []}))
    (out / "iam-monthly-2026-09-30.pdf").write_bytes(b"%PDF-1.7 not this report")
    done = run(
        "email", "--config", sample / "reportgen.yaml", "--store", store,
        "--period", "monthly", "--ending", "2026-09-30", "--out", out, "--dry-run",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = json.loads((out / "summary.json").read_text())["report"]
    assert (made["organisation"], made["end"]) == ("Wattle Bay Mutual", "2026-09-30")
    written = sorted(out.glob("*.eml"))
    assert written
    attached = 0
    for path in written:
        post = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        text = post.as_string()
        assert "Somebody Else" not in text
        assert "IAM-O" not in text
        for part in post.iter_attachments():
            if part.get_content_type() == "application/pdf":
                attached += 1
                pdf = part.get_content()
                assert pdf == (out / "iam-monthly-2026-09-30.pdf").read_bytes()
                assert len(pdf) > 10_000
    assert attached
