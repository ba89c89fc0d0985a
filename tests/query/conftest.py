"""A store of two accounts and three months, judged once for all tests of questions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reportgen.pipeline import Rules, prepare
from reportgen.query.history import Judgements, Span, judgements
from tests.given import short_form, store_with

ONE, TWO = "111122223333", "444455556666"
TODAY = date(2026, 10, 2)
CONFIG = f"""
accounts:
  - {{id: "{ONE}", name: One, environment: production, owner: Lead}}
"""


def evidence(account: str, month: int) -> dict[str, str]:
    """A person whose MFA was there in August alone, one with a back-slash in the name."""
    return short_form(
        {
            "credential-report": [
                {"user": "ann", "password_enabled": "true", "mfa_active": str(month == 8).lower()},
                {"user": "bo\\d", "password_enabled": "true", "mfa_active": "false"},
            ],
            "account-summary": {"Users": 2},
            "authorization-details": {"users": [{"UserName": "ann"}, {"UserName": "bo\\d"}]},
        },
        account,
    )


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    path = tmp_path_factory.mktemp("rules") / "reportgen.yaml"
    path.write_text(CONFIG)
    return prepare(path)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Account one each month, account two not in August: it is carried forward there."""
    folder = tmp_path_factory.mktemp("asked")
    for account, months in ((ONE, (7, 8, 9)), (TWO, (7, 9))):
        for month in months:
            moment = datetime(2026, month, 20, tzinfo=UTC)
            made, _ = store_with(folder, evidence(account, month), account, moment)
    return Path(str(made.place))


@pytest.fixture(scope="session")
def history(place: Path, rules: Rules) -> Iterator[Judgements]:
    with judgements(place, rules, TODAY, Span()) as found:
        yield found
