"""Worktrees made ahead of need: handed over at once and whole, taken back with nothing lost."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from worktrees.errors import GitError
from worktrees.listing import listing
from worktrees.members import RECORDS
from worktrees.pool import Pool, Stage
from worktrees.removal import TRASH

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox
    from worktrees.listing import Worktree

RECIPE = "r1"
KEEP = "refs/conductor/sessions/s1"


def no_setup(_: Worktree) -> None:
    """A repository that asks for nothing."""


def pool_of(box: Sandbox) -> Pool:
    workshop = box.folder / "workshop"
    workshop.mkdir(exist_ok=True)
    return Pool(box.repo, workshop)


def head(box: Sandbox) -> str:
    return box.repo.target().commit


def tracked(box: Sandbox, root: Path) -> str:
    return box.git("status", "--porcelain", "--ignored", cwd=root)


def test_one_is_handed_over_clean_and_on_a_branch_of_its_own(box: Sandbox) -> None:
    pool = pool_of(box)
    pool.make(head(box), RECIPE, lambda tree: box.write("build/cache", "x", tree.path))
    lent = pool.claim("s1", iter(["conductor/t1", "conductor/t1-2"]), head(box), RECIPE)
    assert lent is not None
    assert lent.prepared
    assert lent.tree.branch == "conductor/t1"
    assert box.git("branch", "--show-current", cwd=lent.tree.path) == "conductor/t1"
    assert tracked(box, lent.tree.path) == "!! build/"
    assert (lent.tree.path / "src/app.py").read_text() == "print('hello')\n"
    assert pool.claim("s2", iter(["x"]), head(box), RECIPE) is None
    assert listing(box.repo)[1].branch == "conductor/t1"


def test_one_behind_its_target_is_brought_there_and_says_that_its_setup_is_older(
    box: Sandbox,
) -> None:
    pool = pool_of(box)
    pool.make(head(box), RECIPE, no_setup)
    box.write("README", "later\n")
    (box.root / "src/app.py").unlink()
    later = box.commit()
    lent = pool.claim("s1", iter(["one"]), later, RECIPE)
    assert lent is not None
    assert not lent.prepared
    assert (lent.tree.path / "README").read_text() == "later\n"
    assert not (lent.tree.path / "src").exists()
    assert tracked(box, lent.tree.path) == ""
    assert box.git("rev-parse", "HEAD", cwd=lent.tree.path) == later


def test_a_taken_name_is_passed_over_packed_or_not(box: Sandbox) -> None:
    pool = pool_of(box)
    for number in range(2):
        pool.make(head(box), f"r{number}", no_setup)
    box.git("branch", "one")
    box.git("pack-refs", "--all")
    box.git("branch", "one-2")
    lent = pool.claim("s1", iter(["one", "one-2", "one-3"]), head(box), RECIPE)
    assert lent is not None
    assert lent.tree.branch == "one-3"


def test_whoever_asks_again_is_given_the_same(box: Sandbox) -> None:
    """A runner killed anywhere in the middle asks again with what the records say."""
    pool = pool_of(box)
    pool.make(head(box), RECIPE, no_setup)
    pool.make(head(box), RECIPE, no_setup)
    first = pool.claim("s1", iter(["one"]), head(box), RECIPE)
    again = pool_of(box).claim("s1", iter(["one", "two"]), head(box), RECIPE)
    assert first is not None
    assert again == first
    assert box.git("branch", "--list", "two") == ""


def test_nothing_is_given_twice(box: Sandbox) -> None:
    pool = pool_of(box)
    for _ in range(5):
        pool.make(head(box), RECIPE, no_setup)
    got: list[Path] = []

    def take(number: int) -> None:
        lent = pool.claim(f"s{number}", iter([f"b{number}"]), head(box), RECIPE)
        if lent:
            got.append(lent.tree.path)

    takers = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for one in takers:
        one.start()
    for one in takers:
        one.join()
    assert len(got) == len(set(got)) == 5


def test_one_that_was_deleted_or_changed_by_hand_is_put_away_and_the_next_given(
    box: Sandbox,
) -> None:
    pool = pool_of(box)
    made = [pool.path(pool.make(head(box), RECIPE, no_setup)) for _ in range(3)]
    os.rename(made[0], box.folder / "elsewhere")
    (made[1] / ".git").write_text("nonsense")
    lent = pool.claim("s1", iter(["one"]), head(box), RECIPE)
    assert lent is not None
    assert lent.tree.path == made[2]
    assert {one.stage for one in pool.members} == {Stage.LENT}
    assert len(list((box.folder / "workshop" / TRASH).iterdir())) == 1


def test_what_comes_back_is_kept_and_of_one_session_nothing_reaches_the_next(
    box: Sandbox,
) -> None:
    pool = pool_of(box)
    pool.make(head(box), RECIPE, no_setup)
    lent = pool.claim("s1", iter(["one"]), head(box), RECIPE)
    assert lent is not None
    root = lent.tree.path
    box.write("new.py", "work\n", root)
    box.write("README", "changed\n", root)
    box.write("build/poison", "x", root)
    box.write("info/attributes", "* -text\n", lent.tree.git_dir)
    box.git("config", "extensions.worktreeConfig", "true")
    box.git("config", "--worktree", "core.fileMode", "false", cwd=root)
    box.git("config", "--unset", "extensions.worktreeConfig")
    index = box.folder / "its index"
    index.hardlink_to(lent.tree.git_dir / "index")  # held, so that no new one is given its number
    back = pool.take_back(lent.tree, KEEP)
    assert back.stage is Stage.BACK
    assert box.git("show", f"{KEEP}:new.py") == "work"
    assert box.git("show", f"{KEEP}:README") == "changed"
    pool = pool_of(box)  # killed here: the next one goes on
    ready = pool.complete(back.name, head(box), RECIPE, no_setup)
    assert ready is not None
    assert ready.stage is Stage.READY
    again = pool.claim("s2", iter(["two"]), head(box), RECIPE)
    assert again is not None
    assert again.tree.path == root
    assert tracked(box, root) == ""
    assert not (root / "build").exists()
    assert not (again.tree.git_dir / "config.worktree").exists()
    assert not (again.tree.git_dir / "info/attributes").exists()
    assert not index.samefile(again.tree.git_dir / "index")
    assert box.git("rev-parse", "one") == head(box)


def test_a_change_hidden_from_the_index_does_not_survive(box: Sandbox) -> None:
    """An index that an agent forged says that a file is as it was."""
    pool = pool_of(box)
    pool.make(head(box), RECIPE, no_setup)
    lent = pool.claim("s1", iter(["one"]), head(box), RECIPE)
    assert lent is not None
    file = lent.tree.path / "README"
    box.git("config", "core.trustctime", "false")
    box.git("config", "core.checkStat", "minimal")
    then = (time.time_ns() - 100 * 10**9,) * 2
    os.utime(file, ns=then)
    box.git("status", cwd=lent.tree.path)
    file.write_text("ONE\ntwo\nthree\n")
    os.utime(file, ns=then)
    assert tracked(box, lent.tree.path) == ""
    back = pool.take_back(lent.tree, KEEP)
    pool.complete(back.name, head(box), RECIPE, no_setup)
    assert file.read_text() == "one\ntwo\nthree\n"


def test_a_worktree_made_for_its_session_alone_joins_the_pool(box: Sandbox) -> None:
    pool = pool_of(box)
    tree = box.worktree("one")
    os.rename(tree.path, pool.workshop / "s1-one")
    box.git("worktree", "repair", str(pool.workshop / "s1-one"))
    from worktrees.trees import find

    tree = find(box.repo, pool.workshop / "s1-one")
    box.write("new.py", "work\n", tree.path)
    back = pool.take_back(tree, KEEP)
    assert back.name == "tree-1"
    assert not tree.path.exists()
    pool.complete(back.name, head(box), RECIPE, no_setup)
    assert tracked(box, pool.workshop / "tree-1") == ""
    assert len(listing(box.repo)) == 2


def test_what_cannot_be_kept_is_not_taken_back(box: Sandbox) -> None:
    pool = pool_of(box)
    pool.make(head(box), RECIPE, no_setup)
    lent = pool.claim("s1", iter(["one"]), head(box), RECIPE)
    assert lent is not None
    nested = lent.tree.path / "nested"
    nested.mkdir()
    box.git("init", "-q", cwd=nested)
    with pytest.raises(GitError, match="repositories of its own"):
        pool.take_back(lent.tree, KEEP)
    assert nested.is_dir()
    assert pool.members[0].stage is Stage.LENT


def test_one_whose_setup_fails_is_not_given(box: Sandbox) -> None:
    pool = pool_of(box)

    def broken(tree: Worktree) -> None:
        raise GitError("The setup failed")

    with pytest.raises(GitError, match="The setup failed"):
        pool.make(head(box), RECIPE, broken)
    assert pool.claim("s1", iter(["one"]), head(box), RECIPE) is None
    (member,) = pool.members
    assert member.stage is Stage.MAKING
    assert pool.complete(member.name, head(box), RECIPE, no_setup)
    assert pool.claim("s1", iter(["one"]), head(box), RECIPE) is not None


def test_deleting_is_a_rename(box: Sandbox) -> None:
    pool = pool_of(box)
    member = pool.make(head(box), RECIPE, no_setup)
    pool.discard(member.name)
    pool.discard(member.name)
    assert pool.members == ()
    assert [one.path for one in listing(box.repo)] == [box.root]
    (aside,) = (pool.workshop / TRASH).iterdir()
    assert (aside / "README").exists()


def test_records_that_are_torn_or_lead_elsewhere_count_for_nothing(box: Sandbox) -> None:
    pool = pool_of(box)
    pool.make(head(box), RECIPE, no_setup)
    records = pool.workshop / RECORDS
    good = (records / "tree-1.json").read_text()
    (records / "tree-2.json").write_text(good[:20])
    (records / "tree-3.json").write_text(good)
    (records / "..json").write_text(good.replace("tree-1", "."))
    (records / "tree-4.json").write_text(good.replace("ready", "mine").replace("tree-1", "tree-4"))
    assert [one.name for one in pool_of(box).members] == ["tree-1"]
