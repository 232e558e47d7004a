"""Reading a change of 200,000 lines in 500 files: first hunk, index, page, jump, memory.

Baseline of the index is `git diff` itself in the same run, its output read and thrown away. What
counts is the fastest of several turns: what the program takes, not what the machine did meanwhile.
"""

from __future__ import annotations

import asyncio
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from conductor import events as e
from conductor.journal import Journal
from conductor.places import Places
from conductor.review.document import LINE, Document
from conductor.review.files import files_of
from conductor.review.index import Index
from worktrees import readings

if TYPE_CHECKING:
    from collections.abc import Callable

    from conductor.tui.screens.review import Review

FILES, LINES, SHARE = 500, 1000, 0.2
TURNS = 5
_WORDS = """
    def return self value count index for while in if else name path line import from
""".split()  # noqa: SIM905


def make(root: Path) -> tuple[str, str]:
    """Make a repository whose two commits differ in some 200,000 lines."""
    dice = random.Random(7)

    def line() -> str:
        words = " ".join(dice.choice(_WORDS) for _ in range(dice.randint(3, 12)))
        return f"    {words} = {dice.randint(0, 999)}  # note\n"

    def git(*words: str) -> str:
        out = subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
            cwd=root, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return out.stdout.strip()

    git("init", "-q", "-b", "main")
    texts = {
        root / f"src/part{n % 20}/mod_{n:03}.py": [line() for _ in range(LINES)]
        for n in range(FILES)
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(text))
    git("add", "-A")
    git("commit", "-qm", "one")
    base = git("rev-parse", "HEAD")
    for path, text in texts.items():
        path.write_text("".join(line() if dice.random() < SHARE else old for old in text))
    git("add", "-A")
    git("commit", "-qm", "two")
    return base, git("rev-parse", "HEAD")


def indexed(ends: readings.Ends) -> Document:
    """Read all of a change into its index."""
    files = files_of(readings.listed(ends))
    index = Index(files)
    for piece in readings.patch(ends):
        index.add(piece)
    index.end()
    return Document(files)


def least(deed: Callable[[], object], turns: int = TURNS) -> float:
    """Return the milliseconds of the fastest of several turns."""
    taken = []
    for _ in range(turns):
        begun = time.perf_counter()
        deed()
        taken.append(time.perf_counter() - begun)
    return min(taken) * 1000


def history(root: Path, base: str, head: str, home: str) -> Places:
    """Write a journal in which two changes wait: the large one, and one of nothing but a mode."""
    places = Places(config=home, state=home)
    places.make()
    with Journal(places.journal) as journal:
        for number in (1, 2):
            task, session = f"t{number}", f"s{number}"
            journal.append(
                e.TaskAdded(task, f"Change {number}", "words", str(root)),
                e.SessionClaimed(session, task, "builtin", "local"),
                e.WorktreeCreated(session, str(root), "main", base if number == 1 else head),
                e.SessionStarted(session, 1),
                e.SessionIdle(session, "record", "Done."),
                e.SnapshotTaken(session, head, head, (), (), 1, 1),
                e.SessionEnded(session, "process", 0),
                e.ReviewReady(task, session, head),
            )
    return places


async def on_screen(places: Places) -> dict[str, float]:
    """Measure in the review itself, without a terminal behind it."""
    from conductor.tui.app import Conductor
    from conductor.tui.git_changes import GitChanges
    from conductor.tui.screens.review import Review
    from conductor.tui.world import World

    figures: dict[str, list[float]] = {
        "first hunk": [], "all of it": [], "page": [], "jump": [], "end": [],
    }  # fmt: skip
    with Journal(places.journal) as journal:
        app = Conductor(World(journal, places, changes=GitChanges()), live=False)
        async with app.run_test(size=(160, 45)) as pilot:
            await pilot.pause()
            await app.action_room("review")
            await pilot.pause()
            room = app.room
            assert isinstance(room, Review)
            for _ in range(TURNS):
                room.changes.choose("t2")
                await _until(lambda: _is_read(room, "t2"))
                begun = time.perf_counter()
                room.changes.choose("t1")
                await _until(lambda: _has_lines(room))
                _paint(room)
                figures["first hunk"].append(time.perf_counter() - begun)
                await _until(lambda: _is_read(room, "t1"))
                figures["all of it"].append(time.perf_counter() - begun)
                await _until(lambda: not [w for w in app.workers if w.group == "remarks"])
                for name, deed in (
                    ("page", lambda: room.reading.diff.action_page(1)),
                    ("jump", lambda: room.action_file(40)),
                    ("end", lambda: room.reading.diff.action_end(1)),
                ):
                    begun = time.perf_counter()
                    deed()
                    _paint(room)
                    figures[name].append(time.perf_counter() - begun)
                    await pilot.pause()
    return {name: min(found) * 1000 for name, found in figures.items()}


def _is_read(room: Review, task: str) -> bool:
    shown = room.reader.shown
    return shown is not None and shown.task.id == task and shown.done


def _has_lines(room: Review) -> bool:
    return any(seen.row.kind == LINE for seen in room.reading.diff.view.lines)


def _paint(room: Review) -> None:
    diff = room.reading.diff
    for y in range(diff.size.height):
        diff.paint(y, diff.size.width)


async def _until(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not seen():
        if time.monotonic() > deadline:
            raise RuntimeError("it never came")
        await asyncio.sleep(0.0005)


def memory(root: str, base: str, head: str) -> None:
    """Print by how many megabytes a process grows that reads the change and walks through it."""
    before = _resident()
    document = indexed(readings.Ends(Path(root), base, head))
    for file in range(len(document.files)):
        document.at(file)
    print((_resident() - before) / 1024)


def _resident() -> int:
    text = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0


def main() -> int:
    """Print the figures; fail where a limit is passed."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        root = Path(folder) / "project"
        root.mkdir()
        base, head = make(root)
        ends = readings.Ends(root, base, head)
        git = least(lambda: sum(map(len, readings.patch(ends))))
        ours = least(lambda: indexed(ends))
        document = indexed(ends)
        lines = sum(file.added + file.removed for file in document.files)
        print(f"{lines} changed lines in {len(document.files)} files")
        figures = asyncio.run(on_screen(history(root, base, head, str(Path(folder) / "home"))))
        words = (
            f"from tests.bench.bench_diff import memory; memory({str(root)!r},{base!r},{head!r})"
        )
        grown = subprocess.run(
            [sys.executable, "-c", words], check=True, capture_output=True, text=True
        )
    limits = {"first hunk": 40.0, "page": 20.0, "jump": 20.0, "end": 20.0}
    found = [
        (f"index / git diff ({ours:.0f} / {git:.0f} ms)", ours / git, 1.5, ""),
        ("all of it on the screen / git diff", figures["all of it"] / git, 2.0, ""),
        *[(name, figures[name], limit, " ms") for name, limit in limits.items()],
        ("memory", float(grown.stdout), 40.0, " MB"),
    ]
    for name, value, limit, unit in found:
        print(f"{name:40} {value:7.2f}{unit}   at most {limit:g}{unit}")
    return 0 if all(value <= limit for _, value, limit, _ in found) else 1


if __name__ == "__main__":
    sys.exit(main())
