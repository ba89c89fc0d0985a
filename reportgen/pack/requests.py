"""Answers an auditor's request list from a pack: line, path, hash, or an honest "not held".

A line is answered by what it names (a control, a requirement of a framework, an account), else by
words that it has (``topics.py``). What a control could not see is not held.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reportgen.errors import IntegrityError, UsageError
from reportgen.evidence.answers import AnswerError, decode
from reportgen.evidence.seal import Flaw
from reportgen.pack.check import check_pack
from reportgen.pack.checked import Trust
from reportgen.pack.codec import FAST
from reportgen.pack.container import BROKEN, Container, content_of, opened
from reportgen.pack.manifest import MANIFEST_LIMIT, Manifest
from reportgen.pack.results import csv_text
from reportgen.pack.topics import TOPICS

_TEXT = ("request", "description", "item", "text", "evidence requested", "request description")
_ID = ("id", "no", "no.", "number", "ref", "reference", "#", "request id")
# What reading a file of another form than it must be can raise.
_MALFORMED = (*BROKEN, csv.Error, KeyError, IndexError, TypeError, AttributeError, RecursionError)
HELD, IN_PART, NOT_HELD = "held", "held in part", "not held"
_COLUMNS = ("line", "id", "request", "answer", "path", "sha256", "why")


@dataclass(frozen=True)
class AuditRequest:
    """A line of the list: its number in the file from 1, the auditor's id, and the text."""

    line: int
    id: str
    text: str


@dataclass(frozen=True)
class AuditAnswer:
    """One file that answers a request, or that none does; ``path`` is empty for none."""

    request: AuditRequest
    answer: str
    path: str
    sha256: str
    why: str


def read_requests(path: Path) -> list[AuditRequest]:
    """Read a request list: CSV with a heading, of which one column is the request.

    Raises UsageError that names the columns.
    """
    try:
        text = decode(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    except AnswerError as error:
        raise UsageError(f"{path}: {error}.", "Save it as CSV, UTF-8.") from error
    first = text.splitlines()[0] if text.strip() else ""
    mark = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error as error:
        raise UsageError(f"{path}: is no CSV: {error}.") from error
    heading = [cell.strip().casefold() for cell in rows[0]] if rows else []
    asked = next((heading.index(name) for name in _TEXT if name in heading), None)
    if asked is None:
        raise UsageError(
            f"{path}: has no column of requests (it has {', '.join(heading) or 'nothing'}).",
            f"Name the column {_TEXT[0]!r}.",
        )
    named = next((heading.index(name) for name in _ID if name in heading), None)
    found = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) > asked and row[asked].strip():
            own = row[named].strip() if named is not None and len(row) > named else ""
            found.append(AuditRequest(number, own, row[asked].strip()))
    return found


def answer(pack: Path, requests: Sequence[AuditRequest]) -> list[AuditAnswer]:
    """Answer each request. Raises IntegrityError for a pack with a flaw: it answers nothing."""
    checked = check_pack(pack, Trust("0" * 14, unsigned=True), FAST)
    if checked.flaws or checked.manifest is None:
        said = str(checked.flaws[0]) if checked.flaws else "nothing can be read"
        raise IntegrityError(f"{pack}: {said}", "A pack with a flaw answers nothing.")
    container, _ = opened(pack, FAST)
    if container is None:
        raise IntegrityError(f"{pack}: cannot be read any more.")
    try:
        holdings = _Holdings(checked.manifest, container)
    finally:
        container.close()
    return [one for request in requests for one in holdings.answer(request)]


class _Holdings:
    """What a pack holds, by what a request may name."""

    def __init__(self, manifest: Manifest, container: Container) -> None:
        self._manifest = manifest
        names = manifest.files
        self._controls = sorted({n.split("/")[1] for n in names if n.startswith("controls/")})
        accounts = manifest.data["scope"].get("accounts")
        self._accounts = sorted(map(str, accounts if isinstance(accounts, list) else ()))
        self._verdicts = {control: Counter[str]() for control in self._controls}
        # (framework, requirement) -> its controls, and what reaches it.
        self._requirements: dict[tuple[str, str], tuple[list[str], str]] = {}
        for name in names:
            try:
                self._read(name, container)
            except _MALFORMED as error:
                said = f"{type(error).__name__}: {error}"
                flaw = Flaw("invalid", f"{container.place}: {name}", "what a pack has there", said)
                raise IntegrityError(str(flaw), "A pack with a flaw answers nothing.") from error

    def _read(self, name: str, container: Container) -> None:
        if name.startswith("evaluations/"):
            self._count(content_of(container, name, MANIFEST_LIMIT))
        elif name.startswith("frameworks/") and name.endswith(".csv"):
            text = content_of(container, name, MANIFEST_LIMIT).decode("utf-8-sig")
            for row in csv.DictReader(io.StringIO(text, newline="")):
                key = row["framework"], row["id"]
                self._requirements[key] = row["controls"].split(), row["reach"]

    def _count(self, content: bytes) -> None:
        """Verdicts of one account at the period's end, by control."""
        for control, counts in json.loads(content)[-1]["controls"].items():
            here = self._verdicts.setdefault(control, Counter())
            here.update({k: v for k, v in counts.items() if k != "sha256"})

    def answer(self, request: AuditRequest) -> Iterator[AuditAnswer]:
        """Every file that answers a request; one line of "not held" where there is none."""
        found = list(self._named(request.text)) or list(self._by_words(request.text))
        told: set[str] = set()
        for path, state, why in found:
            if (path or why) in told:
                continue
            told.add(path or why)
            listed = self._manifest.files.get(path)
            yield AuditAnswer(request, state, path, listed.sha256 if listed else "", why)
        if not told:
            why = "nothing that it names, and none of its words, is in the pack"
            yield AuditAnswer(request, NOT_HELD, "", "", why)

    def _named(self, text: str) -> Iterator[tuple[str, str, str]]:
        tokens = set(re.findall(r"[A-Z0-9][A-Z0-9.-]*[A-Z0-9]", text.upper()))
        for control in self._controls:
            if control.upper() in tokens:
                yield from self._control(control, f"names {control}")
        for (framework, requirement), (controls, reach) in self._requirements.items():
            if not names_requirement(text, tokens, framework, requirement):
                continue
            said = f"names {framework} {requirement}"
            for control in controls:
                yield from self._control(control, said)
            if not controls:
                yield "", NOT_HELD, f"{said}, which no control reaches (reach: {reach})"
        for account in self._accounts:
            if account in tokens:
                yield f"collection/{account}.html", HELD, f"names the account {account}"

    def _control(self, control: str, why: str) -> Iterator[tuple[str, str, str]]:
        path = f"controls/{control}/results.csv"
        if path not in self._manifest.files:
            return
        counts = self._verdicts.get(control, Counter())
        unseen = counts["not-evaluated"]
        seen = counts["pass"] + counts["fail"] + counts["not-applicable"]
        state = HELD if not unseen else IN_PART if seen else NOT_HELD
        lacking = f"; {unseen} results could not be evaluated" if unseen else ""
        yield path, state, f"{why}: {seen} judged{lacking}"

    def _by_words(self, text: str) -> Iterator[tuple[str, str, str]]:
        plain = " ".join(text.casefold().split())
        for words, paths in TOPICS:
            hit = next((w for w in words if re.search(rf"\b{re.escape(w)}", plain)), None)
            if hit is not None:
                yield from self._at(paths, f'has the words "{hit}"')

    def _at(self, paths: Iterable[str], why: str) -> Iterator[tuple[str, str, str]]:
        for path in paths:
            if path.startswith("controls/"):
                start = path.removeprefix("controls/")
                for control in (c for c in self._controls if c.startswith(start)):
                    yield from self._control(control, why)
            else:
                for name in self._manifest.files:
                    if name == path or (path.endswith("/") and name.startswith(path)):
                        yield name, HELD, why


def names_requirement(text: str, tokens: set[str], framework: str, requirement: str) -> bool:
    """Whether a request names a requirement: a bare number counts beside its framework only."""
    wanted = requirement.upper()
    if re.search(r"[A-Z]", wanted) and re.search(r"\d", wanted):
        return bool(re.search(rf"(?<![\w.-]){re.escape(wanted)}(?![\w-]|\.\d)", text.upper()))
    about = {word for word in framework.upper().split() if re.fullmatch(r"[A-Z]{3,}", word)}
    return wanted in tokens and bool(about & set(re.findall(r"[A-Z]{3,}", text.upper())))


def as_csv(answers: Iterable[AuditAnswer]) -> bytes:
    """The answers as CSV, one file a line; no cell is taken for a formula."""
    rows: list[tuple[object, ...]] = [_COLUMNS]
    rows += [
        (a.request.line, a.request.id, a.request.text, a.answer, a.path, a.sha256, a.why)
        for a in answers
    ]
    return csv_text(rows)


def totals(requests: Sequence[AuditRequest], answers: Iterable[AuditAnswer]) -> str:
    """One line: how many requests are held, in part, and not."""
    best: dict[int, str] = {}
    order = {HELD: 0, IN_PART: 1, NOT_HELD: 2}
    for a in answers:
        before = best.get(a.request.line, NOT_HELD)
        best[a.request.line] = min(before, a.answer, key=order.__getitem__)
    counts: Mapping[str, int] = Counter(best.values())
    return (
        f"{len(requests)} requests: {counts.get(HELD, 0)} held, {counts.get(IN_PART, 0)} held in "
        f"part, {counts.get(NOT_HELD, 0)} not held."
    )
