"""``controls``: list, show and test; what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run


def test_alone_it_lists_and_an_id_shows(run: Run) -> None:
    assert run("controls").stdout == run("controls", "list").stdout
    assert run("controls", "MFA-01").stdout == run("controls", "show", "MFA-01").stdout


def test_filters_narrow(run: Run) -> None:
    done = run("controls", "list", "--family", "mfa", "--severity", "critical", "--format", "json")
    rows = json.loads(done.stdout)
    assert [r["id"] for r in rows] == ["MFA-01", "MFA-02"]
    done = run("controls", "list", "--framework", "cis-aws-v7", "--format", "json")
    assert all("cis-aws-v7" in r["frameworks"] for r in json.loads(done.stdout))


def test_parameters_are_shown_with_unit_and_range(run: Run) -> None:
    told = json.loads(run("controls", "show", "KEY-03").stdout)["parameters_declared"]
    assert told["maximum_days"]["unit"] == "days"
    assert (told["maximum_days"]["minimum"], told["maximum_days"]["maximum"]) == (1, 3650)
    assert told["maximum_days"]["stricter"] == "lower"
    said = run("controls", "show", "KEY-03", "--format", "table").stdout
    assert "maximum_days: 90 (days, from 1 to 3,650; lower is stricter)" in said


@pytest.mark.parametrize("arguments", [
    ("MFA-99",), ("list", "--framework", "tea"), ("list", "--severity", "grave"),
    ("list", "--family", "tea"), ("list", "--format", "xml"), ("test", "MFA-99"),
])  # fmt: skip
def test_what_is_unknown_is_refused(arguments: tuple[str, ...], run: Run) -> None:
    done = run("controls", *arguments)
    assert done.returncode == 2
    assert "reportgen: " in done.stderr


def own(folder: Path, expect: str) -> None:
    (folder / "own").mkdir()
    (folder / "reportgen.yaml").write_text("catalogue: {controls: own}\n")
    (folder / "own" / "KEY-07.yaml").write_text(
        "id: KEY-07\nbased_on: KEY-07\nexamples:\n"
        "  - name: none was read\n    given: {account-summary: {Users: 1}, "
        "credential-report: [{user: u}]}\n"
        f"    expect: {expect}\n"
    )


def test_a_failed_example_names_file_and_line(run: Run, tmp_path: Path) -> None:
    own(tmp_path, "{u: fail}")
    done = run("controls", "test", "KEY-07")
    assert done.returncode == 1
    assert "own/KEY-07.yaml:4: KEY-07, example 'none was read': u is not-applic" in done.stdout


def test_examples_that_lack_fail_only_when_asked(run: Run, tmp_path: Path) -> None:
    own(tmp_path, "{u: not-applicable}")
    assert run("controls", "test", "KEY-07").returncode == 0
    done = run("controls", "test", "KEY-07", "--complete")
    assert done.returncode == 1
    assert "KEY-07 has no example of fail." in done.stdout


def test_a_bad_file_of_the_organisation_stops_every_command(run: Run, tmp_path: Path) -> None:
    own(tmp_path, "{u: failed}")
    for command in (
        ("controls",),
        ("controls", "test"),
        ("frameworks",),
        ("assess", "--store", "s"),
    ):
        done = run(*command)
        assert done.returncode == 2
        assert "own/KEY-07.yaml:6: examples.0.expect.u" in done.stderr


def test_a_source_used_and_not_declared_stops_the_test(run: Run, tmp_path: Path) -> None:
    own(tmp_path, "{u: not-applicable}")
    path = tmp_path / "own" / "KEY-07.yaml"
    path.write_text(path.read_text() + "sources: [account-summary]\n")
    done = run("controls", "test", "KEY-07")
    assert done.returncode == 2
    assert "own/KEY-07.yaml:7: sources: KEY-07 uses " in done.stderr
    assert "and does not declare it" in done.stderr
