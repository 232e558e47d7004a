"""Changes that wait for review without an agent having been at work: for trains of many."""

from __future__ import annotations

import os
import subprocess

from conductor import events as e
from tests.runner.house import House


def offered(
    house: House,
    title: str,
    files: dict[str, str | None],
    *,
    after: tuple[str, ...] = (),
    base: str = "main",
) -> str:
    """Offer a change of these files (None removes one), as its ended session has left it."""
    state = house.state
    task, session = f"t{state.next_task}", f"s{state.next_session}"
    start = house.git("rev-parse", base)
    own = _commit(house, start, files, f"{title}, by its agent")
    tree = house.git("rev-parse", f"{own}^{{tree}}")
    kept = house.git("commit-tree", tree, "-p", own, "-m", title)
    house.git("update-ref", f"refs/conductor/sessions/{session}", kept)
    house.journal.append(
        e.TaskAdded(task, title, title, str(house.repo), after=after),
        e.SessionClaimed(session, task, "builtin", "demo"),
        e.WorktreeCreated(session, str(house.folder / session), f"conductor/{task}", start),
        e.SessionStarted(session, 1),
        e.SessionBusy(session, "test"),
        e.SessionIdle(session, "test", "Done."),
        e.SnapshotTaken(session, kept, tree, tuple(files), (), 1, 0, start, len(files)),
        e.ReviewReady(task, session, kept, len(files)),
        e.SessionEnded(session, "exit", 0),
        e.WorktreeRemoved(session),
    )
    return task


def _commit(house: House, base: str, files: dict[str, str | None], message: str) -> str:
    index = house.folder / "offered-index"
    env = {**os.environ, "GIT_INDEX_FILE": str(index)}

    def git(*args: str, given: str | None = None) -> str:
        done = subprocess.run(
            ["git", *args], cwd=house.repo, env=env, input=given, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        return done.stdout.strip()

    git("read-tree", base)
    for path, text in files.items():
        if text is None:
            git("update-index", "--force-remove", path)
        else:
            blob = git("hash-object", "-w", "--stdin", given=text)
            git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    made = git("commit-tree", git("write-tree"), "-p", base, "-m", message)
    index.unlink()
    return made
