"""The landing room: who is on the train, what its check prints, and conflicts three-way."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conductor import events as e
from conductor.tui.app import Conductor
from conductor.tui.git_changes import GitChanges
from conductor.tui.story import Story
from tests.conductor.facts import COMMIT, added, to_review

START = 1_790_000_000.0


def approved(task: str, session: str, *more: e.Fact, title: str = "") -> list[e.Fact]:
    facts = to_review(task, session)
    facts[0] = added(task, title=title or f"Change {task}", repo="/code/project")
    return [*facts, e.ChangeApproved(task, session, COMMIT), *more]


def told(*facts: e.Fact) -> Story:
    return Story(START + 60, tuple((START + n, fact) for n, fact in enumerate(facts)), (), {}, {})


def part(task: str, session: str) -> list[e.Fact]:
    """A change of which a part has landed, while what was left out waits."""
    *facts, approval = approved(task, session)
    assert isinstance(approval, e.ChangeApproved)
    return [
        *facts, approval.but(left=("x README",)), e.PartTaken(task, "f" * 40),
        e.ChangeLanded(task, "main", COMMIT, "e" * 40),
        e.RestOffered(task, session, COMMIT, COMMIT),
    ]  # fmt: skip


def train() -> Story:
    tree = "d" * 40
    return told(
        *approved("t1", "s1", e.LandingStarted("t1", "main", COMMIT, None, (), tree),
                  e.VerifyStarted("t1", COMMIT, "landing"), title="First \x1b[31mof all"),
        *approved("t2", "s2", e.LandingStarted("t2", "main", COMMIT, None, ("t1",), tree),
                  e.VerifyFinished("t2", COMMIT, tree, "landing", True, 0, 4.0, "make test",
                                   "all well", True)),
        *approved("t3", "s3", e.LandingHeldBack("t3", ("t1",))),
        *approved("t4", "s4", e.LandingParked("t4", "/code/project has changes: README")),
        *approved("t5", "s5", e.VerifyFinished("t5", COMMIT, tree, "landing", True, 0, 4.0, "make",
                                               "\n".join(f"row {n}" for n in range(90))),
                  e.ChangeLanded("t5", "main", COMMIT, "e" * 40)),
        *part("t6", "s6"),
    )  # fmt: skip


async def test_who_is_on_the_train_and_what_for(sit: Any, tmp_path: Path) -> None:
    for size in ((160, 45), (80, 24)):
        async with sit(story=None, size=size, journal=_journal(tmp_path, size)) as person:
            await person.press("L")
            person.sees("project → main", "t1", "checking", "passed (flaky), after t1")
            person.sees("fits only after t1", "waits for you", "landed", "t5")
            person.sees("a part, ", "ago; the rest waits for your review")
            person.misses("\x1b")
            _print(Path(person.world.places.sessions, "s1", "check.log"))
            person.app.room.tick()
            await person.settled()
            person.sees("Its check, as it runs", "line 499")
            await person.press("down")
            person.sees("make test passed when it was run again: it is flaky", "all well")
            await person.press("end", "u")
            assert person.written[-1] == e.UndoAsked("t5")
            person.sees("undo: to be merged")
            person.app.room.cars.choose("t6")
            await person.press("u")
            assert person.written[-1] == e.UndoAsked("t6")


def _text(file: str) -> str:
    return Path(file).read_text()


def _print(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(f"line {n}\n" for n in range(500)))


def _journal(folder: Path, size: tuple[int, int]) -> Any:
    from conductor.tui import story

    return story.told(train(), str(folder / f"{size[0]}"))[0]


async def test_what_is_read_of_a_check_stays_while_time_goes_on(sit: Any, tmp_path: Path) -> None:
    async with sit(story=None, journal=_journal(tmp_path, (160, 45))) as person:
        await person.press("L", "end")
        person.sees("row 1", "landed")
        detail = person.app.room.detail
        detail.focus()
        await person.press("pagedown")
        assert (seen := detail.top) > 0
        person.world._clock += 90
        person.app.room.tick()
        await person.settled()
        assert detail.top == seen
        detail.show([[("There is less to say now.", "plain")]], keep=True)
        assert detail.top == 0
        person.app.room.tick()
        detail.action_page(1)
        person.app.room.cars.choose("t4")
        await person.settled()
        assert detail.top == 0
        person.sees("/code/project has changes")


async def test_a_conflict_is_shown_three_way_and_given_to_another_agent(
    sit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()

    def git(*words: str) -> str:
        name = ("-c", "user.name=Ada", "-c", "user.email=a@example.org")
        done = subprocess.run(
            ["git", *name, *words], cwd=repo, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "-q", "-b", "main")
    for branch, text in (("main", "one"), ("work", "eins"), ("main", "un")):
        if branch == "work":
            git("checkout", "-q", "-b", "work")
        elif text == "un":
            git("checkout", "-q", "main")
        (repo / "a.txt").write_text(f"{text}\n")
        git("add", "-A")
        git("commit", "-qm", text)
    change = git("rev-parse", "work")
    facts = to_review("t1", "s1", change)
    facts[0] = added("t1", title="Say it in German", repo=str(repo))
    from conductor.tui import story

    journal, _ = story.told(told(*facts), str(tmp_path / "told"))
    async with sit(story=None, journal=journal) as person:
        state = person.world.state
        assert GitChanges().clashes(state, state.tasks["t1"]) == ("main", ["a.txt"])
        await person.press("r", "C")
        await person.until(lambda: "both changed the same lines" in person.drawn)
        person.sees("It conflicts with main in 1 file.", "both began with:", "one", "un", "eins")
        person.sees("b To its agent", "a Another agent", "e By hand")

        monkeypatch.setattr(Conductor, "suspend", lambda _: contextlib.nullcontext())
        monkeypatch.setenv("EDITOR", "true")  # leaves it as it is
        await person.press("e")
        assert "a.txt still holds conflict markers" in person.told
        monkeypatch.setenv("EDITOR", "sed -i 1,7cuno")
        monkeypatch.delenv("VISUAL", raising=False)
        await person.press("e")
        asked = person.written[-1]
        assert isinstance(asked, e.ResolveAsked)
        assert (asked.paths, _text(asked.files[0])) == (("a.txt",), "uno\n")

        await person.press("C")
        await person.comes("both began with:")
        await person.press("a")
        made = person.written[-1]
        assert isinstance(made, e.TaskAdded)
        assert made.settles == "t1"
        assert f"git merge {change}" in made.text
        assert person.app.room.NAME == "review"
