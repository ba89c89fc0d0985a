"""A sample's file: it stands alone, and whatever is changed in it shows."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import UsageError
from reportgen.review.population import KINDS, Population, PopulationRow
from reportgen.review.sample import as_file, check, read_sample, sample_of
from reportgen.review.sampling import Basis

ROWS = tuple(PopulationRow(f"user/{i:02}", "111122223333", {"name": f"u{i}"}) for i in range(60))
WHOLE = Population(KINDS["users"], "2026-09-30T00:00:00Z", ROWS, {"111122223333": "s"}, {})
TEN = Basis(10, "asked")


def drawn() -> dict[str, Any]:
    return json.loads(as_file(sample_of(WHOLE, "coffee", TEN)))


def test_it_holds_alone_and_drawn_again() -> None:
    assert check(drawn()) == []
    assert check(drawn(), WHOLE) == []
    assert [row["rank"] for row in drawn()["rows"]] == list(range(1, 11))


def test_it_is_the_same_bytes_each_time() -> None:
    assert as_file(sample_of(WHOLE, "coffee", TEN)) == as_file(sample_of(WHOLE, "coffee", TEN))


@pytest.mark.parametrize("size", ["10", 10.0, None, [10], True])
def test_a_size_of_another_type_is_a_flaw_where_it_is_drawn_again_too(size: Any) -> None:
    """A number that is written 10.0 is as many as ten, and no count of rows."""
    sample = {**drawn(), "size": size}
    for population in (None, WHOLE):
        assert any("size" in said for said in check(sample, population))


def _other_row(sample: dict[str, Any]) -> None:
    other = sample_of(WHOLE, "coffee", Basis(60, "asked"))["rows"][30]
    sample["rows"][9] = {**other, "rank": 10}


def _renumbered(sample: dict[str, Any], places: list[int]) -> None:
    """Rows of these places, with the ranks of the places that they have now, as many as drawn."""
    rows = [sample["rows"][place] for place in places]
    sample["rows"] = [{**row, "rank": rank} for rank, row in enumerate(rows, start=1)]


CHANGES: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    ("a cell", lambda s: s["rows"][0]["cells"].update(name="x"), "is not number"),
    ("an id", lambda s: s["rows"][0].update(id="user/x"), "is not number"),
    ("an account", lambda s: s["rows"][0].update(account="1"), "is not number"),
    ("a place", lambda s: s["rows"][0].update(index=s["rows"][1]["index"]), "is not number"),
    ("a proof", lambda s: s["rows"][0].update(proof=[]), "is not number"),
    ("a score", lambda s: s["rows"][0].update(score="0" * 64), "another score"),
    ("the nonce", lambda s: s.update(nonce="tea"), "seed does not follow"),
    ("the seed", lambda s: s.update(seed="00" * 32), "seed does not follow"),
    ("the root", lambda s: s["population"].update(root="00" * 32), "is not number"),
    ("a row left out", lambda s: s["rows"].pop(), "9 rows are there, 10 were drawn"),
    ("order", lambda s: s["rows"].reverse(), "order of their scores"),
    ("a rank", lambda s: s["rows"][0].update(rank=7), "order of their scores"),
    ("a row twice", lambda s: s["rows"].insert(0, {**s["rows"][0]}), "order of their scores"),
    ("two rows changed about", lambda s: _renumbered(s, [1, 0, *range(2, 10)]), "order of their"),
    ("a row for another", lambda s: _renumbered(s, [*range(9), 8]), "order of their scores"),
    ("no rows", lambda s: s.pop("rows"), "is damaged"),
    ("a root of another type", lambda s: s["population"].update(root=7), "is damaged"),
    ("a root that is no hash", lambda s: s["population"].update(root="zz"), "is damaged"),
    ("rows that are none", lambda s: s.update(rows=[1]), "is damaged"),
    ("a place that is none", lambda s: s["rows"][0].update(index="1"), "is damaged"),
]


@pytest.mark.parametrize(("change", "flaw"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_each_change_shows_without_the_population(
    change: Callable[[dict[str, Any]], object], flaw: str
) -> None:
    sample = copy.deepcopy(drawn())
    change(sample)
    assert any(flaw in said for said in check(sample)), check(sample)


def test_another_row_in_the_place_of_a_drawn_one_shows_when_drawn_again() -> None:
    sample = drawn()
    _other_row(sample)
    assert check(sample) == []
    assert check(sample, WHOLE) == ["drawn again from the store, the sample has other rows"]


def test_another_population_shows() -> None:
    fewer = Population(WHOLE.kind, WHOLE.as_of, ROWS[1:], WHOLE.snapshots, {})
    assert "the population of the store has the root" in check(drawn(), fewer)[0]


@pytest.mark.parametrize(("size", "good"), [(0, False), (1, True), (60, True), (61, False)])
def test_sizes_at_their_limits(size: int, good: bool) -> None:
    if good:
        assert len(sample_of(WHOLE, "n", Basis(size, "asked"))["rows"]) == size
    else:
        with pytest.raises(UsageError, match="cannot be drawn from 60 rows"):
            sample_of(WHOLE, "n", Basis(size, "asked"))


def test_a_sample_has_rows_of_the_population() -> None:
    with pytest.raises(UsageError) as refused:
        sample_of(WHOLE, "n", Basis(61, "asked"))
    assert refused.value.hint == "Choose from 1 to 60."
    nothing = Population(WHOLE.kind, WHOLE.as_of, (), {}, {})
    with pytest.raises(UsageError) as refused:
        sample_of(nothing, "n", Basis(1, "asked"))
    assert refused.value.hint == "The population has no row."


def test_an_empty_nonce_is_refused() -> None:
    with pytest.raises(UsageError, match="nonce is empty"):
        sample_of(WHOLE, "", TEN)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"format": "reportgen-sample-2"}', b"\xff", b"[" * 9999]
)
def test_what_is_no_sample_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "drawn").write_bytes(content)
    with pytest.raises(UsageError, match="drawn: is not"):
        read_sample(tmp_path / "drawn")
