"""A pack's report by a process of its own: the same pack, at whatever size that begins."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import pytest

from reportgen.evidence.store import Store
from reportgen.history.plan import Point
from reportgen.pack import build, reported
from reportgen.pack.build import Wanted
from reportgen.pack.reported import is_long
from reportgen.reporting import summary_of
from tests.pack import making
from tests.pack.conftest import Quarters
from tests.pack.making import FIRST


def positions(wanted: Wanted) -> dict[str, Point]:
    points, _ = build._points(wanted)
    return {account: keyed[-1].point for account, keyed in points.within().items()}


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_from_so_much_evidence_on(
    quarters: Quarters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: int
) -> None:
    """Of each account's last snapshot every file counts."""
    found = positions(making.wanted(quarters.folder, "2026-09-30", tmp_path / "p.zip"))
    snapshots = {s.id: s for s in Store.open(quarters.folder / "store").snapshots()}
    size = sum(
        size
        for account, point in found.items()
        for name, (_, size) in snapshots[point.snapshot.id].files.items()
        if name.startswith(account)
    )
    monkeypatch.setattr(reported, "_WORTH_A_PROCESS", size + over)
    assert is_long(found) is (over < 0)
    assert is_long({FIRST: found[FIRST]}) is False


def test_of_findings_and_principals_none_are_left(quarters: Quarters) -> None:
    """What is handed over does not grow with them: a summary has each finding three times."""
    rules = making.wanted(quarters.folder, "2026-09-30", Path("p.zip")).rules
    ending = date(2026, 9, 30)
    summary = summary_of(quarters.folder / "store", rules, "quarterly", ending)
    assert summary.register
    assert summary.access.users
    found = reported._left_of(summary)
    handed_over = pickle.dumps(found)
    for name in {row.resource.encode() for row in summary.register if "user/" in row.resource}:
        assert name not in handed_over
    assert found.summary.accounts == summary.accounts
    assert found.summary.not_evaluated == summary.not_evaluated
    rows = {file: count for _, file, count in found.tables}
    assert (rows["findings"], rows["users"]) == (len(summary.register), len(summary.access.users))


def test_the_pack_is_the_same(
    quarters: Quarters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a process of its own, and by one that goes on where another was killed."""
    monkeypatch.setattr(reported, "_WORTH_A_PROCESS", -1)
    written: list[str] = []
    real = build.write_report

    def counted(*given: object, **more: object) -> object:
        written.append("report")
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(build, "write_report", counted)
    given = making.wanted(
        quarters.folder, "2026-09-30", tmp_path / "p.zip", key=quarters.keys.own,
        previous=making.manifest_of(quarters.june),
    )  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr(reported, "_write_pdf", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            making.make_pack(given)
    # Where a process could be forked, it was not written here.
    before = list(written)
    monkeypatch.setattr(reported, "_WORTH_A_PROCESS", 1 << 40)
    making.make_pack(given)
    assert written == before
    assert given.out.read_bytes() == quarters.september.read_bytes()
