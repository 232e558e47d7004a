"""What the wall says about a task, made from the world: pure."""

from __future__ import annotations

from conductor.inbox import homeless
from conductor.restless import idle_too_long
from conductor.state import SessionState, TaskState
from conductor.tui import looks
from conductor.tui.widgets.face import Face
from conductor.tui.wording import age, count, who
from conductor.windows import limited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.state import Session, Task
    from conductor.tui.sources import Beside
    from conductor.tui.world import World


def face(world: World, task: Task, key: str) -> Face:
    """Say all about a task at work that fits on its tile."""
    session = world.session_of(task)
    seen = looks.look(task, session)
    if seen is looks.IDLE and session and idle_too_long(session, world.now):
        seen = looks.IDLE_LONG
    at_work = session is not None and task.state in (TaskState.RUNNING, TaskState.WAITING)
    since = session.since if session and at_work else task.since
    rate = world.rates.get(session.id, 0.0) if session else 0.0
    meets, clashes = _meets(world, session)
    return Face(
        task=task.id,
        session=session.id if session else "",
        look=seen,
        title=task.title,
        who=who(session),
        rate=f"{count(rate)}/min" if rate else "",
        spark=world.sparks.get(session.id, "") if session and rate else "",
        branch=(session.branch or "").removeprefix("conductor/") if session else "",
        age=age(world.now - since),
        changed=_changed(session),
        context=_context(world, session),
        meets=meets,
        clashes=clashes,
        words=_words(task, session, world.now),
        key=key,
        group=world.view.name_of(task, session),
        size=world.view.size_of(task, session),
    )


def wall(world: World, tasks: Sequence[Task], *, letters: str = "") -> list[Face]:
    """Say all about these tasks, and of each about what stands beside its agent.

    Numbers are the agents' own, so that a program beside one moves no other's; letters are for all.
    """
    open_there = world.screens.beside() if world.screens else {}
    of_session: dict[str, list[str]] = {}
    for terminal in sorted(open_there.keys() - world.view.hidden):
        of_session.setdefault(open_there[terminal].session, []).append(terminal)
    found: list[Face] = []

    def programs(session: str) -> None:
        for terminal in of_session.get(session, ()):
            key = letters[len(found) : len(found) + 1]
            found.append(_program(world, terminal, open_there[terminal], key))

    for number, task in enumerate(tasks):
        place = len(found) if letters else number
        found.append(face(world, task, (letters or NUMBERS)[place : place + 1]))
        programs(task.session or "")
    seen = {task.session for task in world.fleet(finished=world.view.finished)}
    for session in sorted(of_session.keys() - seen):
        programs(session)  # pinned ones, whose task is over
    return found


def _program(world: World, terminal: str, one: Beside, key: str) -> Face:
    """Say what is known of a program that the person opened beside an agent."""
    session = world.state.sessions.get(one.session)
    task = world.state.tasks.get(session.task) if session else None
    wide, high = world.view.sizes.get(terminal, (1.0, 1.0))
    look = looks.STAYS if one.pinned else looks.BESIDE
    return Face(
        task=terminal, session=terminal, look=look, title=one.tool,
        who=task.title if task else one.session, rate="", age="", changed="", meets="",
        clashes=False, words="", key=key,
        group=world.view.name_of(task, session) if task else "", size=(wide, high),
        owner=task.id if task else one.session,
    )  # fmt: skip


def _changed(session: Session | None) -> str:
    if session is None or not session.files:
        return ""
    return f"+{session.added} -{session.removed}"


def _context(world: World, session: Session | None) -> int | None:
    held = world.contexts.get(session.id) if session and session.live else None
    return held.percent if held else None


def _begins(session: Session) -> str:
    """Say how far the start of an agent is, before there is a screen of it."""
    if session.worktree is None:
        return "Its worktree is being made."
    return "Its agent starts." if session.launches else "Its worktree is being set up."


def _meets(world: World, session: Session | None) -> tuple[str, bool]:
    """Name the tasks whose agents change the same files, and say whether one would conflict."""
    state = world.state
    mine = session.id if session else ""
    found = [one for one in state.overlaps.values() if mine in (one.session, one.other)]
    tasks = sorted(
        found, key=lambda one: (not one.conflicts, state.sessions[one.partner(mine)].number)
    )
    names = [state.sessions[one.partner(mine)].task for one in tasks]
    if not names:
        return "", False
    clashes = bool(tasks[0].conflicts)
    more = f" +{len(names) - 2}" if len(names) > 2 else ""
    return f"{'✗' if clashes else '⇄'} {' '.join(names[:2])}{more}", clashes


NUMBERS = "123456789"
"""The keys of the first agents."""

_WHY_FIRST = (TaskState.FAILED, TaskState.REJECTED, TaskState.CANCELLED, TaskState.DONE)


def _words(task: Task, session: Session | None, now: float) -> str:
    if task.state in _WHY_FIRST:
        return task.why or ""
    if session is None:
        return task.why or ""
    if task.state in (TaskState.REVIEW, TaskState.LANDING):
        return task.why or session.last
    if alarm := homeless(session) or session.stalling:
        return alarm
    if session.state is SessionState.STARTING:
        return session.why or _begins(session)
    if session.state is SessionState.WAITING:
        more = f" (and {len(session.asks) - 1} more)" if len(session.asks) > 1 else ""
        return f"{session.in_short(session.ask_text or 'It asks something.')}{more}"
    if session.state is SessionState.LIMITED:
        return limited(session) + (" The inbox asks." if session.offers else "")
    return session.why or session.last
