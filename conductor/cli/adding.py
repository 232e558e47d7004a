"""What is checked before a task is added, and what a person is told will come of it."""

from __future__ import annotations

from pathlib import Path

from conductor.acts import Refused
from conductor.config import Repo, Settings, load_repo, load_whole
from conductor.headroom import waits
from conductor.scheduler import ready
from conductor.slots import used_slots
from conductor.state import TaskState
from conductor.values import Value
from worktrees.repository import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.places import Places
    from conductor.state import State


class Plan(Value):
    """Where a task will be done, and under which settings."""

    root: str
    repo: Repo
    settings: Settings


def check(
    where: Places, folder: str, *, harness: str | None = None, subscription: str | None = None
) -> Plan:
    """Refuse now what could not work later: the repository, its settings, the names given."""
    settings = load_whole(where.config_file)
    check_names(settings, harness, subscription)
    if not Path(folder).is_dir():
        raise Refused(f"{folder!a} is not a folder: name the repository with --repo DIR.")
    repository = Repository.open(folder)
    repo = load_repo(str(repository.root))
    repository.target(repo.target)
    return Plan(str(repository.root), repo, settings)


def check_names(settings: Settings, harness: str | None, subscription: str | None) -> None:
    """Refuse a harness or a subscription that nobody described, in the task or in the settings."""
    from harnesses.registry import registry

    known = registry(settings.harnesses)
    wrong = "".join(f" {one}" for one in settings.wrong)
    if harness and harness not in known:
        raise Refused(f"There is no harness {harness!a}; there are {', '.join(known)}.{wrong}")
    usable = any(each.harness in known for each in settings.subscriptions)
    if wrong and not usable:
        raise Refused(wrong.strip())
    for each in settings.subscriptions:
        if each.harness not in known and (each.name == subscription or not usable):
            raise Refused(
                f"The subscription {each.name} is for the harness {each.harness!a}, which is not "
                f"there: describe it as [harness.{each.harness}], or name one of "
                f"{', '.join(known)}.{wrong}"
            )
    if subscription:
        one = settings.subscription(subscription)
        if one is None:
            there = ", ".join(s.name for s in settings.subscriptions)
            raise Refused(
                f"There is no subscription {subscription!a}; there are {there}.{wrong}"
                if there
                else f"There is no subscription {subscription!a}: none is configured yet. "
                f"`conductor init --add all` adds what it finds.{wrong}"
            )
        if harness and one.harness != harness:
            raise Refused(f"The subscription {one.name} is for {one.harness}, not for {harness}.")


def outlook(state: State, ident: str, plan: Plan) -> str:
    """Say in one line what happens next with a new task, also when that is nothing."""
    import time

    from harnesses.registry import registry, wary

    task = state.tasks[ident]
    if task.state is TaskState.HELD:
        return f"{ident} is held: `conductor release {ident}` lets it start."
    if task.state is TaskState.BLOCKED:
        return f"{ident} is blocked. {task.why}"
    tables = plan.settings.harnesses
    known, careful = registry(tables), wary(tables)
    subscriptions = [one for one in plan.settings.subscriptions if one.harness in known]
    starts, passes = ready(state, subscriptions, {task.repo: plan.repo}, time.time(), wary=careful)
    for start in starts:
        if start.task == ident:
            return f"{ident} is queued and starts now, on {start.subscription}."
    for one in passes:
        if one.task == ident and one.why:
            return f"{ident} is queued, but nothing will start it yet. {one.why}"
    if task.filler:
        return f"{ident} is a filler: it starts when allowance would lapse unused."
    if found := waits(state, subscriptions, time.time()).get(task.wish):
        return f"{ident} is queued. {found[0]}"
    used = used_slots(state)
    slots = f"{sum(used.values())} of {sum(one.slots for one in subscriptions)} are in use"
    place = 1 + tuple(state.queue).index(task.turn)
    return f"{ident} is queued, number {place} in line; it starts when a slot is free ({slots})."
