"""Changes and worktrees of odd kinds, landed for real: nothing is lost, and the rest goes on."""

from __future__ import annotations

import os
from pathlib import Path

from conductor import acts
from conductor import events as e
from conductor.inbox import Need, inbox
from conductor.nested import left_out
from conductor.review.concerns import concerns
from conductor.state import TaskState
from tests.runner.conftest import Say
from tests.runner.house import House, soon, waiting
from tests.runner.offered import offered

LANDED, LANDING, REVIEW = TaskState.LANDED, TaskState.LANDING, TaskState.REVIEW
ALLOWED = "git -c protocol.file.allow=always"


def reviewed(house: House, *commands: str) -> str:
    """A change made by an agent with these commands, that waits for review."""
    task = house.task("Write it", [*[f"$ {one}" for one in commands], "Done."])
    assert house.settle().tasks[task].state is REVIEW, house.story()
    return task


def lands(house: House, task: str) -> None:
    house.act("approve", task)
    assert house.settle().tasks[task].state is LANDED, house.state.tasks[task].why
    assert house.git("status", "--porcelain") == ""


def test_names_with_newlines_and_names_that_differ_by_case_alone(house: House) -> None:
    strange = "a\nb\tc\x1b[31m"
    (house.repo / strange).write_text("one\n")
    house.commit("Strange", Lower="x\n")
    task = reviewed(
        house,
        'printf "two\\n" > "$(printf "a\\nb\\tc\\033[31m")"',
        "git mv Lower tmp && git mv tmp lower",
        "printf new > 'new\u202ename'",
    )
    assert "\x1b" not in "".join(house.of(task).files)
    lands(house, task)
    assert (house.repo / strange).read_text() == "two\n"
    names = set(os.listdir(house.repo))
    assert {"lower", "new\u202ename"} <= names
    assert "Lower" not in names


def test_submodules_added_moved_and_dirty_in_an_agents_worktree(house: House) -> None:
    library = house.repository("library")
    first = house.git("rev-parse", "HEAD", at=library)
    house.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "lib")
    house.git("commit", "-qm", "Use a library")
    second = house.commit("More", at=library, more="x\n")
    task = reviewed(
        house,
        f"{ALLOWED} submodule update -q --init lib",
        f"{ALLOWED} -C lib fetch -q && git -C lib checkout -q {second}",
        "echo dirty > lib/README",
        f"{ALLOWED} submodule add -q {library} other",
        f"git -C other checkout -q {first}",
    )
    assert house.of(task).files == (".gitmodules", "lib", "other")
    kept = f"refs/conductor/sessions/{house.of(task).id}"
    assert house.git("rev-parse", f"{kept}:lib") == second
    house.act("open_change", task)  # .gitmodules and what it names change what runs
    house.act("approve", task)
    assert house.settle().tasks[task].state is LANDED
    assert house.git("status", "--porcelain") == "M lib"  # the person's own stays where it was
    assert house.git("rev-parse", "main:lib") == second
    assert house.git("rev-parse", "main:other") == first
    tree = Path(house.of(task).worktree or "")
    assert (tree / "lib" / "README").read_text() == "dirty\n"
    assert (house.repo / "lib" / "README").read_text() == "one\ntwo\nthree\n"


def test_repositories_made_in_a_worktree_are_no_part_of_it_and_that_is_said(house: House) -> None:
    ada = "git -c user.name=Ada -c user.email=ada@example.org"
    begin = f"git init -q {{0}} && {ada} -C {{0}} commit -q --allow-empty -m One"
    begin += " && echo {0} > {0}/file"
    task = reviewed(
        house, "echo own > own", begin.format("cloned"), begin.format("added"), "git add added"
    )
    session = house.of(task)
    assert session.nested == ("cloned/", "added")
    said = left_out(session.nested, session.id)
    assert "cloned/, added" in said
    asked = concerns(house.state, house.state.tasks[task], session, [], None)
    assert f"⊘ {said}" in [one.text for one in asked]

    house.act("open_change", task)
    house.act("approve", task)
    landed = house.settle().tasks[task]
    assert landed.state is LANDED
    assert said in (landed.why or "")
    tree = Path(session.worktree or "")
    assert (tree / "cloned/file").read_text() == "cloned\n"
    assert (tree / "added/file").read_text() == "added\n"


def test_worktrees_deleted_moved_and_locked_while_their_changes_land(house: House) -> None:
    go, checking = house.gate("go"), house.gate("checking")
    house.wishes(verify=f"test ! -e slow || {{ touch {checking}; {waiting(go)}; }}")
    tasks = [house.task(f"Write {x}", [f"$ echo {x} > {x}", "Done."]) for x in "abc"]
    house.settle()
    slow = offered(house, "Slow", {"slow": "x\n"})
    trees = [Path(house.of(task).worktree or "") for task in tasks]
    for task in (slow, *tasks):
        house.act("approve", task)
    with house.running():
        soon(checking.exists)
        house.until(lambda s: all(s.tasks[one].ahead for one in tasks))
        os.rename(trees[0], house.folder / "moved")
        house.git("worktree", "unlock", str(trees[1]))
        house.git("worktree", "remove", "--force", str(trees[1]))
        house.git("worktree", "unlock", str(trees[2]))
        house.git("worktree", "lock", "--reason", "on a stick", str(trees[2]))
        go.touch()
        for task in (slow, *tasks):
            house.until_task(task, LANDED)
    assert {"a", "b", "c", "slow"} <= set(house.git("ls-tree", "--name-only", "main").split())
    assert (house.folder / "moved" / "a").read_text() == "a\n"
    assert (trees[2] / "c").read_text() == "c\n"


def test_a_target_without_commits_is_waited_for(house: House) -> None:
    task = offered(house, "Add a", {"a": "a\n"})
    house.git("checkout", "-q", "--orphan", "empty")
    house.act("approve", task)
    told = house.settle().tasks[task]
    assert told.state is LANDING
    assert "There is no branch empty in" in (told.why or "")
    house.git("symbolic-ref", "HEAD", "refs/heads/main")
    house.git("reset", "-q", "--hard")
    with house.running():
        house.until_task(task, LANDED)
    assert house.log() == ["Add a", "Begin"]
    assert not house.facts(e.LandingFailed)


def test_two_targets_one_landed_on_while_the_other_is_undone(house: House) -> None:
    house.git("branch", "stable")
    one, two = (offered(house, f"Add {x}", {x: f"{x}\n"}) for x in "ab")
    lands(house, one)
    (house.repo / "conductor.toml").write_text('target = "stable"\n')
    house.act("approve", two)
    house.act("undo", one)
    state = house.settle()
    assert (state.tasks[one].state, state.tasks[two].state) == (REVIEW, LANDED)
    assert (house.log("main"), house.log("stable")) == (["Begin"], ["Add b", "Begin"])
    assert house.git("status", "--porcelain") == "?? conductor.toml"
    house.act("undo", two)
    house.act("approve", one)
    house.settle()
    assert (house.log("main"), house.log("stable")) == (["Begin"], ["Add a", "Begin"])


def test_commands_that_appear_in_a_repository_wait_for_trust(house: House) -> None:
    repo = house.repository("bare")
    ran = house.folder / "ran"
    acts.trust(house.journal, str(repo), commands=False)
    house.task("Work", ["$ echo a > a", "Done."], ["$ echo b > a", "Done."], repo=str(repo))
    house.settle()
    house.commit("Check", at=repo, **{"conductor.toml": f"verify = 'touch {ran}'\n"})
    house.act("send_back", "t1", "More.")
    assert house.settle().tasks["t1"].state is REVIEW
    house.act("approve", "t1")
    assert house.settle().tasks["t1"].state is LANDING
    assert [one.need for one in inbox(house.state)] == [Need.TRUST]
    assert not ran.exists()
    house.act("trust", str(repo))
    assert house.settle().tasks["t1"].state is LANDED
    assert ran.exists()


def test_a_setup_that_appears_after_the_claim_waits_for_trust(house: House) -> None:
    ran = house.folder / "ran"
    repo = house.repository("planted", **{"conductor.toml": f"setup = 'touch {ran}'\n"})
    house.task("Work", ["Done."], repo=str(repo))
    house.journal.append(e.SessionClaimed("s1", "t1", "builtin", "demo"))  # before it was there
    task = house.settle().tasks["t1"]
    assert task.state is TaskState.FAILED
    assert "`conductor trust " in (task.why or "")
    assert not ran.exists()


def test_hunks_are_named_by_their_own_file_beside_one_that_becomes_a_link(
    house: House, command: Say
) -> None:
    house.commit("Two", a="one\n", b="two\n")
    task = reviewed(house, "ln -sf b a", "printf more >> b")
    named = [line.split()[-1] for line in command("diff", task).splitlines() if "@@" in line]
    assert named[-1] == "b:1"  # what `approve --leave` takes


def test_a_change_that_was_merged_and_reverted_is_still_shown_whole(
    house: House, command: Say
) -> None:
    house.wishes(landing="merge")
    task = reviewed(house, "printf a > a", "git add a", "git commit -qm a", "printf b > b")
    lands(house, task)
    house.commit("Mine", x="x\n")
    house.act("undo", task)
    assert house.settle().tasks[task].state is REVIEW
    shown = command("diff", task, "--stat").splitlines()
    assert [line.split()[:2] for line in shown] == [["A", "a"], ["A", "b"], ["2", "files,"]]
