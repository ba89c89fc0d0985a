"""What a verification counts and says, object by object, of stores in memory."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from reportgen.evidence import verify as module
from reportgen.evidence.prune import prune
from reportgen.evidence.seal import Flaw, canonical, object_name, seal_name, sha256
from reportgen.evidence.store import Snapshot, Store
from reportgen.evidence.verify import Verification, as_json, as_text, main, remembered_by, verify
from tests.evidence.daily import ACCOUNT, OTHER, days, moment, put
from tests.evidence.memory import Memory, in_memory


@pytest.fixture
def store() -> Store:
    """Two days of one account: each with a list, two envelopes and an answer; one is shared."""
    found = in_memory()
    for day in days(date(2026, 1, 1), 2):
        put(found, moment(day))
    return found


def files(store: Store) -> dict[str, bytes | None]:
    assert isinstance(store.medium, Memory)
    return store.medium.files


def flaws(store: Store) -> list[tuple[str, str, str]]:
    return [(flaw.name, flaw.expected, flaw.found) for flaw in verify(store.medium).flaws]


def answer(snapshot: Snapshot, ending: str = "roles.json") -> str:
    return next(digest for name, (digest, _) in snapshot.files.items() if name.endswith(ending))


def relisted(store: Store, account: str = ACCOUNT, **changes: object) -> None:
    """The newest snapshot sealed anew over a list in which its answer has other fields."""
    newest = store.snapshots()[-1]
    entries = [
        {"file": name, "sha256": digest, "bytes": size}
        | (changes if name.endswith("/roles.json") else {})
        for name, (digest, size) in newest.files.items()
    ]
    listed = canonical([{**e, "file": e["file"].replace(ACCOUNT, account)} for e in entries])
    sealed(store, newest, listed, account)


def sealed(store: Store, snapshot: Snapshot, listed: bytes, account: str = ACCOUNT) -> None:
    data = json.loads(snapshot.seal.sealed()[1])
    del data["root"]
    data |= {"files": sha256(listed), "accounts": [account]}
    data["root"] = sha256(canonical(data))
    files(store)[object_name(sha256(listed))] = listed
    files(store)[seal_name(data["sequence"])] = canonical(data)
    files(store)["head.json"] = canonical({"sequence": data["sequence"], "root": data["root"]})


def test_of_nothing_there_is_nothing() -> None:
    nothing = Verification([])
    assert verify(Memory()) == nothing
    assert as_text(nothing) == "No flaw: 0 snapshots of 0 accounts, 0 files, 0 bytes hashed."
    assert (nothing.sequence, nothing.pruned, nothing.since) == (0, 0, 0)


def test_each_file_is_counted_and_each_content_hashed_once(store: Store) -> None:
    put(store, moment(date(2025, 12, 31)), OTHER)
    found = verify(store.medium)
    # Four files a day; the password policy's answer is the same in all.
    assert (found.snapshots, found.accounts, found.files) == (3, 2, 12)
    assert found.bytes == sum(store.medium.listing("objects").values())
    # By their moment, not by their place in the chain.
    assert (found.first, found.last) == ("2025-12-31T03:00:00Z", "2026-01-02T03:00:00Z")
    assert as_text(found).splitlines() == [
        f"No flaw: 3 snapshots of 2 accounts, 12 files, {found.bytes} bytes hashed.",
        "Collected from 2025-12-31T03:00:00Z to 2026-01-02T03:00:00Z.",
        f"Root {found.root}",
    ]


def test_flaws_are_counted_in_words() -> None:
    one = Flaw("missing", "here", "a", "b")
    assert as_text(Verification([one])) == f"{one}\n1 flaw."
    stones = ("1 snapshot pruned",)
    assert as_text(Verification([one, one], tombstones=stones)) == (
        f"{one}\n{one}\n2 flaws.\n1 snapshot pruned."
    )


@pytest.mark.parametrize("content", [b"", b"left"])
def test_whole_content_that_nothing_names_is_told_and_harmless(
    content: bytes, store: Store
) -> None:
    files(store)[object_name(sha256(content))] = content
    found = verify(store.medium)
    assert (found.flaws, found.unused) == ([], 1)
    assert as_text(found).splitlines()[-1].endswith("interrupted, and harmless: 1 objects.")


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        (object_name("ab" * 32), b"", "a file of 0 bytes"),
        (object_name("ab" * 32), b"x", "a file of 1 bytes"),
        (object_name("ab" * 32), None, "a link or folder"),
        ("objects/notes.txt", b"", "a file of 0 bytes"),
        # Content in another's place.
        (f"objects/00/{sha256(b'x')}", b"x", "a file of 1 bytes"),
    ],
)
def test_what_is_foreign_is_extra(
    name: str, content: bytes | None, found: str, store: Store
) -> None:
    files(store)[name] = content
    assert flaws(store) == [("extra", "nothing", found)]
    assert verify(store.medium).unused == 0


def test_an_object_is_there_a_plain_file_and_what_it_was(store: Store) -> None:
    digest = answer(store.snapshots()[0])
    name, good = object_name(digest), files(store)[object_name(answer(store.snapshots()[0]))]
    del files(store)[name]
    assert flaws(store) == [("missing", f"SHA-256 {digest}", "no such file")]
    files(store)[name] = None
    assert flaws(store) == [("altered", "a plain file", "a link or folder")]
    # An empty file is one that was hashed.
    files(store)[name] = b""
    assert flaws(store) == [("altered", f"SHA-256 {digest}", sha256(b""))]
    files(store)[name] = good
    assert flaws(store) == []


def test_an_empty_answer_is_good_and_its_size_is_held(store: Store) -> None:
    files(store)[object_name(sha256(b""))] = b""
    relisted(store, sha256=sha256(b""), bytes=0)
    assert [name for name, *_ in flaws(store)] == []
    relisted(store, sha256=sha256(b""), bytes=1)
    assert flaws(store) == [("forged", "1 bytes", "0 bytes")]


def test_an_envelope_under_another_account_is_forged(store: Store) -> None:
    relisted(store, OTHER)
    assert flaws(store) == [("forged", f"an envelope of {OTHER}", f"one of {ACCOUNT}")] * 2


@pytest.mark.parametrize("content", [b"[]", b"{}", b"7", b"{"])
def test_an_envelope_that_is_none_is_forged(content: bytes, store: Store) -> None:
    newest = store.snapshots()[-1]
    old = answer(newest, "roles.envelope.json")
    files(store)[object_name(sha256(content))] = content
    listed = files(store)[object_name(newest.seal.files)]
    assert listed is not None
    entries = json.loads(listed)
    for entry in entries:
        if entry["sha256"] == old:
            entry |= {"sha256": sha256(content), "bytes": len(content)}
    sealed(store, newest, canonical(entries))
    assert [flaw[:2] for flaw in flaws(store)] == [("forged", "an envelope")]


@pytest.mark.parametrize(("over", "good"), [(0, True), (1, False)])
def test_a_list_has_its_limit(
    over: int, good: bool, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = [store.medium.listing("objects")[object_name(s.seal.files)] for s in store.snapshots()]
    assert sizes[0] == sizes[1]
    monkeypatch.setattr(module, "LIST_LIMIT", sizes[0] - over)
    assert flaws(store) == (
        [] if good else [("forged", "a list of files", f"{sizes[0]} bytes")] * 2
    )


def test_going_on_from_a_number_looks_at_what_came_after(store: Store) -> None:
    """And at no object that only the snapshots before it name, nor at any that nothing names."""
    first, second = store.snapshots()
    for snapshot in (first, second):
        files(store)[object_name(answer(snapshot))] = b"other"
    files(store)["objects/notes.txt"] = b""
    for since, expected in ((0, 3), (1, 1), (2, 0)):
        found = verify(store.medium, since=since)
        assert (found.since, len(found.flaws)) == (since, expected)
        assert found.files == 8 - 4 * since


def summary(folder: Path, **report: object) -> Path:
    path = folder / "summary.json"
    path.write_text(json.dumps({"report": report}))
    return path


def test_a_report_remembers_a_root_and_its_place(tmp_path: Path) -> None:
    path = summary(tmp_path, store_root="a" * 64, store_sequence=3)
    found = remembered_by(path)
    assert (found.root, found.where, found.sequence) == ("a" * 64, str(path), 3)
    for wrong in ({"store_sequence": 3}, {"store_root": "a" * 64}, {"store_root": None}):
        with pytest.raises(ValueError, match=r"store_root|other values"):
            remembered_by(summary(tmp_path, **wrong))


@pytest.fixture
def folder(store: Store, tmp_path: Path) -> Path:
    for name, content in files(store).items():
        path = tmp_path / "store" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content or b"")
    return tmp_path / "store"


def test_the_command_of_the_file_that_travels(
    folder: Path, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = verify(store.medium).root
    assert main([str(folder)]) == 0
    assert capsys.readouterr().out == f"{as_text(verify(store.medium))}\n"
    assert main([str(folder), "--expect", str(root)]) == 0
    assert main([str(folder), "--expect", "0" * 64]) == 4
    assert capsys.readouterr().out.endswith("1 flaw.\n")
    kept = str(summary(tmp_path, store_root=root, store_sequence=2))
    other = summary(folder, store_root="0" * 64, store_sequence=2)
    capsys.readouterr()
    assert main([str(folder), "--report", kept, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["sequence"] == 2
    assert main([str(folder), "--report", str(other)]) == 4


@pytest.mark.parametrize("arguments", [["nowhere"], ["{folder}", "--report", "nowhere.json"]])
def test_a_command_without_a_store_or_report_is_wrong_usage(
    arguments: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([argument.format(folder=folder) for argument in arguments])
    assert ended.value.code == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize(("count", "said"), [(1, "1 snapshot pruned"), (2, "2 snapshots pruned")])
def test_what_was_pruned_is_counted_in_words(count: int, said: str, store: Store) -> None:
    put(store, moment(date(2026, 1, 3)))
    prune(store, store.snapshots()[:count], "2026-11-25T00:00:00Z", "somebody", "rule")
    found = verify(store.medium)
    assert (found.flaws, found.pruned, found.snapshots) == ([], count, 3 - count)
    assert found.tombstones[0].startswith(said)
    assert as_text(found).splitlines()[1].startswith(said)


def test_json_has_every_count_and_a_field_a_line() -> None:
    text = as_json(Verification([Flaw("missing", "here", "a", "b")], 3, 2))
    assert json.loads(text)["flaws"] == [
        {"name": "missing", "place": "here", "expected": "a", "found": "b"}
    ]
    assert '\n "snapshots": 3,\n "accounts": 2,\n' in text


@pytest.mark.parametrize("since", [0, 1])
def test_no_folder_is_listed_twice(
    since: int, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On S3 each is a request."""
    real, asked = store.medium.listing, []

    def listing(folder: str) -> dict[str, int]:
        asked.append(folder)
        return real(folder)

    monkeypatch.setattr(store.medium, "listing", listing)
    assert verify(store.medium, since=since).flaws == []
    assert len(asked) == len(set(asked))
    assert ("objects" in asked) is (since == 0)
    named = {object_name(d).rpartition("/")[0] for d, _ in store.snapshots()[1].files.values()}
    assert since == 0 or named <= set(asked)
