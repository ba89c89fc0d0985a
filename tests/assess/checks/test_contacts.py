"""Root's address and the contacts of the account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, judge
from tests.given import ACCOUNT


@pytest.mark.parametrize(("control", "example"), examples_of("contacts"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def test_a_row_has_the_name_by_which_people_call_the_account(tmp_path: Path) -> None:
    accounts: list[dict[str, Any]] = [
        {"Id": ACCOUNT, "ParentId": "r-1", "Name": "payments", "Email": "root@example.com"},
        {"Id": "444455556666", "ParentId": "r-1", "Email": "other@example.com"},
    ]
    answer = {
        "Organization": {"Id": "o-exampleorg1", "MasterAccountId": ACCOUNT},
        "Roots": [{"Id": "r-1", "PolicyTypes": []}],
        "OrganizationalUnits": [],
        "Accounts": accounts,
        "Policies": [],
    }
    rows = judge(tmp_path, "ROOT-10", {}, files={"organization": json.dumps(answer)})
    assert [row.name for row in rows] == ["payments", ""]
