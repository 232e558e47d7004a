"""The person's own keys: which there are to set, and what is wrong with those that were set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.binding import Binding

from conductor.cleaning import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KEY = re.compile(r"(?:(?:ctrl|shift|alt|super)\+)*(?:[a-z0-9_]+|[!-~])")


def known() -> dict[str, str]:
    """List every binding there is by its id, with the keys it has of old."""
    from conductor.tui.app import Conductor
    from conductor.tui.screens.choose import Choose
    from conductor.tui.screens.conflict import Conflict
    from conductor.tui.screens.fleet import Fleet
    from conductor.tui.screens.help import Help
    from conductor.tui.screens.history import History
    from conductor.tui.screens.inbox import Inbox
    from conductor.tui.screens.landing import Landing
    from conductor.tui.screens.meters import Meters
    from conductor.tui.screens.new_task import NewTask
    from conductor.tui.screens.queue import Queue
    from conductor.tui.screens.review import Review
    from conductor.tui.screens.words import Words
    from conductor.tui.widgets.board import Board
    from conductor.tui.widgets.diff_view import DiffView
    from conductor.tui.widgets.filter import Filter
    from conductor.tui.widgets.listing import Listing
    from conductor.tui.widgets.prose import Prose
    from conductor.tui.widgets.scroll import Scroll
    from conductor.tui.widgets.wall import Wall

    owners: tuple[Iterable[object], ...] = (
        Conductor.BINDINGS, Fleet.BINDINGS, Queue.BINDINGS, Review.BINDINGS, Inbox.BINDINGS,
        Help.BINDINGS, NewTask.BINDINGS, Words.BINDINGS, Wall.BINDINGS, Listing.BINDINGS,
        DiffView.BINDINGS, Prose.BINDINGS, Filter.BINDINGS,
        History.BINDINGS, Scroll.BINDINGS, Choose.BINDINGS, Landing.BINDINGS, Conflict.BINDINGS,
        Meters.BINDINGS, Board.BINDINGS,
    )  # fmt: skip
    found = [one for owner in owners for one in owner if isinstance(one, Binding) and one.id]
    return {str(one.id): one.key for one in found}


def checked(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the keys that can be used, and a sentence for each that cannot."""
    there = known()
    usable: dict[str, str] = {}
    wrong = []
    for name, keys in wanted.items():
        said = clean_line(name, 60)
        if name not in there:
            wrong.append(f"[keys] {said}: nothing has this id{_near(name, there)}.")
        elif not keys.strip() or not all(_named(key.strip()) for key in keys.split(",")):
            wrong.append(
                f"[keys] {said}: {clean_line(keys, 40)!r} is no key; "
                'write it as in "ctrl+t", "f5" or "k,up".'
            )
        else:
            usable[name] = ",".join(key.strip() for key in keys.split(","))
    return usable, wrong + _taken(usable, there)


def _taken(usable: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Say which keys are given to two things of one place: only the last would get them."""
    told = []
    for name, keys in usable.items():
        place = name.partition(".")[0]
        for other, others in {**there, **usable}.items():
            both = set(keys.split(",")) & set(others.split(","))
            later = other not in usable or other > name
            if both and other != name and later and other.startswith(f"{place}."):
                told.append(
                    f"[keys] {name} takes the key {min(both)} from {other}: give that one another."
                )
    return told


def _named(key: str) -> bool:
    """Say whether a key is one that a terminal can send."""
    from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character

    if not _KEY.fullmatch(key):
        return False
    plain = key.rpartition("+")[2] or key
    names = {one.value.rpartition("+")[2] for one in Keys} | set(KEY_NAME_REPLACEMENTS.values())
    return plain in names or bool(key_to_character(plain))


def _near(name: str, there: Iterable[str]) -> str:
    import difflib

    found = difflib.get_close_matches(name, list(there), 1)
    return f"; {found[0]} was perhaps meant" if found else "; `?` lists the ids of a room"
