"""``reportgen policy simulate``: cases read one line at a time, each document once."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reportgen.cli.policy import app
from reportgen.policy import cases
from reportgen.policy.cases import Documents, read_case, simulate
from reportgen.policy.document import parse
from tests.policies import OTHER, OWN, USER, allow, deny, policy, resource_policy, statement

CASE: dict[str, Any] = {"principal": USER, "action": "s3:GetObject"}


def line(**more: Any) -> str:
    return json.dumps({**CASE, **more})


def decisions(*lines: str | bytes) -> list[str | None]:
    return [row["decision"] for row in simulate(lines)]


def test_a_row_for_each_case_in_their_order() -> None:
    rows = list(
        simulate([line(id=7, identity_policies=[allow()]), "", "  \n", line(identity_policies=[])])
    )
    assert rows == [
        {"id": 7, "decision": "allowed", "because": "identity policy, statement 1 allows it"},
        {"id": "line 4", "decision": "implicit-deny", "because": "no identity policy allows it"},
    ]


EVERYWHERE = [
    ("identity_policies", [deny()]),
    ("identity_policies", deny()),
    ("identity_policies", json.dumps(deny())),
    ("permissions_boundary", deny()),
    ("permissions_boundary", [deny()]),
    ("session_policy", deny()),
    ("resource_policy", policy(statement("Deny", Principal="*"))),
    ("endpoint_policy", policy(statement("Deny", Principal="*"))),
    ("scps", [[allow()], [deny()]]),
    ("scps", [deny()]),
    ("scps", deny()),
    ("rcps", [[policy(statement("Deny", Principal="*"))]]),
]


@pytest.mark.parametrize(("key", "given"), EVERYWHERE)
def test_a_deny_is_found_wherever_a_case_can_have_it(key: str, given: Any) -> None:
    case = {"identity_policies": [allow()], key: given}
    assert decisions(line(**case)) == ["explicit-deny"]
    # The same without the reader of lines.
    assert read_case({**CASE, **case})[1] == read_case(json.loads(line(**case)))[1]


def test_an_endpoint_policy_is_part_of_a_case() -> None:
    only_own = resource_policy("*", Condition={"StringEquals": {"aws:ResourceAccount": OWN}})
    given = {"identity_policies": [allow()], "endpoint_policy": only_own}
    inside, outside = line(**given), line(**given, resource_account=OTHER)
    assert decisions(inside) == ["allowed"]
    assert decisions(outside) == ["implicit-deny"]


BAD = [
    ("[1, 2]", "the line is not a JSON object"),
    ("5", "the line is not a JSON object"),
    ("{", "Expecting property name"),
    (line() + "x", "Extra data"),
    ('{"principal": "*" "action": 1}', "Expecting ',' delimiter"),
    ('{"identity_policies": [{} {}]}', "Expecting ',' delimiter"),
    ('{"identity_policies": [{}', "Expecting ',' delimiter"),
    ("{5: 6}", "Expecting property name"),
    ("{}", "principal is missing"),
    (json.dumps({"principal": USER}), "action is missing"),
    (line(principal=5), "principal is missing, or is not a string"),
    (line(resource=["a"]), "resource is missing, or is not a string"),
    (line(resource_account=210987654321), "resource_account is missing, or is not a string"),
    (line(context=[1]), "context is not an object"),
    (line(permissions_boundary=[allow(), allow()]), "a list of 2 documents"),
    (line(session_policy=[]), "a list of 0 documents"),
    ('{"a":' + "[" * 100_000, "recursion"),
    ('{"identity_policies":' + "[" * 100_000, "recursion"),
    (b"\xff\xfe{}", "utf-8"),
    (b'{"id": "\xe9"}', "utf-8"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_a_bad_line_spoils_itself_only_and_is_told_with_its_number(
    bad: str | bytes, message: str
) -> None:
    good = line(identity_policies=[allow()])
    first, second, third = simulate([good, bad, good])
    assert (first["decision"], third["decision"]) == ("allowed", "allowed")
    assert (second["id"], second["decision"]) == ("line 2", None)
    assert second["error"].startswith("line 2: ")
    assert message in second["error"]


def test_a_line_of_the_longest_length_is_read_and_one_longer_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = line(identity_policies=[allow()])
    for limit, expected in ((len(text), "allowed"), (len(text) - 1, None)):
        monkeypatch.setattr(cases, "MOST_LINE", limit)
        assert decisions(text) == [expected]


def test_keys_that_are_none_of_a_case_are_told() -> None:
    (row,) = simulate([line(permission_boundary=deny(), note="x", identity_policies=[allow()])])
    assert (row["decision"], row["ignored"]) == ("allowed", ["note", "permission_boundary"])


def test_spaces_and_repeated_names_are_read_as_json_says() -> None:
    text = json.dumps(allow(), indent=1).replace("\n", "\r\n\t")
    spread = f' {{ "principal" : "{USER}" , "action" : "x:Y" , "action" : "s3:GetObject" , '
    spread += f'"identity_policies" : [ {text} , {text} ] , "scps" : [ [ {text} ] , [ ] ] }} '
    assert decisions(spread, spread.replace(", [ ] ", "")) == ["implicit-deny", "allowed"]
    assert decisions("\ufeff" + spread.replace(", [ ] ", "")) == ["allowed"]


def test_each_document_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Any] = []

    def counted(given: Any) -> Any:
        read.append(given)
        return parse(given)

    monkeypatch.setattr(cases, "parse", counted)
    shared = [allow(Action=[f"s3:Get{n}" for n in range(50)]), allow(Action=["s3:GetObject"])]
    lines = [line(id=n, identity_policies=shared, scps=[[shared[1]]]) for n in range(200)]
    assert decisions(*lines) == ["allowed"] * 200
    assert len(read) == 2


def test_a_document_known_by_its_beginning_is_not_taken_for_another() -> None:
    """Texts that agree in their first characters, one of them the start of the other."""
    short, long_ = allow(Action="s3:GetObject"), deny(Action="s3:GetObject")
    texts = [json.dumps(short), json.dumps(policy(*short["Statement"], *long_["Statement"]))]
    assert texts[0][:60] == texts[1][:60]
    lines = [
        f'{{"principal": "{USER}", "action": "s3:GetObject", "identity_policies": [{t}]}}'
        for t in texts
    ]
    expected = ["allowed", "explicit-deny"]
    assert decisions(*lines, *lines) == expected * 2
    assert decisions(*lines[::-1], *lines[::-1]) == expected[::-1] * 2
    # In a string too.
    quoted = [
        f'{{"principal": "{USER}", "action": "s3:GetObject", "identity_policies": [{json.dumps(t)}]}}'
        for t in texts
    ]
    assert decisions(*quoted, *lines, *quoted) == expected * 3


def test_what_is_no_document_is_not_kept_nor_taken_for_one() -> None:
    documents = Documents()
    for text, value in (("12", 12), ("1", 1), ("true", True), ("null", None), ("[]", [])):
        assert documents.at(text + ",", 0) == (value, len(text))
    assert len(documents) == 0


def test_memory_stays_flat() -> None:
    def cases_of(count: int) -> Iterator[str]:
        for n in range(count):
            yield line(
                id=n, identity_policies=[allow(Action=[f"s3:Get{n}x{m}" for m in range(20)])]
            )

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in simulate(cases_of(count)):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    # Once the memories are full, twice the cases take no more.
    full = peak(1_500)
    assert peak(3_000) < full * 1.1


def run(path: Path) -> Any:
    return CliRunner().invoke(app, ["simulate", str(path)])


def test_the_command_tells_rows_and_exits_with_3_on_a_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + line(id="a", identity_policies=[allow()]).encode() + b"\r\n\xff\n\n{}"
    )
    done = run(path)
    rows = [json.loads(text) for text in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == ["a", "line 2", "line 4"]
    assert [row["decision"] for row in rows] == ["allowed", None, None]
    assert done.exit_code == 3
    path.write_text(line(identity_policies=[allow()]))
    assert run(path).exit_code == 0


def test_the_command_reads_utf_16_and_writes_what_no_encoding_holds(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes((line(id="\u00e9") + "\n" + line(id="\ud800") + "\n").encode("utf-16"))
    done = run(path)
    assert [json.loads(text)["id"] for text in done.stdout.splitlines()] == ["\u00e9", "\ud800"]


def test_the_command_passes_over_a_line_too_long_and_reads_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = line(id="good", identity_policies=[allow()])
    monkeypatch.setattr(cases, "MOST_LINE", len(good) + 1)
    for length in (len(good) + 2, 3 * len(good), 2 * len(good) + 4):
        path = tmp_path / "cases.jsonl"
        path.write_text(f"{good}\n{'x' * length}\n{good}\n")
        rows = [json.loads(text) for text in run(path).stdout.splitlines()]
        assert [row["id"] for row in rows] == ["good", "line 2", "good"]
        assert "longer than" in rows[1]["error"]
