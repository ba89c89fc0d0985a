"""What a manifest must be, at the limits of each rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reportgen.evidence.seal import canonical, sha256
from reportgen.pack import manifest
from reportgen.pack.manifest import Listed, OtherVersion, name_fault, parse_manifest, sums
from tests.pack.making import Parts

KEPT = Path(__file__).parent / "kept" / "version-1.zip"
Change = Callable[[dict[str, Any]], None]
HEX = "ab" * 32


@pytest.fixture(scope="module")
def content() -> bytes:
    return Parts.of(KEPT).files["manifest.json"]


def parsed(content: bytes, change: Change) -> manifest.Manifest:
    data = json.loads(content)
    change(data)
    return parse_manifest(canonical(data))


def put(*way: Any) -> Change:
    """Sets what lies at the way's end to its last member."""

    def change(data: dict[str, Any]) -> None:
        *path, last, value = way
        here: Any = data
        for key in path:
            here = here[key]
        if value is KeyError:
            del here[last]
        else:
            here[last] = value

    return change


def one_file(**fields: Any) -> Change:
    return put("files", [{"file": "a", "sha256": HEX, "bytes": 1, **fields}])


GOOD: list[Change] = [
    one_file(bytes=0), one_file(bytes=2**53 - 1), one_file(file="x" * 500),
    put("period", "end", "2028-02-29"), put("seal", "signature", None),
    put("seal", "signature", {"key": ""}), put("store", "sequence", 0),
    lambda data: data.update(number=2, previous=HEX), put("seal", "timestamp", "https://x"),
    put("more", "known"),
]  # fmt: skip
BAD: list[tuple[Change, str]] = [
    (one_file(bytes=-1), "-1 bytes for a"), (one_file(bytes=2**53), "bytes for a"),
    (one_file(bytes=True), "True bytes"), (one_file(bytes=1.0), "1.0 bytes"),
    (one_file(sha256=HEX.upper()), "no SHA-256"), (one_file(sha256=HEX[1:]), "no SHA-256"),
    (one_file(sha256=1), "no SHA-256"), (one_file(file="x" * 501), "empty or too long"),
    (one_file(file=""), "empty or too long"), (one_file(file=1), "no text"),
    (one_file(more=1), "without the right fields"), (one_file(file="manifest.json"), "in the list"),
    (one_file(file="SHA256SUMS"), "in the list"), (put("files", ["a"]), "right fields"),
    (put("files", [{"file": n, "sha256": HEX, "bytes": 1} for n in "ba"]), "not in order"),
    (put("files", [{"file": "a", "sha256": HEX, "bytes": 1}] * 2), "not in order"),
    (put("number", 0), "a number that is none"), (put("number", True), "'number'"),
    (put("number", 2), "a first pack with one before it, or"),
    (put("previous", HEX), "a first pack with one before it, or"),
    (put("previous", HEX[1:]), "a root that is no SHA-256"),
    (put("store", "root", None), "a root that is no SHA-256"),
    (put("store", "first", "x"), "a root that is no SHA-256"),
    (put("store", "sequence", True), "a number that is none"),
    (put("store", "sequence", KeyError), "a number that is none"),
    (put("period", "end", "2026-02-29"), "a period without dates"),
    (put("period", "start", "20260401"), "a period without dates"),
    (put("period", "start", KeyError), "a period without dates"),
    (put("seal", "signature", "mine"), "without its key"),
    (put("seal", "signature", {}), "without its key"),
    (put("seal", "signature", {"key": 1}), "without its key"),
    (put("seal", []), "'seal'"), (put("tool", KeyError), "'tool'"),
    (put("format", "other"), "no manifest of a pack"),
]  # fmt: skip


@pytest.mark.parametrize("change", GOOD)
def test_what_is_right(content: bytes, change: Change) -> None:
    assert parsed(content, change).root


@pytest.mark.parametrize(("change", "said"), BAD)
def test_what_is_wrong_is_said(content: bytes, change: Change, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        parsed(content, change)
    assert not isinstance(caught.value, OtherVersion)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version(content: bytes, version: object) -> None:
    with pytest.raises(OtherVersion, match="version "):
        parsed(content, put("version", version))


@pytest.mark.parametrize("version", [True, 1.0])
def test_a_version_that_only_looks_like_it(content: bytes, version: object) -> None:
    with pytest.raises(ValueError, match="'version'"):
        parsed(content, put("version", version))


def test_what_it_says(content: bytes) -> None:
    data = json.loads(content)
    found = parse_manifest(content)
    assert found.root == sha256(content)
    assert (found.start, found.end) == (data["period"]["start"], data["period"]["end"])
    assert (found.number, found.previous, found.kind) == (1, "", data["period"]["kind"])
    assert found.store_root == data["store"]["root"]
    assert found.store_first == data["store"]["first"]
    assert found.store_sequence == data["store"]["sequence"]
    assert (found.signed, found.stamped) == (True, False)
    later = parsed(content, lambda d: d.update(number=2, previous=HEX))
    assert (later.number, later.previous) == (2, HEX)
    bare = parsed(content, lambda d: d["seal"].update(signature=None, timestamp="https://x"))
    assert (bare.signed, bare.stamped) == (False, True)


@pytest.mark.parametrize(("over", "fine"), [(0, True), (1, False)])
def test_no_more_is_read(
    content: bytes, monkeypatch: pytest.MonkeyPatch, over: int, fine: bool
) -> None:
    monkeypatch.setattr(manifest, "MANIFEST_LIMIT", len(content) - over)
    if fine:
        assert parse_manifest(content)
    else:
        with pytest.raises(ValueError, match=f"more than {len(content) - 1} bytes"):
            parse_manifest(content)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"null", b'"x"', b"{", b'{"format":"reportgen-pack","version":NaN}'],
)
def test_what_is_no_manifest(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_manifest(content)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a/b", ""), ("a.b", ""), ("...a", ""), ("com", ""), ("xcon", ""), ("a/..b", ""),
        ("a\\b", "some system does not take"), ("a:b", "some system does not take"),
        ("a\nb", "some system does not take"), ("a\u202eb", "some system does not take"),
        ("/a", "leads out"), ("../a", "leads out"), ("a/../b", "leads out"),
        ("a//b", "reads as another"), ("./a", "reads as another"), ("a/", "reads as another"),
        ("a.", "reads as another"), ("a /b", "reads as another"), ("CON", "reads as another"),
        ("nul.txt", "reads as another"), ("a/lpt1", "reads as another"),
    ],
)  # fmt: skip
def test_names(name: str, said: str) -> None:
    fault = name_fault(name)
    assert said in fault
    assert bool(said) == bool(fault)


def test_sums_are_those_of_sha256sum() -> None:
    made = sums(b"m", {"a": Listed("1" * 64, 1), "b c": Listed("2" * 64, 2)})
    assert made.decode().splitlines() == [
        f"{'1' * 64}  a", f"{'2' * 64}  b c", f"{sha256(b'm')}  manifest.json",
    ]  # fmt: skip
    assert made.endswith(b"\n")
