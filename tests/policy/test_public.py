"""The policy package as a library: what it exports, and that it stands alone and changes nothing."""

from __future__ import annotations

import dataclasses
import gc
import re
import subprocess
import sys
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import reportgen.policy as engine
from reportgen.policy import account
from reportgen.policy.account import PolicySource
from reportgen.policy.actions import database
from reportgen.policy.cases import Documents
from reportgen.policy.conditions import condition_of
from reportgen.policy.memo import Memo
from reportgen.policy.memory import ByIdentity
from reportgen.policy.speaking import MOST_ACTIONS, effects
from tests.policies import allow, ask, policy, statement

ROOT = Path(__file__).parents[2]


def test_everything_exported_is_there_and_told() -> None:
    assert sorted(engine.__all__, key=str.casefold) == sorted(set(engine.__all__), key=str.casefold)
    for name in engine.__all__:
        found = getattr(engine, name)
        assert isinstance(found, str) or found.__doc__ or dataclasses.is_dataclass(found), name


def test_it_is_typed_and_loads_nothing_else_of_reportgen() -> None:
    assert (ROOT / "reportgen" / "py.typed").exists()
    code = (
        "import sys, reportgen.policy\n"
        "print([m for m in sorted(sys.modules) if m.startswith('reportgen.') "
        "and not m.startswith('reportgen.policy')])\n"
        "print([m for m in ('boto3', 'pandas', 'typer', 'pydantic', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


def test_the_example_of_the_documentation_runs_and_says_what_is_written() -> None:
    text = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    section = text.split("## As a library", 1)[1].split("\n## ", 1)[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    expected = re.findall(r"# prints: (.*)", code)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == expected
    assert len(expected) >= 3


def test_judging_leaves_documents_as_they_were() -> None:
    """Frozen objects hold what was read, and no memory of what was asked."""
    document = engine.parse(policy(statement(Action="s3:*"), statement("Deny", Action="iam:*")))
    before = [dict(vars(document)), *(dict(vars(s)) for s in document.statements)]
    request = engine.Request("arn:aws:iam::111122223333:user/dana", "s3:GetObject")
    assert engine.decide(request, engine.Policies((document,))).decision == engine.ALLOWED
    assert engine.lint_document(document)
    answer = {"UserDetailList": [{"UserName": "dana", "Arn": request.principal}]}
    found = engine.read_account(answer)
    subject = found.subjects[request.principal]
    source = PolicySource("own", document)
    found.subjects[request.principal] = dataclasses.replace(subject, sources=(source,))
    assert engine.analyse_accounts([found])[0]["admin"] == "none"
    known = [database().service_bits("s3"), database().service_bits("iam")]
    assert [database().of(s) for s in document.statements] == known
    assert [dict(vars(document)), *(dict(vars(s)) for s in document.statements)] == before


def test_a_condition_keeps_no_memory_in_itself() -> None:
    condition = condition_of("StringEquals", "aws:PrincipalTag/Team", ("x",))
    before = dict(vars(condition))
    assert condition.lowered == "aws:principaltag/team"
    assert vars(condition) == before


def test_the_memory_of_documents_is_bounded() -> None:
    documents = Documents(most=3)
    texts = [f'{{"Statement": {{"Effect": "Allow", "Action": "s3:Get{n}"}}}}' for n in range(5)]
    read = [documents.parse(text) for text in texts]
    assert len(documents) == 3
    assert documents.parse(texts[4]) is read[4]
    assert documents.parse(texts[2]) is read[2]
    assert documents.parse(texts[0]) is not read[0]
    assert documents.parse(texts[0]) == read[0]
    # The one asked for least lately went: the fourth, not the third.
    assert documents.parse(texts[2]) is read[2]
    assert documents.parse(texts[3]) is not read[3]


def test_the_memory_of_documents_is_bounded_by_their_size_too() -> None:
    documents = Documents(characters=1_000)
    text = '["' + "x" * 100 + '"]'
    for n in range(20):
        value, end = documents.at(f'{{"n": {n}, "a": {text}}}', 0)
        assert (value.statements, end) == ((), len(f'{{"n": {n}, "a": {text}}}'))
    assert 1 <= len(documents) <= 9
    # One that would take more than an eighth of it is read and not kept.
    held = len(documents)
    documents.at(f'{{"a": "{"x" * 130}"}}', 0)
    assert len(documents) == held


def test_a_document_given_as_an_object_is_read_once() -> None:
    documents = Documents()
    assert documents.parse(allow()) is documents.parse(dict(reversed(allow().items())))
    assert documents.parse(documents.parse(allow())) is documents.parse(allow())
    assert documents.parse(None).unjudged == ["a policy is a JSON object, not null"]


def test_a_memo_goes_by_identity_and_forgets_the_oldest() -> None:
    made: list[list[int]] = []

    def make(thing: list[int]) -> int:
        made.append(thing)
        return len(made)

    memo = Memo(make, 2)
    first, second, third = [0], [0], [0]
    assert [memo(first), memo(second), memo(first)] == [1, 2, 1]
    assert (memo(third), len(memo)) == (3, 2)
    assert (memo(first), memo(second)) == (1, 4)


def test_the_memory_of_decisions_is_bounded() -> None:
    for n in range(1_100):
        ask("s3:GetObject", allow(Action=f"s3:Get{n}"))
    assert len(effects) <= 1_024


def test_the_memory_of_the_documents_of_accounts_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(account, "MOST_DOCUMENTS", 3)
    monkeypatch.setattr(account, "_documents", OrderedDict())
    read = [account.document(allow(Action=f"s3:Get{n}")) for n in range(3)]
    assert account.document(allow(Action="s3:Get0")) is read[0]
    account.document(allow(Action="s3:Get3"))
    # The one asked for least lately went.
    assert account.document(allow(Action="s3:Get0")) is read[0]
    assert account.document(allow(Action="s3:Get1")) is not read[1]
    assert account.document(allow(Action="s3:Get1")) == read[1]


def test_what_is_known_of_an_object_goes_with_it() -> None:
    asked: list[str] = []

    def work_out(document: engine.Document) -> int:
        asked.append(document.version)
        return len(asked)

    known = ByIdentity(work_out)
    first, second = engine.parse(allow()), engine.parse(allow())
    assert [known(first), known(second), known(first)] == [1, 2, 1]
    assert len(known) == 2
    del first
    gc.collect()
    assert len(known) == 1
    assert known(second) == 2


def test_a_memo_is_asked_by_many_threads_at_once() -> None:
    things = [[n] for n in range(50)]
    memo = Memo(lambda thing: thing[0] * 2, 2)
    with ThreadPoolExecutor(8) as pool:
        asked = things * 200
        assert list(pool.map(memo, asked)) == [2 * thing[0] for thing in asked]
    assert len(memo) <= 2


def test_the_memory_of_actions_begins_anew_and_stays_right() -> None:
    document = engine.parse(allow(Action="s3:Get1*"))
    asked = [f"s3:get{n}" for n in range(MOST_ACTIONS + 20)] * 2
    told = [bool(effects(document).of("Allow", action)) for action in asked]
    assert told == [action.startswith("s3:get1") for action in asked]
