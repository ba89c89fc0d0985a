"""As ``last-accessed``, with the actions of the services for which AWS tracks them.

It has the larger answers and takes as many requests again, so it is read only on request.
"""

from __future__ import annotations

from reportgen.sources.last_accessed import ACTION_LEVEL, FORM, OPERATIONS, reader
from reportgen.sources.source import Source

SOURCE = Source(
    name="last-accessed-actions",
    about="when each user and role last used each action that AWS tracks",
    operations=OPERATIONS,
    read=reader(ACTION_LEVEL),
    keys=("LastAccessed",),
    after=("authorization-details",),
    form=FORM,
    on_request=True,
    reuses=True,
)
