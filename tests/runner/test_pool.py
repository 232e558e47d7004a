"""Worktrees are ready before they are needed, and whatever happens none is lost or given twice."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from conductor import events as e
from conductor.runner import ending
from conductor.runner.strays import MARK
from conductor.state import TaskState
from conductor.terminals import processes
from tests.runner.house import House, soon, waiting
from tests.runner.offered import offered
from worktrees.members import Member, Stage, members


def workshop(house: House) -> Path:
    return next(Path(house.places.worktrees).iterdir())


def pool(house: House, stage: Stage = Stage.READY) -> list[Member]:
    if not any(Path(house.places.worktrees).iterdir()):
        return []
    return [one for one in members(workshop(house)) if one.stage is stage]


def ready(house: House, count: int) -> bool:
    return len(pool(house)) == count and not pool(house, Stage.MAKING)


def test_a_session_takes_one_that_was_set_up_before(house: House) -> None:
    ran = house.folder / "ran"
    house.wishes(setup=f"pwd >> {ran}; echo built > built.tmp", pool={"size": 2})
    (house.repo / ".gitignore").write_text("*.tmp\n.env\n")
    house.commit("Ignore")
    with (house.repo / "conductor.toml").open("a") as file:
        file.write('copy = [".env"]\n')
    house.commit("Copy")
    (house.repo / ".env").write_text("KEY=1\n")
    house.task("First", [f"$ {waiting(house.gate())}", "Done."], held=True)
    with house.running():
        soon(lambda: ready(house, 2))
        times = len(ran.read_text().splitlines())
        house.act("release", "t1")
        house.until(lambda s: s.live.get("s1") and s.live["s1"].worktree)
        tree = Path(house.of("t1").worktree or "")
        assert tree.name.startswith("tree-")
        assert house.git("branch", "--show-current", at=tree) == "conductor/t1-first"
        assert (tree / "built.tmp").read_text() == "built\n"
        assert (tree / ".env").read_text() == "KEY=1\n"
        soon(lambda: ready(house, 2))  # and another takes its place
        assert len(ran.read_text().splitlines()) == times + 1
        assert [one.holder for one in pool(house, Stage.LENT)] == ["s1"]
        house.commit("Meanwhile", other="x")
        house.task("Second", ["Done."])
        house.until_task("t2", TaskState.REVIEW)
        assert (Path(house.of("t2").worktree or "") / "other").read_text() == "x"
        house.gate().touch()
        house.until_task("t1", TaskState.REVIEW)
    assert not house.facts(e.TroubleSeen)


def test_a_setup_that_fails_is_told_and_the_session_tries_it_itself(house: House) -> None:
    flag = house.folder / "flag"
    house.wishes(setup=f"test -e {flag}", pool={"size": 1})
    house.task("First", ["Done."], held=True)
    with house.running():
        trouble = house.until(lambda s: s.troubles.get(f"setup {house.repo}"))
        assert "ended with 1" in trouble.why
        assert "each new session runs it itself" in trouble.why
        house.act("release", "t1")
        failed = house.until_task("t1", TaskState.FAILED)
        assert "ended with 1" in (failed.why or "")
        flag.touch()
        house.act("retry", "t1")
        house.until_task("t1", TaskState.REVIEW)
        house.commit("Go on", other="x")
        house.task("Second", ["Done."])
        house.until(lambda s: f"setup {house.repo}" not in s.troubles)
        house.until_task("t2", TaskState.REVIEW)


def test_what_ended_sessions_leave_is_kept_and_used_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "KEPT", 1)
    house.wishes(pool={"size": 1})
    for number in (1, 2):
        house.task(f"Work {number}", ["$ echo work > work", "Done."])
    house.settle()
    for number in (1, 2):
        house.act("reject", f"t{number}", "No.")
    house.task("Waits", held=True)
    house.settle()
    (gone,) = [one.id for one in house.state.sessions.values() if one.gone]
    assert house.shown("work", f"refs/conductor/sessions/{gone}") == "work"
    with house.running() as runner:
        house.until(lambda s: s.runner == runner.pid)
        soon(lambda: ready(house, 1))
        assert not (workshop(house) / pool(house)[0].name / "work").exists()


def test_a_setup_that_hangs_keeps_neither_the_runner_nor_a_process(house: House) -> None:
    house.wishes(setup="sleep 300 & sleep 300", pool={"size": 1})
    house.task("Waits", held=True)
    with house.running():
        soon(lambda: pool(house, Stage.MAKING))
        mark = f"{MARK}={workshop(house) / 'tree-1'}"
        soon(lambda: processes.marked(mark))
    soon(lambda: not processes.marked(mark))
    assert [one.stage for one in members(workshop(house))] == [Stage.MAKING]


@pytest.mark.crash
def test_killed_again_and_again_nothing_is_lost_or_given_twice(house: House) -> None:
    house.wishes(setup="sleep 0.05", pool={"size": 3})
    house.configure(slots=3)
    numbers = range(1, 7)
    for number in numbers:
        house.task(f"Work {number}", [f"$ echo {number} > mine", "Done."])
    for round_ in range(6):
        runner = house.start()
        time.sleep(0.15 * (1 + round_ % 3))  # not for anything: to be killed somewhere else
        runner.kill()
        runner.wait()
    with house.running():
        for number in numbers:
            house.until_task(f"t{number}", TaskState.REVIEW)
        soon(lambda: ready(house, 3))
    sessions = house.state.sessions.values()
    places = [one.worktree for one in sessions]
    assert len(places) == len(set(places))
    for session in sessions:
        assert house.shown("mine", f"refs/conductor/sessions/{session.id}") == session.task[1:]
    held = {one.holder for one in pool(house, Stage.LENT)}
    assert held <= {one.id for one in sessions}
    assert not house.facts(e.SessionFailed)


def test_landings_are_checked_in_clean_ones_several_at_once(house: House) -> None:
    here, seen = house.gate("here"), house.gate("seen")
    here.mkdir()
    seen.mkdir()
    # Two at a time, each until another has been there; each leaves junk that the next must not see.
    verify = (
        f"ls *.tmp left* > {seen}/$$; pwd >> {seen}/$$; echo > left.tmp; echo > left; "
        f"echo > built.tmp; touch {here}/$$; "
        f"until [ $(ls {here} | wc -l) -ge 2 ]; do sleep 0.02; done"
    )
    (house.repo / ".gitignore").write_text("*.tmp\n")
    house.wishes(setup="echo built > built.tmp", verify=verify, pool={"size": 2})
    with (house.repo / "conductor.toml").open("a") as file:
        file.write("[landing]\nparallel = 2\n")
    house.commit("Two at once")
    tasks = [offered(house, f"Add {x}", {x: "x\n"}) for x in "abcd"]
    with house.running():
        soon(lambda: any(Path(house.places.worktrees).iterdir()) and ready(house, 2))
        for one in tasks:
            house.act("approve", one)
        for one in tasks:
            house.until_task(one, TaskState.LANDED)
        looks = [file.read_text().split() for file in seen.iterdir()]
        assert len(looks) >= 4
        assert {look[0] for look in looks} == {"built.tmp"}
        assert {Path(look[1]).parent for look in looks} == {workshop(house)}
        assert all(Path(look[1]).name.startswith("tree-") and len(look) == 2 for look in looks)
        house.task("Waits", held=True)  # so that the pool is kept
        soon(lambda: ready(house, 2) and not pool(house, Stage.LENT))
        for one in pool(house):
            assert (workshop(house) / one.name / "built.tmp").read_text() == "built\n"
            assert not list((workshop(house) / one.name).glob("left*"))
    assert house.log()[:4] == ["Add d", "Add c", "Add b", "Add a"]


def test_what_a_killed_runner_checked_in_is_made_anew(house: House) -> None:
    go, checking = house.gate("go"), house.gate("checking")
    house.wishes(verify=f"touch left {checking}; {waiting(go)}; test ! -e left2", pool={"size": 1})
    one = offered(house, "Add a", {"a": "a\n"})
    house.act("approve", one)
    runner = house.start()
    soon(checking.exists)
    (lent,) = pool(house, Stage.LENT)
    assert lent.holder.startswith("check ")
    mark = f"CONDUCTOR_CHECK={workshop(house) / lent.name}"
    runner.kill()
    runner.wait()
    assert processes.marked(mark)
    go.touch()
    with house.running():
        house.until_task(one, TaskState.LANDED)
        house.task("Waits", held=True)

        def clean() -> bool:  # seen at once: a ready one is set to the target that just moved
            names = [one.name for one in pool(house)]
            left = any((workshop(house) / name / "left").exists() for name in names)
            return len(names) == 1 and not left and not pool(house, Stage.LENT)

        soon(clean)
    assert not processes.marked(mark)
