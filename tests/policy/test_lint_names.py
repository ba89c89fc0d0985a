"""Names in a policy that come from outside never become the name of a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reportgen.policy.actions import database
from reportgen.policy.lint import lint_text
from tests.policies import allow

HOSTILE = [
    "../../../../etc/passwd",
    "/etc/passwd",
    "a\0b",
    "x" * 100_000,
    "\ud800",
    "",
    ".",
    "..",
    "s3/../iam",
    "con\nduit",
    "%2e%2e%2f",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_service_that_is_not_known_opens_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = database()

    def opened(*parts: str) -> object:
        raise AssertionError(f"opened {parts}")

    monkeypatch.setattr(known, "_json", opened)
    assert known.condition_keys(name) == {}
    assert known.resource_types(name) == {}
    assert known.details(f"{name}:GetObject") is None


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_in_every_field_is_linted(name: str) -> None:
    statement = {
        "Sid": name,
        "Effect": "Allow",
        "Action": [f"{name}:Get", "s3:GetObject", name],
        "Resource": [name, f"arn:aws:{name}:::x"],
        "Condition": {
            "StringEquals": {f"{name}:key": name, f"{name}:Tag/x": name, name: name},
            name: {"aws:PrincipalTag/x": name},
        },
    }
    fields = [
        {"Version": "2012-10-17", "Id": name, "Statement": [statement]},
        {"Version": name, "Statement": [{**statement, "Effect": name}]},
        {"Version": "2012-10-17", "Statement": [{**statement, "Principal": {name: name}}]},
        {"Version": "2012-10-17", "Statement": [{**statement, "NotPrincipal": name}]},
        {name: name, "Statement": name},
    ]
    for document in fields:
        for kind in ("identity", "scp", "rcp", "trust", "resource"):
            for row in lint_text(json.dumps(document), kind):
                assert row["code"]
                assert row["message"]


def test_assess_writes_its_results_whatever_a_policy_names(tmp_path: Path, run: object) -> None:
    from tests.given import short_form, store_with

    rows = [
        {
            "UserName": f"u{number}",
            "UserPolicyList": [
                {
                    "PolicyName": "p",
                    "PolicyDocument": allow(
                        Action="s3:GetObject",
                        Condition={"StringEquals": {f"{name}:key": "v"}},
                    ),
                }
            ],
        }
        for number, name in enumerate(n for n in HOSTILE if n != "\ud800")
    ]
    files = short_form({"authorization-details": {"users": rows, "roles": []}})
    store_with(tmp_path, files)
    done = run(
        "assess",
        "--store",
        next(tmp_path.rglob("store.json")).parent,
        "--format",
        "json",
        "-o",
        "r.json",
    )  # type: ignore[operator]
    assert done.returncode in (0, 1), done.stderr
    judged = json.loads((tmp_path / "r.json").read_text())["results"]
    assert {r["verdict"] for r in judged if r["control_id"].startswith("POL-")} & {"pass", "fail"}
