"""Every code of the linter has a document that shows it and one beside it that does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reportgen.policy.lint import lint_text
from reportgen.policy.lint.codes import AWS, OWN, SEVERITY
from reportgen.policy.lint.finding import CHECKED
from tests.policy.lint_cases import CASES

# Found in the text itself, before there is a document to ask checks about, or in its size.
IN_THE_TEXT = {
    "DUPLICATE_KEYS",
    "EVENT_PATTERN_MISSES_ROOT_API_CALLS",
    "NOT_A_POLICY",
    "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
    "POLICY_SIZE_EXCEEDS_RCP_QUOTA",
    "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA",
    "POLICY_SIZE_EXCEEDS_SCP_QUOTA",
}


def codes(case: Any) -> set[str]:
    document, kind = case if isinstance(case, tuple) else (case, "")
    text = document if isinstance(document, str) else json.dumps(document)
    return {row["code"] for row in lint_text(text, kind)}


@pytest.mark.parametrize("code", CASES)
def test_a_document_that_has_it(code: str) -> None:
    assert code in codes(CASES[code][0])


@pytest.mark.parametrize("code", CASES)
def test_one_beside_it_that_has_not(code: str) -> None:
    assert code not in codes(CASES[code][1])


def test_every_code_has_its_cases_and_its_check() -> None:
    assert set(CASES) == set(SEVERITY)
    assert set(CHECKED) | IN_THE_TEXT == set(SEVERITY)
    assert not set(AWS) & set(OWN)
