"""A seal and a list of files in themselves: one form alone is taken, at every limit."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.evidence.seal import (
    LIST_LIMIT,
    NO_ROOT,
    SEAL_LIMIT,
    VERSION,
    Flaw,
    Seal,
    canonical,
    object_name,
    parse_list,
    parse_seal,
    seal_name,
    sha256,
    strict_json,
)

FIRST, SECOND = "111122223333", "444455556666"
GOOD = Seal(1, NO_ROOT, "20260928T000000Z-0a", "2026-09-28T00:00:00Z", (FIRST, SECOND), "a" * 64)


def sealed(**changes: Any) -> bytes:
    """A seal with some fields changed, under the root that fits them."""
    data = {**json.loads(GOOD.sealed()[1]), **changes}
    data.pop("root")
    data["root"] = sha256(canonical(data))
    return canonical(data)


def test_what_the_layout_says() -> None:
    """docs/store.md: version 2, a first seal without a root before it, eight digits, two hex."""
    assert (VERSION, NO_ROOT) == (2, "0" * 64)
    assert (SEAL_LIMIT, LIST_LIMIT) == (4 * 1024 * 1024, 256 * 1024 * 1024)
    assert seal_name(1) == "chain/00000001.json"
    assert seal_name(123_456_789) == "chain/123456789.json"
    assert object_name("ab" * 32) == "objects/ab/" + "ab" * 32
    assert Seal(1, NO_ROOT, "i", "d", (), "f").root == ""


def test_json_has_one_form() -> None:
    assert canonical({"b": [1, None], "a": "ä"}) == b'{"a":"\\u00e4","b":[1,null]}'
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical(float("nan"))


def test_a_flaw_is_one_printable_line() -> None:
    said = str(Flaw("extra", "chain/\n\x1b[2Jx", "nothing", "a file"))
    assert said == "extra: chain/\ufffd\ufffd[2Jx: expected nothing, found a file"


def test_a_seal_comes_back() -> None:
    seal, content = GOOD.sealed()
    without = json.loads(content)
    root = without.pop("root")
    assert root == seal.root == sha256(canonical(without))
    assert parse_seal(content) == replace(GOOD, root=root)


FIELDS: list[tuple[str, Any, Any]] = [
    # A field, values that are taken, values that are not.
    ("sequence", [1, 2, 99_999_999], [0, -1, "1", 1.0, True, None]),
    ("previous", ["f" * 64], ["f" * 63, "f" * 65, "F" * 64, "g" * 64, "", 7, None]),
    ("files", ["0" * 64], ["0" * 63, "0" * 65, 0]),
    ("id", ["a", "A-9", "a" * 80], ["", "a" * 81, "a_b", "a/b", "../a", 7]),
    (
        "collected_at",
        ["2026-09-28T23:59:59Z"],
        ["2026-09-28T23:59:59", "2026-09-28", "x2026-09-28T23:59:59Z", "", 7, None],
    ),
    (
        "accounts",
        [[FIRST], [FIRST, SECOND], []],
        [[SECOND, FIRST], [FIRST, FIRST], ["1" * 11], ["1" * 13], [1], FIRST, {}, None],
    ),
]
TAKEN = [(name, value) for name, taken, _ in FIELDS for value in taken]
REFUSED = [(name, value) for name, _, refused in FIELDS for value in refused]


@pytest.mark.parametrize(("name", "value"), TAKEN)
def test_a_field_at_its_limits_is_taken(name: str, value: Any) -> None:
    found = getattr(parse_seal(sealed(**{name: value})), name)
    assert found == (tuple(value) if name == "accounts" else value)


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_a_field_over_its_limits_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match="a seal without the right fields"):
        parse_seal(sealed(**{name: value}))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (sealed(format="reportgen-sealed"), "^no seal$"),
        (sealed(version=1), "a seal of version 1"),
        (sealed(version=3), "a seal of version 3"),
        (sealed(note="x"), "without the right fields"),
        (b"[]", "^no seal$"),
        (b"", "an empty file"),
        (b"{", "no JSON .* at byte 1 of 1"),
        (b'"\xff"', "bytes that are no text"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"a":1,"a":2}', "the key 'a' twice"),
        (b'{"x":0,"b":1,"a":1,"a":2}', "the key 'a' twice"),
        (sealed() + b"\n", "not in canonical form"),
        (json.dumps(json.loads(sealed())).encode(), "not in canonical form"),
    ],
)
def test_what_is_no_seal_is_named(content: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_seal(content)


def test_a_root_that_does_not_fit_is_told_beside_the_one_that_would() -> None:
    seal, content = GOOD.sealed()
    other = content.replace(seal.root.encode(), b"b" * 64)
    with pytest.raises(ValueError, match=f"content of root {seal.root} under the root {'b' * 64}"):
        parse_seal(other)


def test_a_root_elsewhere_in_the_seal_is_not_taken_out() -> None:
    """The id may hold any letters: only the field itself is left out of what is hashed."""
    content = sealed(previous="c" * 64)
    assert parse_seal(content).previous == "c" * 64


ENTRY = {"file": f"{FIRST}/roles.json", "sha256": "a" * 64, "bytes": 0}
OTHER = {"file": f"{FIRST}/raw/roles-0001.json", "sha256": "b" * 64, "bytes": 7}


def test_a_list_of_files_comes_back() -> None:
    assert parse_list(canonical([OTHER, ENTRY]), [FIRST]) == [OTHER, ENTRY]
    assert parse_list(b"[]", []) == []


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ({}, "no list of files"),
        ([7], "an entry without the right fields"),
        ([{**ENTRY, "more": 1}], "an entry without the right fields"),
        ([{"file": ENTRY["file"], "bytes": 0}], "an entry without the right fields"),
        ([{**ENTRY, "sha256": "a" * 63}], f"no SHA-256 for {FIRST}/roles.json"),
        ([{**ENTRY, "sha256": None}], "no SHA-256 for"),
        ([{**ENTRY, "bytes": -1}], "-1 bytes for"),
        ([{**ENTRY, "bytes": True}], "True bytes for"),
        ([{**ENTRY, "bytes": 1.0}], "1.0 bytes for"),
        ([ENTRY, ENTRY], "a file listed twice"),
        ([ENTRY, OTHER], "not in canonical form"),
        (
            [{**ENTRY, "file": f"{SECOND}/roles.json"}],
            "of other accounts than the seal names",
        ),
        ([ENTRY, {**ENTRY, "file": f"{SECOND}/roles.json"}], "files of other accounts"),
        ([], "files of other accounts"),
    ],
)
def test_what_is_no_list_of_files_is_named(listed: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_list(canonical(listed), [FIRST])


def test_a_list_in_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="not in canonical form"):
        parse_list(json.dumps([ENTRY]).encode(), [FIRST])


@pytest.mark.parametrize(
    "name",
    [
        f"{FIRST}/../x",
        f"{FIRST}/./x",
        f"{FIRST}//x",
        f"{FIRST}/.x",
        f"{FIRST}/-x",
        f"{FIRST}/x y",
        f"{FIRST}/x\n",
        f"{FIRST}/",
        FIRST,
        f"{FIRST[1:]}/x",
        f"1{FIRST}/x",
        f"/{FIRST}/x",
        "",
        7,
    ],
)
def test_a_file_name_never_leads_out_of_its_account(name: Any) -> None:
    with pytest.raises(ValueError, match="the file name"):
        parse_list(canonical([{**ENTRY, "file": name}]), [FIRST])


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_a_reason(content: bytes) -> None:
    """What is taken is what the JSON of everybody else says too."""
    with suppress(ValueError):
        assert repr(strict_json(content)) == repr(json.loads(content))
