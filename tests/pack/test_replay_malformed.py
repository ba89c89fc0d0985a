"""Packs that are whole by every digest, and hold something of another form than a pack has."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reportgen.errors import IntegrityError
from reportgen.pack.another import another
from reportgen.pack.replay import replay
from reportgen.pack.requests import AuditRequest, answer
from reportgen.pack.unpacked import unpacked
from tests.pack.making import Parts
from tests.pack.test_check_evidence import KEPT

LATER = datetime(2026, 12, 31, tzinfo=UTC)
ASKED = [
    AuditRequest(2, "1", "MFA-01"),
    AuditRequest(3, "2", "Small 1"),
    AuditRequest(4, "3", "users"),
]


def resealed(folder: Path, start: str, end: str, content: bytes) -> tuple[Path, str]:
    """The kept pack with other content in one file, sealed anew by nobody."""
    parts = Parts.of(KEPT)
    name = next(n for n in sorted(parts.files) if n.startswith(start) and n.endswith(end))
    parts.files[name] = content
    parts.reseal(None, lambda data: data["seal"].update(signature=None))  # type: ignore[attr-defined]
    return parts.write(folder / "p.zip"), name


@pytest.mark.parametrize(
    "content",
    [
        b"[]", b"[{}]", b"{", b'["x"]', b"5", b"[" * 5000,
        b'[{"controls":5,"day":"2026-09-30","snapshot":"x","as_of":"x","not_passed":[]}]',
        b'[{"controls":{"LP-01":5},"day":"d","snapshot":"x","as_of":"x","not_passed":[]}]',
    ],
)  # fmt: skip
def test_evaluations(tmp_path: Path, content: bytes) -> None:
    """None of them is judged again in no time and all as sealed."""
    path, name = resealed(tmp_path, "evaluations/", ".json", content)
    with unpacked(path) as pack:
        found = replay(pack)
        told = [f for f in found.flaws if name in f.place]
        assert told
        assert told[0].name == "invalid"
        if content != b"[{}]" and b"controls" not in content:
            with pytest.raises(IntegrityError, match=name):
                another(pack, None, "small")
    if b"LP-01" not in content:
        with pytest.raises(IntegrityError, match=name):
            answer(path, ASKED)


@pytest.mark.parametrize("content", [b"{", b"{}\n", b"[]\n", b'{"variant":false}\n', b"\xff\n"])
def test_rows(tmp_path: Path, content: bytes) -> None:
    path, name = resealed(tmp_path, "controls/", "/results.jsonl", content)
    with unpacked(path) as pack:
        found = [f for f in replay(pack).flaws if name in f.place]
        assert [f.name for f in found] == ["invalid"]
        with pytest.raises(IntegrityError, match=name):
            another(pack, LATER, None)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"a,b\n1,2\n", b"framework,version,group,id\nx,1,g,1\n"]
)
def test_frameworks(tmp_path: Path, content: bytes) -> None:
    path, name = resealed(tmp_path, "frameworks/", ".csv", content)
    with pytest.raises(IntegrityError, match=name):
        answer(path, ASKED)


def test_accounts_that_are_no_list(tmp_path: Path) -> None:
    parts = Parts.of(KEPT)
    parts.reseal(None, lambda d: (d["seal"].update(signature=None), d["scope"].update(accounts=5)))  # type: ignore[attr-defined]
    path = parts.write(tmp_path / "p.zip")
    with unpacked(path) as pack:
        assert replay(pack).flaws == []
    assert answer(path, ASKED)
