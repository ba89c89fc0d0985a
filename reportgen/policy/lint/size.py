"""The size of a document (IAM User Guide, "IAM and AWS STS quotas"; AWS Organizations User Guide,
"Quotas and service limits").
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from reportgen.policy.lint.finding import HOLDERS, IDENTITY, RCP, SCP, TRUST, Finding, LintSubject

# SCPs had 5,120 until May 2026.
SCP_MOST, RCP_MOST = 10_240, 5_120
# The default; AWS raises it to 8,192 on request.
TRUST_MOST = 2_048
_STRING_OR_SPACE = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")|\s+', re.DOTALL)
_NAMES = {
    "managed": "a managed policy",
    "user": "all inline policies of a user together",
    "group": "all inline policies of a group together",
    "role": "all inline policies of a role together",
}


def sizes(text: str, value: Any = None) -> tuple[int, int]:
    """Characters without white space, and without white space between the elements.

    IAM counts the first, Organizations the second. ``value``: the document, where ``text`` holds
    more than that.
    """
    if value is not None:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    compact = _STRING_OR_SPACE.sub(lambda found: found[1] or "", text)
    return len(re.sub(r"\s", "", compact)), len(compact)


def size(subject: LintSubject, counted: tuple[int, int]) -> Iterator[Finding]:
    """POLICY_SIZE_EXCEEDS_..., only where it is known what kind of policy this is."""
    bare, compact = counted
    if subject.kind == IDENTITY and subject.holder:
        most = HOLDERS[subject.holder]
        if bare > most:
            said = f"{bare:,} characters; {_NAMES[subject.holder]} may have {most:,}."
            yield Finding("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", said)
    elif subject.kind == SCP and compact > SCP_MOST:
        said = f"{compact:,} characters; an SCP may have {SCP_MOST:,}."
        yield Finding("POLICY_SIZE_EXCEEDS_SCP_QUOTA", said)
    elif subject.kind == RCP and compact > RCP_MOST:
        said = f"{compact:,} characters; an RCP may have {RCP_MOST:,}."
        yield Finding("POLICY_SIZE_EXCEEDS_RCP_QUOTA", said)
    elif subject.kind == TRUST and bare > TRUST_MOST:
        said = f"{bare:,} characters; a trust policy may have {TRUST_MOST:,} unless AWS raised it."
        yield Finding("POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", said)
