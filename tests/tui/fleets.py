"""Stories of fleets of any number of agents, made from the evening's, and pictures of all of them.

`make gallery` draws what a person with a designer's eye looks through before looks are changed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from conductor.tui import story
from conductor.tui.shot import SCREENS, render

TOLD = 12  # agents that the evening tells of
COUNTS = (1, 6, 12, 30)
SIZES = ((80, 24), (160, 45), (250, 70))
LOOKS = {"dark": "conductor-dark", "light": "conductor-light", "16": "ansi-dark"}
TITLES = (
    "Cache the tile server", "Split the settings page", "Upgrade to Python 3.13", "Fuzz the parser",
    "Search in messages", "Measure cold starts", "Rename accounts to teams", "Undo in the editor",
    "Tests for time zones", "Read-only mode", "Shrink the container", "Translate the help",
    "Stream large exports", "Keyboard shortcuts", "A page for incidents", "Rotate signing keys",
    "Find dead code", "Explain slow queries",
)  # fmt: skip


def fleet(count: int) -> str:
    """Return the evening with this many agents."""
    lines = Path(story.find("evening")).read_text("utf-8").splitlines()
    told = [line for line in lines if (_number(line) or 0) <= count or _number(line) is None]
    for number in range(TOLD + 1, count + 1):
        like = (number * 5) % TOLD + 1
        for line in lines:
            if _number(line) == like:
                renamed = re.sub(rf'"([ts]){like}"', rf'"\g<1>{60 + number}"', line)
                told.append(_titled(renamed, TITLES[number % len(TITLES)]))
    return "\n".join(told)


def _number(line: str) -> int | None:
    """Say which of the evening's agents a line is about."""
    found = re.search(r'"(?:task|session|screen|context)": "[ts](\d+)"', line)
    return int(found[1]) if found and int(found[1]) <= TOLD else None


def _titled(line: str, title: str) -> str:
    told = json.loads(line)
    if told.get("fact") == "TaskAdded":
        told["title"] = told["text"] = title
    return json.dumps(told)


def gallery(folder: Path) -> None:
    """Draw every fleet in every look and size, and every other screen at two sizes."""
    folder.mkdir(parents=True, exist_ok=True)
    for count in COUNTS:
        path = folder / f"{count}.jsonl"
        path.write_text(fleet(count), "utf-8")
        for name, theme in LOOKS.items():
            for width, height in SIZES:
                for screen in ("fleet", "dense"):
                    out = folder / f"{screen}-{count}-{width}-{name}.svg"
                    render(screen, (width, height), theme, str(path), str(out))
    for screen in SCREENS:
        for name, theme in LOOKS.items():
            for width, height in SIZES[:2] if screen not in ("fleet", "dense") else ():
                told = "landing" if screen == "landing" else "evening"
                out = folder / f"{screen}-{width}-{name}.svg"
                render(screen, (width, height), theme, told, str(out))


if __name__ == "__main__":
    gallery(Path(sys.argv[1]))
