"""reportgen.yaml: every limit of a number at it, under and over; faults named with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.config import Branding, load_config
from reportgen.errors import ConfigError

MAIL = 'email: {from: "a@example.org", recipients: [{address: "b@example.org"}], %s}'


def load(tmp_path: Path, text: str) -> object:
    path = tmp_path / "reportgen.yaml"
    path.write_text(text)
    return load_config(path).settings


LIMITS = [
    ("evidence: {maximum_age_days: %s}", 1, 400, 1),
    ("target_score: %s", 0, 100, 0.01),
    (MAIL % "attach_limit_mb: %s", 0, 40, 0.01),
    (MAIL % "smtp: {port: %s}", 1, 65535, 1),
    ("collect: {parallel: %s}", 1, 32, 1),
]


@pytest.mark.parametrize(("text", "low", "high", "step"), LIMITS)
def test_numbers_up_to_their_limits(
    tmp_path: Path, text: str, low: float, high: float, step: float
) -> None:
    for fine in (low, low + step, high - step, high):
        load(tmp_path, text % fine)
    for wrong in (low - step, high + step):
        with pytest.raises(ConfigError, match="equal to"):
            load(tmp_path, text % wrong)


def test_a_time_out_is_more_than_nothing(tmp_path: Path) -> None:
    text = MAIL % "smtp: {timeout_seconds: %s}"
    for fine in (0.01, 600):
        load(tmp_path, text % fine)
    for wrong in (0, 600.01):
        with pytest.raises(ConfigError, match="than"):
            load(tmp_path, text % wrong)


@pytest.mark.parametrize(
    "value", ["true", '"45"', "ninety", "null", "[45]", "4.5e1x", ".nan", ".inf"]
)
@pytest.mark.parametrize("text", [row[0] for row in LIMITS])
def test_a_number_is_a_number(tmp_path: Path, text: str, value: str) -> None:
    with pytest.raises(ConfigError):
        load(tmp_path, text % value)


def test_a_fault_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"reportgen\.yaml:3: .*maximum_age_days"):
        load(tmp_path, "organisation: Example\nevidence:\n  maximum_age_days: 401\n")


# White on #767676 has a contrast of 4.54, on #777777 of 4.48; WCAG 2.2 asks for 4.5.
def test_accent_at_the_limit_of_contrast() -> None:
    assert Branding(accent="#767676").accent == "#767676"
    with pytest.raises(ValueError, match="too light"):
        Branding(accent="#777777")


@pytest.mark.parametrize(
    "number", ["12345678901", "1234567890123", "12345678901a", "", "\u0661" * 12]
)
def test_account_ids_have_twelve_digits(tmp_path: Path, number: str) -> None:
    with pytest.raises(ConfigError):
        load(tmp_path, f'accounts: [{{id: "{number}", name: x}}]')


def test_an_account_is_listed_once(tmp_path: Path) -> None:
    row = '{id: "111122223333", name: x}'
    with pytest.raises(ConfigError, match="listed twice"):
        load(tmp_path, f"accounts: [{row}, {row}]")


def test_a_recipient_names_known_accounts(tmp_path: Path) -> None:
    text = (
        'accounts: [{id: "111122223333", name: x, environment: production, groups: [core]}]\n'
        'email: {from: "a@example.org", recipients: '
        '[{address: "b@example.org", accounts: [%s]}]}'
    )
    for fine in ("core", "production", '"111122223333"'):
        load(tmp_path, text % fine)
    with pytest.raises(ConfigError, match="no account, environment or group"):
        load(tmp_path, text % "cor")


@pytest.mark.parametrize("address", ["b@example.org\\r\\nBcc: c@example.org", "b@x, c@x", "b"])
def test_an_address_is_one_address(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError):
        load(
            tmp_path,
            f'email: {{from: "a@example.org", recipients: [{{address: "{address}"}}]}}',
        )


def test_no_file_is_all_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config(None).settings.evidence.maximum_age_days == 45
    with pytest.raises(ConfigError, match="no such file"):
        load_config(tmp_path / "reportgen.yaml")


@pytest.mark.parametrize("value", ["1", "0", '"true"', '"no"', "[true]"])
@pytest.mark.parametrize(
    "text",
    [
        'accounts: [{id: "111122223333", name: x, management: %s}]',
        "collect: {organization: %s}",
    ],
)
def test_a_switch_is_true_or_false(tmp_path: Path, text: str, value: str) -> None:
    """The management account is bound by no SCP: a text taken for true would be a wrong pass."""
    for fine in ("true", "false"):
        load(tmp_path, text % fine)
    with pytest.raises(ConfigError):
        load(tmp_path, text % value)
