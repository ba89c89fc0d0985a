"""Collect in this process: a session, an AccountRun, and what came of each source."""

from __future__ import annotations

from collections.abc import Mapping

import boto3
import botocore.session

from reportgen.collect.run import AccountRun
from reportgen.collect.session import Session
from reportgen.evidence.store import Item
from reportgen.sources import chosen, own_sources
from reportgen.sources.source import Before, Source

# The service models, read once for all tests of a process.
_LOADER = botocore.session.get_session().get_component("data_loader")


def session(region: str = "ap-southeast-2") -> Session:
    """A session as the caller that the environment names."""
    inner = botocore.session.get_session()
    inner.register_component("data_loader", _LOADER)
    boto = boto3.Session(botocore_session=inner, region_name=region)
    return Session(region=region, boto=boto)


def collected(
    *only: str,
    also: tuple[str, ...] = (),
    regions: tuple[str, ...] = ("ap-southeast-2",),
    before: Mapping[str, Before] | None = None,
) -> dict[str, Item]:
    """The evidence of the caller's account by key; ``only`` these sources and what they need."""
    sources = chosen(own_sources(), also)
    wanted = _with_needs(sources, {"caller-identity", *(only or sources), *also})
    run = AccountRun(session(), wanted, lambda *_: None, regions, before=before)
    return {item.envelope.key: item for item in run.items()}


def _with_needs(sources: Mapping[str, Source], names: set[str]) -> dict[str, Source]:
    while True:
        more = {a for n in names for a in sources[n].after} - names
        if not more:
            return {n: s for n, s in sources.items() if n in names}
        names |= more
