"""Runs every control of the catalogue over the position of every account."""

from __future__ import annotations

import importlib
import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from reportgen.assess import population
from reportgen.assess.analyses import Analyses
from reportgen.assess.facts import AccountFacts
from reportgen.assess.judge import Judgement, unseen
from reportgen.assess.organisation import Organisation
from reportgen.assess.own import own_check
from reportgen.assess.parameters import Kind, declared
from reportgen.assess.past import Past, days_of
from reportgen.assess.readings import Readings
from reportgen.assess.records import Unavailable, Unreadable
from reportgen.assess.rule import check_of
from reportgen.audit.register import Register
from reportgen.catalogue import Catalogue, Control
from reportgen.clock import to_text
from reportgen.config import Config
from reportgen.errors import ConfigError
from reportgen.evidence.answers import AnswerError, parse
from reportgen.evidence.store import Snapshot
from reportgen.model import (
    AccountAssessment,
    AccountInfo,
    AccountRow,
    Result,
    ResultsFile,
    Status,
    VariantRow,
    Verdict,
)
from reportgen.yamlsource import Place, YamlSource

Check = Callable[..., Iterator[Judgement]]


def positions(snapshots: Iterable[Snapshot], as_of: datetime) -> dict[str, Snapshot]:
    """Account id -> its last snapshot at or before ``as_of``."""
    found: dict[str, Snapshot] = {}
    for snapshot in sorted(snapshots, key=lambda s: (s.collected_at, s.id)):
        if snapshot.collected_at <= as_of:
            for account in snapshot.accounts:
                found[account] = snapshot
    return dict(sorted(found.items()))


def collections(snapshots: Iterable[Snapshot]) -> dict[str, list[datetime]]:
    """Account id -> when it was collected."""
    found: dict[str, list[datetime]] = {}
    for snapshot in snapshots:
        for account in snapshot.accounts:
            found.setdefault(account, []).append(snapshot.collected_at)
    return found


def account_info(account_id: str, snapshot: Snapshot, config: Config) -> AccountInfo:
    """What the configuration says of an account; its alias is the name where it says nothing."""
    known = config.account(account_id)
    if known is not None:
        management = known.management
        if management is None and known.environment is not None:
            management = known.environment == "management"
        return AccountInfo(account_id, known.name, known.environment, management, known.owner)
    return AccountInfo(account_id, _alias(account_id, snapshot) or f"Account {account_id}")


def _alias(account_id: str, snapshot: Snapshot) -> str:
    envelope = snapshot.of_account(account_id).get("account-aliases")
    if envelope is None or envelope.status is not Status.COLLECTED:
        return ""
    try:
        names = parse("account-aliases", snapshot.read(envelope), ("AccountAliases",))[
            "AccountAliases"
        ]
    except (AnswerError, KeyError):
        return ""
    return str(names[0]) if isinstance(names, list) and names else ""


def find_check(catalogue: Catalogue, control: Control) -> Check:
    """Return the function that a control names, its parameters checked against it.

    Raises ConfigError, with file and line, for an unknown check, for a parameter missing or
    unknown, and for a value that does not fit, here or in a framework's own thresholds.
    """
    source = catalogue.sources.get(control.id)
    if control.rule is not None:
        return check_of(control.rule)
    function = own_check(catalogue.checks, control.check) or _carried(control, source)
    kinds = declared(function)
    if set(kinds) != set(control.parameters):
        wrong = f"parameters: {control.check} takes {', '.join(sorted(kinds)) or 'none'}"
        said = f"{wrong}, not {', '.join(sorted(control.parameters)) or 'none'}."
        raise _fault(source, control, ("parameters",), said)
    for name, kind in kinds.items():
        wrong = kind.fault(control.parameters[name])
        if wrong:
            said = f"{name}: {control.parameters[name]!r} {wrong}."
            raise _fault(source, control, ("parameters", name), said)
    _check_overrides(catalogue, control, kinds)
    return function


def _carried(control: Control, source: YamlSource | None) -> Check:
    module_name, function_name = control.check.split(".")
    try:
        module = importlib.import_module(f"reportgen.assess.checks.{module_name}")
        function: Check = getattr(module, function_name)
    except (ImportError, AttributeError):
        wrong = f"check: there is no {control.check}."
        raise _fault(source, control, ("check",), wrong) from None
    return function


def _check_overrides(catalogue: Catalogue, control: Control, kinds: Mapping[str, Kind]) -> None:
    """A framework's own thresholds must fit the check as well; raises ConfigError."""
    for framework, requirement, support, place in catalogue.asked.get(control.id, ()):
        for name, value in support.parameters.items():
            wrong = kinds[name].fault(value)
            if wrong:
                said = f"{requirement.id}, {control.id}: {name}: {value!r} {wrong}."
                at = (*place, "parameters", name)
                raise _fault(catalogue.sources.get(framework.id), control, at, said)


@cache
def _wants_control(check: Check) -> bool:
    return "control" in inspect.signature(check).parameters


def _fault(source: YamlSource | None, control: Control, place: Place, wrong: str) -> ConfigError:
    if source is None:
        return ConfigError(f"{control.id}: {wrong}")
    return source.error(place, wrong)


def run_control(
    control: Control, check: Check, facts: AccountFacts, parameters: Mapping[str, Any]
) -> list[Result]:
    """Judge one control for one account; a source that is not there gives one not-evaluated row."""
    view = facts.opened()
    arguments = dict(parameters)
    if _wants_control(check):
        arguments["control"] = control.id
    frozen = tuple(sorted((key, str(value)) for key, value in parameters.items()))

    try:
        return _results(control, view, frozen, check(view, **arguments))
    except (Unavailable, Unreadable) as error:
        # What was judged before the read that failed says nothing of the whole.
        said = str(error)
        gap = unseen(view, f"{said[:1].upper()}{said[1:]}.")
        return _results(control, view, frozen, [gap])


# By far the most of all objects: the constructor of a named tuple takes three times as long.
_tuple = tuple.__new__


def _results(
    control: Control,
    view: AccountFacts,
    parameters: tuple[tuple[str, str], ...],
    made: Iterable[Judgement],
) -> list[Result]:
    """The rows of judgements as they are made; each names what was asked until then."""
    name, account, severity = control.id, view.account_id, control.severity
    note, rests_on = view.note, view.rests_on
    rows: list[Result] = []
    # Of nearly all rows: they rest on the note alone, which has grown no more.
    size, alone = -1, tuple[str, ...]()
    for resource, kind, verdict, reason, own, incomplete, called in made:
        if own:
            evidence = rests_on(own)
        else:
            if len(note) != size:
                size, alone = len(note), rests_on(own)
            evidence = alone
        row = (
            name, account, resource, kind, verdict, severity, reason, evidence, parameters,
            incomplete, called,
        )  # fmt: skip
        rows.append(_tuple(Result, row))
    return rows


class Assessor:
    """Judges accounts under one catalogue, configuration and register."""

    def __init__(self, catalogue: Catalogue, config: Config, register: Register) -> None:
        self._catalogue = catalogue
        self._config = config
        self._register = register
        self._analyses, self._readings = Analyses(), Readings()
        self._checks = {c.id: find_check(catalogue, c) for c in catalogue.controls.values()}

    def assess(
        self,
        account_id: str,
        snapshot: Snapshot,
        as_of: datetime,
        *,
        organisation: Organisation | None = None,
        populations: bool = False,
        collected: Iterable[datetime] = (),
    ) -> AccountAssessment:
        """Judge every control for one account as its snapshot shows it, at ``as_of``.

        ``organisation``: what some account's snapshot showed of it by then; its SCPs bind here.
        ``collected``: when the account was collected besides; moments after ``as_of`` do not count.
        """
        self._readings.turn()
        info = account_info(account_id, snapshot, self._config)
        day = as_of.astimezone(self._config.zone).date()
        facts = AccountFacts(
            info,
            snapshot,
            as_of,
            self._config.settings.evidence.maximum_age_days,
            self._register.attested(account_id, day),
            organisation,
            (a.id for a in self._config.settings.accounts),
            (a.id for a in self._config.settings.third_parties),
            Past(
                day,
                days_of((*collected, snapshot.collected_at), as_of, self._config.zone),
                self._register.signed(account_id, day),
            ),
            self._analyses,
            self._readings,
        )
        results: list[Result] = []
        variants: list[Result] = []
        for control in self._catalogue.controls.values():
            check = self._checks[control.id]
            results += run_control(control, check, facts, control.parameters)
            for parameters in self._catalogue.variants.get(control.id, ()):
                variants += run_control(control, check, facts, parameters)
        return AccountAssessment(
            info,
            as_of,
            snapshot.collected_at,
            snapshot.id,
            facts.envelopes,
            tuple(results),
            tuple(variants),
            population.of_account(facts) if populations else {},
        )


def coverage(results: Iterable[Result]) -> dict[str, Any]:
    """Counts by verdict, and the share of applicable judgements that could be made."""
    counts = Counter(r.verdict.value for r in results)
    made = counts["pass"] + counts["fail"]
    applicable = made + counts["not-evaluated"]
    return {
        "results": sum(counts.values()),
        **{v.value: counts[v.value] for v in Verdict},
        "evaluated_percent": round(100 * made / applicable, 1) if applicable else None,
    }


def to_json(
    accounts: Sequence[AccountAssessment], as_of: datetime, catalogue: Catalogue
) -> ResultsFile:
    """The results file: see README for its keys."""
    results = [r for account in accounts for r in account.results]
    by_control: dict[str, list[Result]] = {control_id: [] for control_id in catalogue.controls}
    for result in results:
        by_control[result.control_id].append(result)
    return {
        "schema_version": "1",
        "as_of": to_text(as_of),
        "catalogue": {"version": catalogue.version, "sha256": catalogue.sha256},
        "accounts": [_account_json(account) for account in accounts],
        "results": [r.to_json() for r in results],
        "framework_results": [
            VariantRow(**r.to_json(), parameters=dict(r.parameters))
            for account in accounts
            for r in account.variants
        ],
        "coverage": {
            **coverage(results),
            "controls": {key: coverage(rows) for key, rows in by_control.items()},
        },
    }


def _account_json(account: AccountAssessment) -> AccountRow:
    return {
        "account_id": account.info.account_id,
        "name": account.info.name,
        "environment": account.info.environment,
        "snapshot": account.snapshot_id,
        "collected_at": to_text(account.collected_at) if account.collected_at else None,
        "evidence": [
            {
                "id": e.id,
                "source": e.source,
                "status": e.status.value,
                "detail": e.detail,
                "sha256": e.sha256,
                "grade": e.grade.value,
                "generated_time": e.generated_time,
            }
            for e in sorted(account.envelopes.values(), key=lambda e: e.source)
        ],
    }
