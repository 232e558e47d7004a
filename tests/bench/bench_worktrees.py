"""What worktrees cost, against plain git in the same run: `python -m tests.bench.bench_worktrees`.

Each row is a median in milliseconds of ours, of the plain commands beside it, and their ratio.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from worktrees import git, refs
from worktrees.changes import changed_files, diff_text, index
from worktrees.merges import commit_tree, merge, move_branch, tree_of
from worktrees.repository import Repository
from worktrees.snapshots import snapshot
from worktrees.trees import create

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7


def plain(folder: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True)


def median(act: Callable[[int], object], rounds: int = ROUNDS) -> float:
    times = []
    for number in range(rounds):
        began = time.perf_counter()
        act(number)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def row(name: str, ours: float, theirs: float | None = None) -> None:
    against = f"{theirs:9.1f}{ours / theirs:8.2f}" if theirs else ""
    print(f"{name:46}{ours:9.1f}{against}", flush=True)


def repository(folder: Path, files: int) -> Repository:
    folder.mkdir()
    plain(folder, "init", "-q", "-b", "main")
    plain(folder, "config", "user.name", "Bench")
    plain(folder, "config", "user.email", "bench@localhost")
    for number in range(files):
        file = folder / f"d{number % 50}" / f"f{number}.txt"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{number}\n" * 100)
    plain(folder, "add", "-A")
    plain(folder, "commit", "-qm", "Begin")
    return Repository.open(folder)


def measure(home: Path, files: int) -> None:
    repo = repository(home / "project", files)
    base = repo.target().commit
    print(f"\n{files} files{'':32}     ours    plain   ratio")
    row(
        "one call",
        median(lambda _: git.run(repo.place, "rev-parse", "HEAD"), 30),
        median(lambda _: plain(repo.root, "rev-parse", "HEAD"), 30),
    )
    refs.tip(repo.place, "refs/heads/main")
    row(
        "where a branch is now",
        median(lambda _: refs.tip(repo.place, "refs/heads/main"), 30),
        median(lambda _: plain(repo.root, "rev-parse", "refs/heads/main"), 30),
    )
    row(
        "create",
        median(lambda n: create(repo, home / "trees" / f"o{n}", f"conductor/o{n}", base), 3),
        median(lambda n: plain(repo.root, "worktree", "add", f"../p{n}", "-b", f"p{n}"), 3),
    )
    tree = create(repo, home / "trees" / "o0", "conductor/o0", base)
    ref = "refs/conductor/bench"
    snapshot(tree, ref, "First")
    row(
        "snapshot, nothing new",
        median(lambda _: snapshot(tree, ref, "Same")),
        median(lambda _: plain(tree.path, "status", "--porcelain")),
    )

    def change_and_snapshot(number: int) -> None:
        for which in range(20):
            (tree.path / f"new{which}").write_text(f"{number}\n")
        snapshot(tree, ref, "Changed")

    row("snapshot, 20 new files", median(change_and_snapshot))
    kept = snapshot(tree, ref, "Last").commit
    row(
        "changed files",
        median(lambda _: changed_files(repo.root, base, kept)),
        median(lambda _: plain(repo.root, "diff", "--raw", "--numstat", "-z", base, kept)),
    )
    row(
        "merge in memory",
        median(lambda _: merge(repo, base, kept)),
        median(lambda _: plain(repo.root, "merge-tree", "--write-tree", base, kept)),
    )
    landed = commit_tree(repo, tree_of(repo, kept), (base,), "Land")

    def there_and_back(_: int) -> None:
        move_branch(repo, "main", landed, base)
        move_branch(repo, "main", base, landed)

    def plainly(_: int) -> None:
        plain(repo.root, "reset", "--hard", landed)
        plain(repo.root, "reset", "--hard", base)

    row("branch and checkout, there and back", median(there_and_back), median(plainly))


def measure_large_diff(home: Path) -> None:
    repo = repository(home / "large", 1)
    base = repo.target().commit
    for number in range(500):
        (repo.root / f"big{number}").write_text(
            "".join(f"a line of code, {n} {number}\n" * 2 for n in range(200))
        )
    plain(repo.root, "add", "-A")
    plain(repo.root, "commit", "-qm", "Large")
    head = repo.target().commit

    def first(_: int) -> None:
        with closing(diff_text(repo.root, base, head)) as pieces:
            next(pieces)

    print("\n200,000 changed lines")
    row("first piece of the diff", median(first))
    text = b"".join(diff_text(repo.root, base, head))
    whole = median(lambda _: b"".join(diff_text(repo.root, base, head)))
    row("whole diff", whole, median(lambda _: plain(repo.root, "diff", base, head)))
    row(f"index of {len(text) >> 20} MB", median(lambda _: index(text)))
    row("every hunk found", median(lambda _: [patch.hunks for patch in index(text)]))


SIZES = (200, 10_000)


def main(sizes: tuple[int, ...] = SIZES) -> None:
    os.environ.pop("GIT_DIR", None)
    for files in sizes:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), files)
    with tempfile.TemporaryDirectory() as folder:
        measure_large_diff(Path(folder))


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
