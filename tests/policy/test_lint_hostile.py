"""Hostile documents: whatever a field holds, lint answers, and other documents keep their rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reportgen.cli.policy import app
from reportgen.policy.document import parse
from reportgen.policy.lint import KINDS, lint, lint_text
from tests.policies import OTHER, deny, policy, statement

VALUES: dict[str, Any] = {
    "long": "x" * 100_000,
    "path": "/etc/passwd",
    "parents": "../../../../etc/passwd",
    "nul": "a\0b",
    "half a pair": "\ud800",
    "placeholders of the matcher": "\ue000\ue001\ue002",
    "wildcards": "*?" * 2_000,
    "colons": ":" * 5_000,
    "variables": "${" * 2_000,
    "braces": "${a}" * 2_000,
    "huge number": 1e308 * 10,
    "many digits": 10**5_000,
    "boolean": True,
    "null": None,
    "list in a list": [["s3:*"]],
    "many": ["s3:Get*"] * 5_000,
    "object": {"a": {"b": "c"}},
    "empty": "",
    "no list": [],
}
FIELDS = [
    ("Version",),
    ("Id",),
    ("Statement",),
    ("Statement", 0),
    ("Statement", 0, "Sid"),
    ("Statement", 0, "Effect"),
    ("Statement", 0, "Action"),
    ("Statement", 0, "NotAction"),
    ("Statement", 0, "Resource"),
    ("Statement", 0, "NotResource"),
    ("Statement", 0, "Principal"),
    ("Statement", 0, "Principal", "AWS"),
    ("Statement", 0, "Principal", "Service"),
    ("Statement", 0, "Principal", "Federated"),
    ("Statement", 0, "NotPrincipal"),
    ("Statement", 0, "Condition"),
    ("Statement", 0, "Condition", "StringLike"),
    ("Statement", 0, "Condition", "StringLike", "aws:userid"),
    ("Statement", 0, "Condition", "IpAddress", "aws:SourceIp"),
    ("Statement", 0, "Condition", "DateLessThan", "aws:CurrentTime"),
    ("Statement", 0, "Condition", "NumericLessThan", "aws:MultiFactorAuthAge"),
    ("Statement", 0, "Condition", "Null", "aws:PrincipalOrgID"),
]


def having(field: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A document of two statements, the first of which has a value in a field."""
    document: Any = policy(statement(), statement("Deny", Sid="Good", Action="s4:*"))
    place = document
    for step in field[:-1]:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    place[field[-1]] = value
    return document  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("field", FIELDS, ids=lambda f: ".".join(map(str, f)))
def test_any_value_in_any_field(field: tuple[Any, ...], name: str) -> None:
    document = having(field, VALUES[name])
    parsed = parse(document)
    for kind in KINDS:
        found = lint(parsed, kind)
        assert all(len(f.message) <= 700 for f in found)
        if field[:2] == ("Statement", 0):
            # The statement beside the bad one is still judged.
            assert any(f.code == "INVALID_SERVICE_IN_ACTION" and f.statement == 2 for f in found)


@pytest.mark.parametrize("name", [n for n in VALUES if n != "many digits"])
def test_names_of_elements_operators_and_keys(name: str) -> None:
    value = VALUES[name] if isinstance(VALUES[name], str) else str(VALUES[name])
    document = policy(
        {**statement(), value: value, "Condition": {value: {value: value}}},
        statement("Deny", Condition={"StringEquals": {value: value}}, Principal={value: value}),
        statement("Deny", Action="s4:*"),
    )
    for kind in ("", *KINDS):
        codes = {r["code"] for r in lint_text(json.dumps({**document, value: 1}), kind)}
        assert "INVALID_SERVICE_IN_ACTION" in codes


def wrapped(times: int) -> str:
    """A document as a text within a text within a text."""
    found: Any = deny()
    for _ in range(times):
        found = json.dumps(found)
    return str(found)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"Statement":' * 5_000,
        '{"Version": 1e400, "Statement": []}',
        '{"Version": NaN, "Statement": []}',
        '{"Version": ' + "9" * 5_000 + "}",
        '{"Statement": [{"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}]}',
        '{"a": 1, "a": 2}' * 2,
        '"' * 10_001,
        wrapped(10),
        "\ufeff{}",
        "%7B%22Version%22%3A1%7D",
        "\0",
        "",
    ],
    ids=range(13),
)
def test_texts_that_are_hardly_documents(text: str) -> None:
    for given in (text, text.encode("utf-8", "surrogatepass")):
        assert lint_text(given)
    parse(text)


def test_a_document_that_holds_itself_and_one_too_deep_to_write() -> None:
    loop: dict[str, Any] = {"Statement": []}
    loop["Statement"].append(loop)
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    for value in (loop, {"Statement": deep}, {"Statement": statement(Action=deep)}):
        assert lint(parse(value))
    # What cannot be written as JSON has a digest of its content all the same.
    one, other = parse({"Statement": deep, "Id": "a"}), parse({"Statement": deep, "Id": "b"})
    assert one.digest != other.digest
    assert one.digest == parse({"Statement": deep, "Id": "a"}).digest


def test_many_duplicate_keys_are_counted() -> None:
    text = "{" + ",".join(f'"Id": "{i}"' for i in range(1_001)) + ', "Statement": []}'
    found = [r["message"] for r in lint_text(text) if r["code"] == "DUPLICATE_KEYS"]
    assert len(found) == 101
    assert any(message == "There are 900 more of these." for message in found)


@pytest.mark.parametrize("output", ["table", "json"])
def test_one_bad_file_spoils_its_own_rows_only(tmp_path: Path, output: str) -> None:
    (tmp_path / "a.json").write_bytes(b'{"Statement": "\xff"}')
    bad = json.dumps(deny(Action=["\ud800:x", "\x1b[31m:y"], Sid="\ud800"))
    (tmp_path / "b.json").write_text(bad, encoding="ascii")
    (tmp_path / "c.json").write_text("[" * 10_000)
    (tmp_path / "d.json").write_text(json.dumps(deny(Action="s4:*", Principal={"AWS": OTHER})))
    done = CliRunner().invoke(app, ["lint", str(tmp_path), "--format", output])
    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.output
    if output == "json":
        rows = json.loads(done.stdout)
        assert {Path(row["file"]).name for row in rows} == {f"{n}.json" for n in "abcd"}
    for name in ("a.json", "b.json", "c.json", "d.json"):
        assert name in done.output
    assert "INVALID_SERVICE_IN_ACTION" in done.output
