"""Writes the forms of the statements that are due, from the register and what the store shows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import yaml

from reportgen.clock import now
from reportgen.errors import UsageError
from reportgen.evidence.store import Store
from reportgen.files import write_private
from reportgen.model import Verdict
from reportgen.pipeline import Rules, assess_store
from reportgen.register.forms import due, guide
from reportgen.register.sheets import write

NAME = "attestations-due"


def write_forms(rules: Rules, store: Path | None, out: Path, within: int) -> tuple[list[Path], int]:
    """Write ``attestations-due.yaml`` and ``.xlsx``; returns the files, and how many forms.

    With a store, the day is that of its newest evidence, and what does not concern an account is
    left out. Without, it is today, and the accounts are those of reportgen.yaml. Raises UsageError
    where neither names an account.
    """
    accounts = {account.id for account in rules.config.settings.accounts}
    skipped: dict[str, set[str]] = {}
    day = now().astimezone(rules.config.zone).date()
    if store is not None:
        day = _newest(rules, store)
        asked = [c.id for c in rules.catalogue.controls.values() if c.takes_statements]
        for row in assess_store(store, rules, None, asked)["results"]:
            accounts.add(row["account_id"])
            if row["verdict"] == Verdict.NOT_APPLICABLE:
                skipped.setdefault(row["control_id"], set()).add(row["account_id"])
    if not accounts:
        raise UsageError(
            "No account is known.", "Name a store, or list `accounts` in reportgen.yaml."
        )
    forms = due(rules.catalogue, rules.register, accounts, day, within, skipped)
    entries = [form.entry(day) for form in forms]
    lines = "".join(f"# {' '.join(line.split())}\n" for line in guide(forms))
    text = lines + yaml.safe_dump(
        {"attestations": entries}, sort_keys=False, allow_unicode=True, width=100
    )
    files = {
        out / f"{NAME}.yaml": text.encode(),
        out / f"{NAME}.xlsx": write({"attestations": entries}, guide(forms)),
    }
    for path, content in files.items():
        write_private(path, content)
    return list(files), len(forms)


def _newest(rules: Rules, store: Path) -> date:
    snapshots = Store.open(store).snapshots()
    if not snapshots:
        raise UsageError(f"The store {store} holds no complete snapshot.")
    return snapshots[-1].collected_at.astimezone(rules.config.zone).date()
