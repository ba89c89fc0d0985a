"""``sample``: drawn, checked, drawn again; what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run


def test_drawn_checked_and_drawn_again(run: Run, sample: Path, tmp_path: Path) -> None:
    of = ("--store", sample / "store", "--config", sample / "reportgen.yaml")
    done = run("sample", *of, "--population", "roles", "--nonce", "tea", "-o", "s.json")
    assert done.returncode == 0
    held = json.loads((tmp_path / "s.json").read_text())
    # 55 roles of the sample; at 5 % three of them are tolerable.
    assert held["population"]["rows"] == 55
    assert held["sentence"] in done.stdout
    assert "are proved, by the root" in run("sample", "--check", "s.json").stdout
    assert "the sample is the same" in run("sample", "--check", "s.json", *of).stdout
    held["rows"][0]["cells"]["power"] = "administrator"
    (tmp_path / "s.json").write_text(json.dumps(held))
    done = run("sample", "--check", "s.json", *of)
    assert done.returncode == 4
    assert "row 1 (" in done.stdout


@pytest.mark.parametrize("wrong", [
    ("--population", "tea", "--nonce", "n"), ("--population", "users"), ("--nonce", "n"),
    ("--population", "users", "--nonce", "n", "--size", "0"),
    ("--population", "users", "--nonce", "n", "--size", "19"),
    ("--population", "users", "--nonce", "n", "--confidence", "100"),
    ("--population", "users", "--nonce", "n", "--method", "guess"),
    ("--population", "users", "--nonce", "n", "--format", "xml"),
    ("--check", "none.json"),
])  # fmt: skip
def test_what_is_wrong_is_refused(wrong: tuple[str, ...], run: Run, sample: Path) -> None:
    done = run("sample", "--store", sample / "store", "--config", sample / "reportgen.yaml", *wrong)
    assert done.returncode == 2
    assert done.stderr.startswith("reportgen: ")
