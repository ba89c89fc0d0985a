"""Workloads: instances, functions, task definitions and builds, with roles and secrets found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reportgen.assess.facts.regions import Regional, RegionFacts
from reportgen.assess.records import Unavailable, Unreadable, records


@dataclass(frozen=True)
class PlainSecret:
    """A secret in plain configuration: where it sits and of which kind it is."""

    place: str
    kind: str
    fingerprint: str


@dataclass(frozen=True)
class Workload:
    """Something that runs. ``kind``: instance, function, task, build.

    ``role``: the ARN of its role or profile, empty for none. ``secrets`` were found in it;
    ``unread`` says which of its places could not be looked at.
    """

    arn: str
    kind: str
    name: str
    role: str
    secrets: tuple[PlainSecret, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workloads:
    """All that runs; ``gaps`` says why there may be more."""

    workloads: list[Workload]
    gaps: list[str] = field(default_factory=list)


class WorkloadFacts(RegionFacts):
    """Facts of what runs in the account."""

    def workloads(self, *kinds: str) -> Workloads:
        """The workloads of these kinds. What of a kind was not read is a gap."""
        readers = {
            "instance": self._instances,
            "function": self._functions,
            "task": self._tasks,
            "build": self._builds,
        }
        found: list[Workload] = []
        gaps: list[str] = []
        for kind in kinds:
            try:
                found += readers[kind](gaps)
            except Unavailable as reason:
                gaps.append(str(reason))
        return Workloads(found, list(dict.fromkeys(gaps)))

    def _arn(self, service: str, region: str, tail: str) -> str:
        return f"arn:{self.partition}:{service}:{region}:{self.account_id}:{tail}"

    def _instances(self, gaps: list[str]) -> Iterator[Workload]:
        listing = self.regional("ec2-instances")
        try:
            data: Regional | None = self.regional("ec2-user-data")
        except Unavailable:
            data = None
        for region, reservation in listing.listed("Reservations"):
            for instance in records(reservation.get("Instances")):
                state = instance.get("State")
                if isinstance(state, dict) and state.get("Name") in ("terminated", "shutting-down"):
                    continue
                name = str(instance.get("InstanceId"))
                profile = instance.get("IamInstanceProfile")
                secrets, unread = _user_data(data, region, name)
                yield Workload(
                    self._arn("ec2", region, f"instance/{name}"),
                    "instance",
                    name,
                    str(profile.get("Arn") or "") if isinstance(profile, dict) else "",
                    secrets,
                    unread,
                )
        gaps += listing.gaps

    def _functions(self, gaps: list[str]) -> Iterator[Workload]:
        listing = self.regional("lambda-functions")
        for region, function in listing.listed("Functions"):
            name = str(function.get("FunctionName"))
            environment = function.get("Environment")
            secrets: tuple[PlainSecret, ...] = ()
            unread: tuple[str, ...] = ()
            if environment is not None:
                variables = environment.get("Variables") if isinstance(environment, dict) else None
                secrets, unread = _mapping(variables, "variable")
            arn = str(
                function.get("FunctionArn") or self._arn("lambda", region, f"function:{name}")
            )
            yield Workload(arn, "function", name, str(function.get("Role") or ""), secrets, unread)
        gaps += listing.gaps

    def _tasks(self, gaps: list[str]) -> Iterator[Workload]:
        listing = self.regional("ecs-task-definitions")
        for region, task in listing.listed("taskDefinitions"):
            name = str(task.get("family"))
            arn = str(
                task.get("taskDefinitionArn") or self._arn("ecs", region, f"task-definition/{name}")
            )
            if "Error" in task:
                unread = (f"the task definition was not read: {task['Error']}",)
                yield Workload(arn, "task", name, "unread", (), unread)
                continue
            found: list[PlainSecret] = []
            missing: list[str] = []
            containers = task.get("containerDefinitions")
            if not isinstance(containers, list):
                missing.append("containerDefinitions is not a list")
            for container in records(containers):
                _container(container, found, missing)
            role = str(task.get("taskRoleArn") or "")
            yield Workload(arn, "task", name, role, tuple(found), tuple(missing))
        gaps += listing.gaps

    def _builds(self, gaps: list[str]) -> Iterator[Workload]:
        listing = self.regional("codebuild-projects")
        for region, project in listing.listed("projects"):
            name = str(project.get("name"))
            arn = str(project.get("arn") or self._arn("codebuild", region, f"project/{name}"))
            environment = project.get("environment")
            given = environment.get("environmentVariables") if isinstance(environment, dict) else []
            secrets, unread = _pairs(given, "variable")
            source = project.get("source")
            if isinstance(source, dict) and "buildspec" in source:
                more, also = _lines(source["buildspec"], "buildspec")
                secrets, unread = secrets + more, unread + also
            role = str(project.get("serviceRole") or "")
            yield Workload(arn, "build", name, role, secrets, unread)
        gaps += listing.gaps

    def managed_secrets(self) -> tuple[list[tuple[str, Mapping[str, Any]]], list[str]]:
        """Secrets of Secrets Manager with their region, and why there may be more."""
        listing = self.regional("managed-secrets")
        found = list(listing.listed("SecretList"))
        return found, listing.gaps

    def backup_vaults(self) -> tuple[list[tuple[str, Mapping[str, Any]]], list[str]]:
        """Vaults of AWS Backup with their region, and why there may be more."""
        listing = self.regional("backup-vaults")
        found = list(listing.listed("BackupVaultList"))
        return found, listing.gaps


Seen = tuple[tuple[PlainSecret, ...], tuple[str, ...]]


def _user_data(data: Regional | None, region: str, name: str) -> Seen:
    answer = data.answers.get(region, {}) if data else {}
    for record in records(answer.get("Instances")):
        if record.get("InstanceId") != name:
            continue
        if "Error" in record:
            return (), (f"user data was not read: {record['Error']}",)
        holder = record.get("UserData")
        # AWS answers with an empty object where there is none; without one, nothing was said.
        if holder == {}:
            return (), ()
        return _lines(holder.get("Value") if isinstance(holder, dict) else None, "user data")
    return (), ("user data was not read",)


def _container(container: Mapping[str, Any], found: list[PlainSecret], missing: list[str]) -> None:
    name = container.get("name")
    parts: list[Seen] = []
    if "environment" in container:
        parts.append(_pairs(container["environment"], f"{name}: variable"))
    for key in ("command", "entryPoint"):
        if key in container:
            parts.append(_lines(container[key], f"{name}: {key}"))
    log = container.get("logConfiguration", {})
    if not isinstance(log, dict):
        missing.append(f"{name}: logConfiguration was not looked at")
    if isinstance(log, dict) and "options" in log:
        parts.append(_mapping(log["options"], f"{name}: log option"))
    for secrets, unread in parts:
        found += secrets
        missing += unread


def _one(place: str, value: Any) -> PlainSecret | None:
    """A finding of ``reportgen.sources.secret``; None for none. Raises Unreadable."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or "Fingerprint" not in value:
        raise Unreadable(f"{place} was not looked at")
    return PlainSecret(place, str(value.get("Kind")), str(value["Fingerprint"]))


def _mapping(value: Any, what: str) -> Seen:
    if not isinstance(value, Mapping):
        return (), (f"{what}s were not looked at",)
    return _each((f"{what} {name}", inner) for name, inner in value.items())


def _pairs(value: Any, what: str) -> Seen:
    if not isinstance(value, list):
        return (), (f"{what}s were not looked at",)
    return _each(
        (f"{what} {item.get('name')}", item.get("Secret"))
        if isinstance(item, dict)
        else (what, "?")
        for item in value
    )


def _lines(value: Any, what: str) -> Seen:
    if not isinstance(value, list):
        return (), (f"{what} was not looked at",)
    return _each(
        (f"{what} line {item.get('Line')}", item) if isinstance(item, dict) else (what, "?")
        for item in value
    )


def _each(places: Iterator[tuple[str, Any]]) -> Seen:
    found, unread = [], []
    for place, value in places:
        try:
            one = _one(place, value)
        except Unreadable as reason:
            unread.append(str(reason))
            continue
        if one is not None:
            found.append(one)
    return tuple(found), tuple(unread)
