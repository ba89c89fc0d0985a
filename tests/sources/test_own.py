"""The recipe of docs/contributing-sources.md, as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.conftest import Run

PAGE = (Path(__file__).parents[2] / "docs" / "contributing-sources.md").read_text()


def test_the_source_of_the_page_is_imported_and_masked(run: Run, tmp_path: Path) -> None:
    ((name, text),) = re.findall(r"^`([\w./]+)`\n\n```python\n(.*?)^```$", PAGE, re.S | re.M)
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(text)
    (tmp_path / "reportgen.yaml").write_text("sources: own/sources\n")
    (tmp_path / "x" / "eu-west-1").mkdir(parents=True)
    alias = {"AliasName": "alias/a", "CreationDate": "of-no-concern"}
    (tmp_path / "x" / "eu-west-1" / "list-aliases.json").write_text(
        json.dumps({"Aliases": [alias]})
    )
    done = run(
        "import", "--store", "s", "--account-id", "111122223333",
        "--collected-at", "2026-09-30T09:00:00Z", "x",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    kept = b"".join(p.read_bytes() for p in (tmp_path / "s").rglob("*") if p.is_file())
    assert b"alias/a" in kept
    assert b"of-no-concern" not in kept
    assert '"kms:ListAliases"' in run("init", "iam-policy").stdout
