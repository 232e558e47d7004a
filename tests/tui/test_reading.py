"""A person reads the change of a real repository: its lines, its parts, and as it grows."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from conductor import events as e
from conductor.review.address import NEW, Span, Spot
from conductor.review.files import File
from conductor.review.rows import Insert
from conductor.tui.overlay import Overlay
from conductor.tui.reader import GLANCE, Reader
from conductor.tui.screens.review import Review
from tests.tui.project import OLD, Project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conductor.review.rows import Row
    from conductor.tui.screens.review import Review


async def test_reading_goes_from_what_stands_out_into_the_lines(project: Project) -> None:
    project.tell()
    async with project.sit() as person:
        room = project.room(person)
        await person.until(lambda: "1 test fewer" in person.drawn)
        person.sees("changes what runs: Makefile, uv.lock", "1 of 7", "Is six right?")
        person.sees("a lock file; enter opens it", "whole change", "4 files").misses("seven")
        assert person.written[-1] == e.ChangeOpened("t1", project.second)
        room.reading.diff.go(Spot("uv.lock", NEW, 0))
        await person.press("enter")
        person.sees("+name = seven", "-name = 7")
        await person.press("slash")
        await person.type("six")
        await person.press("enter")
        assert room.reading.diff.spot == Spot("src/parts.py", NEW, 22)
        await person.press("V", "down", "down")
        assert room.reading.diff.span == Span("src/parts.py", NEW, 22, 24)
        await person.press("escape", "right_square_bracket")
        assert room.reading.diff.spot == Spot("src/parts.py", "old", 82)
        person.misses("part_24")
        await person.press("plus")
        person.sees("part_19", "part_24")
        await person.press("M")
        await person.press("home", "g")
        await person.press("slash")
        await person.type("part_12")
        await person.press("enter")
        assert room.reading.diff.painter.found == "part_12"
        await person.press("slash", "q", "escape", "down")  # nothing is sought after all
        assert (person.app.room.NAME, room.reading.diff.painter.found) == ("review", "part_12")
        assert room.reading.diff.has_focus
        await person.press("t", "full_stop")
        person.sees("two columns", "signs", "│")
        looks = room.reading.diff.painter.looks
        assert looks.wrap, "with so little room for a line"
        await person.press("W")
        assert not looks.wrap
        await person.press("exclamation_mark")
        assert room.reading.diff.spot == Spot("Makefile", NEW, 0)


async def test_white_space_that_only_moved_is_left_out_on_a_key(project: Project) -> None:
    project.tell()
    async with project.sit() as person:
        room = project.room(person)
        room.reading.diff.go(Spot("src/parts.py", NEW, 121))
        await person.settled()
        person.sees("+def part_30( ):")
        await person.press("w")
        await person.until(lambda: "no white space" in person.drawn)
        await person.until(lambda: "part_30( )" not in person.drawn)


async def test_what_was_viewed_stays_folded_until_it_changes(project: Project) -> None:
    project.tell()
    async with project.sit() as person:
        room = project.room(person)

        def folded() -> dict[str, bool]:
            return {file.path: file.folded for file in room.reading.diff.document.files}

        room.reading.diff.go(Spot("src/parts.py", NEW, 0))
        await person.press("m")
        person.sees("▸ M src/parts.py", "✓ viewed")
        room.reader.close()
        room._mark = None  # as after another change was read
        room.load()
        await person.settled()
        assert folded() == {"src/parts.py": True, "Makefile": False, "uv.lock": True,
                            "tests/test_parts.py": False}  # fmt: skip
        project.comes_back("src/parts.py", OLD)
        person.world.catch_up()
        room.follow()
        await person.until(lambda: "src/parts.py" not in folded())
        project.comes_back("src/parts.py", f"{OLD}# more\n")
        person.world.catch_up()
        room.follow()
        await person.until(lambda: folded().get("src/parts.py") is False)


async def test_parts_of_the_work_are_read_apart(project: Project) -> None:
    project.tell()
    async with project.sit() as person:
        room = project.room(person)
        assert [part.key for part in _parts(room)] == [
            "whole", "since", "turn", "uncommitted", "now",
        ]  # fmt: skip
        await person.press("d")
        await person.until(lambda: "since you last looked" in person.drawn)
        await person.until(lambda: "return 20 + 1" not in person.drawn)
        await person.press("D")
        await person.comes("What to read of t1")
        await person.press("end", "up", "enter")
        await person.until(lambda: f"commit {project.second[:8]}" in person.drawn)
        await person.press("D")
        await person.comes("What to read of t1")
        await person.press("end", "enter")
        await person.until(lambda: f"commit {project.first[:8]}" in person.drawn)
        await person.until(lambda: "1 file " in person.drawn)


async def test_the_next_version_is_read_where_the_person_was(project: Project) -> None:
    project.tell()
    async with project.sit() as person:
        room = project.room(person)
        here = Spot("src/parts.py", NEW, 82)
        room.reading.diff.go(here)
        await person.settled()
        text = (project.box.root / "src/parts.py").read_text()
        project.journal.append(
            e.CommentDrafted("t1", "c1", "Makefile", NEW, 1, 1, project.second, project.base,
                             "all:", "Why?")
        )  # fmt: skip
        project.comes_back("src/parts.py", f"# Parts of the whole.\n{text}")
        person.world.catch_up()
        room.follow()
        await person.comes("d: what is new")
        await person.settled()
        assert room.reading.diff.spot == Spot("src/parts.py", NEW, 83), "the line has moved on"
        assert room.files.chosen == "2"
        await person.press("d")
        await person.comes("since you last looked", "1 file ")


def _parts(room: Review) -> list[Any]:
    from conductor.tui import scopes

    task, session = room.chosen, room.session
    assert task is not None
    assert session is not None
    return scopes.usual(room.world.journal, task, session)


async def test_a_worktree_is_followed_while_its_agent_works(project: Project) -> None:
    project.tell(offered=False)
    Review.wanted = "t1"
    async with project.sit() as person:
        room = project.room(person)
        await person.until(lambda: "as it lies in the worktree now" in person.drawn)
        room.reading.diff.go(Spot("src/parts.py", NEW, 82))
        project.box.write("src/later.py", "fresh = True\n")
        await person.until(lambda: "later.py" in person.drawn)
        assert room.reading.diff.spot == Spot("src/parts.py", NEW, 82)
        assert not [fact for fact in person.written if isinstance(fact, e.ChangeOpened)]
        shutil.rmtree(project.box.root)
        room.load(again=True)
        await person.until(lambda: "worktree of s1 is gone" in person.told)


class Boxes(Overlay):
    """A remark under one line, and a mark beside another."""

    def inserts(self, file: File, width: int) -> Mapping[tuple[str, int], Sequence[Insert]]:
        return {(NEW, 22): [Insert("c1", 2)]} if file.path == "src/parts.py" else {}

    def draw(self, key: str, at: int, width: int) -> Sequence[tuple[str, str]]:
        return [(f"  {key} says {at} of {width}", "waiting")]

    def mark(self, file: File, row: Row) -> tuple[str, str] | None:
        return ("✓", "done") if row.new == 82 else None

    def told(self, file: File) -> Sequence[tuple[str, str]]:
        return [("  seen", "done")] if file.path == "Makefile" else ()


async def test_what_others_put_over_a_change_is_drawn_and_found(project: Project) -> None:
    project.tell()
    async with project.sit() as person:
        diff = project.room(person).reading.diff
        diff.overlay = Boxes()
        assert diff.box(1)
        await person.settled()
        row = diff.view.row
        assert row is not None
        assert (row.key, row.at) == ("c1", 0)
        person.sees("c1 says 0", "c1 says 1", "✓")
        await person.press("t")
        person.sees("c1 says 0", "c1 says 1")


async def test_a_very_long_file_begins_at_once_and_opens_on_enter(project: Project) -> None:
    project.box.write("Makefile", "".join(f"line_{n}:\n" for n in range(30_000)))
    project.second = project.box.commit("Much")
    project.tell()
    async with project.sit() as person:
        room = project.room(person)
        await person.until(lambda: "30001 lines; enter opens it" in person.drawn)
        assert not room.reading.diff.go(Spot("nowhere", NEW, 1))
        await person.press("home", "enter")
        person.sees("+line_0:").misses("enter opens it  ")
        await person.press("right", "up", "up")
        person.sees("+line_29999:")


def test_the_beginning_of_a_long_file_is_enough_to_begin_with() -> None:
    file = File("Makefile", None, "A", "0" * 6, "100644", "0" * 40, "1" * 40, runs_code=True)
    text = b"diff --git a/Makefile b/Makefile\n@@ -0,0 +1,90000 @@\n" + b"+line\n" * 90_000

    class Told:
        def patch(self, paths: list[str], *, ignore_space: bool) -> Any:
            assert paths == ["Makefile"]
            for at in range(0, len(text), 1 << 16):
                assert at <= GLANCE + (1 << 16), "it reads on"
                yield text[at : at + (1 << 16)]

    Reader._glance(type("Shown", (), {"ignore_space": False})(), Told(), file)  # type: ignore[arg-type]
    assert not file.read
    assert file.body is not None
    assert file.body.endswith(b"+line\n")
    assert len(file.hunks[0].lines) > 1000
