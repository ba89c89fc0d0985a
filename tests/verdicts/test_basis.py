"""What verdicts are kept under: another name where anything that they rest on is another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reportgen.evidence.seal import NO_ROOT, Seal
from reportgen.pipeline import prepare
from reportgen.verdicts import basis
from reportgen.verdicts.basis import Rules, key_of

ACCOUNT, OTHER = "111122223333", "444455556666"
AS_OF = datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC)
SEAL = Seal(3, NO_ROOT, "S-1", "2026-09-20T00:00:00Z", (ACCOUNT,), "f" * 64)
DAYS = (date(2026, 8, 20), date(2026, 9, 20))
CONFIGURATION = """\
organisation: Example
accounts:
  - {id: "111122223333", name: One, environment: production, owner: Payments}
  - {id: "444455556666", name: Two}
third_parties:
  - {id: "777788889999", name: Auditor}
"""


def rules(folder: Path, configuration: str = CONFIGURATION, **register: str) -> Rules:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "register").mkdir(exist_ok=True)
    (folder / "reportgen.yaml").write_text(configuration)
    for name, text in register.items():
        (folder / "register" / f"{name}.yaml").write_text(text)
    return prepare(folder / "reportgen.yaml")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return rules(tmp_path_factory.mktemp("rules"))


def key(by: Rules, **other: object) -> str:
    given = {
        "account": ACCOUNT, "seal": SEAL, "as_of": AS_OF, "surroundings": "s", "collected": DAYS,
    } | other  # fmt: skip
    return key_of(by.basis(**given))  # type: ignore[arg-type]


def test_the_same_is_the_same(plain: Rules) -> None:
    assert key(plain) == key(replace(plain)) == key(plain, collected=list(DAYS))
    assert len(key(plain)) == 64


@pytest.mark.parametrize(
    "other",
    [
        {"account": OTHER},
        {"seal": replace(SEAL, id="S-2")},
        {"seal": replace(SEAL, collected_at="2026-09-20T00:00:01Z")},
        {"seal": replace(SEAL, files="e" * 64)},
        {"as_of": AS_OF - timedelta(seconds=1)},
        {"surroundings": ""},
        {"collected": DAYS[1:]},
        {"collected": (*DAYS, date(2026, 9, 21))},
    ],
    ids=lambda other: "-".join(map(str, other)),
)
def test_another_position_is_another(plain: Rules, other: dict[str, object]) -> None:
    assert key(plain, **other) != key(plain)


def test_where_a_seal_lies_in_the_chain_does_not_matter(plain: Rules) -> None:
    """A store that was brought over has the same evidence in another chain."""
    assert key(plain, seal=replace(SEAL, sequence=9, previous="a" * 64)) == key(plain)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: One", "name: Uno"),
        ("environment: production", "environment: sandbox"),
        ("owner: Payments", "owner: Ledger"),
        ("owner: Payments", "owner: Payments, management: true"),
        ('"444455556666"', '"444455556667"'),
        ('"777788889999"', '"777788889990"'),
        ("organisation: Example\n", "organisation: Example\nevidence: {maximum_age_days: 44}\n"),
        ("organisation: Example\n", "organisation: Example\ntimezone: Pacific/Auckland\n"),
    ],
)
def test_another_configuration_is_another(plain: Rules, tmp_path: Path, old: str, new: str) -> None:
    assert CONFIGURATION.count(old) == 1
    assert key(rules(tmp_path, CONFIGURATION.replace(old, new))) != key(plain)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("organisation: Example", "organisation: Another"),
        ("name: Two", "name: Second, owner: Somebody"),
        ("name: Auditor", "name: Auditors"),
    ],
)
def test_what_judging_does_not_read_changes_nothing(
    plain: Rules, tmp_path: Path, old: str, new: str
) -> None:
    assert CONFIGURATION.count(old) == 1
    assert key(rules(tmp_path, CONFIGURATION.replace(old, new))) == key(plain)


def test_the_order_of_accounts_changes_nothing(plain: Rules, tmp_path: Path) -> None:
    lines = CONFIGURATION.splitlines()
    lines[2], lines[3] = lines[3], lines[2]
    assert key(rules(tmp_path, "\n".join(lines))) == key(plain)


def statement(control: str, signed: str, expires: str, said: str = "s") -> str:
    return (
        f"attestations:\n  - {{id: A-1, control: {control}, statement: {said}, by: Head of IT, "
        f"signed: {signed}, expires: {expires}}}\n"
    )


@pytest.mark.parametrize(
    ("signed", "expires", "same"),
    [
        ("2026-10-01", "2027-09-30", True),
        ("2026-09-30", "2027-09-29", False),
        ("2025-10-01", "2026-09-30", False),
        ("2026-01-01", "2026-09-30", False),
    ],
)
def test_a_statement_counts_from_the_day_it_was_signed(
    plain: Rules, tmp_path: Path, signed: str, expires: str, same: bool
) -> None:
    control = next(c.id for c in plain.catalogue.controls.values() if c.check == "attest.attested")
    signed_rules = rules(tmp_path, attestations=statement(control, signed, expires))
    assert not signed_rules.register.faults
    assert (key(signed_rules) == key(plain)) is same


def test_a_waiver_changes_nothing(plain: Rules, tmp_path: Path) -> None:
    text = (
        "waivers:\n  - {id: W-1, control: MFA-01, reason: r, compensating_control: c, owner: o,\n"
        "     requested_by: a, approved_by: b, granted: 2026-07-01, expires: 2026-12-31}\n"
    )
    waived = rules(tmp_path, waivers=text)
    assert waived.register.waivers
    assert key(waived) == key(plain)


def test_a_threshold_a_catalogue_and_an_engine_are_in_it(
    plain: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = plain.catalogue
    control = catalogue.controls["KEY-03"]
    changed = control.model_copy(update={"parameters": {"maximum_days": 91}})
    stricter = replace(catalogue, controls={**catalogue.controls, "KEY-03": changed})
    fewer = replace(catalogue, controls={"KEY-03": control})
    found = {
        key(plain),
        key(replace(plain, catalogue=stricter)),
        key(replace(plain, catalogue=fewer)),
        key(replace(plain, catalogue=replace(catalogue, sha256="0" * 64))),
    }
    monkeypatch.setattr(basis, "engine", lambda: "1" * 64)
    found.add(key(replace(plain)))
    monkeypatch.undo()
    monkeypatch.setattr(basis, "FORM", "0")
    found.add(key(replace(plain)))
    assert len(found) == 6
