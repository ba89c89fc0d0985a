"""Evidence of a pack against its chain, in memory: every snapshot whole, every name its digest."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from reportgen.evidence.seal import Flaw, canonical, sha256
from reportgen.pack.check_evidence import EvidenceCheck
from reportgen.pack.checked import Checked
from reportgen.pack.inspection import Inspection
from reportgen.pack.manifest import parse_manifest
from tests.pack.making import Parts

KEPT = Path(__file__).parent / "kept" / "version-1.zip"
Files = dict[str, bytes]


class Memory:
    """A container of what a test says."""

    def __init__(self, files: Files) -> None:
        self.place = "pack"
        self.files = files
        self.sizes = {name: len(content) for name, content in files.items()}
        self.flaws: list[Flaw] = []

    def open(self, name: str) -> IO[bytes]:
        return io.BytesIO(self.files[name])

    def close(self) -> None: ...


def checked(parts: Parts, **more: str) -> tuple[EvidenceCheck, Checked]:
    """The evidence of a pack, sealed anew as it is; ``more`` are digests that were found."""
    parts.reseal(None, lambda data: data["seal"].update(signature=None))  # type: ignore[attr-defined]
    digests = {name: sha256(content) for name, content in parts.files.items()} | more
    inspection = Inspection(Memory(parts.files), Checked("pack"))
    check = EvidenceCheck(inspection, parse_manifest(parts.files["manifest.json"]), digests)
    check.run()
    return check, inspection.checked


def flaws(found: Checked) -> list[tuple[str, str]]:
    return [(flaw.name, flaw.place.removeprefix("pack: ")) for flaw in found.flaws]


@pytest.fixture
def parts() -> Parts:
    return Parts.of(KEPT)


def seals(parts: Parts) -> list[dict[str, object]]:
    return [json.loads(parts.files[n]) for n in sorted(parts.files) if n.startswith("store/chain/")]


def packed(parts: Parts) -> dict[str, object]:
    """The seal of a snapshot whose list of files is in the pack."""
    return next(s for s in seals(parts) if f"evidence/{s['files']}" in parts.files)


def test_a_whole_one(parts: Parts) -> None:
    check, found = checked(parts)
    assert flaws(found) == []
    assert found.seals == {s["sequence"]: s["root"] for s in seals(parts)}
    seal = packed(parts)
    assert check.names[f"evidence/{seal['files']}"] == f"list of files of {seal['id']}"
    evidence = {n for n in parts.files if n.startswith("evidence/")}
    assert set(check.names) == evidence
    assert any(
        said.endswith(f"credential-report of {seal['id']}") or "credential-report" in said
        for said in check.names.values()
    )


def test_a_list_that_is_gone(parts: Parts) -> None:
    seal = packed(parts)
    del parts.files[f"evidence/{seal['files']}"]
    assert flaws(checked(parts)[1]) == [("missing", f"evidence/{seal['files']}")]


def test_a_file_of_a_list_that_is_gone(parts: Parts) -> None:
    name = next(
        n
        for n in sorted(parts.files)
        if n.startswith("evidence/") and b"SummaryMap" in parts.files[n]
    )
    del parts.files[name]
    found = flaws(checked(parts)[1])
    assert set(found) == {("missing", name)}


def test_a_list_that_was_altered_is_told_once_elsewhere(parts: Parts) -> None:
    """What is not what its name says is told by its digest; nothing is read of it."""
    name = f"evidence/{packed(parts)['files']}"
    assert flaws(checked(parts, **{name: "0" * 64})[1]) == []


def test_evidence_under_a_name_that_is_not_its_digest(parts: Parts) -> None:
    parts.files["evidence/" + "0" * 64] = b"x"
    assert flaws(checked(parts)[1]) == [("invalid", "evidence/" + "0" * 64)]


def _change_list(parts: Parts, change: Callable[[list[dict[str, object]]], object]) -> str:
    """Another list of files under the name of the one that the seal wants."""
    name = f"evidence/{packed(parts)['files']}"
    listed = json.loads(parts.files[name])
    change(listed)
    parts.files[name] = canonical(listed)
    return name


def test_a_list_that_is_none(parts: Parts) -> None:
    name = _change_list(parts, lambda listed: listed[0].pop("bytes"))
    digest = str(packed(parts)["files"])
    # Its name is not its digest any more; taken as if it were, it cannot be read.
    found = flaws(checked(parts, **{name: digest})[1])
    assert found == [("invalid", name), ("invalid", name)]


def test_bytes_that_the_list_has_otherwise(parts: Parts) -> None:
    def longer(listed: list[dict[str, object]]) -> None:
        listed[0]["bytes"] = int(str(listed[0]["bytes"])) + 1

    name = _change_list(parts, longer)
    listed = json.loads(parts.files[name])
    found = flaws(checked(parts, **{name: str(packed(parts)["files"])})[1])
    assert ("invalid", f"evidence/{listed[0]['sha256']}") in found


def test_a_snapshot_without_a_seal(parts: Parts) -> None:
    def more(data: dict[str, object]) -> None:
        data["seal"]["signature"] = None  # type: ignore[index]
        data["store"]["snapshots"].append("20990101T000000Z-0000000000")  # type: ignore[index]

    parts.reseal(None, more)
    inspection = Inspection(Memory(parts.files), Checked("pack"))
    EvidenceCheck(inspection, parse_manifest(parts.files["manifest.json"]), {}).run()
    assert flaws(inspection.checked) == [("missing", "store/chain")]


@pytest.mark.parametrize("held", [None, 5, "x", []])
def test_snapshots_that_are_no_list(parts: Parts, held: object) -> None:
    parts.reseal(
        None, lambda d: (d["seal"].update(signature=None), d["store"].update(snapshots=held))
    )  # type: ignore[attr-defined]
    inspection = Inspection(Memory(parts.files), Checked("pack"))
    EvidenceCheck(inspection, parse_manifest(parts.files["manifest.json"]), {}).run()
    assert flaws(inspection.checked) == []


def test_another_root_than_the_manifest_says(parts: Parts) -> None:
    parts.reseal(
        None, lambda d: (d["seal"].update(signature=None), d["store"].update(root="0" * 64))
    )  # type: ignore[attr-defined]
    inspection = Inspection(Memory(parts.files), Checked("pack"))
    EvidenceCheck(inspection, parse_manifest(parts.files["manifest.json"]), {}).run()
    (flaw,) = [f for f in inspection.checked.flaws if "store/chain" in f.place]
    assert flaw.name == "invalid"
    assert flaw.expected == "the root " + "0" * 64


def test_no_chain(parts: Parts) -> None:
    for name in [n for n in parts.files if n.startswith("store/")]:
        del parts.files[name]
    found = flaws(checked(parts)[1])
    assert ("invalid", "store/chain") in found


def test_a_flaw_of_the_chain_is_placed_in_the_store(parts: Parts) -> None:
    name = next(n for n in sorted(parts.files) if n.startswith("store/chain/"))
    parts.files[name] = b"{}"
    found = flaws(checked(parts)[1])
    assert any(place.startswith("store/chain/") for _, place in found)
    # A snapshot whose seal is flawed is not called missing as well.
    assert not [place for flaw, place in found if flaw == "missing" and place == "store/chain"]
