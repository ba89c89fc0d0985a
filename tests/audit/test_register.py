"""Waivers and attestations on their first and last days, and a day to either side."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from reportgen.audit.register import (
    Attestation,
    Register,
    RegisterFault,
    Response,
    Waiver,
    load_register,
)
from reportgen.errors import ConfigError
from reportgen.model import Severity

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
def test_an_unknown_control_is_reported_with_its_line(tmp_path: Path, name: str, line: int) -> None:
    (tmp_path / f"{name}.yaml").write_text(f"{name}:{FILES[name]}")
    register = load_register(tmp_path, ["MFA-01"])
    (fault,) = register.faults
    assert fault.where == f"{name}.yaml:{line}"
    assert "unknown control" in fault.wrong
    assert register == Register(faults=(fault,))


@pytest.mark.parametrize("name", FILES)
def test_a_key_that_nobody_knows_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.yaml").write_text(f"{name}: []\nmore: 1\n")
    with pytest.raises(ConfigError, match="more"):
        load_register(tmp_path, ["KEY-03"])


@pytest.mark.parametrize("name", FILES)
def test_an_empty_list_of_accounts_is_refused(tmp_path: Path, name: str) -> None:
    text = FILES[name].replace('["111122223333"]', "[]").replace('["1"]', "[]")
    (tmp_path / f"{name}.yaml").write_text(f"{name}:{text}")
    register = load_register(tmp_path, ["KEY-03", "E8-06"])
    assert "accounts" in register.faults[0].wrong
    assert register == Register(faults=register.faults)


@pytest.mark.parametrize("name", FILES)
def test_one_account_is_enough(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.yaml").write_text(f"{name}:{FILES[name]}")
    assert load_register(tmp_path, ["KEY-03", "E8-06"]) != Register()


GOOD = WAIVER.replace("W-1", "W-2")
BAD = {
    "no expiry": (WAIVER.replace("  expires: 2026-09-30\n", ""), 2, "expires: is missing"),
    "own approval": (WAIVER.replace("CISO", "platform LEAD"), 2, "another person"),
    "unknown control": (WAIVER.replace("KEY-03", "KEY-99"), 3, "unknown control"),
    "unknown key": (WAIVER.replace("reason:", "raeson:"), 5, "unknown key"),
    "ends before it begins": (WAIVER.replace("2026-09-30", "2026-06-30"), 2, "before it was gra"),
    "no date": (WAIVER.replace("2026-09-30", "soon"), 11, "valid date"),
    "no mapping": ("\n- waived\n", 2, ""),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_waiver_is_reported_and_the_next_one_holds(tmp_path: Path, name: str) -> None:
    text, line, said = BAD[name]
    (tmp_path / "waivers.yaml").write_text(f"waivers:{text}{GOOD.strip(chr(10))}\n")
    register = load_register(tmp_path, ["KEY-03"])
    assert [w.id for w in register.waivers] == ["W-2"]
    (fault,) = register.faults
    assert said in fault.wrong
    assert fault.where == f"waivers.yaml:{line}"


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(f"waivers:{WAIVER}{WAIVER.strip(chr(10))}\n")
    register = load_register(tmp_path, ["KEY-03"])
    assert len(register.waivers) == 1
    assert register.faults[0].where == "waivers.yaml:12"
    assert register.places == {"W-1": "waivers.yaml:2"}


def test_what_an_api_answers_is_not_attested(tmp_path: Path) -> None:
    (tmp_path / "attestations.yaml").write_text(f"attestations:{ATTESTATION}")
    assert load_register(tmp_path, ["E8-06"]).attestations
    register = load_register(tmp_path, ["E8-06"], {"E8-06"})
    assert register.attestations == ()
    assert register.faults == (
        RegisterFault("attestations.yaml:2", "E8-06 is answered by an API; a statement is none."),
    )


def attesting(tmp_path: Path, attachments: str) -> Register:
    (tmp_path / "log.pdf").write_bytes(b"read")
    text = ATTESTATION.replace("statement: s", f"statement: s, attachments: {attachments}")
    (tmp_path / "attestations.yaml").write_text(f"attestations:{text}")
    return load_register(tmp_path, ["E8-06"])


READ = hashlib.sha256(b"read").hexdigest()


@pytest.mark.parametrize(
    ("attachments", "grade", "digest"),
    [
        ("[log.pdf]", "poor", READ),
        (f"[{{file: log.pdf, sha256: {READ}, grade: fair}}]", "fair", READ),
        ("[log.pdf, {file: log.pdf, grade: good}]", "good", READ),
        (f"[{{reference: 'https://example.com/minutes', sha256: {'a' * 64}}}]", "poor", "a" * 64),
    ],
)
def test_attachments_are_kept_by_their_hash(
    tmp_path: Path, attachments: str, grade: str, digest: str
) -> None:
    (entry,) = attesting(tmp_path, attachments).attestations
    assert entry.grade == grade
    assert entry.attachments[-1].sha256 == digest


@pytest.mark.parametrize(
    ("attachments", "said"),
    [
        ("[gone.pdf]", "is no file below"),
        ("[../other.pdf]", "is no file below"),
        (f"[{{file: log.pdf, sha256: {'b' * 64}}}]", "is not the file that was attached"),
        ("[{reference: 'https://example.com/x'}]", "needs the sha256"),
        (f"[{{file: log.pdf, reference: x, sha256: {READ}}}]", "one of the two"),
        ("[{file: log.pdf, sha256: abc}]", "sha256"),
    ],
)
def test_an_attachment_that_is_not_what_it_was_attests_nothing(
    tmp_path: Path, attachments: str, said: str
) -> None:
    (tmp_path.parent / "other.pdf").write_bytes(b"x")
    register = attesting(tmp_path, attachments)
    assert register.attestations == ()
    assert said in register.faults[0].wrong


SEVERITY = """
- id: S-1
  control: KEY-03
  severity: low
  reason: Read only.
  requested_by: Platform lead
  approved_by: CISO
  granted: 2026-07-01
  expires: 2026-09-30
"""


@pytest.mark.parametrize(
    ("on", "severity"),
    [
        (FIRST - DAY, "medium"),
        (FIRST, "low"),
        (LAST, "low"),
        (LAST + DAY, "medium"),
    ],
)
def test_a_changed_severity_holds_from_its_first_to_its_last_day(
    tmp_path: Path, on: date, severity: str
) -> None:
    (tmp_path / "severities.yaml").write_text(f"severities:{SEVERITY}")
    register = load_register(tmp_path, ["KEY-03"])
    assert register.severity(*FINDING, on, Severity.MEDIUM) == severity
    assert register.severity("KEY-04", *FINDING[1:], on, Severity.MEDIUM) == "medium"


@pytest.mark.parametrize("gone", ["reason", "expires", "approved_by", "severity"])
def test_a_changed_severity_has_a_reason_an_end_and_an_approver(tmp_path: Path, gone: str) -> None:
    lines = [line for line in SEVERITY.splitlines() if not line.strip().startswith(f"{gone}:")]
    (tmp_path / "severities.yaml").write_text("severities:" + "\n".join(lines) + "\n")
    register = load_register(tmp_path, ["KEY-03"])
    assert register.severities == ()
    assert register.faults[0].wrong.startswith(f"{gone}: is missing")
