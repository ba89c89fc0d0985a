"""What a principal can do: no false "full". Each case names the page of AWS that says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reportgen.policy.access import Level
from reportgen.policy.actions import database
from reportgen.policy.analyse import analyse
from reportgen.policy.decision import levels_of
from reportgen.policy.effective import Reach
from tests.policies import (
    OWN,
    account,
    admin,
    allow,
    deny,
    managed,
    policy,
    role,
    statement,
    trust_policy,
    user,
)

NOW = datetime(2026, 9, 30, 12, tzinfo=UTC)
SELF = f"arn:aws:iam::{OWN}:user/u"
PUTS = "iam:PutUserPolicy"


def reach(*documents: Any, at: datetime | None = None, **more: Any) -> Reach:
    return Reach(account(user("u", *documents, **more)).subjects[SELF], at=at)


def level(action: str, *documents: Any, resource: str | None = None, **more: Any) -> Level:
    return reach(*documents, **more).can(action, resource).level


def at(moment: datetime, *records: dict[str, Any]) -> str:
    rows = {r["arn"].rsplit("/", 1)[-1]: r for r in analyse([account(*records)], at=moment)}
    found: str = rows[records[0].get("UserName") or records[0]["RoleName"]]["admin"]
    return found


# 1 to 5. Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity
# and Access Management": the keys that each action carries. What is not carried is absent.
def test_1_a_request_tag_on_an_action_that_carries_none() -> None:
    tagged = {"StringEquals": {"aws:RequestTag/team": "x"}}
    assert level(PUTS, allow(Condition=tagged)) is Level.NO
    assert level("iam:CreateUser", allow(Condition=tagged)) is Level.YES
    assert admin(user("u", allow(Condition=tagged)), role("r", {"AWS": OWN})) == "none"


def test_2_tag_keys_on_an_action_that_carries_none() -> None:
    some = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["x"]}}
    assert level(PUTS, allow(Condition=some)) is Level.NO
    assert level("iam:TagUser", allow(Condition=some)) is Level.YES
    # IAM User Guide, "Multivalued context keys": ForAllValues holds where the key is absent.
    every = {"ForAllValues:StringEquals": {"aws:TagKeys": ["x"]}}
    assert level(PUTS, allow(Condition=every)) is Level.YES


def test_3_a_key_of_one_service_on_the_actions_of_another() -> None:
    acl = {"StringEquals": {"s3:x-amz-acl": "private"}}
    assert level("s3:PutObject", allow(Condition=acl)) is Level.YES
    assert level("s3:GetObject", allow(Condition=acl)) is Level.NO
    assert level(PUTS, allow(Condition=acl)) is Level.NO
    assert admin(user("u", allow(Condition=acl))) == "none"


def test_4_a_deny_on_a_key_that_the_action_does_not_carry() -> None:
    # Negated operators hold for an absent key (IAM User Guide, "Condition operators").
    unless = {"StringNotEquals": {"s3:x-amz-acl": "private"}}
    assert level(PUTS, allow(), deny(Condition=unless)) is Level.NO
    assert level("s3:PutObject", allow(), deny(Condition=unless)) is Level.YES
    only = {"StringEquals": {"s3:x-amz-acl": "private"}}
    assert level(PUTS, allow(), deny(Condition=only)) is Level.YES
    assert admin(user("u", allow(), deny(Condition=unless))) == "none"


def test_5_keys_of_a_web_identity_are_not_a_users() -> None:
    # IAM User Guide, "Available keys for AWS OIDC federation": they come with the session.
    claim = {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:o/r:x"}}
    assert level("s3:GetObject", allow(Condition=claim)) is Level.NO
    named = account(role("r", {"AWS": OWN}, allow(Condition=claim))).subjects
    found = Reach(named[f"arn:aws:iam::{OWN}:role/r"]).can("s3:GetObject")
    assert (found.level, len(found.hurdles)) == (Level.MAYBE, 1)


# 6 to 14. IAM User Guide, "Policy evaluation logic": one request meets every statement at once.
AGENT = {"StringEquals": {"aws:UserAgent": "x"}}
NOT_AGENT = {"StringNotEquals": {"aws:UserAgent": "y"}}


def test_6_allow_if_x_deny_unless_y() -> None:
    assert level(PUTS, allow(Condition=AGENT), deny(Condition=NOT_AGENT)) is Level.NO
    assert admin(user("u", allow(Condition=AGENT), deny(Condition=NOT_AGENT))) == "none"
    same = {"StringNotEquals": {"aws:UserAgent": "x"}}
    assert admin(user("u", allow(Condition=AGENT), deny(Condition=same))) == "full"


def test_7_two_denies_that_leave_nothing() -> None:
    if_x = deny(Condition=AGENT)
    unless_x = deny(Condition={"StringNotEquals": {"aws:UserAgent": "x"}})
    assert admin(user("u", allow(), if_x)) == "full"
    assert admin(user("u", allow(), unless_x)) == "full"
    assert admin(user("u", allow(), if_x, unless_x)) == "none"


def test_8_tests_of_one_statement_that_contradict_each_other() -> None:
    both = {"StringEquals": {"aws:UserAgent": "x"}, "StringLike": {"aws:UserAgent": "y*"}}
    assert level(PUTS, allow(Condition=both)) is Level.NO
    fits = {"StringLike": {"aws:UserAgent": "x*"}, "StringNotLike": {"aws:UserAgent": "xy*"}}
    assert level(PUTS, allow(Condition=fits)) is Level.YES


def test_9_patterns_that_meet_in_the_middle() -> None:
    both = {"StringLike": {"aws:UserAgent": "a*"}, "StringLikeIfExists": {"aws:UserAgent": "*b"}}
    assert level(PUTS, allow(Condition=both)) is Level.YES
    never = {"StringLike": {"aws:UserAgent": "a*"}, "StringNotLike": {"aws:UserAgent": "*"}}
    assert level(PUTS, allow(Condition=never)) is Level.NO


def test_10_present_and_absent_at_once() -> None:
    both = {"Null": {"aws:Referer": "true"}, "StringEquals": {"aws:Referer": "x"}}
    assert level(PUTS, allow(Condition=both)) is Level.NO


@pytest.mark.parametrize(("top", "expected"), [(5, Level.NO), (6, Level.NO), (7, Level.YES)])
def test_11_numbers_between_limits(top: int, expected: Level) -> None:
    # At least 6 and less than ``top``.
    limits = {
        "NumericGreaterThanEquals": {"s3:max-keys": "6"},
        "NumericLessThan": {"s3:max-keys": str(top)},
    }
    assert level("s3:ListBucket", allow(Condition=limits)) is expected


def test_12_addresses_within_one_network_but_not_another() -> None:
    # Test addresses are public ones: aws:SourceIp is never in RFC 1918.
    inside = {"IpAddress": {"aws:SourceIp": "8.8.0.0/16"}}
    hole = {"IpAddress": {"aws:SourceIp": "8.8.0.0/17"}}
    whole = {"IpAddress": {"aws:SourceIp": "8.0.0.0/8"}}
    assert level(PUTS, allow(Condition=inside), deny(Condition=hole)) is Level.MAYBE
    assert level(PUTS, allow(Condition=inside), deny(Condition=whole)) is Level.NO
    # Anybody can come from some address that no deny names.
    assert level(PUTS, allow(), deny(Condition=whole)) is Level.YES


def test_13_the_layers_hold_at_once() -> None:
    boundary = managed("b", allow(Condition={"StringEquals": {"aws:UserAgent": "y"}}))
    assert admin(user("u", allow(Condition=AGENT), boundary="b"), boundary) == "none"
    scps = levels_of([[allow(Condition={"StringEquals": {"aws:UserAgent": "y"}})]])
    assert admin(user("u", allow(Condition=AGENT)), scps=scps) == "none"
    scps = levels_of([[allow(Condition={"StringEquals": {"aws:UserAgent": ["y", "x"]}})]])
    assert admin(user("u", allow(Condition=AGENT)), scps=scps) == "full"


def test_14_several_keys_and_several_denies() -> None:
    def unless(key: str, value: str) -> dict[str, Any]:
        return deny(Condition={"StringNotEquals": {key: value}})

    both = {"StringEquals": {"aws:UserAgent": "x", "aws:Referer": "r"}}
    ways = [unless("aws:UserAgent", "x"), unless("aws:Referer", "r")]
    assert level(PUTS, allow(), *ways) is Level.YES
    assert level(PUTS, allow(), *ways, deny(Condition=both)) is Level.NO


# 15 to 18. IAM User Guide, "AWS global condition context keys": aws:CurrentTime, aws:EpochTime and
# aws:TokenIssueTime, which long-term access keys do not carry.
def before(key: str, moment: datetime) -> dict[str, Any]:
    return {"DateLessThan": {key: moment.isoformat()}}


@pytest.mark.parametrize(("seconds", "expected"), [(-1, "none"), (0, "none"), (1, "full")])
def test_15_a_time_that_is_past_never_comes_again(seconds: int, expected: str) -> None:
    until = before("aws:CurrentTime", NOW + timedelta(seconds=seconds))
    assert at(NOW, user("u", allow(Condition=until))) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(-1, "none"), (0, "none"), (1, "full")])
def test_16_a_token_cannot_be_issued_in_the_past(seconds: int, expected: str) -> None:
    issued = before("aws:TokenIssueTime", NOW + timedelta(seconds=seconds))
    assert at(NOW, role("r", {"AWS": OWN}, allow(Condition=issued))) == expected
    # A user can have a token issued now, from GetSessionToken.
    assert at(NOW, user("u", allow(Condition=issued))) == expected


def test_17_revoked_sessions_are_old_ones() -> None:
    # IAM User Guide, "Revoking IAM role temporary security credentials".
    revoked = deny(Condition=before("aws:TokenIssueTime", NOW - timedelta(days=1)))
    assert at(NOW, role("r", {"AWS": OWN}, allow(), revoked)) == "full"
    ahead = deny(Condition=before("aws:TokenIssueTime", NOW + timedelta(days=1)))
    assert at(NOW, role("r", {"AWS": OWN}, allow(), ahead)) == "none"
    # Its access keys carry no such key, and a condition on an absent key does not hold.
    assert at(NOW, user("u", allow(), ahead)) == "full"


def test_18_a_window_that_closed() -> None:
    window = {
        "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
        "DateLessThan": {"aws:CurrentTime": "2020-02-01T00:00:00Z"},
    }
    assert at(NOW, user("u", allow(Condition=window))) == "none"
    never = {
        "DateGreaterThan": {"aws:CurrentTime": "2021-01-01T00:00:00Z"},
        "DateLessThan": {"aws:CurrentTime": "2020-02-01T00:00:00Z"},
    }
    # Contradictory whatever the moment is.
    assert admin(user("u", allow(Condition=never))) == "none"


# 19 to 23. Denies on resources.
def on(kind: str) -> str:
    return f"arn:aws:iam::{OWN}:{kind}/*"


def test_19_denies_that_together_take_a_service_away() -> None:
    parts = [deny(Action="iam:*", Resource=on(k)) for k in ("user", "role", "group", "policy")]
    assert admin(user("u", allow(), *parts)) != "full"
    for gone in (0, 1, 3):
        left = [d for n, d in enumerate(parts) if n != gone]
        assert admin(user("u", allow(), *left)) in ("full", "escalation"), gone
    only = allow(Action=[PUTS, "iam:PutRolePolicy", "sts:AssumeRole"])
    assert admin(user("u", only, *parts)) == "none"


def test_20_two_denies_that_leave_no_resource() -> None:
    some = f"arn:aws:iam::{OWN}:user/a*"
    one, rest = deny(Action=PUTS, Resource=some), deny(Action=PUTS, NotResource=some)
    assert level(PUTS, allow(), one) is Level.YES
    assert level(PUTS, allow(), rest) is Level.YES
    assert level(PUTS, allow(), one, rest) is Level.NO


def test_21_denies_by_action_together() -> None:
    verbs = ("Add", "Attach", "Create", "Put", "Pass", "Set", "Update", "Delete", "Detach", "Tag")
    taken = [deny(Action=f"iam:{verb}*") for verb in verbs]
    found = admin(user("u", allow(), *taken, deny(Action=["sts:*", "sso:*"])))
    assert found == "escalation"
    reads = allow(Action=["s3:*", "iam:*"])
    assert admin(user("u", reads, *taken)) == "none"


def test_22_the_layers_narrow_the_resource_one_after_another() -> None:
    names = [f"arn:aws:iam::{OWN}:user/{name}" for name in ("a*", "*b", "*c*")]
    limit = managed("b", allow(Action=PUTS, Resource=names[1]))
    found = account(user("u", allow(Action=PUTS, Resource=names[0]), boundary="b"), limit).subjects
    scps = levels_of([[allow(Resource=names[2])]])
    opened = Reach(found[SELF], scps).can(PUTS)
    assert opened.level is Level.YES
    name = opened.calls[0].resource.rsplit("/", 1)[-1]
    assert name.startswith("a")
    assert "c" in name
    assert name.endswith("b")
    closed = levels_of([[allow(Resource=f"arn:aws:iam::{OWN}:user/b*")]])
    assert Reach(found[SELF], closed).can(PUTS).level is Level.NO


def test_23_fenced_resources_are_open_to_nobody() -> None:
    linked = f"arn:aws:iam::{OWN}:role/aws-service-role/x.amazonaws.com/r"
    assert level("iam:PutRolePolicy", allow(), resource=linked) is Level.NO
    assert level("iam:PutRolePolicy", allow(Resource=f"{linked}*")) is Level.NO
    assert level("sts:GetCallerIdentity", deny()) is Level.YES
    # IAM User Guide, "Permissions for GetSessionToken": no Allow is needed, no Deny has effect.
    assert level("sts:GetSessionToken") is Level.YES
    assert level("sts:GetSessionToken", deny()) is Level.YES


# 24 to 27. An administrator is known by what it can do.
def test_24_a_large_share_of_actions_is_no_administrator() -> None:
    # All but what changes rights: PowerUser.
    wide = allow(NotAction=["iam:*", "organizations:*", "account:*", "sso:*"])
    assert admin(user("u", wide)) == "escalation"
    # One action that changes rights, on what the user is no member of.
    group = policy(
        statement(NotAction=["iam:*", "sts:*", "sso:*", "lambda:*", "ssm:*"]),
        statement(Action="iam:AttachGroupPolicy", Resource=f"arn:aws:iam::{OWN}:group/x"),
    )
    assert admin(user("u", group)) != "full"


def test_25_a_small_share_of_actions_may_be_an_administrator() -> None:
    few = ["iam:*", "s3:*", "ec2:*", "kms:*", "sts:*"]
    assert admin(user("u", allow(Action=few))) == "full"
    # IAM alone is a step away from the rest.
    assert admin(user("u", allow(Action="iam:*"))) == "escalation"


def test_26_guardrails_that_hold_for_everybody_do_not_hide_an_administrator() -> None:
    taken = deny(Action=["cloudtrail:StopLogging", "organizations:*", "glue:*", "sagemaker:*"])
    assert admin(user("u", allow()), scps=levels_of([[allow()], [taken, allow()]])) == "full"


def test_27_rights_of_iam_on_condition_make_it_conditional() -> None:
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    rest = allow(NotAction="iam:*")
    assert admin(user("u", rest, allow(Action="iam:*", Condition=mfa))) == "conditional"


# 28, 29. Second factors: IAM User Guide, "AWS global condition context keys".
def test_28_the_age_of_a_factor_takes_a_factor() -> None:
    aged = {"Null": {"aws:MultiFactorAuthAge": "false"}}
    assert reach(allow(Condition=aged)).can(PUTS).hurdles == ("with MFA",)
    young = {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}
    assert reach(allow(Condition=young)).can(PUTS).hurdles == ("with MFA",)


def test_29_with_and_without_a_factor_at_once() -> None:
    with_mfa = allow(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    if_mfa = deny(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    assert level(PUTS, with_mfa, if_mfa) is Level.NO


def test_30_a_session_tag_of_a_role_is_a_hurdle() -> None:
    team = {"StringEquals": {"aws:PrincipalTag/team": "x"}}
    # IAM User Guide, "Passing session tags in AWS STS": only where the trust policy allows it.
    arn = f"arn:aws:iam::{OWN}:role/r"
    for actions, expected in (
        (["sts:AssumeRole", "sts:TagSession"], ("if StringEquals aws:PrincipalTag/team x",)),
        ("sts:*", ("if StringEquals aws:PrincipalTag/team x",)),
        ("sts:AssumeRole", None),
    ):
        record = role("r", trust_policy({"AWS": OWN}, actions), allow(Condition=team))
        found = Reach(account(record).subjects[arn]).can(PUTS)
        assert (found.hurdles if found else None) == expected
    # What a trust policy that cannot be read would say is not known.
    broken = role("r", {"Statement": 1}, allow(Condition=team))
    assert Reach(account(broken).subjects[arn]).can(PUTS)
    # Users have no sessions that could bring tags.
    assert level(PUTS, allow(Condition=team)) is Level.NO


@pytest.mark.parametrize("action", ["sts:AssumeRole", "sts:*"])
def test_31_a_tag_of_the_role_itself_is_there_unless_a_session_tag_replaces_it(action: str) -> None:
    # IAM User Guide, "Passing session tags in AWS STS": a session tag overrides the role's of the
    # same key; it cannot take it away.
    def can(value: str, operator: str = "StringEquals") -> tuple[Level, int]:
        policy = allow(Condition={operator: {"aws:PrincipalTag/team": value}})
        tags = [{"Key": "Team", "Value": "x"}]
        record = role("r", trust_policy({"AWS": OWN}, action), policy, Tags=tags)
        found = Reach(account(record).subjects[f"arn:aws:iam::{OWN}:role/r"]).can(PUTS)
        return found.level, len(found.hurdles)

    replaced = (Level.MAYBE, 1) if action == "sts:*" else (Level.NO, 0)
    assert can("x") == (Level.YES, 0)
    assert can("y") == replaced
    assert can("x", "StringNotEquals") == replaced
    assert can("true", "Null") == (Level.NO, 0)
    assert can("false", "Null") == (Level.YES, 0)


# 32 to 34. IAM User Guide, "Permissions boundaries for IAM entities", "Evaluating effective
# permissions with boundaries": a trust policy that names the user passes the boundary's silence.
BOSS = f"arn:aws:iam::{OWN}:role/boss"
LIMIT = managed("limit", allow(Action="s3:*"))


def _way_to_boss(who: dict[str, Any], trusted: str, *more: Any, scps: Any = ()) -> str:
    return admin(who, role("boss", {"AWS": trusted}, allow()), *more, scps=scps)


def test_32_a_user_that_is_named_is_held_by_its_boundary_only_through_denies() -> None:
    bounded = user("u", boundary="limit")
    assert _way_to_boss(bounded, SELF, LIMIT) == "escalation"
    assert _way_to_boss(bounded, OWN, LIMIT) == "none"
    denies = managed("limit", policy(statement(Action="s3:*"), statement("Deny", Action="sts:*")))
    assert _way_to_boss(bounded, SELF, denies) == "none"


def test_33_a_role_that_is_named_is_held_by_what_its_boundary_leaves_out() -> None:
    arn = f"arn:aws:iam::{OWN}:role/r"
    assert _way_to_boss(role("r", {"AWS": OWN}, boundary="limit"), arn, LIMIT) == "none"
    opens = managed("limit", allow(Action="sts:AssumeRole"))
    assert _way_to_boss(role("r", {"AWS": OWN}, boundary="limit"), arn, opens) == "escalation"
    assert _way_to_boss(role("r", {"AWS": OWN}), arn) == "escalation"


@pytest.mark.parametrize("boundary", ["", "limit"])
def test_34_an_scp_must_allow_it_whoever_is_named(boundary: str) -> None:
    who = user("u", boundary=boundary)
    chief = statement(Condition={"ArnEquals": {"aws:PrincipalArn": BOSS}})
    silent = levels_of([[policy(chief, statement(Action="s3:*"))]])
    opens = levels_of([[policy(chief, statement(Action="sts:*"))]])
    assert _way_to_boss(who, SELF, LIMIT, scps=silent) == "none"
    assert _way_to_boss(who, SELF, LIMIT, scps=opens) == "escalation"


def test_35_what_a_call_is_part_of_decides_which_keys_it_carries() -> None:
    # Service Authorization Reference, AWS STS: sts:RoleSessionName is AssumeRole's.
    trust = trust_policy(
        {"AWS": OWN}, "sts:*", Condition={"StringEquals": {"aws:RequestTag/team": "a"}}
    )
    named = allow(Action="sts:*", Condition={"StringEquals": {"sts:RoleSessionName": "dana"}})
    assert admin(user("u", named), role("boss", trust, allow())) == "escalation"


def test_36_optional_kinds_of_resources_are_one_enough() -> None:
    # Service Authorization Reference, Amazon EC2: none of the resource types of CreateTags is
    # required; of RunInstances six are.
    for arn in (f"arn:aws:ec2:*:{OWN}:instance/*", f"arn:aws:ec2:*:{OWN}:volume/*"):
        assert level("ec2:CreateTags", allow(Resource=arn)) is Level.YES
        assert level("ec2:RunInstances", allow(Resource=arn)) is Level.NO
    assert level("ec2:CreateTags", allow(Resource="arn:aws:s3:::b")) is Level.NO


def test_37_the_calls_that_show_an_answer() -> None:
    found = reach().can("sts:GetSessionToken", "*")
    assert [(c.action, c.resource) for c in found.calls] == [("sts:GetSessionToken", "*")]
    assert reach().can("sts:GetSessionToken").calls == found.calls
    told = reach().can("sts:GetCallerIdentity", "arn:x").calls[0]
    assert (told.principal, told.resource) == (SELF, "arn:x")
    plain = reach(allow(Action="s3:ListBucket")).can("s3:ListBucket", "arn:aws:s3:::b")
    assert [(c.resource, c.context) for c in plain.calls] == [("arn:aws:s3:::b", ())]


def test_38_everything_that_some_statement_allows() -> None:
    db = database()
    found = reach(allow(Action=["s3:GetObject", "iam:GetUser"], Resource="arn:aws:s3:::b/*"))
    assert set(db.list(found.mask)) == {"s3:GetObject", "iam:GetUser"}
    assert found.patterns("s3:GetObject") == ("arn:aws:s3:::b/*",)
    wide = reach(allow(Action="s3:GetObject", Resource=["arn:aws:s3:::b/*", "*"]))
    assert wide.patterns("s3:GetObject") == ("*",)
    assert wide.named("s3:GetObject") == ("arn:aws:s3:::b/*", "*")
    left = reach(allow(), boundary="").mask
    assert left == db.everything


def test_39_what_is_possible_with_and_without_a_key() -> None:
    mfa = {"aws:MultiFactorAuthPresent": "true"}
    found = reach(allow(Action="s3:GetObject", Condition={"Bool": mfa}), allow(Action="sqs:*"))
    sqs = database().service_bits("sqs")
    get = database().bit("s3:GetObject")
    assert found.possible({"aws:MultiFactorAuthPresent": "true"}, ()) == sqs | get
    assert found.possible({"aws:MultiFactorAuthPresent": "false"}, ()) == sqs
    assert found.possible({}, ["aws:multifactorauthpresent"]) == sqs
    assert found.possible({}, ()) == sqs | get


def test_40_a_boundary_may_be_left_out_of_the_question() -> None:
    bounded = account(user("u", allow(), boundary="limit"), LIMIT).subjects[SELF]
    assert Reach(bounded).can(PUTS).level is Level.NO
    assert Reach(bounded, boundary=False).can(PUTS).level is Level.YES
