"""The command palette's entries: the bindings themselves, so that none is written twice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.binding import Binding

from conductor.tui.widgets.key_line import key_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.tui.app import Conductor
    from conductor.tui.screens.room import Room


def commands(app: Conductor) -> Iterator[SystemCommand]:
    """List everything that can be done: what makes no sense now says why, or where it does."""
    room = app.room
    if room is not None:
        for binding in bindings(type(room).BINDINGS):
            yield _command(app, room, binding)
        for _, of_a_part in room.MORE_KEYS:
            for binding in bindings(of_a_part):
                yield _pressed(app, binding)
        yield from _elsewhere(app, room)
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


def _pressed(app: Conductor, binding: Binding) -> SystemCommand:
    """Offer what a part of the room does: its key is pressed there, where the person was."""
    key = key_of(app, binding).partition(",")[0]
    title = f"{binding.description}  ({key_name(key)})"
    words = binding.tooltip or binding.description
    return SystemCommand(title, words, lambda: app.call_later(app.simulate_key, key), False)


def _elsewhere(app: Conductor, here: Room) -> Iterator[SystemCommand]:
    """Tell what other rooms do, found by their words, and go there."""
    from conductor.tui.screens.fleet import Fleet
    from conductor.tui.screens.inbox import Inbox
    from conductor.tui.screens.landing import Landing
    from conductor.tui.screens.meters import Meters
    from conductor.tui.screens.queue import Queue
    from conductor.tui.screens.review import Review

    for room in (Fleet, Queue, Review, Inbox, Landing, Meters):
        if isinstance(here, room):
            continue
        go = partial(_go, app, room.NAME)
        for binding in bindings(room.BINDINGS):
            if ".tile" not in str(binding.id):
                key = key_name(key_of(app, binding).partition(",")[0])
                title = f"{room.NAME.capitalize()}: {binding.description}  ({key})"
                words = f"Goes there: {binding.tooltip or binding.description}"
                yield SystemCommand(title, words, go, False)


def _go(app: Conductor, room: str) -> None:
    app.run_worker(app.run_action(f"room('{room}')"))


def say_why(app: Conductor, room: Room, action: str) -> None:
    """Say why a letter does nothing just now; keys that move or leave need no words."""
    mine = [one for one in bindings(type(room).BINDINGS) if one.action == action]
    others = {key for one in bindings(type(app).BINDINGS) for key in key_of(app, one).split(",")}
    keys = {key for one in mine for key in key_of(app, one).split(",")} - others
    why = room.why_not(action.partition("(")[0])
    if why and any(len(key) == 1 for key in keys):
        _say(app, why)


def _say(app: Conductor, why: str) -> None:
    app.notify(f"Not now: {why}.", markup=False)


def _undo(app: Conductor) -> None:
    from conductor import acts

    if app.room is not None:
        app.room.act(lambda: acts.undo(app.world.journal), "The landing is being taken back.")
