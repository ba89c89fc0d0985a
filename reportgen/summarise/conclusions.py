"""What can be said of a requirement, given its framework, its reach and what the tests show."""

from __future__ import annotations

from reportgen.report.words import State

# How a requirement is concluded on, by the basis of its framework; printed beside the results.
RULES = {
    "measures": (
        "A requirement is effective where every test that supports it passed for every resource, "
        "and only as far as evidence reaches where it does not reach the whole of it."
    ),
    "maturity": (
        "A requirement is effective where every test that supports it passed for every resource, "
        "and only as far as evidence reaches where it does not reach the whole of it. No maturity "
        "level is concluded: a level needs all its requirements, and evidence reaches some."
    ),
    "principles": (
        "Evidence supports a requirement where every test passed for every resource, supports it "
        "in part, or speaks against it; it never meets one. Whether one is met is a judgement."
    ),
}

_OPEN = {State.NOT_TESTED: "not tested", State.OUT_OF_REACH: "outside IAM evidence"}
_MEASURES = {
    State.EFFECTIVE: "effective",
    State.PARTLY: "partly effective",
    State.NOT_EFFECTIVE: "not effective",
}
_PRINCIPLES = {
    State.EFFECTIVE: "evidence supports it",
    State.PARTLY: "evidence supports it in part",
    State.NOT_EFFECTIVE: "evidence speaks against it",
}
_REACH = {"partly": ", as far as evidence reaches", "attestation": ", by statements alone"}


def conclusion(basis: str, reach: str, state: State) -> str:
    """The conclusion on one requirement in words, by the rule of its framework's ``basis``."""
    if state in _OPEN:
        return _OPEN[state]
    words = (_PRINCIPLES if basis == "principles" else _MEASURES)[state]
    return words + _REACH.get(reach, "")
