"""`reportgen verify`, the same in one file of its own, and the roots that reports remember."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest

from reportgen.errors import IntegrityError
from reportgen.evidence.bundle import standalone
from reportgen.evidence.chain import Remembered
from reportgen.evidence.reader import FolderReader
from reportgen.evidence.seal import canonical, seal_name
from reportgen.evidence.store import Store
from reportgen.evidence.verify import verify
from reportgen.pipeline import Rules, prepare
from reportgen.reporting import write_report
from tests.conftest import Run
from tests.evidence.chained import FIRST, MOMENTS, add, item, load, three
from tests.evidence.conftest import FolderPlace


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    """A good store of three snapshots."""
    found = FolderPlace(tmp_path / "store")
    three(found, tmp_path / "given")
    return found


@pytest.fixture(scope="module")
def judged() -> Rules:
    return prepare(None)


def cut_the_newest(place: FolderPlace) -> None:
    """Cut so that nothing in the store remembers the end."""
    place.delete(seal_name(3))
    second = load(place, seal_name(2))
    said = canonical({"sequence": 2, "root": second["root"]})
    place.write("head.json", said)
    if (place.root / "seen.json").exists():
        place.write("seen.json", said)


def report(place: FolderPlace, judged: Rules, out: Path) -> dict[str, object]:
    end = date(2026, 9, 30)
    summary = write_report(place.root, judged, "quarterly", end, out, formats=("json",)).summary
    return asdict(summary.report)


def test_a_clean_store_prints_counts_dates_and_root(place: FolderPlace, run: Run) -> None:
    done = run("verify", "--store", place.root)
    root = load(place, seal_name(3))["root"]
    first, second, third = done.stdout.splitlines()
    assert done.returncode == 0
    assert first.startswith("No flaw: 3 snapshots of 2 accounts, 12 files, ")
    assert second == "Collected from 2026-07-28T00:00:00Z to 2026-09-28T00:00:00Z."
    assert third == f"Root {root}"


def test_json_for_machines(place: FolderPlace, run: Run) -> None:
    place.delete(item(place, 3, "account-summary.json"))
    done = run("verify", "--store", place.root, "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 4
    assert found["snapshots"] == 3
    (flaw,) = found["flaws"]
    assert flaw["name"] == "missing"
    assert flaw["place"].startswith("objects/")
    assert set(flaw) == {"name", "place", "expected", "found"}


def test_one_file_verifies_with_nothing_but_python(place: FolderPlace, tmp_path: Path) -> None:
    script = tmp_path / "verify.py"
    script.write_text(standalone())

    def alone(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", script, place.root, *arguments]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)

    done = alone()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("No flaw: 3 snapshots")
    assert alone("--expect", "0" * 64).returncode == 4
    victim = item(place, 3, "account-summary.json")
    place.write(victim, b"{}")
    done = alone("--format", "json")
    assert done.returncode == 4
    assert [flaw["name"] for flaw in json.loads(done.stdout)["flaws"]] == ["altered"]
    assert "reportgen.evidence" not in script.read_text().split("class ")[0]


def test_a_cut_end_shows_beside_a_remembered_root(place: FolderPlace, run: Run) -> None:
    root = load(place, seal_name(3))["root"]
    assert run("verify", "--store", place.root, "--expect", root).returncode == 0
    cut_the_newest(place)
    assert run("verify", "--store", place.root).returncode == 0
    done = run("verify", "--store", place.root, "--expect", root)
    assert done.returncode == 4
    assert done.stdout.startswith(f"cut: chain: expected the root {root} that --expect saw")


def test_a_store_that_grew_still_fits_an_older_root(place: FolderPlace) -> None:
    for number in (1, 2, 3):
        root = load(place, seal_name(number))["root"]
        for sequence in (0, number):
            assert verify(FolderReader(place.root), [Remembered(root, "x", sequence)]).flaws == []
        (flaw,) = verify(FolderReader(place.root), [Remembered(root, "x", number % 3 + 1)]).flaws
        assert flaw.name == "forged"


def test_a_report_keeps_the_root_it_saw(
    place: FolderPlace, judged: Rules, tmp_path: Path, run: Run
) -> None:
    out = tmp_path / "out"
    about = report(place, judged, out)
    newest = load(place, seal_name(3))
    assert (about["store_root"], about["store_sequence"]) == (newest["root"], 3)
    assert about["store_first"] == load(place, seal_name(1))["root"]
    assert load(place, "seen.json") == {"root": newest["root"], "sequence": 3}
    add(place, tmp_path, FIRST, MOMENTS[2].replace(day=29), 9)
    done = run("verify", "--store", place.root, "--report", out / "summary.json")
    assert done.returncode == 0, done.stdout
    assert report(place, judged, out)["store_sequence"] == 4


def test_the_next_report_notices_a_cut_by_seen_json(
    place: FolderPlace, judged: Rules, tmp_path: Path
) -> None:
    report(place, judged, tmp_path / "out")
    seen = place.read("seen.json")
    cut_the_newest(place)
    place.write("seen.json", seen)
    with pytest.raises(IntegrityError, match=r"cut: chain/00000003\.json.*seen\.json"):
        report(place, judged, tmp_path / "elsewhere")


def test_the_next_report_notices_a_cut_by_the_last_one_beside_it(
    place: FolderPlace, judged: Rules, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    report(place, judged, out)
    before = (out / "summary.json").read_bytes()
    cut_the_newest(place)
    with pytest.raises(IntegrityError, match=r"cut: chain/00000003\.json.*summary\.json"):
        report(place, judged, out)
    assert (out / "summary.json").read_bytes() == before


@pytest.mark.parametrize(
    "other",
    [b"", b"not JSON", b"[]", b'{"report": {}}', b'{"report": {"store_root": 7}}'],
)
def test_a_summary_that_says_nothing_of_a_root(
    other: bytes, place: FolderPlace, judged: Rules, tmp_path: Path, run: Run
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "summary.json").write_bytes(other)
    done = run("verify", "--store", place.root, "--report", out / "summary.json")
    assert done.returncode == 2
    assert "summary.json" in done.stderr
    assert report(place, judged, out)["store_sequence"] == 3


def test_the_report_of_another_store_is_not_held_against_this_one(
    place: FolderPlace, judged: Rules, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    report(place, judged, out)
    other = FolderPlace(tmp_path / "other")
    add(other, tmp_path / "more", FIRST, MOMENTS[2], 7)
    assert report(other, judged, out)["store_sequence"] == 1


def test_a_summary_that_is_not_there(place: FolderPlace, run: Run) -> None:
    done = run("verify", "--store", place.root, "--report", "nowhere.json")
    assert done.returncode == 2
    assert "nowhere.json: cannot be read: No such file" in done.stderr


def test_an_empty_store_is_whole(tmp_path: Path, run: Run) -> None:
    Store.create(tmp_path / "store")
    done = run("verify", "--store", tmp_path / "store")
    assert (done.returncode, done.stdout.split(",")[0]) == (
        0,
        "No flaw: 0 snapshots of 0 accounts",
    )
