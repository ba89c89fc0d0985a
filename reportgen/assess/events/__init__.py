"""Events of CloudTrail, and what watches for them: would this rule, or filter, see that event?"""

from __future__ import annotations


class NotUnderstood(Exception):
    """A pattern that cannot be read here; whether it sees an event is not known."""
