"""Throws damaged policies at the policy engine: it must neither raise nor be slow.

Run by ``make fuzz``. Each document is a seed of ``bench/seeds`` changed some times by dice that
follow from the seed number and the document's own number alone, so that any one can be made again:
``python -m bench.fuzz --seed 1 --start 4711 --count 1``. It goes through parse, lint, analyse and
simulate, in each place where a policy can stand; two of the requests are asked of each, in turn.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from reportgen.policy.account import read_account
from reportgen.policy.actions import database
from reportgen.policy.analyse import analyse
from reportgen.policy.cases import simulate
from reportgen.policy.document import parse
from reportgen.policy.lint import lint_text

SEEDS = Path(__file__).parent / "seeds"
SLOWEST = 1.0
# A stage is stopped after so many times what is too slow.
GIVE_UP = 5
LONGEST = 20_000
# Documents between two collections of garbage.
_TIDY_EVERY = 100
ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/dana"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app-1/run"
REQUESTS = (
    (USER, "s3:GetObject", "arn:aws:s3:::b/k"),
    (SESSION, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/app-1"),
    ("ec2.amazonaws.com", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/app-1"),
    ("*", "kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"),
)
STRINGS = (
    "*", "?", "", "${", "}", "${aws:username}", "${*}", "arn:aws:iam::*:role/*", "arn:aws:s3:::b/*",
    "iam:*", "s3:Get*", "*:*", "sts:AssumeRole", "iam:PassRole", "Allow", "Deny", "true", "false",
    "0", "-1", "1e999", "9" * 40, "2026-02-30", "0.0.0.0/0", "::/0", "300.1.1.1/99", "\u0000",
    "\ud800", "\ue000", "../../x", "/etc/hostname", "a" * 400, "*a" * 40, "?" * 60,
    "**", "[", "(", "\\", "'",
    "2012-10-17", "2008-10-17", "ForAllValues:", "IfExists", "o-abc", ACCOUNT, "\n",
    "%7B", "\u202e",
)  # fmt: skip
NAMES = (
    "Version", "Statement", "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource",
    "Principal", "NotPrincipal", "Condition", "AWS", "Service", "Federated", "StringLike", "Null",
    "StringEquals", "ForAnyValue:StringLike", "NumericLessThan", "DateLessThan", "IpAddress",
    "ArnLikeIfExists", "BoolIfExists", "StringNotEquals", "aws:SourceIp", "aws:PrincipalTag/a",
    "aws:RequestedRegion", "iam:PassedToService", "aws:TagKeys", "aws:CurrentTime", "Id",
)  # fmt: skip
# As text, so that no document changes what the next one gets.
VALUES = ("null", "true", "false", "0", "-1", "1.5", "1" + "0" * 30, "[]", "{}", "[[]]", "[{}]",
          '{"": ""}')  # fmt: skip


# -- damage -------------------------------------------------------------------------------


def seeds() -> list[str]:
    """The texts of the seeds, in the order of their names."""
    return [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.json"))]


def document(texts: Sequence[str], seed: int, number: int) -> str:
    """Document ``number`` of a run: a seed, changed."""
    dice = random.Random(f"{seed}/{number}")
    text = dice.choice(texts)
    if dice.random() < 0.75:
        text = _in_shape(text, texts, dice)
    if dice.random() < 0.4:
        for _ in range(dice.randint(1, 4)):
            text = _in_text(text, dice)
    return text[:LONGEST]


def _in_shape(text: str, texts: Sequence[str], dice: random.Random) -> str:
    try:
        value = json.loads(text)
        other = json.loads(dice.choice(texts))
    except ValueError:
        return text
    for _ in range(dice.randint(1, 6)):
        value = _change(value, other, dice)
    return json.dumps(value, ensure_ascii=dice.random() < 0.5)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each key or index in it."""
    stack = [value]
    while stack:
        here = stack.pop()
        if isinstance(here, (dict, list)):
            for key in here if isinstance(here, dict) else range(len(here)):
                yield here, key
                stack.append(here[key])


def _change(value: Any, other: Any, dice: random.Random) -> Any:
    places = list(_places(value))
    if not places:
        return dice.choice((other, value, [value]))
    here, key = dice.choice(places)
    kind = dice.randrange(9)
    if kind == 0:
        here[key] = json.loads(dice.choice(VALUES))
    elif kind == 1:
        here[key] = dice.choice(STRINGS)
    elif kind == 2:
        here[key] = [here[key]] if dice.random() < 0.5 else [here[key]] * dice.randint(2, 30)
    elif kind == 3 and isinstance(here, dict):
        here[dice.choice(NAMES)] = here.pop(key)
    elif kind == 4:
        del here[key]
    elif kind == 5:
        found = list(_places(other))
        if found:
            there, name = dice.choice(found)
            here[key] = json.loads(json.dumps(there[name]))
    elif kind == 6 and isinstance(here[key], str):
        here[key] = _in_text(here[key], dice)
    elif kind == 7 and isinstance(here, list):
        here.append(json.loads(json.dumps(here[key])))
    else:
        nest: Any = here[key]
        for _ in range(dice.choice((1, 2, 5, 60))):
            nest = [nest] if dice.random() < 0.5 else {dice.choice(NAMES): nest}
        here[key] = nest
    return value


def _in_text(text: str, dice: random.Random) -> str:
    at = dice.randint(0, len(text))
    end = min(len(text), at + dice.randint(0, 12))
    kind = dice.randrange(5)
    if kind == 0:
        return text[:at] + text[end:]
    if kind == 1:
        return text[:at] + dice.choice(STRINGS) + text[at:]
    if kind == 2:
        return text[:at] + text[at:end] * dice.randint(2, 50) + text[end:]
    if kind == 3:
        return text[:at] + chr(dice.choice((0, 34, 42, 63, 92, 123, 0xD7FF, 0x1F600))) + text[end:]
    return text[:at]


# -- judgement ----------------------------------------------------------------------------


def _parse(text: str) -> None:
    parse(text)
    parse(text.encode("utf-8", "surrogatepass"))


def _lint(text: str) -> None:
    lint_text(text.encode("utf-8", "surrogatepass"))


def _analyse(text: str) -> None:
    policy = f"arn:aws:iam::{ACCOUNT}:policy/p"
    inline = [{"PolicyName": "own", "PolicyDocument": text}]
    trust = {"Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:*"}}
    answer = {
        "UserDetailList": [
            {"UserName": "dana", "Arn": USER, "Path": "/", "UserPolicyList": inline,
             "Tags": [{"Key": "a", "Value": "b"}]},
            {"UserName": "eli", "Arn": USER.replace("dana", "eli"), "Path": "/",
             "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": policy}],
             "PermissionsBoundary": {"PermissionsBoundaryArn": policy}},
        ],
        "RoleDetailList": [
            {"RoleName": "app-1", "Arn": f"arn:aws:iam::{ACCOUNT}:role/app-1", "Path": "/",
             "AssumeRolePolicyDocument": text, "RolePolicyList": inline,
             "Tags": [{"Key": "b", "Value": "x"}]},
            {"RoleName": "boss", "Arn": f"arn:aws:iam::{ACCOUNT}:role/boss", "Path": "/",
             "AssumeRolePolicyDocument": trust, "Tags": [{"Key": "a", "Value": "c"}],
             "AttachedManagedPolicies": [
                {"PolicyName": "AdministratorAccess",
                 "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]},
        ],
        "GroupDetailList": [],
        "Policies": [
            {"PolicyName": "p", "Arn": policy, "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": True, "Document": text}]},
        ],
    }  # fmt: skip
    rows = analyse([read_account(answer)])
    json.dumps(rows)


def _simulate(text: str, requests: Sequence[tuple[str, str, str]] = REQUESTS) -> None:
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    lines = [text]
    for principal, action, resource in requests:
        case: dict[str, Any] = {"principal": principal, "action": action, "resource": resource}
        case["context"] = {"aws:SourceIp": "203.0.113.9", "aws:TagKeys": ["a", "b"]}
        lines += [
            json.dumps({**case, "identity_policies": [everything], key: value})
            for key, value in (
                ("identity_policies", [everything, text]),
                ("permissions_boundary", text),
                ("resource_policy", text),
                ("endpoint_policy", text),
                ("scps", [[everything], [text]]),
                ("rcps", [[text]]),
            )
        ]
        try:
            lines.append(json.dumps({**case, "resource_policy": json.loads(text)}))
        except (ValueError, RecursionError):
            continue
    for row in simulate(lines):
        assert row.keys() >= {"id", "decision", "because"}, row
        json.dumps(row)


STAGES: dict[str, Callable[[str], None]] = {
    "parse": _parse,
    "lint": _lint,
    "analyse": _analyse,
    "simulate": _simulate,
}


def stages_of(number: int) -> dict[str, Callable[[str], None]]:
    """The stages for document ``number``: one request of a principal that has an account, one not.

    To ask all four would cost a third more for each document; so more documents are seen.
    """
    asked = (REQUESTS[number % 2], REQUESTS[2 + number // 2 % 2])
    return {**STAGES, "simulate": partial(_simulate, requests=asked)}


class TooSlow(Exception):
    """A document took so long that it was given up."""


@dataclass(frozen=True)
class Failure:
    """What went wrong: in which stage, what was raised, and how long it took."""

    stage: str
    kind: str
    said: str
    seconds: float

    @property
    def same(self) -> tuple[str, str]:
        """What a smaller document must show to fail in the same way."""
        return self.stage, self.kind


def judge(
    text: str, stages: dict[str, Callable[[str], None]], slowest: float = SLOWEST
) -> tuple[Failure | None, float]:
    """The first failure of a document, and the longest that a stage took (CPU seconds)."""
    signal.signal(signal.SIGVTALRM, _give_up)
    longest = 0.0
    for stage, run in stages.items():
        start = time.process_time()
        kind = said = ""
        signal.setitimer(signal.ITIMER_VIRTUAL, GIVE_UP * slowest)
        try:
            run(text)
        except TooSlow:
            kind = "TooSlow"
        except Exception as error:  # noqa: BLE001 - any at all is what is looked for
            kind, said = type(error).__name__, str(error)[:300]
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        seconds = time.process_time() - start
        longest = max(longest, seconds)
        if not kind and seconds > slowest:
            kind = "TooSlow"
        if kind:
            return Failure(stage, kind, said, seconds), longest
    return None, longest


def smallest(
    text: str,
    failure: Failure,
    stages: dict[str, Callable[[str], None]],
    slowest: float = SLOWEST,
    seconds: float = 60.0,
) -> str:
    """A part of the document that still fails in the same way, as small as is found in the time."""
    only = {failure.stage: stages[failure.stage]}
    end = time.process_time() + seconds
    size = max(1, len(text) // 2)
    while size >= 1 and time.process_time() < end:
        at, shrunk = 0, False
        while at < len(text) and time.process_time() < end:
            shorter = text[:at] + text[at + size :]
            found, _ = judge(shorter, only, slowest)
            if found is not None and found.same == failure.same:
                text, shrunk = shorter, True
            else:
                at += size
        if not shrunk or size > 1:
            size = size // 2 if size > 1 else 0
    return text


def fuzz(
    count: int,
    seed: int = 1,
    *,
    start: int = 0,
    seconds: float = 0.0,
    stages: dict[str, Callable[[str], None]] | None = None,
    tell: Callable[[str], None] = partial(print, flush=True),  # noqa: B008 - it holds no state
) -> tuple[int, int]:
    """Judge ``count`` documents, or as many as the CPU ``seconds`` allow; how many, and failures.

    Each failure is told with what makes the document again, and its smallest part.
    """
    texts = seeds()
    begun = time.process_time()
    known: set[tuple[str, str]] = set()
    database()
    # Garbage is collected between documents: how long that takes depends on all that came before,
    # and what is kept then is not looked through again.
    gc.disable()
    _tidy()
    failures = done = 0
    worst, where = 0.0, start
    for number in range(start, start + count):
        if seconds and time.process_time() - begun > seconds:
            break
        text = document(texts, seed, number)
        used = stages_of(number) if stages is None else stages
        failure, longest = judge(text, used)
        done += 1
        if done % _TIDY_EVERY == 0:
            _tidy()
        if longest > worst:
            worst, where = longest, number
        if failure is not None:
            failures += 1
            tell(f"--seed {seed} --start {number} --count 1: {failure.stage}: {failure.kind} "
                 f"{failure.said} ({failure.seconds:.2f} s)")  # fmt: skip
            if failure.same not in known:
                known.add(failure.same)
                tell(f"  smallest: {json.dumps(smallest(text, failure, used))}")
        if done % 10_000 == 0:
            tell(f"{done:,} documents, {failures} failures so far")
    spent = time.process_time() - begun
    gc.unfreeze()
    gc.enable()
    tell(f"{done:,} documents of seed {seed} from {start}, {failures} failures, {spent:.0f} s CPU; "
         f"the slowest stage took {worst:.3f} s (document {where})")  # fmt: skip
    return done, failures


def _tidy() -> None:
    gc.collect()
    gc.freeze()


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow


def main() -> None:
    """Read the arguments, run, and exit with 1 if anything failed."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--count", type=int, default=1_000_000)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--start", type=int, default=0)
    reader.add_argument("--seconds", type=float, default=0.0, help="CPU seconds; 0: no limit")
    given = reader.parse_args()
    _, failures = fuzz(given.count, given.seed, start=given.start, seconds=given.seconds)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
