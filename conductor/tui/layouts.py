"""Where each of a person's screens keeps how it was arranged, by the name it was opened with."""

from __future__ import annotations

import contextlib
import json
import os

from conductor.places import PlaceError, Places
from conductor.tui.view import GROUPS, View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FIRST = "main"
"""The name of the screens that were given none."""


def load(places: Places, name: str) -> View:
    """Return the arrangement of that name; what cannot be read is an untouched one."""
    try:
        with open(_path(places, name), encoding="utf-8") as file:
            stored = json.load(file)
    except (OSError, ValueError):
        return View()
    return _view(stored) if isinstance(stored, dict) else View()


def save(places: Places, name: str, view: View) -> None:
    """Keep an arrangement; where that can't be, it holds until the screens are left."""
    path = _path(places, name)
    stored = {
        "hidden": sorted(view.hidden),
        "pinned": sorted(view.pinned),
        "finished": view.finished,
        "group": view.group,
        "dense": view.dense,
        "whole": view.whole,
        "order": list(view.order),
        "sizes": {task: list(size) for task, size in view.sizes.items()},
    }
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(f"{path}.{os.getpid()}", "w", encoding="utf-8") as file:
            json.dump(stored, file)
        os.replace(file.name, path)


def checked(name: str) -> str:
    """Return a name that can be a file's, or say why it can't."""
    if not name or len(name) > 40 or not all(c.isalnum() or c in "-_" for c in name):
        raise PlaceError(
            f"--name {name!r:.60}: up to 40 letters, digits, '-' and '_', as in --name left"
        )
    return name


def _path(places: Places, name: str) -> str:
    return os.path.join(places.state, "layouts", f"{name}.json")


def _view(stored: dict[str, Any]) -> View:
    sizes = stored.get("sizes")
    return View(
        hidden=frozenset(_texts(stored.get("hidden"))),
        pinned=frozenset(_texts(stored.get("pinned"))),
        finished=stored.get("finished") is True,
        dense=stored.get("dense") is True,
        whole=stored.get("whole") is True,
        group=stored["group"] if stored.get("group") in GROUPS else "",
        order=tuple(_texts(stored.get("order"))),
        sizes={
            task: (float(size[0]), float(size[1]))
            for task, size in (sizes.items() if isinstance(sizes, dict) else ())
            if isinstance(size, list)
            and len(size) == 2
            and all(isinstance(one, (int, float)) and 0.1 <= one <= 10 for one in size)
        },
    )


def _texts(stored: object) -> list[str]:
    return [one for one in stored if isinstance(one, str)] if isinstance(stored, list) else []
