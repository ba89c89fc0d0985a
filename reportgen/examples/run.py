"""Runs the examples of controls: evidence goes the way of an import, and is judged as ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reportgen.assess.chain import refuse_undeclared
from reportgen.assess.facts import AccountFacts
from reportgen.assess.organisation import find_organisation
from reportgen.assess.past import Past, days_of
from reportgen.assess.run import find_check, run_control
from reportgen.audit.register import Attestation, Register
from reportgen.catalogue import Catalogue, Control, Example, Expected
from reportgen.clock import to_text
from reportgen.collect.exports import read_files
from reportgen.errors import ReportgenError
from reportgen.evidence.store import Snapshot, Store
from reportgen.examples.form import ACCOUNT, AS_OF, faults, key_of, refused, short_form
from reportgen.model import AccountInfo, Result
from reportgen.sources import own_sources
from reportgen.sources.source import Source
from reportgen.yamlsource import Place

_MAXIMUM_AGE_DAYS = 45
# An example that gives nothing still has a snapshot, of a read that no control asks for.
_NOTHING = {"account-aliases": '{"AccountAliases": []}'}


@dataclass(frozen=True)
class ExampleFailure:
    """An example that does not hold: ``where`` is file and line, ``wrong`` what came out."""

    control: str
    example: str
    where: str
    wrong: str


@dataclass(frozen=True)
class ExampleEvidence:
    """What an example gives, as a snapshot, with the facts that are read from it."""

    facts: AccountFacts
    snapshot: Snapshot

    def sources(self, result: Result) -> set[str]:
        """The sources of the evidence that a result rests on."""
        ids = {e.id: e.source for e in self.snapshot.of_account(ACCOUNT).values()}
        return {ids[i] for i in result.evidence if i in ids}


def check_examples(
    catalogue: Catalogue, control: Control, sources: Mapping[str, Source] | None = None
) -> None:
    """Refuse what is misspelt in a control's examples. Raises ConfigError with file and line."""
    known = own_sources() if sources is None else sources
    for index, example in enumerate(control.examples):
        for place, wrong, right in _misspelt(control, example, known):
            source = catalogue.sources[control.id]
            said = f"example {example.name!r}: {wrong}"
            raise source.error(("examples", index, *place), said, right)


def _misspelt(
    control: Control, example: Example, known: Mapping[str, Source]
) -> Iterator[tuple[Place, str, str]]:
    for place, wrong, right in faults(example.given, known):
        yield ("given", *place), wrong, right
    for number, name in enumerate(example.denied):
        if name.partition("@")[0] not in known:
            right = f"Known sources: {', '.join(known)}."
            yield ("denied", number), f"unknown source {name!r}.", right
    for resource, expected in example.expect.items():
        for name in expected.evidence:
            if name not in known:
                right = f"Known sources: {', '.join(known)}."
                yield ("expect", resource), f"unknown source {name!r}.", right
    for name in example.parameters:
        if name not in control.parameters:
            right = f"Its parameters: {', '.join(control.parameters) or 'none'}."
            yield ("parameters", name), f"{control.id} takes no {name!r}.", right
    for name in set(example.account) - _ABOUT:
        yield ("account", name), f"unknown key {name!r}.", f"Known: {', '.join(sorted(_ABOUT))}."


_AROUND = ("known_accounts", "third_parties")
_ABOUT = {"environment", "management", "owner", *_AROUND}


def evidence_of(
    control: Control, example: Example, folder: Path, sources: Mapping[str, Source] | None = None
) -> ExampleEvidence:
    """Import what an example gives into a store below ``folder``, which must be empty."""
    known = own_sources() if sources is None else sources
    files = short_form(example.given, ACCOUNT, known)
    denied = [key_of(name, known) for name in example.denied]
    files |= {key: refused(key, "AccessDenied", known) for key in denied}
    paths = {}
    for name, content in (files or _NOTHING).items():
        paths[name] = folder / name
        paths[name].write_text(content, encoding="utf-8")
    items = read_files(ACCOUNT, AS_OF, paths, AS_OF, known)
    snapshot = Store.create(folder / "store").add(to_text(AS_OF), items)[0]
    register, day, ago = _register(control, example), AS_OF.date(), example.collected_days_ago
    about = {k: v for k, v in example.account.items() if k not in _AROUND}
    facts = AccountFacts(
        AccountInfo(ACCOUNT, "Example", **about),
        snapshot,
        AS_OF,
        _MAXIMUM_AGE_DAYS,
        register.attested(ACCOUNT, day),
        find_organisation({ACCOUNT: snapshot}, AS_OF, _MAXIMUM_AGE_DAYS),
        **{k: example.account.get(k, ()) for k in _AROUND},
        past=Past(
            day,
            days_of((AS_OF, *(AS_OF - timedelta(days=n) for n in ago)), AS_OF, UTC),
            register.signed(ACCOUNT, day),
        ),
    )
    return ExampleEvidence(facts, snapshot)


def _register(control: Control, example: Example) -> Register:
    """The register of an example; an expired attestation ended the day before."""
    if not example.attested:
        return Register()
    day = AS_OF.date()
    expires = day - timedelta(days=1) if example.attested == "expired" else day
    attestation = Attestation(
        id="A-1",
        control=control.id,
        statement="As the control asks.",
        by="A named role",
        signed=day - timedelta(days=example.signed_days_ago),
        expires=expires,
    )
    return Register(attestations=(attestation,))


def judged(
    control: Control, check: Callable[..., Any], facts: AccountFacts, parameters: Mapping[str, Any]
) -> dict[str, Result]:
    """Results by the short name of the resource: ``account``, or what follows the last slash.

    Raises ValueError where two results have one name.
    """
    found: dict[str, Result] = {}
    for result in run_control(control, check, facts, parameters):
        root = result.resource.endswith(":root")
        name = "account" if root else result.resource.split("/")[-1]
        if name in found:
            raise ValueError(f"two results for {name}")
        found[name] = result
    return found


def differences(
    example: Example, rows: Mapping[str, Result], evidence: ExampleEvidence
) -> list[str]:
    """What came out otherwise than the example expects, a sentence each."""
    wrong = [f"{name} is not expected, and is {rows[name].verdict}" for name in rows]
    wrong = [w for w, name in zip(wrong, rows, strict=True) if name not in example.expect]
    for name, expected in example.expect.items():
        if name not in rows:
            wrong.append(f"{name} has no result, expected {expected.verdict}")
        else:
            wrong += _different(name, expected, rows[name], evidence)
    return wrong


def _different(
    name: str, expected: Expected, got: Result, evidence: ExampleEvidence
) -> Iterator[str]:
    if got.verdict.value != expected.verdict:
        yield f"{name} is {got.verdict.value}, expected {expected.verdict} ({got.reason})"
    elif expected.reason.casefold() not in got.reason.casefold():
        yield f"{name} lacks {expected.reason!r} in its reason: {got.reason}"
    lacking = set(expected.evidence) - evidence.sources(got)
    if lacking:
        yield f"{name} does not rest on {', '.join(sorted(lacking))}"


def run_examples(
    catalogue: Catalogue, control: Control, sources: Mapping[str, Source] | None = None
) -> Iterator[ExampleFailure]:
    """Run every example of a control; yields those that fail.

    Raises ConfigError, with file and line, for an example that is misspelt, and for a control whose
    rows rest on a source that it does not declare.
    """
    check_examples(catalogue, control, sources)
    check = find_check(catalogue, control)
    source = catalogue.sources[control.id]
    for index, example in enumerate(control.examples):
        line = source.line(("examples", index))
        with TemporaryDirectory() as folder:
            try:
                evidence = evidence_of(control, example, Path(folder), sources)
            except (ReportgenError, KeyError, TypeError, AttributeError) as error:
                said = f"example {example.name!r}: its evidence cannot be made: {error!r}."
                raise source.error(("examples", index), said) from error
            parameters = {**control.parameters, **example.parameters}
            try:
                found = judged(control, check, evidence.facts, parameters)
                wrong = differences(example, found, evidence)
            except ValueError as error:
                wrong = [str(error)]
            else:
                refuse_undeclared(catalogue, control, found.values(), evidence.snapshot.envelopes)
        for said in wrong:
            yield ExampleFailure(control.id, example.name, f"{source.path}:{line}", said)
