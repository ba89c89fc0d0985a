"""Verdicts that are kept: judged once, judged again where anything they rest on changed, and with
and without them the same bytes.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reportgen import reporting
from reportgen.errors import StoreError
from reportgen.evidence.medium import FolderMedium
from reportgen.evidence.seal import object_name, sha256
from reportgen.evidence.store import Store
from reportgen.evidence.verify import verify
from reportgen.pipeline import Judging, Rules, prepare
from reportgen.reporting import Written, write_report
from reportgen.verdicts import basis, kept
from tests.given import short_form, store_with
from tests.once import once

END = date(2026, 9, 30)
ACCOUNTS = ("111122223333", "444455556666")
FORMATS = ("html", "csv", "json")


def files(account: str, month: int) -> dict[str, str]:
    old = "2025-01-01T00:00:00+00:00"
    return short_form(
        {
            "root": {},
            "credential-report": [
                {"user": "good", "password_enabled": "true", "mfa_active": "true"},
                {"user": "bad", "password_enabled": "true", "mfa_active": str(month == 8).lower()},
                {
                    "user": "key",
                    "access_key_1_active": "true",
                    "access_key_1_last_rotated": old,
                    "access_key_1_last_used_date": old,
                },
            ],
            "account-summary": {"Users": 3, "AccountMFAEnabled": 1},
            "authorization-details": {
                "users": [{"UserName": name} for name in ("good", "bad", "key")],
                "roles": [],
            },
        },
        account,
    )


@pytest.fixture(scope="module")
def rules() -> Rules:
    return prepare(None)


Content = dict[str, bytes]


@dataclass(frozen=True)
class Reported:
    """A store of both accounts as it was, and after its first report; that report's files."""

    pristine: Path
    store: Path
    written: Written
    content: Content


@pytest.fixture(scope="module")
def reported(rules: Rules, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    def make(folder: Path) -> Reported:
        for account in ACCOUNTS:
            for month in (7, 8, 9):
                moment = datetime(2026, month, 20, tzinfo=UTC)
                store_with(folder, files(account, month), account, moment)
        pristine, own = folder / "store", folder / "reported"
        shutil.copytree(pristine, own)
        written = write_report(own, rules, "quarterly", END, folder / "out", None, FORMATS, KEPT)
        content = {name: path.read_bytes() for name, path in written.files.items()}
        return Reported(pristine, own, written, content)

    return once(tmp_path_factory, "history", make)


@pytest.fixture
def store(reported: Reported, tmp_path: Path) -> Path:
    return Path(shutil.copytree(reported.pristine, tmp_path / "store"))


@pytest.fixture
def first(store: Path, reported: Reported) -> Content:
    """The store is as its first report leaves it: what is in that report's files."""
    shutil.rmtree(store)
    shutil.copytree(reported.store, store)
    return reported.content


# Processes make the same bytes, which has a test of its own; to fork this one takes longer.
KEPT = Judging(parallel=1)
FRESH = Judging(fresh=True, parallel=1)
Report = Callable[..., tuple[Written, Content]]


@pytest.fixture
def report(store: Path, rules: Rules, tmp_path: Path) -> Report:
    count = iter(range(99))

    def made(
        by: Rules = rules, end: date = END, judging: Judging = KEPT
    ) -> tuple[Written, Content]:
        out = tmp_path / f"out{next(count)}"
        # Reports remember the store's newest root there; it has no part in what is written.
        written = write_report(store, by, "quarterly", end, out, None, FORMATS, judging)
        return written, {name: path.read_bytes() for name, path in written.files.items()}

    return made


# Two accounts; month ends of July, August and September, and the 20th of each within the quarter.
POINTS = 12


def test_the_second_report_judges_nothing_and_has_the_same_bytes(
    report: Report, reported: Reported, first: Content
) -> None:
    again, same = report()
    assert (reported.written.judged, reported.written.reused) == (POINTS, 0)
    assert (again.judged, again.reused) == (0, POINTS)
    assert same == first


def test_with_and_without_what_is_kept_the_bytes_are_the_same(
    report: Report, first: Content, store: Path
) -> None:
    fresh, same = report(judging=FRESH)
    assert (fresh.judged, same) == (POINTS, first)
    shutil.rmtree(store / "judged")
    _, same = report(judging=FRESH)
    assert same == first
    assert not (store / "judged").exists()


@pytest.mark.parametrize("parallel", [1, 2])
def test_one_process_and_two_give_the_same_bytes(
    report: Report, first: Content, store: Path, parallel: int
) -> None:
    shutil.rmtree(store / "judged")
    _, same = report(judging=Judging(parallel=parallel))
    assert same == first


def judged_files(store: Path, kind: str = "parquet") -> list[Path]:
    return sorted((store / "judged").rglob(f"*.{kind}"))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def another(path: Path) -> None:
    other = next(p for p in judged_files(path.parents[2]) if p != path)
    path.write_bytes(other.read_bytes())


@pytest.mark.parametrize("harm", [Path.unlink, cut, flip, empty, another])
@pytest.mark.parametrize("kind", ["parquet", "lists", "history"])
def test_what_is_gone_or_damaged_is_made_again(
    report: Report, first: Content, store: Path, harm: Callable[[Path], None], kind: str
) -> None:
    whole = {path: path.read_bytes() for path in judged_files(store, kind)}
    chosen = sorted(whole)[0]
    harm(chosen)
    if kind == "parquet":
        # Verdicts are read where there is no history of them.
        for path in judged_files(store, "history"):
            path.unlink()
    _, same = report()
    assert same == first
    assert chosen.read_bytes() == whole[chosen]


def test_a_history_stands_for_its_verdicts(report: Report, first: Content, store: Path) -> None:
    """Half a file of verdicts that nobody reads spoils no report, and no history is made of it."""
    for path in judged_files(store):
        cut(path)
    again, same = report()
    assert (again.judged, same) == (0, first)
    for path in judged_files(store, "history"):
        path.unlink()
    _, same = report()
    assert same == first


def test_a_history_of_another_form_is_made_again(
    report: Report, first: Content, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an older version would have written it, under the name that this one looks for."""
    whole = {path.name: path.read_bytes() for path in judged_files(store, "history")}
    for path in judged_files(store, "history"):
        data = json.loads(zlib.decompress(path.read_bytes()))
        older = zlib.compress(json.dumps({**data, "form": "0"}).encode())
        name = f"{path.name.split('.')[0]}.{sha256(older)}.history"
        path.unlink()
        path.with_name(name).write_bytes(older)
    _, same = report()
    assert same == first
    assert whole.items() <= {p.name: p.read_bytes() for p in judged_files(store, "history")}.items()


def test_a_history_under_the_name_of_another_is_made_again(
    report: Report, first: Content, store: Path
) -> None:
    """Whole in itself, and of an account or a period that is not asked for."""
    own = judged_files(store, "history")
    for path in own:
        data = json.loads(zlib.decompress(path.read_bytes()))
        # A fail less, which the basis of what is asked for does not come to.
        data["basis"]["verdicts"] = data["basis"]["verdicts"][1:]
        data["courses"] = []
        other = zlib.compress(json.dumps(data).encode())
        path.unlink()
        path.with_name(f"{path.name.split('.')[0]}.{sha256(other)}.history").write_bytes(other)
    assert own
    _, same = report()
    assert same == first


def test_a_catalogue_that_changed_judges_anew(report: Report, first: Content, rules: Rules) -> None:
    catalogue = replace(rules.catalogue, sha256="0" * 64)
    changed, _ = report(replace_rules(rules, catalogue=catalogue))
    assert changed.judged == POINTS


def replace_rules(rules: Rules, **changes: object) -> Rules:
    parts = {"config": rules.config, "catalogue": rules.catalogue, "register": rules.register}
    return Rules(**{**parts, **changes})  # type: ignore[arg-type]


def test_another_age_of_evidence_judges_anew(report: Report, first: Content, rules: Rules) -> None:
    settings = rules.config.settings.model_copy(
        update={"evidence": rules.config.settings.evidence.model_copy(
            update={"maximum_age_days": 44})}
    )  # fmt: skip
    changed, _ = report(replace_rules(rules, config=replace(rules.config, settings=settings)))
    assert changed.judged == POINTS


def test_another_engine_judges_anew(
    report: Report, first: Content, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(basis, "engine", lambda: "1" * 64)
    changed, _ = report(replace_rules(rules))
    assert changed.judged == POINTS


def register(tmp_path: Path, name: str, text: str) -> Rules:
    folder = tmp_path / name
    (folder / "register").mkdir(parents=True)
    (folder / "reportgen.yaml").write_text("organisation: Organisation\n")
    kind = "waivers" if "waivers:" in text else "attestations"
    (folder / "register" / f"{kind}.yaml").write_text(text)
    return prepare(folder / "reportgen.yaml")


WAIVER = """waivers:
  - {id: W-1, control: MFA-01, reason: r, compensating_control: c, owner: o, requested_by: a,
     approved_by: b, granted: 2026-07-01, expires: 2026-12-31}
"""
ATTESTATION = """attestations:
  - {id: A-1, control: %s, statement: s, by: Head of IT, signed: 2026-09-25, expires: 2027-09-24}
"""


def test_a_waiver_changes_the_report_and_no_verdict(
    report: Report, reported: Reported, first: Content, tmp_path: Path
) -> None:
    accepted, _ = report(register(tmp_path, "waived", WAIVER))
    assert accepted.judged == 0
    assert reported.written.summary.findings.accepted == 0
    assert accepted.summary.findings.accepted > 0


def test_an_attestation_judges_anew_the_days_on_which_it_holds(
    report: Report, first: Content, rules: Rules, tmp_path: Path
) -> None:
    control = next(c.id for c in rules.catalogue.controls.values() if c.check == "attest.attested")
    changed, _ = report(register(tmp_path, "attested", ATTESTATION % control))
    # Signed on 25 September: of each account the end of September alone.
    assert changed.judged == len(ACCOUNTS)


def test_new_evidence_judges_what_is_new(report: Report, first: Content, tmp_path: Path) -> None:
    moment = datetime(2026, 9, 25, tzinfo=UTC)
    store_with(tmp_path, files(ACCOUNTS[0], 9), ACCOUNTS[0], moment)
    added, _ = report()
    # The end of September rests on the new snapshot now, and its own day is judged too.
    assert added.judged == 2


def test_what_is_kept_is_no_part_of_the_chain(report: Report, store: Path) -> None:
    before = verify(FolderMedium(store))
    report()
    after = verify(FolderMedium(store))
    assert judged_files(store)
    assert (after.flaws, after.root, after.unused) == ([], before.root, before.unused)


def test_files_are_private(report: Report, first: Content, store: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in judged_files(store)} == {0o600}


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_store_that_cannot_be_written_is_reported_on(
    report: Report, first: Content, store: Path
) -> None:
    shutil.rmtree(store / "judged")
    store.chmod(0o500)
    try:
        _, same = report()
    finally:
        store.chmod(0o700)
    assert same == first


def refuse(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_keeps_elsewhere_and_says_so_where_that_is_full_too(
    report: Report, first: Content, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(store / "judged")
    real = FolderMedium.put

    def full(medium: FolderMedium, name: str, data: bytes) -> None:
        if medium.root == store:
            refuse()
        real(medium, name, data)

    monkeypatch.setattr(FolderMedium, "put", full)
    _, same = report()
    assert same == first
    assert not judged_files(store)
    monkeypatch.setattr(FolderMedium, "put", refuse)
    with pytest.raises(StoreError, match="No space left"):
        report()


def damage(store: Path, account: str, moment: datetime) -> None:
    """Change a byte of an account's credential report."""
    found = next(
        s
        for s in Store.open(store).snapshots()
        if s.accounts == (account,) and s.collected_at == moment
    )
    flip(store / object_name(found.of_account(account)["credential-report"].sha256))


def test_a_damaged_account_is_not_evaluated_and_the_rest_is_reported(
    report: Report, store: Path, rules: Rules
) -> None:
    # The same content has one object, so that both accounts' would be damaged: these differ.
    whole, _ = report(judging=FRESH)
    damage(store, ACCOUNTS[0], datetime(2026, 9, 20, tzinfo=UTC))
    written, _ = report()
    assert list(written.damaged) == [ACCOUNTS[0]]
    assert "altered" in written.damaged[ACCOUNTS[0]]
    mine = {r.account_id for r in written.summary.not_evaluated if "is flawed" in r.reason}
    assert mine == {ACCOUNTS[0]}
    scores = {a.account_id: (a.score, a.coverage) for a in written.summary.accounts}
    before = {a.account_id: (a.score, a.coverage) for a in whole.summary.accounts}
    assert scores[ACCOUNTS[0]] == (0.0, 0.0)
    assert scores[ACCOUNTS[1]] == before[ACCOUNTS[1]]
    # Losing sight of its findings closes none.
    assert not [r for r in written.summary.movement.closed_rows if r.closed_by == "2026-09-30"]


def test_damage_is_not_kept(report: Report, first: Content, store: Path) -> None:
    shutil.rmtree(store / "judged")
    moment = datetime(2026, 9, 20, tzinfo=UTC)
    damage(store, ACCOUNTS[0], moment)
    spoiled, _ = report()
    assert spoiled.damaged
    found = next(
        s
        for s in Store.open(store).snapshots()
        if s.accounts == (ACCOUNTS[0],) and s.collected_at == moment
    )
    flip(store / object_name(found.of_account(ACCOUNTS[0])["credential-report"].sha256))
    mended, same = report()
    assert not mended.damaged
    assert same == first


def test_names_of_other_files_are_passed_over(report: Report, first: Content, store: Path) -> None:
    (store / "judged" / "notes.txt").write_text("x")
    (store / "judged" / "ab").mkdir(exist_ok=True)
    (store / "judged" / "ab" / "cd.parquet").write_text("x")
    again, same = report()
    assert (again.judged, same) == (0, first)
    assert kept.NAME.fullmatch("judged/notes.txt") is None


def test_the_summary_alone_counts_too(store: Path, rules: Rules) -> None:
    made = reporting.summarised(store, rules, "quarterly", END)
    assert (made.judged, made.reused, made.damaged) == (POINTS, 0, {})
