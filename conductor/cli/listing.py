"""`conductor list`: the tasks, each with its agent. The one command that is held to a speed."""

from __future__ import annotations

import sys
import time

from conductor.cli import page
from conductor.journal import Journal
from conductor.places import places
from conductor.runner.door import running
from conductor.samples import totals
from conductor.state import TaskState
from conductor.views import NONE, OVER, outer_troubles, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.places import Places
    from conductor.samples import Tokens
    from conductor.state import State, Task

HELP = """\
usage: conductor list [--all] [--json]

The tasks, each with its agent: what waits for you first, then what is at work, then the queue in
its order. What ended more than a day ago is left out.

  --all    everything there ever was
  --json   one document: a list of tasks

examples:
  conductor list
  conductor list --json | jq -r '.[] | select(.state == "review") | .id'
"""

_RANK = {
    state: rank
    for rank, state in enumerate(
        (
            TaskState.WAITING, TaskState.REVIEW, TaskState.FAILED, TaskState.RUNNING,
            TaskState.LANDING, TaskState.QUEUED, TaskState.BLOCKED, TaskState.HELD,
            TaskState.LANDED, TaskState.DONE, TaskState.REJECTED, TaskState.CANCELLED,
        )
    )
}  # fmt: skip
_RECENT = 24 * 3600.0


def list_tasks(words: list[str]) -> int:
    """Show the tasks; the flags are read by hand, because argparse costs a third of the time."""
    if "-h" in words or "--help" in words:
        print(HELP, end="")
        return 0
    for word in words:
        if word not in ("--all", "--json"):
            raise page.Misused(f"list knows no {word!a}: only --all and --json")
    where = places()
    where.make()
    with Journal(where.journal) as journal:
        state, tokens = journal.state, totals(journal.db)
        if "--json" in words:
            from conductor import contexts

            held = contexts.read(journal.db)
    tasks = chosen(state, everything="--all" in words, now=time.time())
    if "--json" in words:
        from conductor.views import task_document

        socket = socket_of(where) if state.sessions else None
        page.document([task_document(state, task, tokens, held, socket) for task in tasks])
    elif tasks:
        print(_table(state, tasks, tokens))
    else:
        print(_nothing(state))
    if (state.live or state.queue or state.landings or state.undos) and not running(where):
        print(
            "conductor: no runner is at work, so nothing goes on by itself: the next act starts "
            "one, and so do the screens.",
            file=sys.stderr,
        )
    for trouble in outer_troubles(state):
        named = "" if trouble.subject in trouble.why else f"{trouble.subject}: "
        print(f"conductor: {named}{trouble.why}", file=sys.stderr)
    return 0


def chosen(state: State, *, everything: bool, now: float) -> list[Task]:
    """Choose the tasks worth seeing, in the order in which they matter."""
    return sorted(
        (
            task
            for task in state.tasks.values()
            if everything or task.state not in OVER or now - task.since < _RECENT
        ),
        key=lambda task: (_RANK[task.state], task.turn),
    )


def socket_of(where: Places) -> str:
    """Return the socket of our tmux server, for whoever wants to use tmux itself."""
    from conductor.terminals.place import plain_socket

    if (plain := plain_socket(where.terminals)) is not None:
        return plain  # without pathlib, which would take longer than all the rest
    from pathlib import Path

    from conductor.terminals.place import socket_for

    return str(socket_for(Path(where.terminals)))


def _table(state: State, tasks: list[Task], tokens: dict[str, Tokens]) -> str:
    now = time.time()
    several = len(state.repos) > 1
    rows, paints, notes = [], [], []
    for task in tasks:
        session = state.sessions.get(task.session or "")
        agent = f"{session.id} {session.subscription}" if session else task.subscription or ""
        shown = task.state.value
        if session is not None and task.state is TaskState.RUNNING:
            shown = "cut off" if session.lost else session.state.value
        spent = tokens.get(session.id, NONE).total if session else 0
        title = f"{task.title}  ({task.repo.rpartition('/')[2]})" if several else task.title
        rows.append(
            (
                task.id, shown, page.age(now - task.since), agent,
                page.count(spent) if spent else "", title,
            )
        )  # fmt: skip
        paints.append(page.PAINT_OF_STATE.get(shown))
        ask = None
        if session and session.ask_text and task.state is TaskState.WAITING:
            ask = session.in_short(session.ask_text)
        notes.append(" ".join((ask or why(state, task) or "").split()) or None)
    heads = ("ID", "STATE", "FOR", "AGENT", "TOKENS", "TASK")
    return page.table(heads, rows, paints, notes)


def _nothing(state: State) -> str:
    if state.tasks:
        return "Nothing is open. `conductor list --all` shows what there was."
    return 'The queue is empty. Put something in: conductor add "what is to be done"'


COMMANDS = {"list": list_tasks}
