"""A minute of use, recorded: the demo, played by keys, as an asciinema cast and a moving picture.

`make recording` writes docs/pictures/minute.cast and minute.svg anew. Nothing in it is made up: it
is `conductor demo` in a terminal, and the keys are those that a person would press.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

from tests.recording.moving import moving
from tests.recording.terminal import Terminal

SIZE = (120, 34)
ENTER, LEAVE, QUIT = "\r", "\x1b[24~", "\x11"
ROOT = Path(__file__).parents[2]


class Scene(NamedTuple):
    """Something to wait for, keys to press then, and how long to look at what comes of it."""

    sees: str
    keys: tuple[str, ...]
    looks: float
    shown: float  # seconds in the moving picture


MINUTE = (
    Scene("t6 A README", (), 5.0, 3.0),
    Scene("waits for you", ("w",), 1.5, 2.5),
    Scene("waits for you", (ENTER,), 1.0, 1.0),
    Scene("F12 leaves", ("The payer.", ENTER), 2.5, 2.5),
    Scene("F12 leaves", (LEAVE, "2"), 0.5, 0.5),
    Scene("t2 ", ("s",), 1.0, 1.0),
    Scene("beside t2", ("git log --oneline; git status --short", ENTER), 3.0, 3.0),
    Scene("F12 leaves", (LEAVE,), 0.8, 0.8),
    Scene("t2 shell", ("X",), 1.0, 0.8),
    Scene("Close the shell", (ENTER,), 0.8, 0.5),
    Scene("review", ("D",), 3.0, 3.0),
    Scene("review", ("D", "2", "d"), 3.5, 3.5),
    Scene("Report as Markdown", ("y",), 1.5, 1.5),
    Scene("Queue", ("L",), 4.0, 3.0),
    Scene("Queue", ("i",), 3.0, 3.0),
    Scene("Queue", ("U",), 3.0, 3.0),
    Scene("Queue", ("f",), 4.0, 3.0),
)


def record(
    scenes: tuple[Scene, ...],
) -> tuple[list[tuple[float, str]], list[tuple[float, tuple[str, ...]]]]:
    """Play the scenes in the demo; return what was seen when, and a picture of the end of each."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    env = kept | {
        "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT),
        "SHELL": "/bin/sh", "PS1": "$ ", "GIT_PAGER": "cat",
    }  # fmt: skip
    terminal = Terminal([sys.executable, "-m", "conductor", "demo"], env, SIZE)
    pictures = []
    try:
        for scene in scenes:
            terminal.sees(scene.sees)
            terminal.press(*scene.keys)
            terminal.wait(scene.looks)
            pictures.append((scene.shown, terminal.picture))
        return list(terminal.events), pictures
    finally:  # the demo leaves nothing behind if it is left by its own key
        terminal.press(QUIT)
        terminal.close()


def cast(seen: list[tuple[float, str]]) -> str:
    """Write what was seen as asciinema plays it (asciicast, version 2)."""
    columns, rows = SIZE
    head: dict[str, object] = {"version": 2, "width": columns, "height": rows}
    head |= {"idle_time_limit": 2.0, "title": "Conductor: a minute of its demo"}
    begin = "\x1b[?25l\x1b[2J"
    events = [(0.0, begin), *seen]
    lines = [json.dumps(head), *(json.dumps([round(at, 2), "o", said]) for at, said in events)]
    return "\n".join(lines) + "\n"


def main(folder: Path) -> None:
    """Record, and write both."""
    seen, pictures = record(MINUTE)
    (folder / "minute.cast").write_text(cast(seen), "utf-8")
    (folder / "minute.svg").write_text(moving(pictures, SIZE[0]), "utf-8")
    for name in ("minute.cast", "minute.svg"):
        print(f"{folder / name}: {(folder / name).stat().st_size // 1024} KB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "docs" / "pictures")
