"""Waivers and attestations on their first and last days, and a day to either side."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from reportgen.audit.register import Attestation, Register, Response, Waiver, load_register
from reportgen.errors import ConfigError

FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)
DAY = timedelta(days=1)
FINDING = ("KEY-03", "111122223333", "arn:aws:iam::111122223333:user/u")


def waiver(**more: object) -> Waiver:
    given = {
        "id": "W-1",
        "control": "KEY-03",
        "reason": "r",
        "compensating_control": "c",
        "owner": "o",
        "requested_by": "Platform lead",
        "approved_by": "CISO",
        "granted": FIRST,
        "expires": LAST,
    }
    return Waiver.model_validate({**given, **more})


@pytest.mark.parametrize(
    ("on", "in_force", "lapsed"),
    [
        (FIRST - DAY, False, False),
        (FIRST, True, False),
        (FIRST + DAY, True, False),
        (LAST - DAY, True, False),
        (LAST, True, False),
        (LAST + DAY, False, True),
    ],
)
def test_a_waiver_holds_from_its_first_to_its_last_day(
    on: date, in_force: bool, lapsed: bool
) -> None:
    register = Register(waivers=(waiver(),))
    assert (register.waiver(*FINDING, on) is not None) is in_force
    assert (register.lapsed(*FINDING, on) is not None) is lapsed


@pytest.mark.parametrize(
    "finding",
    [
        ("KEY-04", FINDING[1], FINDING[2]),
        ("KEY-03", "444455556666", FINDING[2]),
        ("KEY-03", FINDING[1], FINDING[2] + "2"),
    ],
)
def test_a_waiver_covers_what_it_names_and_no_more(finding: tuple[str, str, str]) -> None:
    own = waiver(accounts=[FINDING[1]], resources=[FINDING[2]])
    assert Register(waivers=(own,)).waiver(*FINDING, LAST) is own
    assert Register(waivers=(own,)).waiver(*finding, LAST) is None


def test_a_waiver_may_last_one_day_and_not_less() -> None:
    assert waiver(expires=FIRST).expires == FIRST
    with pytest.raises(ValidationError, match="expires before it was granted"):
        waiver(expires=FIRST - DAY)


@pytest.mark.parametrize("name", ["CISO", "ciso", " CISO "])
def test_nobody_approves_their_own_waiver(name: str) -> None:
    with pytest.raises(ValidationError, match="another person"):
        waiver(requested_by=name)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (FIRST - DAY, False),
        (FIRST, True),
        (LAST, True),
        (LAST + DAY, False),
    ],
)
def test_an_attestation_holds_from_its_signing_to_its_last_day(on: date, expected: bool) -> None:
    said = Attestation(
        id="A-1", control="E8-06", statement="s", by="CISO", signed=FIRST, expires=LAST
    )
    assert ("E8-06" in Register(attestations=(said,)).attested("111122223333", on)) is expected


@pytest.mark.parametrize(
    ("pattern", "name", "covered"),
    [
        ("*", "any/thing", True),
        ("user/ann?", "user/anna", True),
        ("user/ann?", "user/ann", False),
        ("user/*", "role/u", False),
        # IAM has no character classes: a bracket stands for itself.
        ("user/[ab]", "user/[ab]", True),
        ("user/[ab]", "user/a", False),
        ("user/a.b", "user/aXb", False),
        ("user/*", "user/two\nlines", True),
    ],
)
def test_patterns_know_star_and_question_mark_alone(pattern: str, name: str, covered: bool) -> None:
    own = waiver(resources=[pattern])
    assert (Register(waivers=(own,)).waiver("KEY-03", "111122223333", name, LAST) is own) is covered


def test_one_of_several_patterns_is_enough() -> None:
    own = waiver(accounts=["444455556666", FINDING[1]], resources=["nobody", FINDING[2]])
    assert Register(waivers=(own,)).waiver(*FINDING, LAST) is own


def test_the_latest_of_two_lapsed_waivers_is_named() -> None:
    early, late = waiver(id="W-1", expires=FIRST), waiver(id="W-2", expires=FIRST + DAY)
    for both in ((early, late), (late, early)):
        assert Register(waivers=both).lapsed(*FINDING, LAST) is late


def test_an_attestation_of_one_account_speaks_of_no_other() -> None:
    said = Attestation(
        id="A-1",
        control="E8-06",
        accounts=["444455556666", "777788889999"],
        statement="s",
        by="CISO",
        signed=FIRST,
        expires=LAST,
    )
    register = Register(attestations=(said,))
    assert "E8-06" in register.attested("777788889999", FIRST)
    assert register.attested("111122223333", FIRST) == {}


def test_the_first_response_that_covers_a_finding_is_given() -> None:
    other = Response(control="KEY-04", response="r", owner="o", due=LAST)
    own = Response(control="KEY-03", response="r", owner="o", due=LAST)
    assert Register(responses=(other, own)).response(*FINDING) is own
    assert Register(responses=(other,)).response(*FINDING) is None


WAIVER = """
- id: W-1
  control: KEY-03
  accounts: ["111122223333"]
  reason: r
  compensating_control: c
  owner: o
  requested_by: Platform lead
  approved_by: CISO
  granted: 2026-07-01
  expires: 2026-09-30
"""
ATTESTATION = """
- {id: A-1, control: E8-06, accounts: ["1"], statement: s, by: CISO, signed: 2026-07-01,
   expires: 2026-09-30}
"""
RESPONSE = """
- {control: KEY-03, accounts: ["1"], resources: [a], response: r, owner: o, due: 2026-09-30}
"""
FILES = {"waivers": WAIVER, "attestations": ATTESTATION, "responses": RESPONSE}


@pytest.mark.parametrize("only", [*FILES, ""])
def test_each_list_is_read_from_its_own_file(tmp_path: Path, only: str) -> None:
    for name, text in FILES.items():
        if only in ("", name):
            (tmp_path / f"{name}.yaml").write_text(f"{name}:{text}")
    register = load_register(tmp_path, ["KEY-03", "E8-06"])
    assert [
        len(register.waivers), len(register.attestations), len(register.responses)
    ] == [only in ("", name) for name in FILES]  # fmt: skip


def test_no_folder_is_an_empty_register(tmp_path: Path) -> None:
    assert load_register(tmp_path / "none", ["KEY-03"]) == Register()


@pytest.mark.parametrize(("name", "line"), [("waivers", 3), ("attestations", 2), ("responses", 2)])
def test_an_unknown_control_is_refused_with_its_line(tmp_path: Path, name: str, line: int) -> None:
    (tmp_path / f"{name}.yaml").write_text(f"{name}:{FILES[name]}")
    with pytest.raises(ConfigError, match=rf"{name}\.yaml:{line}: unknown control"):
        load_register(tmp_path, ["MFA-01"])


@pytest.mark.parametrize("name", FILES)
def test_a_key_that_nobody_knows_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.yaml").write_text(f"{name}: []\nmore: 1\n")
    with pytest.raises(ConfigError, match="more"):
        load_register(tmp_path, ["KEY-03"])


@pytest.mark.parametrize("name", FILES)
def test_an_empty_list_of_accounts_is_refused(tmp_path: Path, name: str) -> None:
    text = FILES[name].replace('["111122223333"]', "[]").replace('["1"]', "[]")
    (tmp_path / f"{name}.yaml").write_text(f"{name}:{text}")
    with pytest.raises(ConfigError, match="accounts"):
        load_register(tmp_path, ["KEY-03", "E8-06"])


@pytest.mark.parametrize("name", FILES)
def test_one_account_is_enough(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.yaml").write_text(f"{name}:{FILES[name]}")
    assert load_register(tmp_path, ["KEY-03", "E8-06"]) != Register()
