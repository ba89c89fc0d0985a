"""What is concluded on a requirement: never more than its framework and the evidence allow."""

from __future__ import annotations

import pytest

from reportgen.report.words import State
from reportgen.summarise.conclusions import RULES, conclusion

JUDGED = (State.EFFECTIVE, State.PARTLY, State.NOT_EFFECTIVE)


@pytest.mark.parametrize(
    ("basis", "reach", "state", "said"),
    [
        ("measures", "tested", State.EFFECTIVE, "effective"),
        ("measures", "partly", State.EFFECTIVE, "effective, as far as evidence reaches"),
        ("measures", "attestation", State.EFFECTIVE, "effective, by statements alone"),
        ("measures", "tested", State.NOT_EFFECTIVE, "not effective"),
        ("maturity", "partly", State.PARTLY, "partly effective, as far as evidence reaches"),
        ("principles", "tested", State.EFFECTIVE, "evidence supports it"),
        ("principles", "tested", State.NOT_EFFECTIVE, "evidence speaks against it"),
        ("principles", "none", State.OUT_OF_REACH, "outside IAM evidence"),
        ("measures", "partly", State.NOT_TESTED, "not tested"),
    ],
)
def test_words(basis: str, reach: str, state: State, said: str) -> None:
    assert conclusion(basis, reach, state) == said


@pytest.mark.parametrize("reach", ["tested", "partly", "attestation"])
def test_principles_are_never_effective_or_met(reach: str) -> None:
    for state in JUDGED:
        said = conclusion("principles", reach, state)
        assert said.startswith("evidence ")
        assert "effective" not in said


@pytest.mark.parametrize("basis", RULES)
@pytest.mark.parametrize("state", State)
def test_nothing_untested_is_effective(basis: str, state: State) -> None:
    if state not in JUDGED and state != State.NOT_APPLICABLE:
        said = conclusion(basis, "tested", state)
        assert said in ("not tested", "outside IAM evidence")


def test_a_maturity_level_is_ruled_out_in_words() -> None:
    assert "No maturity level is concluded" in RULES["maturity"]
