"""Measures the policy engine, beside cloudsplaining and parliament on the same files.

Run by ``make bench-policy``, which installs the two peers in an environment of their own. CPU time
is that of judging the files; the start of the interpreter and the imports are not in it.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.growth import measured, table

PRINCIPALS = 12_000
ACCOUNT = "210987654321"
PEERS = Path(__file__).parents[1] / ".venv-peers" / "bin" / "python"

_CLOUDSPLAINING = """
from cloudsplaining.scan.policy_document import PolicyDocument
def judge(text):
    found = PolicyDocument(json.loads(text))
    found.allows_privilege_escalation, found.service_wildcard
    found.permissions_management_without_constraints, found.write_actions_without_constraints
"""
_PARLIAMENT = """
import warnings; warnings.simplefilter("ignore")
from parliament import analyze_policy_string
def judge(text):
    analyze_policy_string(text)
"""
_OURS = """
from reportgen.policy.document import parse
from reportgen.policy.lint import lint
from reportgen.policy.actions import database
database()
def judge(text):
    document = parse(text)
    for statement in document.usable:
        database().of(statement)
    lint(document)
"""
_LOOP = """
texts = [p.read_text() for p in sorted(pathlib.Path(sys.argv[1]).iterdir())]
start, raised = time.process_time(), 0
for text in texts:
    try:
        judge(text)
    except Exception:
        raised += 1
seconds = time.process_time() - start
print(raised, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def measure(python: str, body: str, folder: Path) -> tuple[float, int, int]:
    """CPU seconds to judge the files, peak memory in MB, and on how many it raised."""
    code = "import json, pathlib, resource, sys, time\n" + body + _LOOP
    done = subprocess.run(
        [python, "-W", "ignore", "-c", code, str(folder)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    raised, seconds, memory = done.stdout.split()
    return float(seconds), int(memory), int(raised)


def synthetic(count: int, seed: int = 1) -> dict[str, Any]:
    """An account of many principals: mostly narrow policies, some wide, few administrators."""
    dice = random.Random(seed)
    services = ["s3", "dynamodb", "sqs", "sns", "kms", "logs", "ecs", "lambda", "ssm", "glue"]
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"

    def document(number: int) -> dict[str, Any]:
        statements = []
        for _ in range(dice.randint(1, 5)):
            service = dice.choice(services)
            verbs = dice.sample(["Get*", "List*", "Describe*", "Put*", "Update*", "Create*"], 3)
            arn = f"arn:aws:{service}:ap-southeast-2:{ACCOUNT}:app-{dice.randint(0, 900)}/*"
            statement: dict[str, Any] = {
                "Effect": "Allow",
                "Action": [f"{service}:{verb}" for verb in verbs],
                "Resource": "*" if dice.random() < 0.15 else [arn],
            }
            if dice.random() < 0.2:
                region = {"aws:RequestedRegion": "ap-southeast-2"}
                statement["Condition"] = {"StringEquals": region}
            statements.append(statement)
        if dice.random() < 0.1:
            roles = f"arn:aws:iam::{ACCOUNT}:role/r{dice.randint(0, 99)}*"
            statements.append({"Effect": "Allow", "Action": "iam:PassRole", "Resource": roles})
        if dice.random() < 0.15:
            roles = f"arn:aws:iam::{ACCOUNT}:role/r{dice.randint(0, 999)}*"
            statements.append({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": roles})
        if dice.random() < 0.01:
            statements.append({"Effect": "Allow", "Action": "iam:Put*", "Resource": "*"})
        if dice.random() < 0.1:
            statements.append({"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"})
        return {"Version": "2012-10-17", "Statement": statements}

    policies = [
        {
            "PolicyName": f"p{n}",
            "Arn": f"arn:aws:iam::{ACCOUNT}:policy/p{n}",
            "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": True, "Document": document(n)}
            ],
        }
        for n in range(count // 12)
    ]

    def principal(kind: str, number: int) -> dict[str, Any]:
        chosen = dice.sample(policies, dice.randint(1, 4))
        attached = [{"PolicyName": p["PolicyName"], "PolicyArn": p["Arn"]} for p in chosen]
        if dice.random() < 0.005:
            attached.append({"PolicyName": "AdministratorAccess", "PolicyArn": admin})
        name = f"{kind[0]}{number}"
        record = {
            f"{kind.title()}Name": name,
            "Path": "/",
            "Arn": f"arn:aws:iam::{ACCOUNT}:{kind}/{name}",
            "AttachedManagedPolicies": attached,
        }
        if dice.random() < 0.25:
            inline = [{"PolicyName": "own", "PolicyDocument": document(number)}]
            record[f"{kind.title()}PolicyList"] = inline
        return record

    def role(number: int) -> dict[str, Any]:
        luck = dice.random()
        service = dice.choice(["lambda", "ec2", "ecs-tasks", "glue", "states"])
        who: dict[str, Any] = {"Service": f"{service}.amazonaws.com"}
        if luck > 0.85:
            who = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        elif luck > 0.7:
            who = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/r{dice.randint(0, count // 2)}"}
        trust = {"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}
        policy = {"Version": "2012-10-17", "Statement": [trust]}
        return {**principal("role", number), "AssumeRolePolicyDocument": policy}

    users = count // 4
    return {
        "UserDetailList": [principal("user", n) for n in range(users)],
        "GroupDetailList": [],
        "RoleDetailList": [role(n) for n in range(count - users)],
        "Policies": policies,
    }


def whole_account() -> tuple[float, int, str]:
    """CPU seconds and peak memory to analyse the synthetic account, in a process of its own."""
    code = (
        "import collections, resource, time; from bench.policy import PRINCIPALS, synthetic\n"
        "from reportgen.policy.analyse import analyse, read_account\n"
        "answer = synthetic(PRINCIPALS); start = time.process_time()\n"
        "rows = analyse([read_account(answer)]); seconds = time.process_time() - start\n"
        "kinds = collections.Counter(r['admin'] for r in rows)\n"
        "print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,"
        " ', '.join(f'{n} {k}' for k, n in sorted(kinds.items())))"
    )
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    seconds, memory, kinds = done.stdout.strip().split(" ", 2)
    return float(seconds), int(memory), kinds


def one_decision() -> float:
    """Milliseconds for one decision, warm: two policies, a boundary, two levels of SCPs."""
    from reportgen.policy.decision import Policies, Request, decide
    from reportgen.policy.document import parse

    def policy(*statements: dict[str, Any]) -> Any:
        return parse({"Version": "2012-10-17", "Statement": list(statements)})

    def allow(action: Any, where: str = "*", **more: Any) -> dict[str, Any]:
        return {"Effect": "Allow", "Action": action, "Resource": where, **more}

    mfa = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    deny = {**allow("iam:*"), "Effect": "Deny", "Condition": mfa}
    policies = Policies(
        (
            policy(allow("ec2:*"), deny),
            policy(allow("s3:Get*", "arn:aws:s3:::home/${aws:username}/*")),
        ),
        policy(allow(["s3:*", "ec2:*"])),
        scps=((policy(allow("*")),), (policy(allow("*"), deny),)),
    )
    user = f"arn:aws:iam::{ACCOUNT}:user/dana"
    request = Request(user, "s3:GetObject", "arn:aws:s3:::home/dana/x")
    rounds = 5_000
    decide(request, policies)
    start = time.process_time()
    for _ in range(rounds):
        found = decide(request, policies)
    assert found.decision == "allowed", found
    return (time.process_time() - start) / rounds * 1000


CASES = 20_000
_SIMULATE = """
from moto.iam.aws_managed_policies import aws_managed_policies_data
from reportgen.policy.actions import database
from reportgen.policy.cases import simulate
database()
known = json.loads(aws_managed_policies_data)
shared = json.dumps([known[n]["Document"] for n in ("ReadOnlyAccess", "SecurityAudit")])
def line(number):
    user = f"arn:aws:iam::210987654321:user/u{number % 50}"
    action = ("s3:GetObject", "ec2:DescribeInstances", "iam:CreateUser")[number % 3]
    head = f'{{"id": {number}, "principal": "{user}", "action": "{action}"'
    return f'{head}, "identity_policies": {shared}}}'
count = int(sys.argv[1])
start = time.process_time()
rows = sum(row["decision"] is not None for row in simulate(line(n) for n in range(count)))
seconds = time.process_time() - start
assert rows == count, rows
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def many_cases(count: int) -> tuple[float, int]:
    """CPU seconds and peak memory (MB) for cases that share two large policies of AWS."""
    code = "import json, resource, sys, time\n" + _SIMULATE
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code, str(count)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, memory = done.stdout.split()
    return float(seconds), int(memory)


def main() -> None:
    """Print the table."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    listed = json.loads(aws_managed_policies_data)
    rows: list[tuple[str, str, str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, policy in enumerate(listed.values()):
            (folder / f"{number:05}.json").write_text(json.dumps(policy["Document"]))
        ours, memory, _ = measure(sys.executable, _OURS, folder)
        what = f"reportgen, {len(listed):,} AWS managed policies: parse, expand, lint"
        rows.append((what, f"{ours:.2f} s", f"{memory} MB"))
        for peer, body in (("cloudsplaining", _CLOUDSPLAINING), ("parliament", _PARLIAMENT)):
            if not PEERS.exists():
                rows.append((f"{peer}: not installed (make bench-policy installs it)", "", ""))
                continue
            seconds, memory, raised = measure(str(PEERS), body, folder)
            what = f"{peer}, the same files ({raised} of them made it raise)"
            rows.append((what, f"{seconds:.2f} s = {seconds / ours:.1f} x", f"{memory} MB"))
    seconds, memory, kinds = whole_account()
    what = f"reportgen, account of {PRINCIPALS:,} principals ({kinds})"
    rows.append((what, f"{seconds:.1f} s", f"{memory} MB"))
    rows.append(("reportgen, one decision, warm", f"{one_decision():.3f} ms", ""))
    few, least = many_cases(CASES // 10)
    what = f"reportgen, {CASES // 10:,} cases that share two large policies"
    rows.append((what, f"{few:.2f} s", f"{least} MB"))
    many, full = many_cases(CASES)
    what = f"reportgen, {CASES:,} of them: {many / CASES * 1000:.3f} ms each"
    rows.append((what, f"{many:.2f} s = {many / few:.1f} x", f"{full} MB = {full / least:.1f} x"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    width = max(len(row[0]) for row in rows)
    print(f"{'What':{width}}  {'CPU time':>16}  {'Peak memory':>12}")
    for what, spent, held in rows:
        print(f"{what:{width}}  {spent:>16}  {held:>12}")
    print(f"The bench itself held {peak} MB at most.\n")
    print(table(measured()))


if __name__ == "__main__":
    main()
