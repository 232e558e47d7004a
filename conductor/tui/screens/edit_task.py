"""Changing the words of a task that has not begun."""

from __future__ import annotations

from conductor import acts
from conductor.cleaning import clean
from conductor.tui.screens.words import Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Task
    from conductor.tui.screens.room import Room


def edit(room: Room, task: Task) -> None:
    """Ask for a task's new words, beginning with what they are."""
    journal = room.world.journal
    about = f"edit {task.id} {task.told}"

    def send(words: str) -> bool:
        return room.act(
            lambda: acts.edit_task(journal, task.id, title=words, text=words),
            f"{task.id} is changed.",
        )

    Words.drafts.setdefault(about, clean(journal.text(task.told)))
    told = "The first line is its title."
    room.app.push_screen(Words(about, f"Edit {task.id}", told, send, "change it"))
