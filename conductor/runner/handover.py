"""A written hand-over: what another vendor's agent needs to go on, from record and worktree."""

from __future__ import annotations

import asyncio
import contextlib

from conductor import events as e
from conductor.cleaning import clean
from conductor.runner.reach import Reach
from conductor.state import Session, Task
from worktrees import changes

LONGEST_PATCH = 24_000
"""Characters of the change that are shown; the rest is in the worktree, which it can read."""

LONGEST_WORDS = 4_000


async def write(reach: Reach, session: Session) -> str:
    """Write the hand-over of a session whose agent has been ended."""
    task = reach.task(session)
    begin = (
        f"You take over a piece of work that another agent ({session.harness}) has begun."
        " You are in its worktree, with all that it did. Go on from there; do not begin anew."
    )
    parts = [
        begin,
        f"# The task\n{reach.journal.text(task.told).strip()}",
        _said(reach, session),
        await _done(reach, session),
        _open(reach, session, task),
    ]
    return "\n\n".join(part for part in parts if part)


def _said(reach: Reach, session: Session) -> str:
    """Return what the person has said to the agent since."""
    said = [
        f"- {_short(record.fact.text)}"
        for record in reach.journal.about(session.id, (e.MessageQueued,))
        if isinstance(record.fact, e.MessageQueued)
        and record.fact.kind in ("say", "round", "answer")
    ]
    return "# What was said to it since\n" + "\n".join(said[-12:]) if said else ""


async def _done(reach: Reach, session: Session) -> str:
    if not session.files or not session.commit or not session.base:
        return "# What is done\nIt has changed nothing yet."
    more = f" and {session.count - 40} more" if session.count > 40 else ""
    much = (
        f"{session.count} files, +{session.added} -{session.removed}, not committed:"
        f" {', '.join(session.files[:40])}{more}"
    )
    patch = await asyncio.to_thread(_patch, reach, session, session.base, session.commit)
    text = clean(patch)
    cut = "\n(cut off here: read the files)" if len(text) > LONGEST_PATCH else ""
    return "\n".join(
        ["# What is done", much, f"```diff\n{text[:LONGEST_PATCH].rstrip()}{cut}\n```"]
    )


def _patch(reach: Reach, session: Session, base: str, commit: str) -> str:
    """Return the beginning of the change."""
    pieces, size = [], 0
    with contextlib.closing(changes.diff_text(reach.tree(session)[0].place, base, commit)) as diff:
        for piece in diff:
            pieces.append(piece)
            size += len(piece)
            if size > LONGEST_PATCH:
                break
    return b"".join(pieces).decode("utf-8", "replace")


def _open(reach: Reach, session: Session, task: Task) -> str:
    points = []
    if session.last:
        points.append(f"The last it said: {_short(session.last)}")
    if session.ask_text:
        points.append(f"It was asking: {_short(session.ask_text)}")
    if session.midway:
        points.append("Its last turn was cut off: look whether something is half done.")
    if task.checked and task.checked.ok is False:
        fact = reach.journal.fact(task.checked.seq)
        if isinstance(fact, e.VerifyFinished):
            points.append(f"The check `{fact.command}` failed:\n{fact.tail[-LONGEST_WORDS:]}")
    points.append("When all that the task asks for is done, say in a few lines what you did.")
    return "# Open\n" + "\n".join(f"- {point}" for point in points)


def _short(text: str) -> str:
    told = clean(text).strip()
    return told if len(told) <= LONGEST_WORDS else f"{told[:LONGEST_WORDS]} …"
