"""Which words a screen asks for, and where they go."""

from __future__ import annotations

from conductor import acts
from conductor.tui.screens.choose import Choose
from conductor.tui.screens.words import Words
from conductor.tui.tools import close
from conductor.tui.widgets.listing import Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Session, Task
    from conductor.tui.screens.arranging import Arranging
    from conductor.tui.screens.room import Room
    from conductor.tui.widgets.face import Face


def say(room: Room, session: Session) -> None:
    """Ask for a message to an agent."""
    journal = room.world.journal
    title = _title(room, session)

    def send(words: str) -> bool:
        return room.act(
            lambda: acts.say(journal, session.id, words), f"On its way to {session.id}."
        )

    heading = f"To {session.id} · {title}"
    room.app.push_screen(Words(f"say {session.id}", heading, "", send, by_enter=True))


def answer(room: Room, session: Session, ask: str) -> None:
    """Ask for the answer to one of an agent's questions."""
    journal = room.world.journal
    told = next((session.in_short(one.text) for one in session.asks if one.id == ask), "")

    def send(words: str) -> bool:
        return room.act(
            lambda: acts.answer(journal, session.id, words, ask), f"On its way to {session.id}."
        )

    heading = f"{session.id} asks · {_title(room, session)}"
    about = f"answer {session.id} {ask}"
    room.app.push_screen(Words(about, heading, told, send, "answer", by_enter=True))


def fork(room: Room, session: Session) -> None:
    """Ask what a second agent is to do from here on, where there can be one."""
    journal, settings = room.world.journal, room.world.settings
    tables = settings.harnesses if settings else {}
    if not room.act(lambda: acts.can_fork(session, tables)):
        return

    def send(words: str) -> bool:
        return room.act(
            lambda: acts.fork(journal, tables, session.id, words),
            f"A second agent goes on from {session.id} as soon as a slot is free.",
        )

    told = (
        "What is a second agent to do from here? It gets this conversation and these files, in a"
        " worktree of its own; both go on."
    )
    heading = f"Fork {session.id} · {_title(room, session)}"
    room.app.push_screen(Words(f"fork {session.id}", heading, told, send, "fork"))


def reject(room: Room, task: Task) -> None:
    """Ask why a change is not wanted."""
    journal = room.world.journal

    def send(words: str) -> bool:
        return room.act(
            lambda: acts.reject(journal, task.id, words),
            f"{task.id} is rejected; its work stays in its snapshot.",
        )

    told = "Say why: the reason is kept with the task."
    room.app.push_screen(
        Words(f"reject {task.id}", f"Reject {task.id} · {task.title}", told, send, "reject")
    )


def send_back(room: Room, task: Task) -> None:
    """Ask what is still to be done."""
    journal = room.world.journal

    def send(words: str) -> bool:
        return room.act(
            lambda: acts.send_back(journal, task.id, words), f"{task.id} goes back to its agent."
        )

    told = "What is still to be done? The text goes to the agent as its next prompt."
    room.app.push_screen(
        Words(f"back {task.id}", f"Send back {task.id} · {task.title}", told, send, "send back")
    )


def cancel(room: Room, task: Task) -> None:
    """Ask why a task is given up."""
    journal = room.world.journal

    def send(words: str) -> bool:
        return room.act(lambda: acts.cancel(journal, task.id, words), f"{task.id} is cancelled.")

    told = (
        "Its agent, if any, is stopped; what it changed is kept. A reason is welcome, not needed."
    )
    room.app.push_screen(
        Words(
            f"cancel {task.id}", f"Cancel {task.id} · {task.title}", told, send, "cancel the task"
        )
    )


def stop(room: Arranging, face: Face, session: Session | None) -> None:
    """Ask whether an agent is to be stopped, or a person's own program beside one to be closed."""
    if face.owner:
        heading = f"Close the {face.title} beside {face.owner}?"
        told = "Close it, with all that runs in it"

        def end() -> None:
            close(room, face.session)
    elif session:
        heading = f"Stop {session.id} · {face.title}?"
        told = "Stop it; what it changed and its conversation are kept"

        def end() -> None:
            room.act(
                lambda: acts.stop(room.world.journal, session.id),
                f"{session.id} is being stopped; its work is kept.",
            )
    else:
        return
    lines = [Line("stop", ((f" {told}", "plain"),)), Line("no", ((" Let it go on", "plain"),))]
    room.app.push_screen(Choose(heading, lines, lambda name: end() if name == "stop" else None))


def _title(room: Room, session: Session) -> str:
    task = room.world.state.tasks.get(session.task)
    return task.title if task else session.task
