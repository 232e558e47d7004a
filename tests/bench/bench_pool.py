"""What worktrees cost where there are many files, many agents, and many worktrees of long ago.

`python -m tests.bench.bench_pool [FILES ...]`, with 1000, 10000 and 50000 files by default. A row
is ours, the plain command beside it in the same run, and their ratio: medians in milliseconds,
first of the clock, then of the processor (ours and every program's that was started for it).
"""

from __future__ import annotations

import itertools
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench.bench_worktrees import plain, repository
from worktrees import removal
from worktrees.interference import Content, Look, all_collisions
from worktrees.making import registered
from worktrees.pool import Pool
from worktrees.repository import Repository
from worktrees.room import file_count
from worktrees.snapshots import snapshot
from worktrees.trees import create, find

RECIPE = "none"
HEADS = "".join(f"{what:>9}{'plain':>9}{'ratio':>7}" for what in ("clock", "CPU"))
STALE = 500
SESSIONS = 20
ROOMY = 30 << 30
"""Bytes free from which on as many worktrees are made of the largest repository, too."""

_names = (f"bench-{number}" for number in itertools.count())


Cost = tuple[float, float]


def timed(act: Callable[[], object]) -> Cost:
    """What something takes, on the clock and of the processor."""
    began, spent = time.perf_counter(), cpu()
    act()
    return (time.perf_counter() - began) * 1000, cpu() - spent


def cpu() -> float:
    """Processor time spent so far, here and in what was started, in milliseconds."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both) * 1000


def row(name: str, ours: list[Cost], theirs: list[Cost] | None = None) -> None:
    line = f"{name:50}"
    for which in range(2):
        mine = statistics.median(one[which] for one in ours)
        plainly = statistics.median(one[which] for one in theirs) if theirs else 0.0
        line += f"{mine:9.1f}"
        line += f"{plainly:9.1f}{mine / plainly:7.2f}" if plainly else " " * 16
    print(line.rstrip(), flush=True)


def filled(repo: Repository, workshop: Path, count: int) -> Pool:
    """A pool of so many, waiting and settled as it is a moment after it was filled."""
    workshop.mkdir(exist_ok=True)
    pool, commit = Pool(repo, workshop), repo.target().commit
    for _ in range(count):
        pool.make(commit, RECIPE, lambda tree: None)
    deadline = time.monotonic() + 10
    while len(pool.unsettled()) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    for name in pool.unsettled():
        pool.settle(name)
    return pool


def taken(pool: Pool, commit: str) -> Cost:
    name = next(_names)
    return timed(lambda: pool.claim(name, iter([name]), commit, RECIPE))


def making(home: Path, repo: Repository) -> None:
    """Without a pool: each beside plain git, so that the disk is as busy for both."""
    base = repo.target().commit
    ours, theirs = [], []
    for number in range(3):
        path, name = home / f"plain-{number}", f"own-{number}"
        add = ("worktree", "add", "--detach", str(path))
        theirs.append(timed(partial(plain, repo.root, *add)))
        ours.append(timed(partial(create, repo, home / "own" / name, name, base)))
    row("made without a pool", ours, theirs)
    remove = ("worktree", "remove", "--force", str(home / "plain-0"))
    row(
        "taken away, as a person sees it",
        [timed(partial(removal.set_aside, home / "own" / "own-0"))],
        [timed(partial(plain, repo.root, *remove))],
    )


def claiming(home: Path, repo: Repository) -> None:
    base = repo.target().commit
    theirs = [timed(lambda: plain(repo.root, "rev-parse", "HEAD")) for _ in range(9)]
    room = os.statvfs(home)
    roomy = room.f_bavail * room.f_frsize > ROOMY and room.f_favail > 40 * file_count(repo.root)
    count = SESSIONS + 3 if roomy or file_count(repo.root) <= 10_000 else 9
    pool = filled(repo, home / "pool", count)
    same = [taken(pool, base) for _ in range(count - 3)]
    row("handed over on the same commit (and one git call)", same, theirs)
    row(
        f"  {len(same)} of them, one after the other",
        [(sum(o[0] for o in same), sum(o[1] for o in same))],
    )
    for number in range(100):
        (repo.root / f"d{number % 50}" / f"f{number}.txt").write_text("changed\n")
    plain(repo.root, "commit", "-qam", "A hundred")
    later = repo.target().commit
    other = pool.path(pool.members[0])
    row(
        "handed over where 100 files differ (and checkout)",
        [taken(pool, later) for _ in range(3)],
        [timed(lambda: plain(other, "checkout", "-q", "--detach", later))],
    )
    plain(repo.root, "reset", "-q", "--hard", base)


def keeping(home: Path, repo: Repository) -> None:
    tree = create(repo, home / "kept", "kept", repo.target().commit)
    time.sleep(1.1)  # as an agent's first look at its status would, beyond the second of making
    plain(tree.path, "status")
    ours, theirs = [], []
    for number in range(7):
        for which in range(3):
            (tree.path / f"d{which}" / f"f{which}.txt").write_text(f"{number}\n")
        theirs.append(timed(lambda: plain(tree.path, "status", "--porcelain")))
        ours.append(timed(lambda: snapshot(tree, "refs/conductor/bench", "Turn")))
    row("snapshot of three changed files (and git status)", ours, theirs)


def interfering(home: Path, repo: Repository) -> None:
    """Twenty live sessions that share a file with one neighbour each; one file changes."""
    base = repo.target().commit
    trees = [create(repo, home / f"live-{n}", f"live-{n}", base) for n in range(SESSIONS)]
    for number, tree in enumerate(trees):
        for which in (number, (number + 1) % SESSIONS, 30):
            (tree.path / f"d{which}" / f"f{which}.txt").write_text(f"{number}\n")
    looks = [Look(tree.place, "refs/heads/main") for tree in trees]
    contents = [look.at() for look in looks]
    mine = contents[0]
    assert mine is not None

    def look(others: list[Content | None]) -> None:
        (trees[0].path / "d0" / "f0.txt").write_text(f"{next(_names)}\n")
        now = looks[0].at(["d0/f0.txt"])
        met = [one.commit for one in others if now and one and now.files & one.files]
        all_collisions(repo.place, [(now.commit, one) for one in met if now])

    row(
        "a look after a file changed, two neighbours merged",
        [timed(lambda: look(contents[1:3])) for _ in range(5)],
    )
    row("  nineteen neighbours merged", [timed(lambda: look(contents[1:])) for _ in range(3)])


def among_many(home: Path, repo: Repository) -> None:
    """The same with worktrees on record from long ago, with nothing in them."""
    base = repo.target().commit

    def live() -> list[list[Cost]]:
        pool = filled(repo, home / next(_names), 4)
        claims = [taken(pool, base) for _ in range(4)]
        names = [next(_names) for _ in range(3)]
        own = [timed(partial(create, repo, home / "own" / n, n, base)) for n in names]
        tree = find(repo, home / "own" / names[0])
        (tree.path / "new").write_text("x")
        ref = f"refs/conductor/{names[0]}"
        kept = [timed(lambda: snapshot(tree, ref, "Turn")) for _ in range(5)]
        finds = [timed(lambda: find(repo, tree.path)) for _ in range(9)]
        return [claims, own, kept, finds]

    before = live()
    for number in range(STALE):
        registered(repo, home / f"stale-{number}", base)
    after = live()
    print(f"{f'with {STALE} worktrees on record, and without':50}")
    for name, mine, theirs in zip(
        ("handed over", "made", "snapshot, nothing new", "found"), after, before, strict=True
    ):
        row(f"  {name}", mine, theirs)


def main() -> None:
    os.environ.pop("GIT_DIR", None)
    for files in [int(word) for word in sys.argv[1:] if word.isdigit()] or [1000, 10_000, 50_000]:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder).resolve()
            repo = repository(home / "project", files)
            print(f"\n{f'{files} files':50}{HEADS}")
            for measure in (making, claiming, keeping, interfering):
                measure(home, repo)
            if files <= 1000:
                among_many(home, repo)


if __name__ == "__main__":
    main()
