"""Making the cars of a landing train: each change merged in memory onto what is ahead of it.

No ref and no file of anybody's moves here; what comes out are commits that nothing leads to yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from conductor.config import BLANK, Landings
from conductor.state import Session, Task
from conductor.train import Car, Wish, pair
from conductor.values import Value
from worktrees import landings, merges
from worktrees.errors import GitError
from worktrees.merges import Conflict
from worktrees.repository import Repository, Target

MOST_COMPARED = 12
"""Changes approved together of which each two are tried on each other, to see which clash."""

MESSAGE = "{title}\n\n{text}\n\nTask: {task}\nAgent: {agent} ({session})"
REVERT = 'Revert "{title}"\n\nThis takes back {commit}.\n\nTask: {task}'


class Origin(Value):
    """What a wish's commit is made of: its task, its session, its words, how it is to land."""

    task: Task
    session: Session
    text: str
    landing: Landings


class Misfit(Value):
    """A wish that did not become a car: for good, or (`behind`) until others have landed."""

    wish: Wish
    behind: tuple[str, ...] = ()
    conflict: Conflict | None = None
    error: GitError | None = None
    nothing: bool = False  # the target holds all of it already


class Coupled(Value):
    """The cars of a train, and who is not among them."""

    cars: tuple[Car, ...]
    misfits: tuple[Misfit, ...]


def couple(
    repo: Repository,
    target: Target,
    kept: Sequence[Car],
    wishes: Iterable[Wish],
    origin: Callable[[str], Origin],
) -> Coupled:
    """Merge each wish onto the last car that there is; who does not fit waits, or is told."""
    cars, misfits = list(kept), []
    held: set[str] = set()
    for wish in wishes:
        if waits := tuple(one for one in wish.after if one in held):
            misfits.append(Misfit(wish, waits))
        else:
            made = _car(repo, target, cars, wish, origin(wish.task))
            if isinstance(made, Car):
                cars.append(made)
                continue
            misfits.append(made)
        held.add(wish.task)
    return Coupled(tuple(cars), tuple(misfits))


def _car(
    repo: Repository, target: Target, cars: Sequence[Car], wish: Wish, origin: Origin
) -> Car | Misfit:
    ahead = tuple(car.task for car in cars)
    try:
        return _fitted(repo, target, cars, wish, origin)
    except GitError as error:
        return Misfit(wish, ahead) if ahead else Misfit(wish, error=error)


def _fitted(
    repo: Repository, target: Target, cars: Sequence[Car], wish: Wish, origin: Origin
) -> Car | Misfit:
    onto = cars[-1].commit if cars else target.commit
    ahead = tuple(car.task for car in cars)
    change = wish.change if wish.undo else _change(repo, origin.task, wish.change)
    merged = _merged(repo, onto, change, wish, origin)
    if isinstance(merged, Conflict):
        if cars and not isinstance(_merged(repo, target.commit, change, wish, origin), Conflict):
            return Misfit(wish, ahead, conflict=merged)
        return Misfit(wish, conflict=merged)
    if merged.tree == merges.tree_of(repo, onto):
        return Misfit(wish, ahead, nothing=not ahead)
    commit = _commit(repo, Target(target.name, onto), change, merged.tree, wish=wish, origin=origin)
    return Car(wish, onto, commit, merged.tree)


def _merged(
    repo: Repository, onto: str, change: str, wish: Wish, origin: Origin
) -> merges.Merged | Conflict:
    if wish.undo:
        undone = origin.task.to_undo
        return landings.revert(repo, onto, change, undone.before if undone else "")
    return merges.merge(repo, onto, change)


def _change(repo: Repository, task: Task, change: str) -> str:
    """The change to merge; one whose landing was reverted is as new, and not known already."""
    if task.reverted is None:
        return change
    return merges.commit_tree(repo, merges.tree_of(repo, change), (task.reverted,), task.title)


def _commit(
    repo: Repository, onto: Target, change: str, tree: str, *, wish: Wish, origin: Origin
) -> str:
    task, session, how = origin.task, origin.session, origin.landing
    if wish.undo:
        words = _filled(REVERT, {"title": task.title, "commit": wish.change, "task": task.id})
        return merges.commit_tree(repo, tree, (onto.commit,), words)
    base = task.reverted or session.base or onto.commit
    return landings.compose(
        repo, onto, change, base=base, tree=tree,
        how="squash" if task.reverted else how.how, message=message(origin),
    )  # fmt: skip


def message(origin: Origin) -> str:
    """Write the words of the commit that lands."""
    task, session, how = origin.task, origin.session, origin.landing
    text = origin.text.strip()
    blanks = {
        "title": task.title,
        "text": "" if text == task.title else text[:4000],
        "task": task.id,
        "agent": session.harness,
        "model": session.model or session.harness,
        "session": session.id,
    }
    words = _filled(how.message or MESSAGE, blanks)
    if how.co_author is None:
        return words
    last = words.rstrip().rpartition("\n\n")[2]
    trailers = all(": " in line for line in last.splitlines())
    return (
        f"{words.rstrip()}{'' if trailers and chr(10) * 2 in words.rstrip() else chr(10)}\n"
        f"Co-authored-by: {_filled(how.co_author, blanks).strip()}\n"
    )


def _filled(template: str, blanks: Mapping[str, str]) -> str:
    """Fill a template's blanks, once: what a blank is filled with is not read again."""
    words = BLANK.sub(lambda found: blanks.get(found[1], found[0]), template)
    while "\n\n\n" in words:
        words = words.replace("\n\n\n", "\n\n")
    return words.strip() + "\n"


def clashes(
    repo: Repository, wishes: Sequence[Wish], files: Mapping[str, Iterable[str]]
) -> dict[tuple[str, str], int]:
    """Count in how many files each two of these changes conflict with each other."""
    found: dict[tuple[str, str], int] = {}
    some = [one for one in wishes if not one.undo][:MOST_COMPARED]
    for number, one in enumerate(some):
        for other in some[number + 1 :]:
            if set(files[one.task]).isdisjoint(files[other.task]):
                continue
            try:
                tried = merges.merge(repo, one.change, other.change)
            except GitError:
                continue  # they share no history: each is tried on the target all the same
            if isinstance(tried, Conflict):
                found[pair(one.task, other.task)] = len(tried.files)
    return found
