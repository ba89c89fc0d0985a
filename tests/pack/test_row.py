"""Packs in a row: a missing, replaced, doubled or swapped quarter is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.evidence.seal import sha256
from reportgen.pack.check import check
from reportgen.pack.checked import Trust
from reportgen.pack.manifest import MANIFEST
from reportgen.pack.sshsig import parse_signers
from tests.pack.conftest import Quarters
from tests.pack.making import Parts

Change = Callable[[dict[str, object]], None]


def flaws(quarters: Quarters, *paths: Path) -> list[tuple[str, str]]:
    signers = parse_signers(quarters.keys.allowed.read_text())
    found = check(list(paths), Trust("20261001000000", signers))
    return [(flaw.name, flaw.place) for one in found for flaw in one.flaws]


def remade(quarters: Quarters, path: Path, target: Path, **changes: object) -> tuple[Path, str]:
    """A pack of the same key with another manifest, and its root."""
    parts = Parts.of(path).reseal(quarters.keys.own, lambda data: data.update(changes))
    return parts.write(target), sha256(parts.files[MANIFEST])


def period(start: str, end: str) -> dict[str, str]:
    return {"kind": "quarterly", "start": start, "end": end, "label": "", "timezone": "UTC"}


@pytest.fixture
def december(quarters: Quarters, tmp_path: Path) -> Path:
    """A third pack, which continues September's."""
    root = sha256(Parts.of(quarters.september).files[MANIFEST])
    about = period("2026-10-01", "2026-12-31")
    return remade(
        quarters, quarters.september, tmp_path / "q4.zip", number=3, previous=root, period=about
    )[0]


def test_a_whole_row_in_any_order(quarters: Quarters, december: Path) -> None:
    assert flaws(quarters, quarters.june, quarters.september, december) == []
    assert flaws(quarters, december, quarters.june, quarters.september) == []
    assert flaws(quarters, quarters.september, december) == []


def test_a_missing_quarter_is_a_gap(quarters: Quarters, december: Path) -> None:
    found = flaws(quarters, quarters.june, december)
    assert ("gap", f"{december}: {MANIFEST}") in found
    assert {name for name, _ in found} == {"gap"}


def test_a_replaced_quarter_is_invalid(quarters: Quarters, december: Path, tmp_path: Path) -> None:
    """Made anew with the right key: the next pack names another root."""
    root = sha256(Parts.of(quarters.june).files[MANIFEST])
    other, _ = remade(
        quarters, quarters.september, tmp_path / "q3.zip", organisation="Another", previous=root
    )
    assert flaws(quarters, quarters.june, other, december) == [("invalid", f"{other}: {MANIFEST}")]


def test_a_quarter_in_anothers_place_is_reordered(
    quarters: Quarters, december: Path, tmp_path: Path
) -> None:
    june = sha256(Parts.of(quarters.june).files[MANIFEST])
    about = period("2026-10-01", "2026-12-31")
    other, _ = remade(
        quarters, quarters.september, tmp_path / "x.zip", number=3, previous=june, period=about
    )
    assert flaws(quarters, quarters.june, quarters.september, other) == [
        ("reordered", f"{other}: {MANIFEST}")
    ]


def test_a_period_before_the_one_before_is_reordered(quarters: Quarters, tmp_path: Path) -> None:
    root = sha256(Parts.of(quarters.june).files[MANIFEST])
    about = period("2026-01-01", "2026-03-31")
    other, _ = remade(quarters, quarters.september, tmp_path / "x.zip", previous=root, period=about)
    assert flaws(quarters, quarters.june, other) == [("reordered", f"{other}: {MANIFEST}")]


@pytest.mark.parametrize(("start", "gap"), [("2026-07-01", False), ("2026-07-02", True)])
def test_a_day_between_two_periods_is_a_gap(
    quarters: Quarters, tmp_path: Path, start: str, gap: bool
) -> None:
    root = sha256(Parts.of(quarters.june).files[MANIFEST])
    other, _ = remade(
        quarters, quarters.september, tmp_path / "x.zip", previous=root,
        period=period(start, "2026-09-30"),
    )  # fmt: skip
    expected = [("gap", f"{other}: {MANIFEST}")] if gap else []
    assert flaws(quarters, quarters.june, other) == expected


def test_two_packs_of_one_number(quarters: Quarters, tmp_path: Path) -> None:
    other, _ = remade(quarters, quarters.june, tmp_path / "x.zip", organisation="Another")
    found = flaws(quarters, quarters.june, other)
    assert [name for name, _ in found] == ["extra"]
    # The very same pack twice is none.
    copy = tmp_path / "copy.zip"
    copy.write_bytes(quarters.june.read_bytes())
    assert flaws(quarters, quarters.june, copy) == []


def test_a_store_that_was_written_anew(quarters: Quarters, tmp_path: Path) -> None:
    """The chain in the later pack must have the seal that the earlier one ended with."""

    def change(data: dict[str, object]) -> None:
        data["store"]["sequence"] = 3  # type: ignore[index]

    june = Parts.of(quarters.june).reseal(quarters.keys.own, change)
    first = june.write(tmp_path / "a.zip")
    root = sha256(june.files[MANIFEST])
    second, _ = remade(quarters, quarters.september, tmp_path / "b.zip", previous=root)
    found = flaws(quarters, first, second)
    assert found == [("invalid", f"{second}: store/chain/00000003.json")]
