"""`conductor diff`: reading what an agent changed."""

from __future__ import annotations

import sys
from pathlib import Path

from conductor import acts, views
from conductor.cleaning import clean, clean_line
from conductor.cli import page
from conductor.cli.arguments import Parser
from conductor.cli.home import open_home
from conductor.cli.pager import paged
from conductor.nested import left_out
from conductor.values import Value
from worktrees import changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.journal import Journal
    from conductor.state import State, Task


_LONGEST = 1 << 16
"""Bytes of a line that are held, more than of any that git begins a part with."""


class Change(Value):
    """Between which commits a task's change lies, and what it touches."""

    base: str
    head: str
    files: list[changes.ChangedFile]


def diff(words: list[str]) -> int:
    """Show what an agent changed."""
    parser = Parser(
        "diff",
        "Read what an agent changed: what waits for review, or else its latest snapshot. Showing "
        "the whole text counts as having read it; --stat and --json do not.",
        "conductor diff t7",
        "conductor diff t7 --stat",
        "conductor diff t7 --raw | git apply",
    )
    parser.add_argument("id", metavar="ID")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--stat", action="store_true", help="only which files, and how much")
    shape.add_argument("--json", action="store_true", help="one document: the files, the check")
    shape.add_argument("--raw", action="store_true", help="git's bytes as they are, for programs")
    given = parser.parse_args(words)
    _, journal = open_home()
    with journal:
        state = journal.state
        task = acts.find_task(state, given.id)
        change = _change(state, task)
        if given.json:
            tail = _tail(journal, task)
            page.document(
                views.diff_document(
                    state, task, change.base, change.head, files=change.files, tail=tail
                )
            )
        elif given.stat:
            print("\n".join([*_stat(change), *_nested(state, task)]))
        elif given.raw:
            _raw(task, change)
            _read(journal, task, change.head)
        elif paged(_whole(state, task, change)):
            _read(journal, task, change.head)
    return 0


def _read(journal: Journal, task: Task, commit: str) -> None:
    """Note that the person has read it, if it is still what is offered."""
    if task.offered == commit:
        acts.open_change(journal, task.id, commit)


def _change(state: State, task: Task) -> Change:
    session = state.sessions.get(task.session or "")
    if task.landed and task.before:
        base, head = task.before, task.landed
    elif session is not None and session.base and (kept := task.offered or session.commit):
        # What was reverted is in the target's history, and no part of the target.
        base, head = task.reverted or _fork(task, session.base, kept), kept
    else:
        raise acts.Refused(
            f"{task.id} has changed nothing that was kept yet: what an agent does is kept at the "
            "end of each of its turns."
        )
    return Change(base, head, changes.changed_files(Path(task.repo), base, head))


def _fork(task: Task, base: str, head: str) -> str:
    """Find where the change leaves its target: an agent may have merged the target meanwhile."""
    from conductor.config import load_repo
    from worktrees.repository import Repository

    repository = Repository.open(task.repo)
    target = repository.target(load_repo(str(repository.root)).target)
    return changes.merge_base(repository.place, target.commit, head) or base


def _tail(journal: Journal, task: Task) -> str:
    fact = journal.fact(task.checked.seq) if task.checked and task.checked.seq else None
    return getattr(fact, "tail", "")


def _raw(task: Task, change: Change) -> None:
    for piece in changes.diff_text(Path(task.repo), change.base, change.head):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


# For a person: every line is cleaned, because an agent wrote it.


def _whole(state: State, task: Task, change: Change) -> Iterator[str]:
    from worktrees.parts import diff_line

    yield page.paint(f"# {task.id} ({task.state}): {task.title}", "bold")
    for line in _stat(change):
        yield f"# {line}"
    for line in _nested(state, task):
        yield page.paint(f"# {line}", "yellow")
    for other in views.meets(state, task, {one.path for one in change.files}):
        files = ", ".join(clean_line(path) for path in other["files"])
        yield page.paint(f"# {other['task']} is changing the same: {files}", "yellow")
        if other["conflicts"]:
            clash = ", ".join(clean_line(path) for path in other["conflicts"])
            yield page.paint(f"#   it would conflict now in {clash}", "red")
    if (checked := task.checked) and checked.ok is not None:
        said = "passed" if checked.ok else f"failed with {checked.code}"
        colour = "green" if checked.ok else "red"
        yield page.paint(f"# its check {said} after {checked.seconds:.1f} s", colour)
    yield ""
    pieces = changes.diff_text(Path(task.repo), change.base, change.head)
    paths = {diff_line(one.old_path or one.path, one.path): one.path for one in change.files}
    path, hunk = "", 0
    for raw in lines_of(pieces):
        line = clean(raw.decode(errors="replace"), 4000)
        if line.startswith("diff --git "):
            path, hunk = clean_line(paths.get(raw, ""), 200), 0
        elif line.startswith("@@ "):
            hunk += 1
            line = f"{line}  {path}:{hunk}"
        yield painted(line)


def _nested(state: State, task: Task) -> list[str]:
    """Say what lies in the worktree, and is no part of the change."""
    session = state.sessions.get(task.session or "")
    said = left_out(session.nested, session.id) if session else ""
    return [said] if said else []


def _stat(change: Change) -> list[str]:
    if not change.files:
        return ["It changes nothing."]
    names = {
        one.path: clean_line(f"{one.old_path} → {one.path}" if one.old_path else one.path, 400)
        for one in change.files
    }
    room = min(max(map(page.cells, names.values())), max(20, page.width() - 40))
    lines = []
    for one in sorted(change.files, key=lambda one: not one.runs_code):
        much = "binary" if one.binary else f"+{one.added} -{one.removed}"
        line = f"{one.status} {page.fit(names[one.path], room)} {much}"
        lines.append(page.paint(f"{line}  changes what runs", "red") if one.runs_code else line)
    added = sum(one.added or 0 for one in change.files)
    removed = sum(one.removed or 0 for one in change.files)
    count = len(change.files)
    lines.append(f"{count} file{'s' if count > 1 else ''}, +{added} -{removed}")
    return lines


def lines_of(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Cut a stream into lines; of one without end the rest is dropped: it could pose as another."""
    left = b""
    for piece in pieces:
        *whole, left = (left + piece).split(b"\n")
        yield from whole
        left = left[:_LONGEST]
    if left:
        yield left


def painted(line: str) -> str:
    """Colour a line of a diff by what it is."""
    if line.startswith(("diff --git", "+++", "---", "index ", "similarity ", "rename ")):
        return page.paint(line, "bold")
    return page.paint(line, {"+": "green", "-": "red", "@": "cyan"}.get(line[:1]))


COMMANDS = {"diff": diff}
