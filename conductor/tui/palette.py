"""The command palette's entries: the bindings themselves, so that none is written twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.binding import Binding

from conductor.tui.widgets.key_line import key_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.tui.app import Conductor
    from conductor.tui.screens.room import Room


def commands(app: Conductor) -> Iterator[SystemCommand]:
    """List everything that can be done here; what makes no sense now says why."""
    room = app.room
    if room is not None:
        for binding in bindings(type(room).BINDINGS):
            yield _command(app, room, binding)
    for binding in bindings(type(app).BINDINGS):
        yield _command(app, None, binding)
    yield SystemCommand("Theme", "Choose another look", app.action_change_theme)
    yield SystemCommand("Undo the last landing", "Take back what landed last", lambda: _undo(app))


def bindings(given: object) -> list[Binding]:
    """Return the bindings that have an id, as written in a class."""
    assert isinstance(given, list)
    return [one for one in given if isinstance(one, Binding) and one.id]


def key_of(app: Conductor, binding: Binding) -> str:
    """Return a binding's keys: the person's own, or those it has of old."""
    return app.keys.get(binding.id or "", binding.key)


def _command(app: Conductor, room: Room | None, binding: Binding) -> SystemCommand:
    action = binding.action.partition("(")[0]
    why = room.why_not(action) if room else None
    key = key_name(key_of(app, binding).partition(",")[0])
    words = binding.tooltip or binding.description
    if why:
        return SystemCommand(
            f"{binding.description}  ({key})", f"Not now: {why}", lambda: _say(app, why)
        )
    node = room if room is not None else app
    return SystemCommand(
        f"{binding.description}  ({key})",
        words,
        lambda: app.run_worker(app.run_action(binding.action, default_namespace=node)),
    )


def _say(app: Conductor, why: str) -> None:
    app.notify(f"Not now: {why}.", markup=False)


def _undo(app: Conductor) -> None:
    from conductor import acts

    if app.room is not None:
        app.room.act(lambda: acts.undo(app.world.journal), "The landing is being taken back.")
