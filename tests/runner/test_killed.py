"""The runner killed anywhere: everything is completed, nothing happens twice.

`CONDUCTOR_KILLS=50 pytest -m crash tests/runner` kills more often than a quick run does.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from conductor import acts
from conductor import events as e
from conductor.state import SessionState, TaskState
from tests.runner.house import DEADLINE, House, soon, waiting
from tests.runner.offered import offered
from tests.waiting import until
from worktrees import parts

KILLS = int(os.environ.get("CONDUCTOR_KILLS", "6"))
VERIFY = "test -e README; sleep 0.1"


def _nothing_twice(house: House) -> None:
    """What must hold at the end, wherever the runner was killed."""
    claims = Counter(fact.task for fact in house.facts(e.SessionClaimed))
    assert set(claims.values()) == {1}
    for session in house.state.sessions:
        prompts = Counter(house.prompts(session))
        assert set(prompts.values()) == {1}, (session, prompts)
        starts = house.said(session, "header") + house.said(session, "resumed")
        assert len(starts) == house.state.sessions[session].launches
    landed = Counter(fact.task for fact in house.facts(e.ChangeLanded))
    undone = Counter(fact.task for fact in house.facts(e.LandingUndone))
    assert all(landed[task] == undone[task] + 1 for task in landed)
    assert house.git("status", "--porcelain") == ""
    assert not house.state.troubles
    assert not house.state.messages
    assert not list(house.folder.glob("**/.git/**/*.lock"))


def _killed_when(house: House, come: Callable[[], object]) -> None:
    """Start a runner and kill it in the very moment in which something has come true."""
    made = house.start()

    def came() -> object:
        found = come()
        assert found or made.poll() is None
        return found

    until(came, house.story, pause=0.002)
    made.kill()
    made.wait()


def _fact(house: House, kind: type[e.Fact], number: int = 1) -> Callable[[], bool]:
    known = house.state.seq

    def come() -> bool:
        if house.state.seq == known:
            return False
        return sum(isinstance(r.fact, kind) for r in house.journal.since(0)) >= number

    return come


def _file(house: House, pattern: str, word: bytes = b"") -> Callable[[], bool]:
    """A file that is there, with a word in it: an effect, seen before its fact is written."""
    return lambda: any(
        not one.is_file() or word in one.read_bytes()
        for one in Path(house.places.state).glob(pattern)
    )


def _main(house: House) -> str:
    """Where the target is, looked up without a program: it is asked again and again."""
    return (house.repo / ".git/refs/heads/main").read_text().strip()


def _kept(house: House, where: str) -> Callable[[], bool]:
    """Something is kept below a folder of our refs."""
    return lambda: any(one.is_file() for one in (house.repo / ".git" / where).glob("**/*"))


@pytest.mark.slow
@pytest.mark.crash
@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.long)])
def test_killed_between_each_effect_and_its_fact(house: House, every: int) -> None:
    """Here or there in a quick run; everywhere in a long one."""
    house.wishes(verify=VERIFY, setup="sleep 0.1; touch .git-ready 2>&1; rm .git-ready")
    begin = house.git("rev-parse", "main")
    house.task("Write a", ["$ echo a > a", "Done."])
    for come in [
        _fact(house, e.SessionClaimed),
        _file(house, "worktrees/*/s1-*"),
        _fact(house, e.WorktreeCreated),
        _file(house, "sessions/s1/setup.log"),
        _file(house, "terminals/launch/s1.sh"),
        _file(house, "sessions/s1/inbox.jsonl", b"launched"),
        _fact(house, e.SessionStarted),
        _fact(house, e.SessionIdle),
        _fact(house, e.MessageTyped),
        _file(house, "sessions/s1/conversation.jsonl", b'"arrival"'),
        _fact(house, e.MessageDelivered),
        _file(house, "sessions/s1/conversation.jsonl", b'"end"'),
        _kept(house, "refs/conductor"),
        _fact(house, e.SnapshotTaken),
        _fact(house, e.VerifyStarted),
        _fact(house, e.VerifyFinished),
        _fact(house, e.ReviewReady),
    ][every // 2 :: every]:
        _killed_when(house, come)
    if every > 1:
        house.settle()
    house.act("approve", "t1")
    for come in [
        _fact(house, e.LandingStarted, 1),
        lambda: house.state.tasks["t1"].landing,
        lambda: _main(house) != begin,
        _fact(house, e.ChangeLanded),
    ][every // 2 :: every]:
        _killed_when(house, come)
    house.settle()
    assert house.log()[:2] == ["Write a", "Say how to work here"]
    house.act("undo", "t1")
    _killed_when(house, lambda: _main(house) == begin)
    house.settle()
    assert house.state.tasks["t1"].state is TaskState.REVIEW
    house.act("approve", "t1")
    house.settle()
    assert house.log()[:2] == ["Write a", "Say how to work here"]
    _nothing_twice(house)
    soon(lambda: not house.left())


@pytest.mark.long
@pytest.mark.crash
def test_a_train_killed_between_each_effect_and_its_fact_lands_nothing_twice_or_half(
    house: House,
) -> None:
    go = house.gate("go")
    house.wishes(verify=waiting(go), landing="merge")
    tasks = [offered(house, f"Add {x}", {x: f"{x}\n", f"{x}{x}": "more\n"}) for x in "abc"]
    for task in tasks:
        house.act("approve", task)
    _killed_when(house, _fact(house, e.LandingStarted, 2))
    _killed_when(house, _fact(house, e.VerifyStarted, 2))
    assert house.log() == ["Say how to work here", "Begin"]
    go.touch()
    _killed_when(house, _fact(house, e.VerifyFinished, 1))
    for number, task in enumerate(tasks, 1):
        at = house.git("rev-parse", "main")
        _killed_when(house, lambda task=task: house.state.tasks[task].landing)
        _killed_when(house, lambda at=at: _main(house) != at)
        _killed_when(house, lambda n=number: len(house.state.landed) >= n)
    house.settle()
    assert house.log()[:3] == ["Add c", "Add b", "Add a"]
    house.act("undo", tasks[0])
    at = house.git("rev-parse", "main")
    _killed_when(house, _fact(house, e.UndoStarted))
    _killed_when(house, lambda: _main(house) != at)
    house.settle()
    assert house.log()[:4] == ['Revert "Add a"', "Add c", "Add b", "Add a"]
    assert house.git("ls-tree", "--name-only", "main").split() == [
        "README", "b", "bb", "c", "cc", "conductor.toml",
    ]  # fmt: skip
    house.act("approve", tasks[0])
    house.settle()
    assert house.log()[:2] == ["Add a", 'Revert "Add a"']
    landed = Counter(fact.task for fact in house.facts(e.ChangeLanded))
    assert landed == {tasks[0]: 2, tasks[1]: 1, tasks[2]: 1}
    assert house.git("status", "--porcelain") == ""
    assert not house.state.troubles


def _person(house: House) -> None:
    """Do what a person would do next: answer, and approve what waits."""
    state = house.state
    for task in state.tasks.values():
        try:
            if task.state is TaskState.REVIEW:
                acts.approve(house.journal, task.id)
            elif task.session and state.sessions[task.session].state is SessionState.WAITING:
                acts.answer(house.journal, task.session, "Blue.")
        except acts.Refused:
            continue  # answered already, or it went on meanwhile


@pytest.mark.long
@pytest.mark.crash
def test_killed_at_random_while_four_are_at_work(house: House) -> None:
    seed = int(os.environ.get("CONDUCTOR_SEED", time.time_ns()))
    print("CONDUCTOR_SEED =", seed)
    dice = random.Random(seed)
    house.wishes(verify=VERIFY)
    merge = [
        "$ git commit -qam mine; git merge -q main; printf 'one\\nboth\\nthree\\n' > README",
        "$ git commit -qam merged",
        "Merged.",
    ]
    house.task("Ask", ["? Which?", "$ echo x > asked", "Done."])
    house.task("Wait", [{"limit": 30}, "$ echo x > waited", "Done."])
    for word in ("ours", "theirs"):
        house.task(word, [f"$ sed -i 's/two/{word}/' README", "Done."], merge)
    runner = house.start()
    for _ in range(KILLS):
        end = time.monotonic() + dice.uniform(0.15, 1.5)
        while time.monotonic() < end:
            _person(house)
            time.sleep(0.01)
        runner.kill()
        runner.wait()
        runner = house.start()
    end = time.monotonic() + 2 * DEADLINE
    while any(task.state is not TaskState.LANDED for task in house.state.tasks.values()):
        assert time.monotonic() < end, house.story()
        _person(house)
        time.sleep(0.01)
    house.until(lambda s: not s.live)
    assert sorted(house.log()) == sorted(
        ["Begin", "Say how to work here", "Ask", "Wait", "ours", "theirs"]
    )
    assert house.shown("README") == "one\nboth\nthree"
    _nothing_twice(house)
    soon(lambda: not house.left())


@pytest.mark.slow
@pytest.mark.crash
@pytest.mark.parametrize("every", [2, pytest.param(1, marks=pytest.mark.long)])
def test_killed_while_a_part_lands_and_the_rest_is_put_on_top(house: House, every: int) -> None:
    begin = house.git("rev-parse", "main")
    house.task("Write", ["$ echo a > a; echo b > b", "Done."])
    house.settle()
    task, session = house.state.tasks["t1"], house.of("t1")
    (left,) = parts.read(house.repo, session.base or "", task.offered or "", ["b"])
    acts.approve(house.journal, "t1", {"b": left.parts})
    tree = Path(session.worktree or "")
    for come in [
        _kept(house, "refs/conductor/taken"),
        _fact(house, e.PartTaken),
        lambda: _main(house) != begin,
        _fact(house, e.ChangeLanded),
        lambda: house.git("rev-parse", "HEAD", at=tree) == _main(house),
    ][every // 2 :: every]:
        _killed_when(house, come)
    assert house.settle().tasks["t1"].state is TaskState.REVIEW
    assert (len(house.facts(e.ChangeLanded)), len(house.facts(e.RestOffered))) == (1, 1)
    assert house.git("ls-tree", "--name-only", "main").split() == ["README", "a"]
    assert house.of("t1").files == ("b",)
    house.act("undo")
    for come in [
        lambda: _main(house) == begin,
        _fact(house, e.LandingUndone),
        lambda: house.git("rev-parse", "HEAD", at=tree) == begin,
    ][every // 2 :: every]:
        _killed_when(house, come)
    assert house.settle().tasks["t1"].state is TaskState.REVIEW
    assert (len(house.facts(e.LandingUndone)), len(house.facts(e.PartLifted))) == (1, 1)
    assert house.of("t1").files == ("a", "b")
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is TaskState.LANDED
    assert (house.shown("a"), house.shown("b")) == ("a", "b")


@pytest.mark.crash
def test_killed_while_a_suggestion_is_written(house: House) -> None:
    house.task("Write", ["$ echo a > a; sed -i s/two/2/ README", "Done."])
    house.settle()
    session = house.of("t1")
    lines = acts.Lines("README", "new", 1, 1, "one")
    acts.comment(house.journal, "t1", lines, "Shout", suggestion="ONE\n")
    acts.apply_comment(house.journal, "t1", "c1")
    tree = Path(session.worktree or "")
    before = house.git("rev-parse", "HEAD", at=tree)
    _killed_when(house, lambda: house.git("rev-parse", "HEAD", at=tree) != before)
    _killed_when(house, lambda: house.git("grep", "-l", "ONE", at=tree, ok=False))
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.REVIEW
    assert task.offered == house.of("t1").commit
    told = house.git("log", "--format=%an %s", f"{before}..HEAD", at=tree).splitlines()
    assert told == ["Ada Shout", "builtin Work in progress"]  # each once
    assert (tree / "README").read_text() == "ONE\n2\nthree\n"
    assert (tree / "a").read_text() == "a\n"
