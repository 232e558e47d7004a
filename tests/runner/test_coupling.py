"""What a train builds is what git's own merge would make of the same changes.

`CONDUCTOR_EXAMPLES=100 pytest tests/runner/test_coupling.py` tries more than a quick run does.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conductor.config import Landings
from conductor.runner.coupling import Origin, couple, message
from conductor.train import Wish
from tests.conductor.facts import to_review, told
from tests.worktrees.conftest import Sandbox, new_sandbox

EXAMPLES = int(os.environ.get("CONDUCTOR_EXAMPLES", "4"))
PATHS = ("a", "b", "dir/c", "dir/d")
EDIT = st.one_of(
    st.tuples(st.just("line"), st.sampled_from(PATHS), st.integers(0, 11), st.integers(0, 3)),
    st.tuples(st.just("insert"), st.sampled_from(PATHS), st.integers(0, 12), st.integers(0, 3)),
    st.tuples(st.just("delete"), st.sampled_from(PATHS)),
    st.tuples(st.just("rename"), st.sampled_from(PATHS), st.sampled_from(("e", "dir/f", "g/h"))),
    st.tuples(st.just("add"), st.sampled_from(("e", "new", "dir/new")), st.integers(0, 2)),
    st.tuples(st.just("mode"), st.sampled_from(PATHS)),
)
CHANGES = st.lists(st.lists(EDIT, min_size=1, max_size=4), min_size=1, max_size=4)


def _edit(root: Path, edit: tuple) -> None:
    kind, path, *more = edit
    file = root / path
    if kind == "add":
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"added {more[0]}\n")
    elif not file.exists():
        return
    elif kind in ("line", "insert"):
        lines = file.read_text().splitlines()
        at = min(more[0], len(lines) - 1)
        lines[at : at + (kind == "line")] = [f"{kind} {more[1]}"]
        file.write_text("".join(f"{line}\n" for line in lines))
    elif kind == "delete":
        file.unlink()
    elif kind == "rename":
        to = root / more[0]
        to.parent.mkdir(exist_ok=True)
        file.rename(to)
    elif kind == "mode":
        file.chmod(0o755)


def _changes(box: Sandbox, changes: list[list[tuple]]) -> list[str]:
    """Commit each of the changes from the same beginning, and keep it as a snapshot would."""
    made = []
    for number, edits in enumerate(changes):
        box.git("checkout", "-q", "-b", f"change-{number}", "main")
        for part in (edits[: len(edits) // 2], edits[len(edits) // 2 :]):
            for edit in part:
                _edit(box.root, edit)
            box.commit("part")
        tree = box.git("rev-parse", "HEAD^{tree}")
        made.append(box.git("commit-tree", tree, "-p", "HEAD", "-m", "kept"))
    box.git("checkout", "-q", "main")
    return made


def _by_git(box: Sandbox, onto: str, change: str) -> str | None:
    """Merge with plain git in a checkout; the tree, or None where it conflicts."""
    box.git("checkout", "-q", "--detach", onto)
    merged = box.git("merge", "-q", "--no-ff", "-m", "x", change, ok=False)
    if box.git("ls-files", "-u") or "CONFLICT" in merged:
        box.git("merge", "--abort")
        return None
    return box.git("rev-parse", "HEAD^{tree}")


@pytest.mark.parametrize("how", ["squash", "merge"])
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(changes=CHANGES)
def test_each_car_holds_what_git_would_merge(how: str, changes: list[list[tuple]]) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        box = new_sandbox(Path(folder))
        for path in PATHS:
            box.write(path, "".join(f"{path} {n}\n" for n in range(12)))
        start = box.commit("Files")
        kept = _changes(box, changes)
        wishes = [Wish(f"t{n}", commit, float(n)) for n, commit in enumerate(kept, 1)]
        state = told(*[f for n, c in enumerate(kept, 1) for f in to_review(f"t{n}", f"s{n}", c)])

        def origin(task: str) -> Origin:
            session = state.sessions[f"s{task[1:]}"].but(base=start)
            return Origin(state.tasks[task], session, "words", Landings(how))

        target = box.repo.target("main")
        made = couple(box.repo, target, (), wishes, origin)
        onto = start
        for car in made.cars:
            assert car.onto == onto
            assert car.tree == _by_git(box, onto, car.wish.change)
            assert box.git("rev-parse", f"{car.commit}^{{tree}}") == car.tree
            assert box.git("rev-parse", f"{car.commit}^") == onto
            onto = car.commit
        for one in made.misfits:
            assert one.error is None
            ahead = [car for car in made.cars if car.task in one.behind]
            below = ahead[-1].commit if ahead else start
            merged = _by_git(box, below, one.wish.change)
            assert merged in (None, box.git("rev-parse", f"{below}^{{tree}}"))
        assert box.git("rev-parse", "main") == start


def _by_rebase(box: Sandbox, onto: str, start: str, change: str) -> list[str] | None:
    """Rebase with plain git; the commits' trees and words, or None where it conflicts."""
    box.git("checkout", "-q", "--detach", change)
    box.git("rebase", "-q", "--no-keep-empty", "--onto", onto, start, ok=False)
    if (box.root / ".git" / "rebase-merge").exists():
        box.git("rebase", "--abort")
        return None
    return box.git("log", "--reverse", "--format=%T %s", f"{onto}..HEAD").splitlines()


def _rebases_as_git(first: list[tuple], second: list[tuple]) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        box = new_sandbox(Path(folder))
        for path in PATHS:
            box.write(path, "".join(f"{path} {n}\n" for n in range(12)))
        start = box.commit("Files")
        theirs, kept = _changes(box, [first, second])
        box.git("reset", "-q", "--hard", f"{theirs}^")
        target = box.repo.target("main")
        state = told(*to_review("t1", "s1", kept))
        session = state.sessions["s1"].but(base=start)
        wanted = Origin(state.tasks["t1"], session, "words", Landings("rebase"))

        made = couple(box.repo, target, (), [Wish("t1", kept, 1.0)], lambda _: wanted)

        merged = _by_git(box, target.commit, kept)
        rebased = _by_rebase(box, target.commit, start, f"{kept}^")
        if made.cars:
            log = box.git("log", "--reverse", "--format=%T %s", f"main..{made.cars[0].commit}")
            assert log.splitlines() == rebased
            assert log.splitlines()[-1].split()[0] == merged
            who = box.git("log", "--format=%an %cn", f"main..{made.cars[0].commit}")
            assert set(who.splitlines()) == {"Ada Ada"}
        elif made.misfits[0].conflict:
            assert merged is None
        elif made.misfits[0].nothing:
            assert merged == box.git("rev-parse", "main^{tree}")
        else:  # one by one they conflict, or come to something else than all at once
            assert made.misfits[0].error
            assert rebased is None or rebased[-1].split()[0] != merged


EDITS = st.lists(EDIT, min_size=1, max_size=4)
FEW = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


@FEW
@given(EDITS, EDITS)
def test_a_rebased_change_is_what_git_rebase_makes_of_it(
    first: list[tuple], second: list[tuple]
) -> None:
    _rebases_as_git(first, second)


@pytest.mark.long
@settings(FEW, max_examples=50)
@given(EDITS, EDITS)
def test_many_rebased_changes_are_what_git_rebase_makes_of_them(
    first: list[tuple], second: list[tuple]
) -> None:
    _rebases_as_git(first, second)


def _origin(how: Landings, text: str = "Words.") -> Origin:
    state = told(*to_review())
    return Origin(state.tasks["t1"].but(title="Say {text}"), state.sessions["s1"], text, how)


def test_our_own_words_name_task_and_agent() -> None:
    assert message(_origin(Landings())) == (
        "Say {text}\n\nWords.\n\nTask: t1\nAgent: builtin (s1)\n"
    )
    assert message(_origin(Landings(), "Say {text}")) == (
        "Say {text}\n\nTask: t1\nAgent: builtin (s1)\n"
    )


def test_a_co_author_is_a_trailer_among_others_or_on_its_own() -> None:
    both = Landings(co_author="Bot {agent} <bot@example.org>")
    assert message(_origin(both)).endswith(
        "Task: t1\nAgent: builtin (s1)\nCo-authored-by: Bot builtin <bot@example.org>\n"
    )
    alone = both.but(message="{title}")
    assert message(_origin(alone)) == (
        "Say {text}\n\nCo-authored-by: Bot builtin <bot@example.org>\n"
    )
