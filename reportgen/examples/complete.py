"""Which examples a control still lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reportgen.assess.parameters import Number, declared
from reportgen.assess.run import find_check
from reportgen.catalogue import Catalogue, Control
from reportgen.examples.run import ExampleEvidence, evidence_of, judged
from reportgen.model import Verdict

_VERDICTS = ("fail", "pass", "not-evaluated")
_CONCLUSIVE = {Verdict.PASS, Verdict.FAIL}


def lacking(catalogue: Catalogue, control: Control) -> Iterator[str]:
    """What examples a control lacks, a sentence each.

    Each control needs one for a fail, a pass and a not-evaluated; what people state needs one
    attested, one not and one expired. Each numeric parameter needs a resource exactly at its
    limit, one just under and one just over: see ``_sides``.
    """
    if control.observability == "attestation":
        stated = {e.attested for e in control.examples}
        names: dict[bool | str, str] = {True: "attested", False: "not attested"}
        for state in (True, False, "expired"):
            if state not in stated:
                yield f"{control.id} has no example that is {names.get(state, state)}."
    else:
        shown = {x.verdict for e in control.examples for x in e.expect.values()}
        for verdict in _VERDICTS:
            if verdict not in shown:
                yield f"{control.id} has no example of {verdict}."
    check = find_check(catalogue, control)
    kinds = {n: k for n, k in declared(check).items() if isinstance(k, Number)}
    if kinds:
        yield from _at_limits(control, check, kinds)


def _at_limits(
    control: Control, check: Callable[..., Any], kinds: Mapping[str, Number]
) -> Iterator[str]:
    with TemporaryDirectory() as folder:
        given = []
        for index, example in enumerate(control.examples):
            place = Path(folder) / str(index)
            place.mkdir()
            own = {**control.parameters, **example.parameters}
            if own == dict(control.parameters):
                given.append(evidence_of(control, example, place))
        for name, kind in kinds.items():
            missing = _sides(control, check, given, name, kind)
            if missing:
                yield f"{control.id} has no example {missing} {name}."


def _sides(
    control: Control,
    check: Callable[..., Any],
    given: list[ExampleEvidence],
    name: str,
    kind: Number,
) -> str:
    """Which of at, just under and just over the limit no resource is; empty where all are there.

    A resource stands at a value where its verdict turns as the limit passes it: with a limit of
    90, one of 90 days turns between 89 and 90, one of 91 between 90 and 91. What asks for at
    least so many turns one later. Under the least that AWS can have, and over the most, there is
    nothing to show.
    """
    limit = control.parameters[name]
    runs = [
        [judged(control, check, e.facts, {**control.parameters, name: limit + step}) for e in given]
        for step in range(-2, 3)
    ]
    turns = [
        any(
            rows[r].verdict != later[r].verdict
            and {rows[r].verdict, later[r].verdict} <= _CONCLUSIVE
            for rows, later in zip(runs[i], runs[i + 1], strict=True)
            for r in rows
            if r in later
        )
        for i in range(4)
    ]
    wanted = [
        ("just under", limit > kind.minimum),
        ("at", True),
        ("just over", limit < kind.maximum),
    ]
    best = min(
        (
            [
                side
                for (side, due), there in zip(wanted, turns[o : o + 3], strict=True)
                if due and not there
            ]
            for o in (0, 1)
        ),
        key=len,
    )
    return ", ".join(best)
