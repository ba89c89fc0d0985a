"""Makes the store, settings and register that a redacted pack is made from.

Every snapshot is written again with pseudonyms for names, into a store of its own, and everything
after that is as for any pack: judged, reported, sealed. So no page can hold a name that the
evidence under it does not. Verdicts of both are held against each other before a pack is written.

Withheld, with a code that only the key makes: sentences (statements, reasons, responses,
descriptions), files attached to attestations, answers as they came over the wire.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from reportgen.clock import to_text
from reportgen.errors import ConfigError, IntegrityError
from reportgen.evidence.seal import canonical, sha256
from reportgen.evidence.store import Item, Snapshot, Store
from reportgen.files import write_private
from reportgen.history.once import JudgedOnce
from reportgen.history.points import PeriodPoints
from reportgen.model import Envelope
from reportgen.pack.commitments import file_commitment, salt_of, tree_of
from reportgen.pack.disguise import Disguise
from reportgen.pack.pseudonyms import SCHEME, Pseudonyms
from reportgen.pack.shown import COMMITMENTS, REDACTION
from reportgen.pipeline import Judging, Rules, prepare
from reportgen.verdicts.form import JudgedFile

_FREE = ("statement", "reason", "response", "what", "compensating_control")
_WHO = ("by", "owner", "requested_by", "approved_by")
_REGISTER = {
    "waivers": "waivers",
    "attestations": "attestations",
    "responses": "responses",
    "severities": "severities",
}


@dataclass(frozen=True)
class Redaction:
    """What to redact with: the organisation's key, and whether account ids are replaced too."""

    key: bytes
    accounts: bool = False


@dataclass(frozen=True)
class Redacted:
    """The redacted store, rules to judge it by, and what ties it to the original.

    ``originals`` has, by id of the redacted snapshot, the original's; ``lines`` the commitments of
    each of its answers; ``left`` the patterns that fit too many names to be told by them.
    """

    store: Path
    rules: Rules
    names: Pseudonyms
    originals: Mapping[str, Snapshot]
    lines: Mapping[str, Sequence[Mapping[str, Any]]] = field(repr=False)
    left: tuple[str, ...] = ()

    @property
    def about(self) -> dict[str, Any]:
        """What the manifest says: the scheme, which key, and where the original chain stood."""
        last = max((s.seal for s in self.originals.values()), key=lambda seal: seal.sequence)
        return {
            "scheme": SCHEME,
            "key": self.names.fingerprint,
            "accounts": self.names.accounts,
            "original": {"sequence": last.sequence, "root": last.root},
        }

    def files(self, packed: Sequence[Snapshot]) -> dict[str, bytes]:
        """The pack's files on redaction, for the snapshots in it."""
        snapshots = [
            {
                "snapshot": s.id,
                "root": s.seal.root,
                "original_sequence": self.originals[s.id].seal.sequence,
                "original_root": self.originals[s.id].seal.root,
            }
            for s in packed
        ]
        lines = [canonical(line) + b"\n" for s in packed for line in self.lines[s.id]]
        return {
            REDACTION: canonical({**self.about, "snapshots": snapshots}),
            COMMITMENTS: b"".join(lines),
        }


@dataclass(frozen=True)
class Copied:
    """A store under pseudonyms. ``originals`` and ``lines`` as in ``Redacted``; ``sources`` has the
    original snapshot and envelope of each piece of evidence, by snapshot and id under pseudonyms.
    """

    originals: Mapping[str, Snapshot]
    lines: Mapping[str, Sequence[Mapping[str, Any]]] = field(repr=False)
    sources: Mapping[tuple[str, str], tuple[Snapshot, Envelope]] = field(repr=False)


def redact(
    snapshots: Sequence[Snapshot],
    rules: Rules,
    controls: Path | None,
    redaction: Redaction,
    folder: Path,
) -> Redacted:
    """Write the redacted store, settings and register below ``folder``.

    Raises ConfigError where two names would come to one pseudonym.
    """
    names = Pseudonyms(redaction.key, words_of(rules), accounts=redaction.accounts)
    disguise = Disguise(names)
    copied = copy_redacted(snapshots, names, folder / "store", disguise)
    made = _rules(rules, controls, disguise, names, folder)
    left = tuple(sorted(disguise.patterns.left))
    return Redacted(folder / "store", made, names, copied.originals, copied.lines, left)


def copy_redacted(
    snapshots: Sequence[Snapshot], names: Pseudonyms, place: Path, disguise: Disguise | None = None
) -> Copied:
    """Write the store under pseudonyms at ``place``, snapshot by snapshot in the chain's order."""
    disguise = disguise or Disguise(names)
    store = Store.create(place)
    originals: dict[str, Snapshot] = {}
    lines: dict[str, list[Mapping[str, Any]]] = {}
    sources: dict[tuple[str, str], tuple[Snapshot, Envelope]] = {}
    for snapshot in sorted(snapshots, key=lambda s: s.seal.sequence):
        told = _told(snapshot, disguise, names)
        if disguise.patterns.know():
            # Names that a pattern fits may stand behind it.
            told = _told(snapshot, disguise, names)
        made, _ = store.add(to_text(snapshot.collected_at), [item for item, _, _ in told])
        originals[made.id] = snapshot
        lines[made.id] = [_line(names, made.id, m.envelope, e, content) for m, e, content in told]
        sources.update({(made.id, m.envelope.id): (snapshot, e) for m, e, _ in told})
    return Copied(originals, lines, sources)


def _told(
    snapshot: Snapshot, disguise: Disguise, names: Pseudonyms
) -> list[tuple[Item, Envelope, bytes]]:
    """Each piece of evidence under pseudonyms, with what it is made of."""
    found = []
    for envelope in snapshot.envelopes:
        content = snapshot.read(envelope) if envelope.file else b""
        found.append((_item(disguise, names, envelope, content), envelope, content))
    return found


def words_of(rules: Rules) -> set[str]:
    """The words that the catalogue's parameters look for in names and tags: they stay."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | tuple):
            for one in value:
                yield from texts(one)
        elif isinstance(value, dict):
            for one in value.values():
                yield from texts(one)

    catalogue = rules.catalogue
    given: list[Any] = [c.parameters for c in catalogue.controls.values()]
    for framework in catalogue.frameworks.values():
        for requirement in framework.requirements:
            given += [support.parameters for support in requirement.controls]
    for control in catalogue.controls.values():
        if control.rule is not None:
            for condition in (*control.rule.where, *control.rule.require):
                given += [condition.equals, condition.one_of, condition.like]
    found = {part for text in texts(given) for part in text.replace("?", "*").split("*")}
    return {w for w in found if len(w) >= 4 and w[0].isalpha() and ":" not in w}


def _item(disguise: Disguise, names: Pseudonyms, envelope: Envelope, content: bytes) -> Item:
    """One piece of evidence under pseudonyms. What came over the wire stays behind."""
    made = disguise.answer(envelope.source, content) if content else content
    said = replace(
        envelope,
        account_id=names.account(envelope.account_id),
        caller_arn=names.arn(envelope.caller_arn) if envelope.caller_arn else "",
        parameters=disguise.value((), envelope.parameters),
        detail=names.prose(envelope.detail),
        sha256=sha256(made) if envelope.file else "",
        bytes=len(made) if envelope.file else 0,
        raw=[],
    )
    return Item(said, made)


def _line(
    names: Pseudonyms, snapshot: str, made: Envelope, envelope: Envelope, content: bytes
) -> dict[str, Any]:
    """What the pack says of the original of one piece of evidence."""
    line: dict[str, Any] = {
        "snapshot": snapshot,
        "evidence": made.id,
        "file": f"{made.account_id}/{made.file}" if made.file else "",
        "sha256": made.sha256,
        "withheld": len(envelope.raw),
    }
    if envelope.file:
        tree, rows = tree_of(names, content)
        line["original"] = file_commitment(salt_of(names, envelope.sha256), envelope.sha256)
        line["rows"], line["rows_root"] = len(rows), tree.root
    return line


def _rules(
    rules: Rules, controls: Path | None, disguise: Disguise, names: Pseudonyms, folder: Path
) -> Rules:
    """Settings and register under pseudonyms, loaded again as anybody's are."""
    settings = rules.config.settings
    kept = settings.model_dump(mode="json", by_alias=True, exclude_none=True)
    for name in (
        "email", "collect", "branding", "templates", "reviewers", "recipients", "prepared_by",
        "prepared_for", "assertion", "collect_profiles",
    ):  # fmt: skip
        kept.pop(name, None)
    for account in kept.get("accounts", ()):
        account["id"] = names.account(account["id"])
        account["name"] = names.path(account["name"])
        account["owner"] = names.value(account.get("owner", ""))
        account["groups"] = [names.path(group) for group in account.get("groups", ())]
    for party in kept.get("third_parties", ()):
        party["id"], party["name"] = names.account(party["id"]), names.path(party["name"])
    kept["register"] = "register"
    own = {n: rules.config.catalogue_path(n) for n in ("controls", "frameworks", "checks")}
    kept["catalogue"] = {n: str(p.resolve()) for n, p in own.items() if p is not None}
    if rules.config.sources_path is not None:
        kept["sources"] = str(rules.config.sources_path.resolve())
    _write(folder / "reportgen.yaml", kept)
    for name, attribute in _REGISTER.items():
        entries = [
            _entry(e.model_dump(mode="json"), disguise, names)
            for e in getattr(rules.register, attribute)
        ]
        if entries:
            _write(folder / "register" / f"{name}.yaml", {name: entries})
    return prepare(folder / "reportgen.yaml", controls)


def _write(path: Path, data: Any) -> None:
    write_private(path, yaml.safe_dump(data, sort_keys=True, allow_unicode=True).encode())


def _entry(data: Mapping[str, Any], disguise: Disguise, names: Pseudonyms) -> dict[str, Any]:
    """An entry of the register: who by a pseudonym, what was written withheld."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        if key in _FREE:
            found[key] = disguise.free(value)
        elif key in _WHO:
            found[key] = names.value(value) if value else value
        elif key == "accounts":
            found[key] = [names.account(v) if v.isdecimal() else v for v in value]
        elif key == "resources":
            found[key] = [made for v in value for made in disguise.patterns.of(v)]
        elif key == "actions":
            found[key] = [_entry(one, disguise, names) for one in value]
        elif key == "attachments":
            found[key] = [_attachment(one, names) for one in value]
        elif value is not None:
            found[key] = value
    return found


def _attachment(data: Mapping[str, Any], names: Pseudonyms) -> dict[str, Any]:
    """What is attached is withheld; its code stands where its digest would."""
    said = f"{data.get('file') or data.get('reference')} {data.get('sha256', '')}"
    code = names.code("attachment", said)
    found = {"reference": f"withheld {code[:16]}", "sha256": code}
    return found | ({"grade": data["grade"]} if data.get("grade") else {})


def hold_verdicts(
    original: tuple[PeriodPoints, JudgedOnce],
    redacted: tuple[PeriodPoints, JudgedOnce],
    made_of: Redacted,
    judging: Judging,
) -> None:
    """Judge both on every day that the report tells of.

    Raises ConfigError where a verdict would change.
    """
    for points, once in (original, redacted):
        once.make((one.todo for one in points.every()), judging.workers, judging.progress)
        for said in once.damaged.values():
            raise IntegrityError(said, "A pack is made of a whole store only.")
    there = redacted[0].keyed
    for account, keyed in original[0].keyed.items():
        # Evidence that retention took away was judged once, and cannot be put under pseudonyms.
        days = {one.point.day: one for one in there.get(made_of.names.account(account), ())}
        keyed = [one for one in keyed if one.point.day in days]
        other = [days[one.point.day] for one in keyed]
        before = original[1].read([one.todo for one in keyed])
        after = redacted[1].read([one.todo for one in other])
        for one, plain, made in zip(keyed, before, after, strict=True):
            here, now = _counts(plain), _counts(made)
            changed = sorted({key[0] for key in (here - now) + (now - here)})
            if changed:
                raise ConfigError(
                    f"Under pseudonyms {', '.join(changed)} would be judged otherwise in account "
                    f"{account} on {one.point.day}: a redacted pack would not tell the truth. "
                    "No pack was written.",
                    _why(made_of.left),
                )


def _why(left: Sequence[str]) -> str:
    """What may be behind a verdict that would change."""
    if not left:
        return (
            "A pattern may fit a name that only a later snapshot has, by part of a word or across "
            "a / or : of its path; a pack of another period may do."
        )
    more = f" and {len(left) - 3} more" if len(left) > 3 else ""
    return f"Too many names to tell them one by one: the pattern {', '.join(left[:3])}{more}."


def _counts(judged: JudgedFile) -> Counter[tuple[str, str, str]]:
    found = judged.assessment()
    return Counter(
        (r.control_id, r.resource_type, r.verdict.value) for r in (*found.results, *found.variants)
    )
