"""The roots that reports remember, held against the store that the next report is made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reportgen.errors import IntegrityError
from reportgen.evidence.chain import Chain
from reportgen.evidence.roots import check_last_report, ends_of
from reportgen.evidence.store import Store
from tests.evidence.chained import three
from tests.evidence.conftest import FolderPlace
from tests.evidence.test_chain import row

SEALS = row(3)


def summary(folder: Path, **about: object) -> Path:
    path = folder / "summary.json"
    path.write_text(json.dumps({"report": about}))
    return path


def of(number: int, **changes: object) -> dict[str, object]:
    seal = SEALS[number - 1]
    said = {"store_root": seal.root, "store_sequence": number, "store_first": SEALS[0].root}
    return {**said, **changes}


def test_a_report_keeps_the_first_root_and_the_newest(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "store")
    three(place, tmp_path / "given")
    chain = Store.open(place.store).chain()
    assert ends_of(chain) == (chain.seals[0].root, chain.seals[2].root, 3)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_store_that_has_the_root_fits(number: int, tmp_path: Path) -> None:
    check_last_report(Chain(SEALS), summary(tmp_path, **of(number)))


def test_a_cut_end_and_another_root_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match=r"cut: chain/00000003\.json.*summary\.json"):
        check_last_report(Chain(SEALS[:2]), summary(tmp_path, **of(3)))
    with pytest.raises(IntegrityError, match=r"forged: chain/00000002\.json"):
        check_last_report(Chain(SEALS), summary(tmp_path, **of(2, store_root="f" * 64)))


def test_an_emptied_store_is_a_cut(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match=r"cut: chain/00000001\.json"):
        check_last_report(Chain([]), summary(tmp_path, **of(1)))


def test_a_report_of_another_store_says_nothing_of_this_one(tmp_path: Path) -> None:
    other = summary(tmp_path, **of(3, store_first="0" * 64, store_root="f" * 64))
    check_last_report(Chain(SEALS[:2]), other)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"report": []}', '{"report": {}}'])
def test_a_summary_that_remembers_nothing_says_nothing(content: str, tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    check_last_report(Chain(SEALS), path)
    path.write_text(content)
    check_last_report(Chain(SEALS), path)
