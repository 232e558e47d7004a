"""Who takes what next: pure.

Messages go before new tasks, because work begun is worth more than work not begun; among tasks, the
one that waits longest goes first, priority counting as waiting.
"""

from __future__ import annotations

from conductor.headroom import fits, standing, would_lapse
from conductor.slots import deliverable, holds_slot, used_slots
from conductor.state import State, TaskState
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from conductor.config import Repo, Subscription
    from conductor.headroom import Standing
    from conductor.samples import Tokens
    from conductor.state import Task


class Start(Value):
    """A task that may start now, and on what."""

    task: str
    subscription: str
    harness: str
    model: str | None


class Pass(Value):
    """A task that can't start until a person does something, and what."""

    task: str
    why: str


def ready(
    state: State,
    subscriptions: Iterable[Subscription],
    repos: Mapping[str, Repo],
    now: float,
    *,
    spent: Mapping[str, Tokens] | None = None,
    wary: Collection[str] = (),
    absent: Mapping[str, str] | None = None,
) -> tuple[list[Start], list[Pass]]:
    """Choose the tasks that may start now, and say of others what a person would have to do.

    `spent` is what each subscription has used today, for their daily ceilings; `wary` are the
    harnesses that start only where the person trusts what is in the repository. No agent starts
    without that where the repository names commands of its own, for those would run with it.
    `absent` are the programs that are not there, by the subscription that needs them.
    """
    known = list(subscriptions)
    fleet = _Fleet(state, known, repos, now, spent=spent or {}, wary=wary)
    fleet.absent = absent or {}
    fleet.free.update(dict.fromkeys(fleet.absent, 0))
    waiting = _waiting_reviews(state)
    starts: list[Start] = []
    passes: list[Pass] = []
    fillers: list[Task] = []
    refused: dict[tuple[object, ...], str] = {}  # what asks for the same, waits for the same
    for _, number in state.queue:
        if not any(fleet.free.values()) and starts:
            break
        task = state.tasks[f"t{number}"]
        if task.filler:
            fillers.append(task)
            continue
        ask = (task.repo, task.subscription, task.harness, task.model, task.reads is None)
        why = refused.get(ask)
        if why is None:
            choice = _choose(task, known, fleet, waiting, repos)
            if isinstance(choice, Start):
                fleet.free[choice.subscription] -= 1
                starts.append(choice)
                continue
            why = refused[ask] = choice
        if why != (task.why or ""):
            passes.append(Pass(task.id, why))
    for task in fillers:
        if filling := _fill(task, known, fleet, waiting, repos):
            fleet.free[filling.subscription] -= 1
            starts.append(filling)
    return starts, passes


class _Fleet:
    """The subscriptions as one round of choosing sees them."""

    def __init__(
        self,
        state: State,
        known: list[Subscription],
        repos: Mapping[str, Repo],
        now: float,
        *,
        spent: Mapping[str, Tokens],
        wary: Collection[str],
    ) -> None:
        self.repos = repos
        self.wary = wary
        self.state = state
        self.now = now
        self.spent = spent
        self.free = _free(state, known, now)
        self.absent: Mapping[str, str] = {}
        self.wanted: set[str] = set()  # those that ordinary tasks wait for
        self._stands: dict[tuple[str, str | None], Standing] = {}

    def trusts(self, one: Subscription, repo: str) -> bool:
        """Say whether an agent of a subscription may be started in a repository."""
        wishes = self.repos.get(repo)
        if wishes and wishes.commands:
            return repo in self.state.runs
        return repo in self.state.trusted or one.harness not in self.wary

    def stands(self, one: Subscription, model: str | None) -> Standing:
        """Say how a subscription stands, worked out once a round."""
        key = (one.name, model)
        if key not in self._stands:
            spent = self.spent.get(one.name)
            self._stands[key] = standing(self.state, one, model, self.now, spent)
        return self._stands[key]

    def best(self, fitting: list[Subscription], model: str | None) -> Subscription | None:
        """Choose the one whose allowance would lapse first; among equals, the emptiest."""
        stands = [
            (not how.tight, round(how.lag, 1), self.free[one.name] / one.slots, one)
            for one in fitting
            if self.free.get(one.name, 0) > 0 and (how := self.stands(one, model)).until is None
        ]
        return max(stands, key=lambda row: row[:3])[3] if stands else None


def _free(state: State, known: list[Subscription], now: float) -> dict[str, int]:
    """Count the free slots, keeping back those that waiting messages will take."""
    used = used_slots(state)
    for message in deliverable(state, {s.name: s.slots for s in known}, now):
        session = state.sessions[message.session]
        if not holds_slot(session):
            used[session.subscription] = used.get(session.subscription, 0) + 1
    return {one.name: max(0, one.slots - used.get(one.name, 0)) for one in known}


def _waiting_reviews(state: State) -> dict[str, int]:
    return {
        key.partition(" ")[2]: count
        for key, count in state.counts.items()
        if key.startswith(f"{TaskState.REVIEW} ")
    }


def _choose(
    task: Task,
    known: list[Subscription],
    fleet: _Fleet,
    waiting: Mapping[str, int],
    repos: Mapping[str, Repo],
) -> Start | str:
    """Start a task where it goes best, or say why it waits: no words where only for its turn."""
    fitting = [one for one in known if fits(one, task)]
    if not fitting:
        return _nothing_fits(task, known)
    all_fitting, fitting = fitting, [one for one in fitting if fleet.trusts(one, task.repo)]
    repo = repos.get(task.repo)
    reads = task.reads is not None  # an opinion is wanted most where much waits for review
    if repo is not None and not reads and waiting.get(task.repo, 0) >= repo.review_limit:
        count = waiting[task.repo]
        return (
            f"{count} change{'s wait' if count > 1 else ' waits'} for your review here, and the"
            f" repository's review_limit is {repo.review_limit}: review one, or raise the limit."
        )
    best = fleet.best(fitting, task.model)
    if best is None and fleet.best(all_fitting, task.model):
        wary = [one.harness for one in all_fitting if one not in fitting]
        return _distrusted(task.repo, wary)
    if best is None and all(one.name in fleet.absent for one in all_fitting):
        return not_found({fleet.absent[one.name] for one in all_fitting})
    if best is None:
        fleet.wanted.update(one.name for one in fitting)
        return ""
    return Start(task.id, best.name, best.harness, task.model or best.model)


def _fill(
    task: Task,
    known: list[Subscription],
    fleet: _Fleet,
    waiting: Mapping[str, int],
    repos: Mapping[str, Repo],
) -> Start | None:
    """Start a filler where allowance is about to lapse that nothing else waits for.

    One slot stays free for what the person may add meanwhile.
    """
    repo = repos.get(task.repo)
    if repo is not None and waiting.get(task.repo, 0) >= repo.review_limit:
        return None
    lapsing = [
        one
        for one in known
        if fits(one, task)
        and fleet.trusts(one, task.repo)
        and one.name not in fleet.wanted
        and (fleet.free[one.name] > 1 or one.slots == 1)
        and would_lapse(fleet.state, one, task.model, fleet.now)
    ]
    best = fleet.best(lapsing, task.model)
    return Start(task.id, best.name, best.harness, task.model or best.model) if best else None


def _distrusted(repo: str, wary: Iterable[str]) -> str:
    """Say why an agent does not start in a repository that the person has not trusted yet."""
    *some, last = sorted(set(wary))
    names = f"{', '.join(some)} or {last}" if some else last
    return (
        f"Before {names} starts here, say once that you trust what is in the repository, whose own "
        f"settings can run commands: `conductor trust {repo}`."
    )


def not_found(programs: Iterable[str]) -> str:
    """Say what agents cannot be started by, and what to do."""
    return (
        f"{', '.join(sorted(programs))}: not found on the PATH that agents get. Install what is "
        "missing; where your shell finds it, `conductor run --anew` there has them get its PATH."
    )


def _nothing_fits(task: Task, known: list[Subscription]) -> str:
    if not known:
        return "No subscription is configured yet: `conductor init --add all` adds what it finds."
    names = ", ".join(one.name for one in known)
    if task.subscription and all(one.name != task.subscription for one in known):
        return f"There is no subscription {task.subscription!r}; there are {names}."
    if task.subscription:
        return f"The subscription {task.subscription!r} is not for the harness {task.harness!r}."
    return f"No subscription is for the harness {task.harness!r}; there are {names}."
