"""Stores that somebody changed, each named by its flaw, on a folder and on S3.

Each is reported as what it is by ``verify``; ``assess`` and ``report`` stop with exit code 4 unless
the flaw is in nothing that they read, which the table says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from reportgen.errors import IntegrityError, ReportgenError
from reportgen.evidence.medium import medium_at
from reportgen.evidence.seal import NO_ROOT, SEAL_LIMIT, canonical, object_name, seal_name, sha256
from reportgen.evidence.store import Store
from reportgen.evidence.store import _put as store_content
from reportgen.evidence.verify import verify
from reportgen.pipeline import Rules, assess_store, prepare
from reportgen.reporting import write_report
from tests.conftest import Run
from tests.evidence.chained import FIRST, SECOND, files, item, load, put, relist, reseal, three
from tests.evidence.conftest import FolderPlace, Place

Tamper = Callable[[Place], None]


def flip_a_byte(place: Place) -> None:
    name = item(place, 3, "credential-report.csv")
    content = bytearray(place.read(name))
    content[-2] ^= 1
    place.write(name, bytes(content))


def delete_an_item(place: Place) -> None:
    place.delete(item(place, 3, "account-summary.json"))


def delete_a_list(place: Place) -> None:
    place.delete(object_name(load(place, seal_name(3))["files"]))


def empty_item(place: Place) -> None:
    place.write(item(place, 3, "account-summary.json"), b"")


def swap_items_between_accounts(place: Place) -> None:
    one, two = item(place, 2, "summary.json"), item(place, 3, "summary.json")
    first, second = place.read(one), place.read(two)
    place.write(one, second)
    place.write(two, first)


def delete_in_the_middle(place: Place) -> None:
    place.delete(seal_name(2))


def delete_the_first(place: Place) -> None:
    place.delete(seal_name(1))


def delete_the_newest(place: Place) -> None:
    place.delete(seal_name(3))


def delete_all_seals(place: Place) -> None:
    for number in (1, 2, 3):
        place.delete(seal_name(number))


def copy_a_snapshot(place: Place) -> None:
    place.write(seal_name(4), place.read(seal_name(2)))


def copy_far_away(place: Place) -> None:
    place.write(seal_name(99_999_999), place.read(seal_name(2)))


def copy_over_another(place: Place) -> None:
    place.write(seal_name(3), place.read(seal_name(2)))


def swap_two_snapshots(place: Place) -> None:
    one, two = place.read(seal_name(1)), place.read(seal_name(2))
    place.write(seal_name(1), two)
    place.write(seal_name(2), one)


def edit_the_sequence(place: Place) -> None:
    place.write(seal_name(2), place.read(seal_name(2)).replace(b'"sequence":2', b'"sequence":7'))


def seal_another_sequence(place: Place) -> None:
    reseal(place, 2, sequence=7)


def edit_the_accounts(place: Place) -> None:
    place.write(seal_name(2), place.read(seal_name(2)).replace(SECOND.encode(), b"777788889999"))


def seal_other_accounts(place: Place) -> None:
    root = reseal(place, 3, accounts=[FIRST, SECOND])
    place.write("head.json", canonical({"sequence": 3, "root": root}))


def seal_another_date(place: Place) -> None:
    reseal(place, 2, collected_at="2026-01-01T00:00:00Z")


def forge_an_item(place: Place) -> None:
    listed = files(place, 2)
    for entry in listed:
        if entry["file"].endswith("account-summary.json"):
            content = b'{"SummaryMap": {"Users": 0}}'
            entry |= {"sha256": put(place, content), "bytes": len(content)}
    relist(place, 2, listed)


def forge_the_newest(place: Place) -> None:
    reseal(place, 3, id="20260928T000000Z-0000000000")


def forge_what_precedes_the_first(place: Place) -> None:
    root = reseal(place, 1, previous="1" * 64)
    second = reseal(place, 2, previous=root)
    third = reseal(place, 3, previous=second)
    place.write("head.json", canonical({"sequence": 3, "root": third}))


def sealed_whole(place: Place, listed: object) -> None:
    """As one who can write everything in the store but what remembers its root."""
    root = relist(place, 3, listed)
    place.write("head.json", canonical({"sequence": 3, "root": root}))


def climb_out(place: Place) -> None:
    listed = files(place, 3)
    listed[0]["file"] = f"{FIRST}/../../etc/passwd"
    sealed_whole(place, sorted(listed, key=lambda e: str(e["file"])))


def list_twice(place: Place) -> None:
    listed = files(place, 3)
    sealed_whole(place, [listed[0], *listed])


def list_another_digest(place: Place) -> None:
    listed = files(place, 3)
    listed[0]["sha256"] = "no digest"
    sealed_whole(place, listed)


def list_no_list(place: Place) -> None:
    sealed_whole(place, {"files": []})


def envelope_of_another_account(place: Place) -> None:
    listed = files(place, 3)
    other = next(e for e in files(place, 2) if e["file"].endswith("summary.envelope.json"))
    for entry in listed:
        if entry["file"].endswith("summary.envelope.json"):
            entry |= {"sha256": other["sha256"], "bytes": other["bytes"]}
    sealed_whole(place, listed)


def claim_a_gigabyte(place: Place) -> None:
    listed = files(place, 3)
    listed[0]["bytes"] = 1 << 30
    sealed_whole(place, listed)


def truncated_seal(place: Place) -> None:
    place.write(seal_name(2), place.read(seal_name(2))[:-40])


def empty_seal(place: Place) -> None:
    place.write(seal_name(2), b"")


def huge_seal(place: Place) -> None:
    place.write(seal_name(2), b" " * (SEAL_LIMIT + 1))


def deep_seal(place: Place) -> None:
    place.write(seal_name(2), b"[" * 200_000)


def duplicate_keys(place: Place) -> None:
    content = place.read(seal_name(2))
    place.write(seal_name(2), content.replace(b'{"accounts"', b'{"accounts":[],"accounts"', 1))


def another_form(place: Place) -> None:
    place.write(seal_name(2), json.dumps(load(place, seal_name(2)), indent=1).encode())


def another_version(place: Place) -> None:
    reseal(place, 2, version=9)


def foreign_seal(place: Place) -> None:
    place.write("chain/notes.txt", b"x")


def foreign_object(place: Place) -> None:
    place.write("objects/notes.txt", b"x")


def object_under_a_wrong_name(place: Place) -> None:
    place.write(object_name(NO_ROOT), b"x")


def damaged_head(place: Place) -> None:
    place.write("head.json", b'{"sequence":3')


def no_head(place: Place) -> None:
    place.delete("head.json")


def damaged_seen(place: Place) -> None:
    place.write("seen.json", b"{}")


def cut_and_head_taken_back(place: Place) -> None:
    """What is left is whole in itself; only ``seen.json`` remembers more."""
    newest = load(place, seal_name(3))
    place.write("seen.json", canonical({"sequence": 3, "root": newest["root"]}))
    place.delete(seal_name(3))
    second = load(place, seal_name(2))
    place.write("head.json", canonical({"sequence": 2, "root": second["root"]}))


ALL = "verify assess report"
# How the store is changed; the flaws that verify names, with a part of each place; who stops.
FLAWS: list[tuple[Tamper, list[tuple[str, str]], str]] = [
    (flip_a_byte, [("altered", "credential-report.csv of 20260928")], ALL),
    (delete_an_item, [("missing", "account-summary.json of 20260928")], ALL),
    (delete_a_list, [("missing", "files of 20260928")], ALL),
    (empty_item, [("altered", "account-summary.json of 20260928")], ALL),
    (
        swap_items_between_accounts,
        [("altered", f"{SECOND}/account-summary.json"), ("altered", f"{FIRST}/account-summary")],
        ALL,
    ),
    (delete_in_the_middle, [("gap", seal_name(2))], ALL),
    (delete_the_first, [("gap", seal_name(1))], ALL),
    (delete_the_newest, [("cut", seal_name(3))], ALL),
    (delete_all_seals, [("cut", f"{seal_name(1)} to {seal_name(3)}")], ALL),
    (copy_a_snapshot, [("duplicated", seal_name(4))], ALL),
    (copy_far_away, [("duplicated", seal_name(99_999_999))], ALL),
    (copy_over_another, [("duplicated", seal_name(3)), ("cut", seal_name(3))], ALL),
    (swap_two_snapshots, [("reordered", seal_name(1)), ("reordered", seal_name(2))], ALL),
    (edit_the_sequence, [("altered", seal_name(2))], ALL),
    (seal_another_sequence, [("reordered", seal_name(2))], ALL),
    (edit_the_accounts, [("altered", seal_name(2))], ALL),
    (seal_other_accounts, [("forged", "files of 20260928")], ALL),
    (seal_another_date, [("forged", seal_name(2))], ALL),
    (forge_an_item, [("forged", seal_name(2))], ALL),
    (forge_the_newest, [("forged", seal_name(3))], ALL),
    (forge_what_precedes_the_first, [("forged", seal_name(1))], ALL),
    (climb_out, [("forged", "files of 20260928")], ALL),
    (list_twice, [("forged", "files of 20260928")], ALL),
    (list_another_digest, [("forged", "files of 20260928")], ALL),
    (list_no_list, [("forged", "files of 20260928")], ALL),
    (envelope_of_another_account, [("forged", "summary.envelope.json of 20260928")], ALL),
    (claim_a_gigabyte, [("forged", "of 20260928")], ALL),
    (truncated_seal, [("altered", seal_name(2))], ALL),
    (empty_seal, [("altered", seal_name(2))], ALL),
    (huge_seal, [("altered", seal_name(2))], ALL),
    (deep_seal, [("altered", seal_name(2))], ALL),
    (duplicate_keys, [("altered", seal_name(2))], ALL),
    (another_form, [("altered", seal_name(2))], ALL),
    (another_version, [("altered", seal_name(2))], ALL),
    (foreign_seal, [("extra", "chain/notes.txt")], ALL),
    (foreign_object, [("extra", "objects/notes.txt")], "verify"),
    (object_under_a_wrong_name, [("extra", object_name(NO_ROOT))], "verify"),
    (damaged_head, [("altered", "head.json")], ALL),
    (no_head, [("missing", "head.json")], ALL),
    (damaged_seen, [("altered", "seen.json")], ALL),
    (cut_and_head_taken_back, [("cut", seal_name(3))], ALL),
]


@pytest.fixture(scope="module")
def judged() -> Rules:
    return prepare(None)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store before anybody changed it, in a folder."""
    found = FolderPlace(tmp_path_factory.mktemp("whole") / "store")
    three(found, tmp_path_factory.mktemp("given"))
    return found.root


def outcomes(place: Place, judged: Rules, out: Path) -> dict[str, int]:
    """The exit codes of assess and report. Any error but a foreseen one ends the test."""
    codes = {"assess": 0, "report": 0}
    try:
        assess_store(place.store, judged, None)  # type: ignore[arg-type]
    except ReportgenError as error:
        codes["assess"] = error.exit_code
    try:
        end, formats = date(2026, 9, 30), ("json",)
        written = write_report(place.store, judged, "quarterly", end, out, formats=formats)  # type: ignore[arg-type]
        codes["report"] = 4 if written.damaged else 0
    except ReportgenError as error:
        codes["report"] = error.exit_code
    return codes


@pytest.mark.parametrize(
    ("tamper", "named", "who"), FLAWS, ids=lambda x: getattr(x, "__name__", "")
)
def test_each_flaw_is_named(
    tamper: Tamper,
    named: list[tuple[str, str]],
    who: str,
    place: Place,
    tmp_path: Path,
    judged: Rules,
    whole: Path,
) -> None:
    place.fill(whole)
    tamper(place)
    found = verify(medium_at(place.store)).flaws
    assert len(found) == len(named), [str(flaw) for flaw in found]
    for name, where in named:
        assert any(f.name == name and where in f.place for f in found), [str(f) for f in found]
    codes = outcomes(place, judged, tmp_path / "out")
    assert codes == {step: 4 if step in who else 0 for step in codes}


def test_a_good_store_has_no_flaw(place: Place, tmp_path: Path, judged: Rules, whole: Path) -> None:
    three(place, tmp_path)
    # On each medium the same bytes; a folder has a lock besides.
    kept = {name for name in FolderPlace(whole).names() if name != "write.lock"}
    assert kept == set(place.names()) - {"write.lock"}
    assert all(place.read(name) == (whole / name).read_bytes() for name in kept)
    found = verify(medium_at(place.store))
    assert found.flaws == []
    assert (found.snapshots, found.accounts, found.files, found.unused) == (3, 2, 12, 0)
    assert (found.first, found.last) == ("2026-07-28T00:00:00Z", "2026-09-28T00:00:00Z")
    assert outcomes(place, judged, tmp_path / "out") == {"assess": 0, "report": 0}
    assert verify(medium_at(place.store)).flaws == []


def test_every_byte_counts(tmp_path: Path) -> None:
    """Each file of the chain and each object, flipped alone in its first and its last byte."""
    place = FolderPlace(tmp_path / "store")
    three(place, tmp_path)
    tried = 0
    for name in place.names():
        if name.startswith(("chain/", "objects/")):
            good = place.read(name)
            for at in (0, len(good) - 1):
                bad = bytearray(good)
                bad[at] ^= 1
                place.write(name, bytes(bad))
                assert verify(medium_at(place.store)).flaws, (name, at)
                tried += 1
            place.write(name, good)
    assert tried == 2 * (3 + 3 + 12)
    assert verify(medium_at(place.store)).flaws == []


@pytest.mark.parametrize("name", ["chain/link", "objects/ab/link", "chain", "objects"])
def test_links_are_not_followed(name: str, tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "store")
    three(place, tmp_path)
    target = place.root / name
    if target.exists():
        os.rename(target, tmp_path / "moved")
        target.symlink_to(tmp_path / "moved")
    else:
        target.parent.mkdir(exist_ok=True)
        target.symlink_to("/nowhere")
    found = verify(medium_at(place.store)).flaws
    assert any("link" in flaw.found for flaw in found), [str(flaw) for flaw in found]


def test_an_object_replaced_by_a_link(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "store")
    three(place, tmp_path)
    victim = place.root / item(place, 3, "summary.json")
    os.rename(victim, tmp_path / "kept")
    victim.symlink_to(tmp_path / "kept")
    (flaw,) = verify(medium_at(place.store)).flaws
    assert (flaw.name, flaw.found) == ("altered", "a link or folder")


def test_nothing_is_added_to_a_flawed_chain(place: Place, tmp_path: Path) -> None:
    three(place, tmp_path)
    delete_in_the_middle(place)
    before = place.names()
    with pytest.raises(IntegrityError, match=r"gap: chain/00000002\.json"):
        three(place, tmp_path)
    assert place.names() == before


def test_altered_content_is_not_relied_on_again(place: Place, tmp_path: Path) -> None:
    """A later snapshot with the same content would rest on what is there."""
    three(place, tmp_path)
    name = item(place, 3, "account-summary.json")
    content = place.read(name)
    place.write(name, content + b" ")
    with pytest.raises(IntegrityError, match="altered"):
        store_content(medium_at(place.store), content)
    assert sha256(content) in name


def test_what_a_killed_writer_left_is_no_flaw(place: Place, tmp_path: Path) -> None:
    three(place, tmp_path)
    put(place, b"written before its seal")
    second = load(place, seal_name(2))
    place.write("head.json", canonical({"sequence": 2, "root": second["root"]}))
    found = verify(medium_at(place.store))
    assert (found.flaws, found.unused) == ([], 1)
    assert len(Store.open(place.store).snapshots()) == 3


@pytest.mark.parametrize("tamper", [flip_a_byte, delete_in_the_middle], ids=lambda x: x.__name__)
def test_exit_code_4_on_the_command_line(tamper: Tamper, tmp_path: Path, run: Run) -> None:
    place = FolderPlace(tmp_path / "store")
    three(place, tmp_path)
    tamper(place)
    (flaw,) = verify(medium_at(place.store)).flaws
    done = run("verify", "--store", place.store)
    assert (done.returncode, done.stdout) == (4, f"{flaw}\n1 flaw.\n")
    done = run("assess", "--store", place.store)
    assert done.returncode == 4
    assert flaw.place in done.stderr
    done = run(
        "report", "--store", place.store, "--ending", "2026-09-30", "--out", tmp_path / "out"
    )
    assert done.returncode == 4
    # Without a whole chain nothing is reported; without a piece of evidence, all but its account.
    assert (tmp_path / "out").exists() == (tamper is flip_a_byte)
