"""Ways from a principal to an administrator: alone, through a service, or through others.

The known paths are data (paths.csv); what makes each one real is judged here: the scope of every
action, the service that a role may be passed to, a role that trusts that service, policies that
AWS owns, boundaries and SCPs that hold. A path ends at an administrator of an account that is
known, or at resources that are open without limit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from reportgen.policy.access import NONE, Access, together
from reportgen.policy.account import Account, Subject
from reportgen.policy.actions import database, matches_action
from reportgen.policy.decision import Levels
from reportgen.policy.document import Document
from reportgen.policy.effective import Reach
from reportgen.policy.glob import matches_arn
from reportgen.policy.paths import (
    ASSUME,
    SELF_ESCALATING,
    Path,
    Route,
    Standing,
    assume_path,
    is_administrator,
    no_limit,
    short,
)
from reportgen.policy.principal import Match, caller, match_principal
from reportgen.policy.targets import Targets

PASS = "iam:PassRole"  # noqa: S105 - an action
# A name that no policy can have in mind: what reaches it reaches everything.
_UNLISTED = "zz-unlisted-by-anyone"
_TARGET = {
    "iam:createaccesskey": "user",
    "iam:deleteaccesskey": "user",
    "iam:createloginprofile": "user",
    "iam:updateloginprofile": "user",
    "iam:putuserpolicy": "user",
    "iam:attachuserpolicy": "user",
    "iam:putrolepolicy": "role",
    "iam:attachrolepolicy": "role",
    "iam:updateassumerolepolicy": "role",
    "sts:assumerole": "role",
    "iam:putgrouppolicy": "group",
    "iam:attachgrouppolicy": "group",
    "iam:addusertogroup": "group",
    "iam:createpolicyversion": "policy",
    "iam:setdefaultpolicyversion": "policy",
}


class Escalations:
    """All ways to an administrator among the principals of the accounts given.

    ``scps`` maps an account id to the documents of each level above it, root first; ``""`` stands
    for every account that has no entry. ``identity_center`` names the accounts that manage
    Identity Center, where that is known: elsewhere its actions lead nowhere.
    """

    def __init__(
        self,
        accounts: Sequence[Account],
        scps: Mapping[str, Levels] | None = None,
        organisation: str = "",
        identity_center: Collection[str] | None = None,
        at: datetime | None = None,
    ) -> None:
        self._at = at
        self._managing = identity_center
        self._accounts = {account.id: account for account in accounts}
        self._scps = scps or {}
        self._organisation = organisation
        self.standings: dict[str, Standing] = {}
        for account in accounts:
            for subject in account.subjects.values():
                reach = self._reach(subject)
                self.standings[subject.arn] = Standing(subject, reach)
        self._strong_groups: dict[str, bool] = {}
        self._matching: dict[tuple[str, str, str], list[Subject]] = {}
        self._every_role: Targets | None = None
        for standing in self.standings.values():
            self._grade(standing)
        self._search()

    def _reach(self, subject: Subject, *, boundary: bool = True) -> Reach:
        levels = self._scps.get(subject.account, self._scps.get("", ()))
        return Reach(
            subject, levels, organisation=self._organisation, boundary=boundary, at=self._at
        )

    # -- administrators -------------------------------------------------------------------

    def _grade(self, standing: Standing) -> None:
        sure, possible, hurdles = standing.reach.broad
        if is_administrator(sure):
            standing.admin, standing.rank = "full", 0
            standing.steps = (f"{short(standing.subject.arn)} is an administrator",)
            said = "every action" if sure == database().everything else "nearly every action"
            standing.reasons.append(f"{said} on all resources: {self._grants(standing)}")
        elif is_administrator(possible):
            standing.admin, standing.rank = "conditional", 0
            on = "; ".join(hurdles[:4])
            standing.steps = (f"{short(standing.subject.arn)} is an administrator {on}",)
            standing.reasons.append(f"an administrator {on}: {self._grants(standing)}")
        standing.reasons += standing.subject.missing

    @staticmethod
    def _grants(standing: Standing) -> str:
        names = [
            f"{source.label}, {statement.name}"
            for source in standing.subject.sources
            for statement in source.document.usable
            if statement.effect == "Allow" and database().of(statement).bit_count() > 1000
        ]
        return "; ".join(names[:3]) or "its policies together"

    # -- the search -----------------------------------------------------------------------

    def _search(self) -> None:
        pending = [
            s
            for s in self.standings.values()
            if s.rank is None and s.subject.kind != "service-linked-role"
        ]
        new = [s for s in self.standings.values() if s.rank is not None]
        alone: dict[str, list[Route]] = {}
        for standing in pending:
            routes = alone[standing.subject.arn] = list(self._alone(standing))
            if routes:
                standing.rank, standing.steps = 1, routes[0].steps
        waiting = [s for s in pending if s.rank == 1]
        rank = 0
        while new or rank == 0:
            targets, rank = Targets(new), rank + 1
            new = waiting if rank == 1 else []
            for standing in pending:
                if standing.rank is None:
                    route = next(self._through(standing, targets), None)
                    if route is not None:
                        standing.rank, standing.steps = rank, route.steps
                        new.append(standing)
        self._collect(pending, alone)

    def _collect(self, pending: Sequence[Standing], alone: Mapping[str, list[Route]]) -> None:
        ranks = sorted({s.rank for s in self.standings.values() if s.rank is not None})
        ahead = {
            rank: Targets(
                s for s in self.standings.values() if s.rank is not None and s.rank < rank
            )
            for rank in ranks
            if rank
        }
        for standing in pending:
            if standing.rank is None:
                self._explain_none(standing)
                continue
            standing.admin = "escalation"
            # A path is told once: over a principal that is there, if there is one.
            told = {r.id: r for r in alone[standing.subject.arn]}
            told |= {r.id: r for r in self._through(standing, ahead[standing.rank])}
            standing.routes = sorted(told.values(), key=lambda r: (len(r.steps), r.id))
            said = f"{len(standing.routes)} paths" if len(standing.routes) > 1 else "1 path"
            standing.reasons.insert(0, f"{said} to an administrator")

    def _explain_none(self, standing: Standing) -> None:
        subject = standing.subject
        bits = 0
        for source in subject.sources:
            for statement in source.document.usable:
                whole = statement.resources is not None and "*" in statement.resources
                if statement.effect == "Allow" and (whole or statement.not_resource):
                    bits |= database().of(statement)
        if is_administrator(bits):
            cut = "its boundary, an SCP or a deny cuts them"
            standing.reasons.insert(0, f"its policies alone are an administrator's, but {cut}")

    # -- helpers --------------------------------------------------------------------------

    def _held(self, standing: Standing) -> bool:
        """Whether a boundary keeps the principal from what it could give itself."""
        boundary = standing.subject.boundary
        return boundary is not None and not no_limit(boundary)

    def _unlisted(self, subject: Subject, kind: str) -> str:
        return f"arn:{subject.partition}:iam::{subject.account}:{kind}/{_UNLISTED}"

    def _can(self, standing: Standing, action: str, target: Subject | None, arn: str) -> Access:
        """Whether the principal can call an action of IAM to give away an administrator's rights.

        The rights are those of AdministratorAccess; the target's boundary is as it is.
        """
        lowered = action.lower()
        known: dict[str, str] = {}
        absent = ["iam:permissionsboundary"]
        if target is not None and target.boundary_arn:
            known["iam:permissionsboundary"] = target.boundary_arn
            absent = []
        if "attach" in lowered:
            partition = standing.subject.partition
            known["iam:policyarn"] = f"arn:{partition}:iam::aws:policy/AdministratorAccess"
        if lowered == ASSUME.lower() and target is not None:
            return self.assume(standing, target)
        return standing.reach.can(action, arn, known=known, absent=absent)

    def _all(
        self, standing: Standing, actions: Sequence[str], target: Subject | None, arn: str
    ) -> Access:
        """Whether every action is possible on one target."""
        found = [self._can(standing, action, target, arn) for action in actions]
        return together(found)

    def assume(self, standing: Standing, role: Subject) -> Access:
        """Whether a principal can assume a role: its own policies, the trust policy, and SCPs."""
        subject, reach = standing.subject, standing.reach
        if role.trust is None or role.arn == subject.arn:
            return NONE
        who = caller(subject.arn)
        speaking = [
            (match_principal(t, who, bounded=subject.boundary is not None), t)
            for t in role.trust.usable
            if matches_action(t, ASSUME)
        ]
        against = [t for m, t in speaking if m is not Match.NONE and t.effect == "Deny"]
        best = NONE
        for match, statement in speaking:
            if match is Match.NONE or statement.effect == "Deny":
                continue
            how = match if subject.account == role.account else Match.ACCOUNT
            access = reach.through(ASSUME, role.arn, statement, how, against)
            if access.level > best.level:
                best = access
        return best

    # -- alone ----------------------------------------------------------------------------

    def _alone(self, standing: Standing) -> Iterator[Route]:
        """Paths that need no other principal: to oneself, or to whatever is open."""
        held = self._held(standing)
        for path in standing.paths:
            if path.category == "self-escalation":
                if not held:
                    yield from self._own(standing, path)
            elif path.category == "principal-access":
                yield from self._open_access(standing, path)
            elif path.category == "new-passrole":
                yield from self._pass_anything(standing, path)
            elif path.category == "existing-passrole":
                yield from self._unknown_roles(standing, path)
            elif path.category == "identity-center":
                yield from self._identity_center(standing, path)
        if standing.subject.boundary is not None and held:
            yield from self._past_boundary(standing)
        yield from self._past_deny(standing)
        yield from self._create(standing)

    def _own(self, standing: Standing, path: Path) -> Iterator[Route]:
        subject = standing.subject
        action = path.actions[0]
        kind = _TARGET[action.lower()]
        account = self._accounts.get(subject.account)
        if action == "iam:SetDefaultPolicyVersion":
            yield from self._old_version(standing, path)
            return
        targets: list[tuple[str, Subject | None]] = []
        if kind == subject.kind:
            targets.append((subject.arn, subject))
        elif kind == "group" and account and action != "iam:AddUserToGroup":
            targets += [
                (account.groups[g].arn, None) for g in subject.groups if g in account.groups
            ]
        elif kind == "policy":
            own = ":iam::aws:policy/"
            targets += [(s.arn, None) for s in subject.sources if s.arn and own not in s.arn]
        for arn, target in targets:
            access = self._can(standing, action, target, arn)
            if access:
                yield _route(path, "self", (f"{action} on {short(arn)} {_GIVES}",), access)
                return
        if action == "iam:AddUserToGroup" and account:
            for group in account.groups.values():
                if self._strong(group) and (access := self._can(standing, action, None, group.arn)):
                    step = f"{action} puts a user of its choice in {short(group.arn)}"
                    steps = (step, f"{short(group.arn)} holds an administrator's rights")
                    yield _route(path, group.arn, steps, access)
                    return
        access = self._can(standing, action, None, self._unlisted(subject, kind))
        if access:
            yield _route(path, f"any {kind}", (f"{action} on any {kind} {_GIVES}",), access)
            return
        if kind == "role":
            yield from self._writable_role(standing, path, [action, ASSUME])

    def _strong(self, group: Subject) -> bool:
        """Whether a group holds an administrator's rights, or can take them."""
        found = self._strong_groups.get(group.arn)
        if found is None:
            bits = self._reach(group).broad[1]
            found = is_administrator(bits) or any(
                bits & database().bit(action) for action in SELF_ESCALATING
            )
            self._strong_groups[group.arn] = found
        return found

    def _old_version(self, standing: Standing, path: Path) -> Iterator[Route]:
        """SetDefaultPolicyVersion: an older version of one of its policies that holds more."""
        subject = standing.subject
        account = self._accounts.get(subject.account)
        policies = account.policies if account else {}
        for source in subject.sources:
            policy = policies.get(source.arn)
            if policy is None or policy.aws_owned:
                continue
            for version, document in policy.others:
                access = standing.reach.can(path.actions[0], policy.arn)
                if access and _is_strong(document):
                    where = f"version {version} of {short(policy.arn)}"
                    yield _route(path, policy.arn, (f"{path.actions[0]} restores {where}",), access)
                    return
        own = [p for p in policies.values() if not p.aws_owned]
        if not own:
            access = standing.reach.can(path.actions[0], self._unlisted(subject, "policy"))
            if access:
                said = f"{path.actions[0]} restores an older version of any policy"
                yield _route(path, "any policy", (said,), access)

    def _open_access(self, standing: Standing, path: Path) -> Iterator[Route]:
        """Take over a principal of one's choice: open to all, or a role that can be written."""
        if path.id == "sts-001":
            return
        subject = standing.subject
        kinds = {_TARGET[a.lower()] for a in path.actions}
        arns = {kind: self._unlisted(subject, kind) for kind in kinds}
        found = [self._can(standing, a, None, arns[_TARGET[a.lower()]]) for a in path.actions]
        access = together(found)
        if access:
            what = " and ".join(f"any {kind}" for kind in sorted(kinds))
            said = f"{', '.join(path.actions)} on {what} takes it over"
            yield _route(path, what, (said,), access)
            return
        if len(path.actions) < 2:
            return
        if kinds == {"role"} and path.id != "extra-015":
            yield from self._writable_role(standing, path, path.actions)
        elif kinds == {"user"} and path.id in ("iam-015", "iam-018"):
            yield from self._writable_user(standing, path)
        elif "policy" in kinds:
            yield from self._writable_policy(standing, path)

    def _ordinary(
        self, subject: Subject, kind: str, patterns: Sequence[str] = ("*",)
    ) -> Iterator[Subject]:
        """The other users or roles of the account whose ARN some pattern matches."""
        for pattern in patterns:
            key = (subject.account, kind, pattern)
            found = self._matching.get(key)
            if found is None:
                account = self._accounts.get(subject.account)
                found = self._matching[key] = [
                    s
                    for s in (account.subjects.values() if account else ())
                    if s.kind == kind and matches_arn(pattern, s.arn)
                ]
            yield from (s for s in found if s.arn != subject.arn)

    def _scope(self, standing: Standing, actions: Sequence[str]) -> tuple[str, ...]:
        """The narrowest patterns among the actions that the principal's own policies must allow."""
        listed = [standing.reach.patterns(a) for a in actions if a != ASSUME]
        return min(listed, key=lambda p: (p == ("*",), len(p)), default=("*",))

    def _writable_role(
        self, standing: Standing, path: Path, actions: Sequence[str]
    ) -> Iterator[Route]:
        patterns = self._scope(standing, actions)
        roles: Iterable[Subject]
        if ASSUME in actions:
            roles = (r for r in self._assumable(standing) if _any_match(patterns, r.arn))
        else:
            roles = self._ordinary(standing.subject, "role", patterns)
        for role in roles:
            if role.boundary is not None:
                continue
            access = self._all(standing, actions, role, role.arn)
            if access:
                said = f"{', '.join(actions)} on {short(role.arn)} makes it an administrator"
                steps = (said, f"it then acts as {short(role.arn)}")
                yield _route(path, role.arn, steps, access)
                return

    def _assumable(self, standing: Standing) -> Iterator[Subject]:
        """Roles of the account whose trust may let the principal in: named, or open to it."""
        if self._every_role is None:
            self._every_role = Targets(s for s in self.standings.values() if s.subject.trust)
        subject = standing.subject
        found = [*self._every_role.named.get(subject.arn, ()), *self._every_role.anyone]
        patterns = standing.reach.patterns(ASSUME)
        for other in (*found, *self._every_role.matching(f"account {subject.account}", patterns)):
            role = other.subject
            if role.kind == "role" and role.account == subject.account and role.arn != subject.arn:
                yield role

    def _writable_user(self, standing: Standing, path: Path) -> Iterator[Route]:
        for user in self._ordinary(standing.subject, "user", self._scope(standing, path.actions)):
            access = self._all(standing, path.actions, user, user.arn)
            if access and user.boundary is None:
                said = f"{', '.join(path.actions)} on {short(user.arn)} makes it an administrator"
                steps = (said, f"it then acts as {short(user.arn)}")
                yield _route(path, user.arn, steps, access)
                return

    def _writable_policy(self, standing: Standing, path: Path) -> Iterator[Route]:
        """CreatePolicyVersion on a policy of a role that it can assume, or make trust it."""
        write, take = path.actions[0], path.actions[1]
        patterns = standing.reach.patterns(write)
        if take == ASSUME:
            roles = self._assumable(standing)
        else:
            roles = self._ordinary(standing.subject, "role", standing.reach.patterns(take))
        for role in roles:
            own = [s.arn for s in role.sources if s.arn and ":iam::aws:policy/" not in s.arn]
            arns = [arn for arn in own if _any_match(patterns, arn)]
            if not arns or role.boundary is not None:
                continue
            taken = self._can(standing, take, role, role.arn)
            for arn in arns if taken else ():
                access = together([self._can(standing, write, None, arn), taken])
                if access:
                    said = f"{write} on {short(arn)} makes {short(role.arn)} an administrator"
                    steps = (said, f"{take} then gives it {short(role.arn)}")
                    yield _route(path, role.arn, steps, access)
                    return

    def _rest(self, standing: Standing, path: Path) -> Access:
        """Whether the actions other than PassRole are possible on something."""
        return together([standing.reach.anywhere(a) for a in path.actions if a != PASS])

    def _pass_anything(self, standing: Standing, path: Path) -> Iterator[Route]:
        arn = self._unlisted(standing.subject, "role")
        for service in path.services:
            found = standing.reach.can(PASS, arn, known={"iam:passedtoservice": service})
            if not found:
                continue
            access = together([found, self._rest(standing, path)])
            if access:
                said = f"{', '.join(path.actions)}: passes any role to {service} and acts as it"
                yield _route(path, "any role", (said,), access)
            return

    def _unknown_roles(self, standing: Standing, path: Path) -> Iterator[Route]:
        """Existing resources of a service, where the file shows no role that could say more."""
        if next(self._ordinary(standing.subject, "role"), None) is None:
            access = self._rest(standing, path)
            if access:
                said = f"{', '.join(path.actions)}: acts as a role already at work in the service"
                yield _route(path, "existing roles, which the file does not show", (said,), access)

    def _identity_center(self, standing: Standing, path: Path) -> Iterator[Route]:
        managing = self._managing
        if managing is not None and standing.subject.account not in managing:
            return
        access = self._rest(standing, path)
        if access:
            said = f"{', '.join(path.actions)} gives a permission set more than it has"
            where = "permission sets, if this account manages Identity Center"
            yield _route(path, where, (said,), access)

    def _past_boundary(self, standing: Standing) -> Iterator[Route]:
        """Ways to be rid of the boundary, where it is the boundary that holds."""
        subject = standing.subject
        free = self._reach(subject, boundary=False)
        if not is_administrator(free.broad[1]):
            return
        kind = "User" if subject.kind == "user" else "Role"
        path_id = "extra-010" if kind == "User" else "extra-009"
        after = f"{short(subject.arn)} is then an administrator"
        # Put carries the new boundary, which need not be the old; Delete carries the old.
        own = {"iam:permissionsboundary": subject.boundary_arn}
        for verb, known, absent in (("Delete", own, ()), ("Put", {}, own)):
            action = f"iam:{verb}{kind}PermissionsBoundary"
            access = standing.reach.can(action, subject.arn, known=known, absent=absent)
            if access:
                steps = (f"{action} on itself takes its boundary away", after)
                yield Route(path_id, (action,), "self", steps, access.hurdles)
                break
        if subject.boundary_arn and ":iam::aws:policy/" not in subject.boundary_arn:
            action = "iam:CreatePolicyVersion"
            access = standing.reach.can(action, subject.boundary_arn)
            if access:
                steps = (f"{action} rewrites its boundary", after)
                yield Route("boundary-001", (action,), subject.boundary_arn, steps, access.hurdles)

    def _create(self, standing: Standing) -> Iterator[Route]:
        """Create a user or role, give it an administrator's rights, and act as it.

        A new role can trust whoever made it by name, which needs no sts:AssumeRole of one's own.
        """
        subject, reach = standing.subject, standing.reach
        for path_id, kind, takes in (
            ("create-001", "User", ("iam:CreateAccessKey", "iam:CreateLoginProfile")),
            ("create-002", "Role", ()),
        ):
            create = f"iam:Create{kind}"
            if not reach.mask & database().bit(create):
                continue
            # Names that the creator may choose: any, or one that fits what it is allowed.
            kin = f"arn:*:iam::*:{kind.lower()}/*"
            named = [p.replace("*", "zz").replace("?", "z") for p in reach.patterns(create)]
            fitting = [arn for arn in named if matches_arn(kin, arn)]
            for arn in (self._unlisted(subject, kind.lower()), *fitting[:20]):
                first = reach.can(create, arn, absent=["iam:permissionsboundary"])
                gives = (f"iam:{verb}{kind}Policy" for verb in ("Attach", "Put"))
                give = next((g for g in gives if first and self._can(standing, g, None, arn)), "")
                take = next((t for t in takes if give and self._can(standing, t, None, arn)), "")
                acts = bool(take) if takes else True
                if give and acts:
                    actions = tuple(a for a in (create, give, take) if a)
                    said = f"{', '.join(actions)} makes a {kind.lower()} that is an administrator"
                    yield Route(path_id, actions, f"a new {kind.lower()}", (said,), first.hurdles)
                    break

    def _past_deny(self, standing: Standing) -> Iterator[Route]:
        """Detach or delete the policy whose Deny is what holds the principal."""
        subject, db = standing.subject, database()
        if not standing.reach.mask & (
            db.expand("iam:Detach*Policy") | db.expand("iam:Delete*Policy")
        ):
            return
        denying = [s for s in subject.sources if any(t.effect == "Deny" for t in s.document.usable)]
        for source in denying:
            others = tuple(s for s in subject.sources if s is not source)
            free = Subject(**{**subject.__dict__, "sources": others})
            if not is_administrator(self._reach(free).broad[1]):
                continue
            # A policy of a group is taken from the group, whoever its members are.
            holder, kind = subject.arn, "User" if subject.kind == "user" else "Role"
            if source.group:
                groups = self._accounts[subject.account].groups
                holder, kind = groups[source.group].arn, "Group"
            action = f"iam:{'Delete' if source.inline else 'Detach'}{kind}Policy"
            access = standing.reach.can(action, holder, known={"iam:policyarn": source.arn})
            if access:
                steps = (
                    f"{action} on {short(holder)} takes away {source.label}, whose Deny holds it",
                    f"{short(subject.arn)} is then an administrator",
                )
                via = holder if source.group else "self"
                yield Route("deny-001", (action,), via, steps, access.hurdles)
                return

    # -- through others -------------------------------------------------------------------

    def _through(self, standing: Standing, targets: Targets) -> Iterator[Route]:
        """Paths over principals that are, or can become, an administrator."""
        if not standing.paths and not targets.may_let_in(standing.subject):
            return
        # A trust policy that names the principal needs no policy of its own.
        yield from self._assume_any(standing, assume_path(), targets)
        for path in standing.paths:
            if path.id == "sts-001":
                continue
            if path.category == "new-passrole":
                yield from self._pass_known(standing, path, targets)
            elif path.category == "existing-passrole":
                yield from self._existing(standing, path, targets)
            elif path.category == "principal-access":
                yield from self._take_over(standing, path, targets)

    def _assume_any(self, standing: Standing, path: Path, targets: Targets) -> Iterator[Route]:
        subject = standing.subject
        named = targets.named.get(subject.arn, [])
        found = [*named, *targets.anyone]
        if standing.reach.mask & path.bits:
            patterns = standing.reach.patterns(ASSUME)
            found += targets.matching(f"account {subject.account}", patterns)
        for target in sorted(found, key=lambda s: (s.rank or 0, s.subject.arn)):
            access = self.assume(standing, target.subject)
            if access:
                how = "names it" if target in named else "opens it to the account"
                step = f"{short(subject.arn)} assumes {_told(subject, target)}, whose trust {how}"
                yield _route(path, target.subject.arn, (step, *target.steps), access)
                return

    def _pass_known(self, standing: Standing, path: Path, targets: Targets) -> Iterator[Route]:
        arn = self._unlisted(standing.subject, "role")
        patterns = standing.reach.patterns(PASS)
        rest: Access | None = None
        for service in path.services:
            known = {"iam:passedtoservice": service}
            for target in targets.matching(f"service {service}", patterns):
                role = target.subject
                if role.account != standing.subject.account or role.arn == standing.subject.arn:
                    continue
                found = standing.reach.can(PASS, role.arn, known=known)
                if not found:
                    continue
                # An open PassRole is told once, by the path that needs no known role.
                if standing.reach.can(PASS, arn, known=known):
                    return
                rest = rest or self._rest(standing, path)
                access = together([found, rest])
                if access:
                    step = f"{', '.join(path.actions)}: passes {short(role.arn)} to {service}"
                    yield _route(path, role.arn, (step, *target.steps), access)
                    return

    def _existing(self, standing: Standing, path: Path, targets: Targets) -> Iterator[Route]:
        for service in path.services:
            for target in targets.by_service.get(service, ()):
                role = target.subject
                if role.account != standing.subject.account or role.arn == standing.subject.arn:
                    continue
                access = self._rest(standing, path)
                if access:
                    tail = f"acts as {short(role.arn)}, which {service} may use"
                    step = f"{', '.join(path.actions)}: {tail}"
                    yield _route(path, role.arn, (step, *target.steps), access)
                return

    def _take_over(self, standing: Standing, path: Path, targets: Targets) -> Iterator[Route]:
        kinds = {_TARGET[a.lower()] for a in path.actions}
        if "policy" in kinds:
            return
        subject = standing.subject
        patterns = self._scope(standing, path.actions)
        group = "users" if kinds == {"user"} else "editable"
        for target in targets.matching(group, patterns):
            other = target.subject
            if other.account != subject.account or other.arn == subject.arn:
                continue
            access = self._all(standing, path.actions, other, other.arn)
            if access:
                step = f"{', '.join(path.actions)} on {short(other.arn)} takes it over"
                yield _route(path, other.arn, (step, *target.steps), access)
                return


_GIVES = "gives it an administrator's rights"


def _told(subject: Subject, target: Standing) -> str:
    name = short(target.subject.arn)
    other = target.subject.account
    return name if other == subject.account else f"{name} of account {other}"


def _route(path: Path, via: str, steps: tuple[str, ...], access: Access) -> Route:
    return Route(path.id, path.actions, via, steps, access.hurdles)


def _any_match(patterns: Sequence[str], arn: str) -> bool:
    return any(matches_arn(p, arn) for p in patterns)


def _is_strong(document: Document) -> bool:
    bits = 0
    for statement in document.usable:
        whole = statement.resources is not None and "*" in statement.resources
        if statement.effect == "Allow" and whole and not statement.not_resource:
            bits |= database().of(statement)
    return is_administrator(bits) or any(bits & database().bit(a) for a in SELF_ESCALATING)
