"""What stands for an account whose evidence is not what was stored: nothing of it evaluated."""

from __future__ import annotations

from reportgen.catalogue import Catalogue, Control
from reportgen.config import Config
from reportgen.history.worker import Todo
from reportgen.model import AccountAssessment, AccountInfo, Result, Verdict
from reportgen.verdicts.form import encode


def unreadable(todo: Todo, reason: str, catalogue: Catalogue, config: Config) -> bytes:
    """A file of verdicts in which each control is not evaluated, with the reason."""
    known = config.account(todo.account)
    info = AccountInfo(
        todo.account,
        known.name if known else f"Account {todo.account}",
        known.environment if known else None,
        known.management if known else None,
        known.owner if known else "",
    )
    controls = catalogue.controls.values()
    results = tuple(_row(todo.account, c, reason, _frozen(c.parameters)) for c in controls)
    variants = tuple(
        _row(todo.account, control, reason, _frozen(parameters))
        for control in controls
        for parameters in catalogue.variants.get(control.id, ())
    )
    collected = todo.snapshot.collected_at
    found = AccountAssessment(info, todo.as_of, collected, todo.snapshot.id, {}, results, variants)
    return encode(found, todo.basis)


def _frozen(parameters: object) -> tuple[tuple[str, str], ...]:
    assert isinstance(parameters, dict)  # noqa: S101
    return tuple(sorted((key, str(value)) for key, value in parameters.items()))


def _row(
    account: str, control: Control, said: str, parameters: tuple[tuple[str, str], ...]
) -> Result:
    return Result(
        control.id,
        account,
        f"arn:aws:iam::{account}:root",
        "AWS::::Account",
        Verdict.NOT_EVALUATED,
        control.severity,
        said,
        (),
        parameters,
        incomplete=True,
    )
