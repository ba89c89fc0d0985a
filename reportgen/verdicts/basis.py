"""What verdicts depend on, and the hash over it by which they are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reportgen.evidence.seal import Seal, canonical
from reportgen.verdicts.engine import engine

if TYPE_CHECKING:
    from reportgen.audit.register import Register
    from reportgen.catalogue import Catalogue
    from reportgen.config import Config

# The form of the files of verdicts; another one is another file.
FORM = "1"


@dataclass(frozen=True)
class Rules:
    """By what accounts are judged: configuration, catalogue and register, loaded and checked."""

    config: Config
    catalogue: Catalogue
    register: Register

    @cached_property
    def common(self) -> Mapping[str, Any]:
        """The engine, the catalogue with its thresholds, and the configuration's part."""
        controls = self.catalogue.controls.values()
        settings = self.config.settings
        return {
            "form": FORM,
            "engine": engine(),
            "catalogue": self.catalogue.sha256,
            "parameters": {
                c.id: [[n, str(v)] for n, v in sorted(c.parameters.items())] for c in controls
            },
            "maximum_age_days": settings.evidence.maximum_age_days,
        }

    @cached_property
    def known(self) -> str:
        """A hash over the accounts and third parties that the configuration names."""
        settings = self.config.settings
        said = [[a.id for a in settings.accounts], [a.id for a in settings.third_parties]]
        return hashlib.sha256(canonical([sorted(ids) for ids in said])).hexdigest()

    def basis(
        self,
        account: str,
        seal: Seal,
        as_of: datetime,
        surroundings: str,
        collected: Iterable[date],
    ) -> Mapping[str, Any]:
        """All that the verdicts on one account depend on.

        ``surroundings``: a digest of the organisation as judging sees it then, empty for none;
        ``collected``: the days until then on which the account was collected. Of the register it
        is what was signed by the day; waivers and responses say what is thought of a verdict and
        change none.
        """
        known = self.config.account(account)
        day = as_of.astimezone(self.config.zone).date()
        return {
            **self.common,
            "account": account,
            "snapshot": seal.id,
            "collected_at": seal.collected_at,
            "files": seal.files,
            "as_of": as_of.isoformat(),
            "day": day.isoformat(),
            "configured": None
            if known is None
            else [known.name, known.environment, known.management, known.owner],
            "attested": self.register.attested(account, day),
            "signed": {
                control: [entry.model_dump(mode="json") for entry in entries]
                for control, entries in self.register.signed(account, day).items()
            },
            "collected": hashlib.sha256(
                canonical([each.isoformat() for each in collected])
            ).hexdigest(),
            "known": self.known,
            "surroundings": surroundings,
        }


def key_of(basis: Mapping[str, Any]) -> str:
    """The hash of a basis: the name under which its verdicts are kept."""
    return hashlib.sha256(canonical(dict(basis))).hexdigest()
