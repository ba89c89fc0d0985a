"""``import``: what it takes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import BASE
from tests.conftest import Run
from tests.given import authorization_details


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("authorization-details", '{"UserDetailList": [', "is not JSON"),
        ("authorization-details", "hello", "is not JSON"),
        ("authorization-details", "", "is empty"),
        ("authorization-details", '{"SummaryMap": {}}', "is not the answer of"),
        ("authorization-details", "[1]", "a JSON object was expected"),
        ("credential-report", "a,b\n1,2\n", "lacks the columns user, arn"),
        ("credential-report", "!!!!", "neither CSV nor base64"),
        ("account-summary", "\x00\x01", "is not JSON"),
        (
            "authorization-details",
            json.dumps(authorization_details({"users": [{"UserName": "a"}]}, "999988887777")),
            "is of account 999988887777, not of 111122223333",
        ),
    ],
)
def test_bad_files(name: str, content: str, said: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    done = run("import", *BASE, f"--{name}", path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "s" / "store.json").exists()
