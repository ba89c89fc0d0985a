"""Actions: whether they exist, and whether one beside them says the same already."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache

from reportgen.policy.actions import database, well_formed
from reportgen.policy.document import Statement
from reportgen.policy.lint.finding import (
    STATEMENT,
    Allowance,
    Finding,
    LintSubject,
    action_key,
    at,
    check,
    some,
)
from reportgen.policy.lint.redundancy import covered

# AWS closed these services, or never described them; its own managed policies still name them, and
# Access Analyzer does not object.
_NO_LONGER_LISTED = frozenset(
    [
        "builderid",
        "cloudhsm",
        "codestar",
        "deepcomposer",
        "deeplens",
        "deepracer",
        "elastic-inference",
        "evidently",
        "iot1click",
        "iotevents",
        "zocalo",
    ]
)
# Actions that AWS's managed policies allow and its reference does not list: services in the making.
_UNDOCUMENTED = frozenset(
    f"{service}:{name}"
    for service, names in {
        "budgets": "createbudget deletebudget describebudget describebudgets updatebudget",
        "cloud9": "validateenvironmentname",
        "memorydb": "replicatemultiregionclusterdata",
        "organizations": "createbuilderidownedaccount",
        "qapps": "importdocumenttoqapp importdocumenttoqappsession",
        "route53-recovery-control-config": "describeroutingcontrolbyname",
    }.items()
    for name in names.split()
)
_UNDOCUMENTED_SERVICES = frozenset({"payments", "securityagent"})
_WILD_SERVICE = re.compile(r"[\w*?-]+:[\w*?]+")
# A name longer than any action's is not worth a guess at what was meant.
_LONGEST_NAME = 80
_HINTED = {"INVALID_ACTION": 0.7, "INVALID_SERVICE_IN_ACTION": 0.6}


@lru_cache(maxsize=65536)
def _fault(pattern: str) -> tuple[str, str]:
    """The issue code and message of one action pattern; empty where nothing is wrong."""
    if pattern == "*":
        return "", ""
    service, colon, name = pattern.partition(":")
    if not colon or not well_formed(pattern):
        wild = "*" in service or "?" in service
        if colon and wild and _WILD_SERVICE.fullmatch(pattern):
            said = f"{pattern}: the service prefix cannot hold a wildcard. Name each service."
            return "INVALID_SERVICE_IN_ACTION", said
        said = f"{pattern!r:.100} is not of the form service:action, so it matches nothing."
        return "INVALID_ACTION", said
    lowered = service.lower()
    if lowered in _NO_LONGER_LISTED:
        return "", ""
    db = database()
    if not db.service_bits(lowered):
        said = f"{pattern}: there is no service prefix {service}, so this matches nothing."
        return "INVALID_SERVICE_IN_ACTION", said
    if db.expand(pattern) or lowered in _UNDOCUMENTED_SERVICES or pattern.lower() in _UNDOCUMENTED:
        return "", ""
    is_wild = "*" in name or "?" in name
    what = "no action of the service matches it" if is_wild else "unknown action"
    return "INVALID_ACTION", f"{pattern}: {what} (action data of {db.version})."


def _hint(pattern: str, code: str, hints: Allowance) -> str:
    """Which name was meant. To search it is dear, so only some are searched for in a document."""
    service, _, name = pattern.partition(":")
    db = database()
    is_service = code == "INVALID_SERVICE_IN_ACTION"
    wrong = service.lower() if is_service else name
    if not well_formed(pattern) or len(wrong) > _LONGEST_NAME or "*" in wrong or "?" in wrong:
        return ""
    if not hints.take():
        return ""
    names = list(db.services) if is_service else list(_names_of(service.lower()))
    close = difflib.get_close_matches(wrong, names, 1, _HINTED[code])
    if not close:
        return ""
    return f" Did you mean {close[0] if is_service else f'{service}:{close[0]}'}?"


@lru_cache(maxsize=512)
def _names_of(service: str) -> tuple[str, ...]:
    db = database()
    return tuple(name.split(":")[1] for name in db.list(db.service_bits(service)))


@check(STATEMENT, "INVALID_ACTION", "INVALID_SERVICE_IN_ACTION")
def unknown(subject: LintSubject, statement: Statement) -> Iterator[Finding]:
    """INVALID_ACTION and INVALID_SERVICE_IN_ACTION: it matches nothing, silently."""
    key = action_key(statement)
    effect = " The deny does nothing." if statement.effect == "Deny" else ""
    tail = " It exempts nothing." if statement.not_action else effect
    for i, pattern in enumerate(statement.actions):
        code, said = _fault(pattern)
        if code:
            yield at(statement, code, said + _hint(pattern, code, subject.hints) + tail, key, i)


@check(STATEMENT, "REDUNDANT_ACTION")
def redundant(_: LintSubject, statement: Statement) -> Iterator[Finding]:
    """REDUNDANT_ACTION: all of it is in a pattern beside it."""
    if len(statement.actions) < 2:
        return
    found = covered(statement.lowered)
    if found.spare:
        names = [statement.actions[i] for i in found.spare]
        more = "" if found.whole else " The list is too long to compare in full."
        said = f"Already covered by another action beside it: {some(names)}. Remove it.{more}"
        yield at(statement, "REDUNDANT_ACTION", said, action_key(statement))
