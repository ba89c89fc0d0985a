"""One file, one flaw; and what is read whole of a pack."""

from __future__ import annotations

import pytest

from reportgen.evidence.seal import Flaw
from reportgen.pack.check import check, check_pack
from reportgen.pack.checked import Checked, Trust
from reportgen.pack.inspection import Inspection
from tests.pack.making import Parts
from tests.pack.test_check_evidence import KEPT, Memory

TRUST = Trust("20261001000000", unsigned=True)


def test_a_file_that_is_flawed_already_is_not_told_again() -> None:
    memory = Memory({"a": b"1234"})
    memory.flaws.append(Flaw("invalid", "pack: a", "a plain file", "a link"))
    inspection = Inspection(memory, Checked("pack"))
    assert inspection.bad == {"a"}
    assert inspection.small("a", 3) is None
    assert inspection.checked.flaws == []


@pytest.mark.parametrize(("limit", "fine"), [(3, False), (4, True), (5, True)])
def test_no_more_than_the_limit_is_read(limit: int, fine: bool) -> None:
    inspection = Inspection(Memory({"a": b"1234"}), Checked("pack"))
    assert inspection.small("a", limit) == (b"1234" if fine else None)
    told = [(f.name, f.place, f.found) for f in inspection.checked.flaws]
    assert told == ([] if fine else [("invalid", "pack: a", "more than 3 bytes")])
    assert inspection.bad == (set() if fine else {"a"})


def test_a_file_that_is_not_there() -> None:
    inspection = Inspection(Memory({}), Checked("pack"))
    assert inspection.small("a", 1) is None
    assert [(f.name, f.place) for f in inspection.checked.flaws] == [("missing", "pack: a")]
    inspection.note("by the way")
    assert inspection.checked.notes == ["by the way"]


def test_what_was_checked_is_counted(tmp_path) -> None:  # type: ignore[no-untyped-def]
    parts = Parts.of(KEPT)
    parts.reseal(None, lambda d: d["seal"].update(signature=None))  # type: ignore[attr-defined]
    path = parts.write(tmp_path / "p.zip")
    found = check_pack(path, TRUST)
    assert found.flaws == []
    seals = {"manifest.json", "manifest.json.sig", "SHA256SUMS"}
    listed = {n: c for n, c in parts.files.items() if n not in seals}
    assert (found.files, found.bytes) == (len(listed), sum(map(len, listed.values())))
    assert found.manifest is not None
    root = found.manifest.root
    assert check([path], Trust(TRUST.moment, roots=frozenset({root})))[0].flaws == []
    (flaw,) = check([path], Trust(TRUST.moment, roots=frozenset({"0" * 64}), unsigned=True))[
        0
    ].flaws
    assert (flaw.name, flaw.place, flaw.found) == ("invalid", str(path), root)
    # Of several packs, nobody knows which one the root is of.
    both = check([path, path], Trust(TRUST.moment, roots=frozenset({"0" * 64}), unsigned=True))
    assert [f.place for f in both[0].flaws] == ["the packs given"]
    assert both[1].flaws == []
    assert both[1].notes[-1] == f"It is the same pack as {path}."


@pytest.mark.parametrize("by", [-1, 1])
def test_a_size_that_is_another(tmp_path, by: int) -> None:  # type: ignore[no-untyped-def]
    """One byte more or less than the manifest says, with the right digest."""
    parts = Parts.of(KEPT)

    def change(data) -> None:  # type: ignore[no-untyped-def]
        data["seal"]["signature"] = None
        for entry in data["files"]:
            if entry["file"] == "README.txt":
                entry["bytes"] += by

    path = parts.reseal(None, change).write(tmp_path / "p.zip")
    (flaw,) = check_pack(path, TRUST).flaws
    size = len(parts.files["README.txt"])
    assert (flaw.name, flaw.expected) == ("invalid", f"{size + by} bytes")
    assert flaw.found == ("more of them" if by < 0 else f"{size} bytes")
