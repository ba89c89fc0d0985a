"""Whether what a policy says can change with the moment at which it is asked.

The keys of a request that tell a moment: aws:CurrentTime, aws:EpochTime and aws:TokenIssueTime
(IAM User Guide, "AWS global condition context keys"). They come in conditions, and as variables
in conditions' values and in resources.
"""

from __future__ import annotations

from collections.abc import Iterable

from reportgen.policy.account import Account
from reportgen.policy.document import Document
from reportgen.policy.memory import ByIdentity


def tells_time(account: Account) -> bool:
    """Whether some policy of an account, one not in force too, may speak of the moment."""
    return any(speaks_of_time(document) for document in _documents(account))


def _documents(account: Account) -> Iterable[Document]:
    for policy in account.policies.values():
        yield policy.document
        yield from (document for _, document in policy.others)
    for subject in (*account.subjects.values(), *account.groups.values()):
        yield from (source.document for source in subject.sources)
        if subject.boundary is not None:
            yield subject.boundary
        if subject.trust is not None:
            yield subject.trust


def _speaks_of_time(document: Document) -> bool:
    for statement in document.usable:
        for condition in statement.conditions:
            if "time" in condition.lowered or any(map(_names_time, condition.values)):
                return True
        if any(map(_names_time, statement.resources or ())):
            return True
    return False


def _names_time(text: str) -> bool:
    """Whether a text with a variable has "time" in it, wherever that stands: rather too often."""
    return "${" in text and "time" in text.casefold()


speaks_of_time = ByIdentity(_speaks_of_time)
