"""A repository whose agent has made a change in two turns, and a person who reads it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from conductor import events as e
from conductor.journal import Journal
from conductor.places import Places
from conductor.tui.app import Conductor
from conductor.tui.git_changes import GitChanges
from conductor.tui.screens.review import Review
from conductor.tui.world import World
from tests.tui.conftest import Person
from tests.worktrees.conftest import Sandbox, new_sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

OLD = "".join(f"def part_{n}():\n    return {n}\n\n\n" for n in range(40))
LOCK = "".join(f"name = {n}\n" for n in range(50))


class Project:
    """A repository whose agent has made a change, in two turns."""

    def __init__(self, folder: Path) -> None:
        self.box: Sandbox = new_sandbox(folder)
        box = self.box
        box.write("src/parts.py", OLD)
        box.write("uv.lock", LOCK)
        box.write(
            "tests/test_parts.py", "def test_one():\n    pass\n\n\ndef test_two():\n    pass\n"
        )
        self.base = box.commit()
        box.write("src/parts.py", OLD.replace("return 20\n", "return 20 + 1\n"))
        self.first = box.commit("First turn")
        text = OLD.replace("return 20\n", "return 20 + 1\n").replace("part_30()", "part_30( )")
        box.write("src/parts.py", text.replace("return 5\n", "return 5  # TODO: six\n"))
        box.write("uv.lock", LOCK.replace("name = 7\n", "name = seven\n"))
        box.write("tests/test_parts.py", "def test_one():\n    pass\n")
        box.write("Makefile", "all:\n\ttrue\n")
        self.second = box.commit("Second turn")
        self.places = Places(config=str(folder), state=str(folder / "home"))
        self.places.make()
        self.journal = Journal(self.places.journal)

    def tell(self, *, offered: bool = True) -> None:
        """Write down what happened."""
        self.journal.append(
            e.TaskAdded(
                "t1", "Count the parts", "Count the parts.\n\nAll of them.", str(self.box.root)
            ),
            e.SessionClaimed("s1", "t1", "builtin", "local"),
            e.WorktreeCreated("s1", str(self.box.root), "main", self.base),
            e.SessionStarted("s1", 1),
            e.SnapshotTaken("s1", self.first, "1" * 40, ("src/parts.py",), (), 1, 1, self.base),
            e.SessionIdle("s1", "record", "Done. I am not sure about part 5. Is six right?"),
        )
        if offered:
            self.journal.append(
                e.ReviewReady("t1", "s1", self.first),
                e.ChangeOpened("t1", self.first),
                e.ChangeSentBack("t1", "s1", "more"),
                e.SnapshotTaken(
                    "s1", self.second, "2" * 40, ("src/parts.py", "uv.lock"), (), 9, 9, self.base
                ),
                e.SessionIdle("s1", "record", "Done. I am not sure about part 5. Is six right?"),
                e.ReviewReady("t1", "s1", self.second),
            )

    def comes_back(self, path: str, text: str) -> None:
        """Have the agent offer it once more, with another file in it."""
        self.box.write(path, text)
        commit = self.box.commit("More")
        self.journal.append(
            e.ChangeSentBack("t1", "s1", "more"),
            e.SnapshotTaken("s1", commit, "3" * 40, (path,), (), 9, 9, self.base),
            e.ReviewReady("t1", "s1", commit),
        )

    @contextlib.asynccontextmanager
    async def sit(self, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Person]:
        """Sit down in front of it, in the review."""
        world = World(self.journal, self.places, changes=GitChanges())
        app = Conductor(world, live=False)
        async with app.run_test(size=size, notifications=True) as pilot:
            person = Person(app, pilot)
            await person.settled()
            await person.press("r")
            await person.until(lambda: self.room(person).reader.shown is not None)
            await person.until(lambda: self.room(person).reader.shown.done)  # type: ignore[union-attr]
            yield person

    @staticmethod
    def room(person: Person) -> Review:
        room = person.app.room
        assert isinstance(room, Review)
        return room
