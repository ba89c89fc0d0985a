"""Who can change whom, and act as whom: what the searches for joint ways ask, and share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reportgen.policy.access import CHANGING, OF_GROUPS, TAGGING, tags_first
from reportgen.policy.account import Subject
from reportgen.policy.changes import Change, any_bit, denies_something
from reportgen.policy.contexts import RESOURCE_TAGS, may_be_tagged
from reportgen.policy.effects import Effects
from reportgen.policy.followers import Guises
from reportgen.policy.gifts import Gifts
from reportgen.policy.ground import Ground, reads_the_caller
from reportgen.policy.paths import Route
from reportgen.policy.standing import Standing
from reportgen.policy.tagging import tag_keys
from reportgen.policy.targets import Targets
from reportgen.policy.through import Grip, Through

# Where a state of a principal leads by itself or over administrators; None where nowhere.
Leads = Callable[[Standing], Route | None]

# What is tried for all principals together: who acts as whom, who changes whom, the states of the
# changed, and who is tagged by one to be used by another. So many, and some more for each
# principal; the rest is "perhaps", never "no".
MOST = {"grips": (50_000, 20), "pairs": (50_000, 20), "states": (1_000, 1), "tagged": (50_000, 5)}
_GIVING = (
    "iam:AttachUserPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachGroupPolicy",
    "iam:PutUserPolicy",
    "iam:PutRolePolicy",
    "iam:PutGroupPolicy",
    "iam:CreatePolicyVersion",
)


def changing(standing: Standing) -> int:
    """The actions by which a principal may change some user, role, group or policy."""
    return standing.reach.mask & any_bit(*CHANGING)


def tagging(standing: Standing) -> int:
    """The actions by which a principal may tag some user or role, or take a tag away."""
    return standing.reach.mask & any_bit(*TAGGING)


def giving(standing: Standing) -> int:
    """The actions by which a principal may give rights to some other."""
    return standing.reach.mask & any_bit(*_GIVING)


def first_action(standing: Standing) -> str:
    """One of these actions, to tell of them all."""
    return next(action for action in CHANGING if standing.reach.mask & any_bit(action))


class Influence:
    """The search, and what it remembers of whom each can act as and where each state leads."""

    def __init__(
        self,
        ground: Ground,
        effects: Effects,
        through: Through,
        guises: Guises,
        leads: Leads,
        ranked: Targets,
    ) -> None:
        self._ground, self._effects, self._through = ground, effects, through
        # Those that have a way already.
        self._ranked = ranked
        self._trusts_ask_tags = bool(tag_keys(ground.trust_statements, RESOURCE_TAGS))
        self._gifts = Gifts(ground, effects)
        self._guises, self._leads = guises, leads
        count = sum(len(account.subjects) for account in ground.accounts.values())
        self._left = {what: most + each * count for what, (most, each) in MOST.items()}
        self._grips: dict[tuple[object, ...], list[Grip]] = {}
        self._open_to: dict[int, int] = {}
        self._powers: dict[int, tuple[object, ...]] = {}
        # So that the numbers of those asked about stay theirs.
        self._kept: list[Standing] = []
        self._states: dict[tuple[object, ...], tuple[Standing, Route | None]] = {}

    def spend(self, what: str, count: int = 1) -> bool:
        """Whether one more of something may be tried, or so many."""
        self._left[what] -= count
        return self._left[what] >= 0

    def guises(self, standing: Standing) -> Sequence[tuple[Change, Standing]]:
        """What a principal can make of itself."""
        return self._guises.get(standing.subject.arn, ())

    def power(self, standing: Standing) -> tuple[object, ...]:
        """What is alike for all who can change, and act as, the same others.

        But for a trust policy that names one of them.
        """
        found = self._powers.get(id(standing))
        if found is None:
            found = self._powers[id(standing)] = self._power(standing)
            self._kept.append(standing)
        return found

    def _power(self, standing: Standing) -> tuple[object, ...]:
        subject = standing.subject
        if self._ground.personal_trusts or reads_the_caller(standing.reach.statements()):
            return (subject.state, standing.only)
        return (
            subject.account,
            subject.kind,
            frozenset(source.document.digest for source in subject.sources),
            subject.boundary.digest if subject.boundary else subject.boundary_arn,
            tuple(sorted(subject.tags.items())),
            may_be_tagged(subject),
            standing.only,
        )

    def open_to(self, whose: Standing) -> int:
        """The actions that could change a principal to some end."""
        found = self._open_to.get(id(whose))
        if found is None:
            found = self._open_to[id(whose)] = self._could_change(whose)
            self._kept.append(whose)
        return found

    def _could_change(self, whose: Standing) -> int:
        subject = whose.subject
        kind = "User" if subject.kind == "user" else "Role"
        found = [f"iam:Put{kind}Policy", f"iam:Attach{kind}Policy"]
        if kind == "User":
            found += OF_GROUPS
        if subject.boundary is not None:
            found += [f"iam:{verb}{kind}PermissionsBoundary" for verb in ("Delete", "Put")]
        if subject.boundary is not None or any(source.arn for source in subject.sources):
            found += ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"]
        if any(denies_something(source) for source in subject.sources):
            found += [f"iam:{verb}{kind}Policy" for verb in ("Delete", "Detach")]
        if self._effects.changes.tags_tell(whose.reach):
            found += [f"iam:{verb}{kind}" for verb in ("Tag", "Untag")]
        return any_bit(*found)

    def grips(self, standing: Standing, targets: Targets, *, named: bool) -> list[Grip] | None:
        """Whom somebody can act as; None where there are more than are tried.

        ``named``: only those whose trust policy names it.
        """
        arn = standing.subject.arn
        key = (standing.subject.state, standing.only, named)
        if named:
            targets = Targets(targets.named.get(arn, ()))
        found = self._grips.get(key)
        if found is None:
            found = []
            for grip in self._through.grips(standing, targets):
                if not self.spend("grips"):
                    return None
                found.append(grip)
            self._grips[key] = found
        return found

    def asks_tags(self, standing: Standing) -> bool:
        """Whether what somebody can do hangs on the tags of others."""
        asked = standing.reach.asked
        return self._trusts_ask_tags or any(k.startswith(RESOURCE_TAGS) for k in asked)

    def is_named(self, standing: Standing, targets: Targets) -> bool:
        """Whether some trust policy names somebody, of those with a way already or of others."""
        arn = standing.subject.arn
        return arn in targets.named or arn in self._ranked.named

    def tagged_grips(self, user: Standing, tagger: Standing, targets: Targets) -> list[Grip] | None:
        """Whom somebody can act as once another has tagged that one; None where it is not tried."""
        key = (user.subject.state, user.only, tagger.subject.state)
        found = self._grips.get(key)
        if found is None:
            if not self.spend("tagged", len(self._ranked.roles) + len(targets.roles)):
                return None
            through = self._through.tagged_by(tagger.reach)
            both = (*through.grips(user, self._ranked), *through.grips(user, targets))
            found = self._grips[key] = [grip for grip in both if tags_first(grip.access)]
        return found

    def tagged_gifts(self, user: Standing, tagger: Standing, whose: Standing) -> Iterator[Change]:
        """What somebody can give another once a third has tagged that one."""
        gifts = Gifts(self._ground, self._effects.tagged_by(tagger.reach))
        for change in gifts.of(user.reach, whose.subject):
            if tags_first(change.access):
                yield change

    def judged(self, subject: Subject, adds: int | None) -> tuple[Standing, Route | None] | None:
        """A principal after a change, and where that leads; None where it was not tried."""
        key = (subject.state, adds)
        found = self._states.get(key)
        if found is None:
            if not self.spend("states"):
                return None
            standing = Standing(subject, self._ground.reach(subject), only=adds)
            found = self._states[key] = standing, self._leads(standing)
        return found

    def changes(self, actor: Standing, whose: Standing) -> Iterator[Change]:
        """What one can change of another, or of itself."""
        yield from self._effects.changes.of(actor.reach, whose.reach)
        yield from self._effects.rights.of(actor.reach, (), whose.reach)
        if actor.subject.arn != whose.subject.arn:
            yield from self._gifts.of(actor.reach, whose.subject)
