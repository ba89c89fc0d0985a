"""Judging a pack again: the same verdicts, and an altered policy is caught by hash and verdict."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reportgen.pack.manifest import MANIFEST
from tests.conftest import Run
from tests.pack import making
from tests.pack.conftest import Quarters
from tests.pack.making import FIRST, SECOND, Parts
from tests.reports import Reports


@pytest.fixture
def verify(quarters: Quarters, run: Run) -> Any:
    def call(path: Path, *options: object) -> Any:
        return run("verify", "--replay", path, "--allowed-signers", quarters.keys.allowed, *options)

    return call


def changed(done: Any) -> set[tuple[str, str, str, str, str]]:
    """Rows that another day or framework gives: account, control, name, sealed, other verdict."""
    pattern = r"^ *(\d{12}) (\S+) \S*?([^/:\s]+): sealed (\S+), here (\S+?)\."
    return set(re.findall(pattern, done.stdout, re.MULTILINE))


def test_every_verdict_comes_out_as_sealed(quarters: Quarters, verify: Any) -> None:
    """Two accounts, on the four days from the end of June to that of September, and the three
    on which they were collected.
    """
    done = verify(quarters.september)
    assert done.returncode == 0, done.stdout
    assert "2 accounts, 14 evaluations" in done.stdout
    assert "all as sealed" in done.stdout


def test_an_altered_policy_is_caught_twice(quarters: Quarters, verify: Any, tmp_path: Path) -> None:
    """The reader of one account is given everything, in the evidence alone."""
    parts = Parts.of(quarters.september)
    log = [
        line.split(",")
        for line in parts.files["collection/log.csv"].decode("utf-8-sig").splitlines()
        if f",{FIRST},authorization-details," in line and "2026-09-28" in line
    ]
    (name,) = {cell for line in log for cell in line if cell.startswith("evidence/")}
    parts.files[name] = parts.files[name].replace(b"s3:GetObject", b"*")
    done = verify(parts.write(tmp_path / "p.zip"))
    assert done.returncode == 4
    assert re.search(rf"^invalid: \S+: {name} \({FIRST}/.*expected", done.stdout, re.MULTILINE)
    verdicts = re.findall(
        r"^verdict: .*?(\d{12})\.json, (\S+), (\S+), \S+user/=reader: expected (\S+), found (\S+)",
        done.stdout,
        re.MULTILINE,
    )
    assert (FIRST, "2026-09-30", "LP-01", "passes", "fail") in verdicts
    assert {v[0] for v in verdicts} <= {FIRST, SECOND}


@pytest.mark.parametrize("day", ["2026-09-30", "2026-07-28"])
def test_a_verdict_that_was_changed_is_told(
    quarters: Quarters, verify: Any, tmp_path: Path, day: str
) -> None:
    """Sealed anew with the right key: every hash fits, and the evidence says otherwise."""
    parts = Parts.of(quarters.september)
    name = f"evaluations/{FIRST}.json"
    days = json.loads(parts.files[name])
    (one,) = [d for d in days if d["day"] == day]
    assert one["controls"]["LP-01"]["fail"] == 1
    one["controls"]["LP-01"].update({"fail": 0, "pass": 2, "sha256": "0" * 64})
    one["not_passed"] = [row for row in one["not_passed"] if row[0] != "LP-01"]
    parts.files[name] = json.dumps(days).encode()
    path = parts.reseal(quarters.keys.own).write(tmp_path / "p.zip")
    done = verify(path)
    assert done.returncode == 4
    where = rf"verdict: .*{FIRST}.json, {day}, LP-01, \S+user/all: expected passes, found fail"
    assert re.search(where, done.stdout), done.stdout
    assert "invalid" not in done.stdout


def test_a_row_that_was_changed_is_told(quarters: Quarters, verify: Any, tmp_path: Path) -> None:
    parts = Parts.of(quarters.september)
    name = "controls/LP-01/results.jsonl"
    parts.files[name] = parts.files[name].replace(b'"verdict":"fail"', b'"verdict":"pass"', 1)
    done = verify(parts.reseal(quarters.keys.own).write(tmp_path / "p.zip"))
    assert done.returncode == 4
    assert re.search(rf"verdict: .*{name}, {FIRST}: expected .*1 fail", done.stdout)


def test_an_account_without_evaluations_is_missing(
    quarters: Quarters, verify: Any, tmp_path: Path
) -> None:
    parts = Parts.of(quarters.september)
    del parts.files[f"evaluations/{SECOND}.json"]
    done = verify(parts.reseal(quarters.keys.own).write(tmp_path / "p.zip"))
    assert done.returncode == 4
    assert re.search(rf"missing: .*evaluations/{SECOND}.json", done.stdout)


def test_a_catalogue_that_was_changed_does_not_judge(
    quarters: Quarters, verify: Any, tmp_path: Path
) -> None:
    parts = Parts.of(quarters.september)
    name = "catalogue/shipped/catalogue/KEY-03.yaml"
    parts.files[name] = parts.files[name].replace(b"maximum_days: 90", b"maximum_days: 99", 1)
    done = verify(parts.write(tmp_path / "p.zip"))
    assert done.returncode == 4
    assert f"Cannot judge again. invalid: {tmp_path / 'p.zip'}: {name}" in done.stderr
    # Sealed anew, it is not the catalogue that the manifest names.
    done = verify(parts.reseal(quarters.keys.own).write(tmp_path / "p.zip"))
    assert done.returncode == 4
    assert "p.zip: catalogue: expected the catalogue" in done.stderr


@pytest.mark.parametrize("path", ["/etc", "../../elsewhere"])
def test_no_path_leads_out_of_the_pack(
    quarters: Quarters, verify: Any, tmp_path: Path, path: str
) -> None:
    parts = Parts.of(quarters.september)
    name = "configuration/reportgen.yaml"
    parts.files[name] = parts.files[name].replace(b"../register", path.encode())
    done = verify(parts.reseal(quarters.keys.own).write(tmp_path / "p.zip"))
    assert done.returncode == 4
    assert f"expected paths in the pack, found {path}" in done.stderr


def test_python_of_a_pack_runs_only_when_told(tmp_path: Path, verify: Any) -> None:
    """A check of the organisation's own that leaves a mark when it is loaded."""
    folder = making.organisation(tmp_path / "o")
    mark = tmp_path / "mark"
    (folder / "own").mkdir()
    (folder / "own" / "marks.py").write_text(
        f"open({str(mark)!r}, 'w').close()\n"
        "from reportgen.assess.judge import passed, each_entity, USER\n"
        "def all_pass(facts):\n"
        "    return each_entity(facts, facts.users(), USER, lambda u: passed('Fine.'))\n"
    )
    shipped = (folder / "controls" / "catalogue" / "KEY-03.yaml").read_text()
    own = re.sub(r"(?m)^check: .*\nparameters: .*$", "check: marks.all_pass", shipped)
    own = own.replace("id: KEY-03", "id: OWN-01").replace("{maximum_days}", "90")
    own = own.split("examples:")[0]
    (folder / "mine").mkdir()
    (folder / "mine" / "OWN-01.yaml").write_text(own)
    path = folder / "reportgen.yaml"
    path.write_text(path.read_text() + "catalogue: {controls: mine, checks: own}\n")
    out = tmp_path / "p.zip"
    making.pack(folder, "2026-09-30", out)
    mark.unlink()
    done = verify(out, "--allow-unsigned")
    assert done.returncode == 2
    assert "catalogue/own/checks/marks.py" in done.stderr
    assert not mark.exists()
    done = verify(out, "--allow-unsigned", "--run-own-code")
    assert done.returncode == 0, done.stdout + done.stderr
    assert mark.exists()


def test_on_another_day(quarters: Quarters, verify: Any) -> None:
    """The key of 20 July passes to 18 October (90 days) and fails on the 19th."""
    fine = verify(quarters.september, "--as-of", "2026-10-18")
    late = verify(quarters.september, "--as-of", "2026-10-19")
    assert changed(fine) == set()
    assert "Other than sealed: 0 verdicts" in fine.stdout
    assert changed(late) == {(FIRST, "KEY-03", "all", "pass", "fail")}
    assert late.returncode == 0


def test_before_its_first_snapshot(quarters: Quarters, verify: Any) -> None:
    done = verify(quarters.september, "--as-of", "2026-01-01")
    assert done.returncode == 2
    assert "Its first is of 2026-06-28" in done.stderr


def test_by_the_thresholds_of_a_framework(quarters: Quarters, verify: Any) -> None:
    """The small standard wants keys of at most 45 days: 72 are too many."""
    done = verify(quarters.september, "--framework", "small")
    assert changed(done) == {(FIRST, "KEY-03", "all", "pass", "fail")}
    assert "by the thresholds of A small standard" in done.stdout
    assert verify(quarters.september, "--framework", "none").returncode == 2


def test_options_that_go_with_replay(run: Run) -> None:
    for option in (("--as-of", "2026-01-01"), ("--framework", "small"), ("--run-own-code",)):
        done = run("verify", "p.zip", *option)
        assert done.returncode == 2
        assert "go with --replay" in done.stderr


def test_the_sample_year(sample: Path, sample_report: Reports, run: Run, tmp_path: Path) -> None:
    """Fifteen months of an organisation of six: every verdict of the year comes out the same.

    The pack takes those that the store keeps, where the year was reported before; its replay makes
    all of them again.
    """
    sample_report("annual")
    given = ("--store", sample / "store", "--config", sample / "reportgen.yaml")
    done = run("pack", *given, "--period", "annual", "--ending", "2026-06-30", "--out", "y.zip")
    assert done.returncode == 0, done.stderr
    done = run("verify", "--replay", "y.zip", "--allow-unsigned")
    assert done.returncode == 0, done.stdout
    assert "all as sealed" in done.stdout
    accounts, evaluations, verdicts = re.search(
        r"(\d+) accounts, (\d+) evaluations, (\d+) verdicts", done.stdout
    ).groups()  # type: ignore[union-attr]
    parts = Parts.of(tmp_path / "y.zip")
    days = {
        name: json.loads(content)
        for name, content in parts.files.items()
        if name.startswith("evaluations/")
    }
    assert int(accounts) == len(days) == 6
    assert int(evaluations) == sum(map(len, days.values()))
    counts = Counter()
    for each in days.values():
        for day in each:
            for control in day["controls"].values():
                counts.update({k: v for k, v in control.items() if k != "sha256"})
    assert int(verdicts) >= sum(counts.values()) > 10_000
    assert MANIFEST in parts.files


def test_what_rests_on_earlier_collections(quarters: Quarters, verify: Any) -> None:
    """Nobody reviewed roles. On 30 September the store has evidence of 155 days, since 28 April: a
    fail. The pack's own evidence begins on 28 June, 94 days before, which would say nothing yet.
    """
    parts = Parts.of(quarters.september)
    rows = [json.loads(line) for line in parts.files["controls/AUD-06/results.jsonl"].splitlines()]
    assert [row["verdict"] for row in rows] == ["fail", "fail"]
    assert verify(quarters.september).returncode == 0
