"""Collect one account: its sources side by side, in each region where they are regional.

What a source gave is handed on as soon as it is there, so that it can be kept before the rest is
read; whatever its outcome, it becomes evidence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from reportgen.clock import now, to_text
from reportgen.collect.items import Failure, Outcome, Read, Whose, item_of, jsonable, reading_of
from reportgen.collect.regions import Regions, regions_of
from reportgen.collect.session import Session
from reportgen.errors import CollectError
from reportgen.evidence.store import Item
from reportgen.model import Status
from reportgen.sources.source import Aws, Before, ReadError, Reading, Scope, Source, malformed

# Called with (evidence key, status, detail) as each read ends.
Progress = Callable[[str, Status, str], None]

_ARN_ACCOUNT = re.compile(r"arn:(aws[\w-]*):(?:iam|sts)::([0-9]{12}):")
# Read before all else: whose the evidence is, and where there is more.
_FIRST = ("caller-identity", "regions")
# Reads at once in one account; with more, AWS begins to throttle.
_WORKERS = 10

# What a record that is not of its operation's form does to the function that reads it, which may be
# the organisation's own: it spoils its source, and no other.
_BROKEN = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)

# A source and where to read it; the region is empty where it is not regional.
Task = tuple[Source, str]


class AccountRun:
    """Reads the sources of one account as one caller.

    ``regions`` are those to read where they are switched on; empty: all that are. ``kept`` has what
    an interrupted run of the same account has read already, by evidence key; it is not read again.
    ``before`` has what the account's last snapshot holds of sources that may take it over, by
    evidence key too. ``planned`` is told how many reads there will be, once that is known.
    """

    def __init__(
        self,
        session: Session,
        sources: Mapping[str, Source],
        progress: Progress,
        regions: Sequence[str] = (),
        kept: Mapping[str, Item] | None = None,
        before: Mapping[str, Before] | None = None,
        planned: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._session = session
        self._sources = sources
        self._progress = progress
        self._regions = tuple(regions)
        self._kept = kept or {}
        self._before = before or {}
        self._planned = planned
        self._outcomes: dict[str, Outcome] = {}
        self._whose: Whose | None = None

    def items(self) -> Iterator[Item]:
        """The evidence of each source as soon as it is read and known whose it is.

        Raises CollectError when nothing tells which account this is.
        """
        waiting: list[Read] = []
        for read in self._reads():
            self._progress(read.key, read.status, read.detail)
            waiting.append(read)
            self._whose = self._whose or _whose(self._outcomes)
            if self._whose is not None:
                yield from (item_of(r, self._whose, self._session.region) for r in waiting)
                waiting = []
        if self._whose is None:
            raise _nameless(self._outcomes)

    def _reads(self) -> Iterator[Read]:
        """Every read as it ends. Raises CollectError after those that ended before it."""
        done = 0
        for name in _FIRST:
            for source, region in self._tasks(n for n in self._sources if n == name):
                yield self._noted(self._read(source, region))
                done += 1
        tasks = self._tasks(n for n in self._sources if n not in _FIRST)
        self._planned(done + len(tasks))
        yield from self._side_by_side(tasks)

    def _tasks(self, names: Iterable[str]) -> list[Task]:
        """What is to be read, region by region; what is kept is taken up in its place."""
        tasks = []
        for source in (self._sources[name] for name in names):
            for region in self._places(source):
                key = _key(source, region)
                if key in self._kept:
                    self._take_up(key, self._kept[key])
                else:
                    tasks.append((source, region))
        return sorted(tasks, key=lambda task: task[1])

    def _side_by_side(self, waiting: list[Task]) -> Iterator[Read]:
        """Each read starts when those that it needs have ended."""
        running: dict[Future[Read], Task] = {}
        lost: CollectError | None = None
        pool = ThreadPoolExecutor(_WORKERS)
        try:
            while running or (waiting and lost is None):
                open_ones = {_key(*task) for task in (*waiting, *running.values())}
                for task in [t for t in waiting if lost is None and self._ready(t, open_ones)]:
                    waiting.remove(task)
                    running[pool.submit(self._read, *task)] = task
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=lambda f: _key(*running[f])):
                    _, region = running.pop(future)
                    error = future.exception()
                    if isinstance(error, CollectError):
                        lost = lost or error
                        continue
                    yield self._noted(future.result())
                    if not any(r == region for _, r in (*waiting, *running.values())):
                        self._session.release(region)
        finally:
            pool.shutdown(cancel_futures=True)
        if lost is not None:
            raise lost

    def _ready(self, task: Task, open_ones: Container[str]) -> bool:
        source, region = task
        needed = [_key(self._sources[n], region) for n in source.after if n in self._sources]
        return not any(key in open_ones for key in needed)

    def _noted(self, read: Read) -> Read:
        self._outcomes[read.key] = read.outcome
        return read

    def _take_up(self, key: str, item: Item) -> None:
        """Go on from what was kept: sources after it may need it."""
        envelope = item.envelope
        self._whose = Whose(envelope.partition, envelope.account_id, envelope.caller_arn)
        reading = reading_of(item)
        if reading is not None:
            self._outcomes[key] = reading
        else:
            error = ReadError(envelope.status, "Earlier", envelope.detail)
            self._outcomes[key] = Failure(envelope.status, error, Reading())

    def regions(self) -> Regions:
        """Where regional sources are read, and where not; known once the regions are listed."""
        outcome = self._outcomes.get("regions")
        return regions_of(self._regions, outcome, self._session.region)

    def _places(self, source: Source) -> tuple[str, ...]:
        """The regions in which to read a source; one empty one where it is not regional."""
        return self.regions().read if source.scope is Scope.REGION else ("",)

    def _read(self, source: Source, region: str) -> Read:
        earlier: dict[str, Reading | None] = {}
        for name in source.after:
            wanted = self._outcomes.get(f"{name}@{region}", self._outcomes.get(name))
            if isinstance(wanted, Reading):
                earlier[name] = wanted
            elif wanted is not None and wanted.status is Status.NOT_ENABLED:
                earlier[name] = None
        aws = Aws(self._session, region, earlier, self._before.get(_key(source, region)))
        read_at = to_text(now())
        outcome: Outcome
        try:
            answer = source.read(aws)
        except ReadError as error:
            # What AWS answered until then is kept: it may show why.
            status = source.status(error.code) if error.code in source.absent else error.status
            outcome = Failure(status, error, aws.reading)
        except _BROKEN as error:
            # What it says may quote the answer, in which a secret may stand.
            said = malformed(f"an answer is not of its form ({type(error).__name__})")
            outcome = Failure(said.status, said, aws.reading)
        else:
            if isinstance(answer, bytes):
                aws.reading.content = answer
            else:
                aws.reading.data = dict(answer)
            outcome = aws.reading
        return Read(source, region, read_at, outcome)


def _key(source: Source, region: str) -> str:
    """The evidence key of a task."""
    return f"{source.name}@{region}" if source.scope is Scope.REGION else source.name


def _whose(outcomes: Mapping[str, Outcome]) -> Whose | None:
    """Partition, account and caller; from the answers' ARNs where STS would not say."""
    identity = outcomes.get("caller-identity")
    if isinstance(identity, Reading):
        arn, account = str(identity.data.get("Arn", "")), str(identity.data.get("Account", ""))
        if re.fullmatch(r"[0-9]{12}", account):
            return Whose(arn.split(":")[1] if arn.startswith("arn:") else "aws", account, arn)
    for outcome in outcomes.values():
        if isinstance(outcome, Reading):
            body = outcome.content or json.dumps(outcome.data, default=jsonable).encode()
            match = _ARN_ACCOUNT.search(body.decode("utf-8", "replace"))
            if match:
                return Whose(match[1], match[2], "")
    return None


def _nameless(outcomes: Mapping[str, Outcome]) -> CollectError:
    failures = [o for o in outcomes.values() if isinstance(o, Failure)]
    if len(failures) == len(outcomes):
        return CollectError(
            f"AWS answered none of the requests; the first: {failures[0].error}",
            "Check the network, AWS_ENDPOINT_URL and the permissions of the caller.",
        )
    return CollectError("Nothing that AWS answered tells which account this is.")
