"""Another agent's opinion on a change: its remarks become comments, and its task is done."""

from __future__ import annotations

import asyncio
from pathlib import Path

from conductor import events as e
from conductor.acts.reviews import LONGEST_QUOTE
from conductor.cleaning import clean
from conductor.rounds.opinions import Remark, remarks
from conductor.rounds.quoting import lines_of
from conductor.rounds.said import said
from conductor.runner.reach import Reach
from conductor.state import Session, Task
from worktrees import changes


async def give(reach: Reach, task: Task, session: Session) -> None:
    """Write down what an agent has to say about the change that its task is to read.

    Only what it says counts: what it did in its worktree goes nowhere.
    """
    last = [r.fact for r in reach.journal.about(session.id, (e.SessionIdle,))]
    words = last[-1].last if last and isinstance(last[-1], e.SessionIdle) else session.last
    reviewed = reach.journal.state.tasks[task.reads or ""]
    author = reach.journal.state.sessions.get(reviewed.session or "")
    base = (author and author.base) or ""
    found, rest, quotes = await asyncio.to_thread(_read, task, base, words)
    with reach.journal.decide() as decision:
        about = said(reach.journal, reviewed.id)
        opinion = about.opinions.get(task.id)
        if opinion is None:
            decision.append(e.TaskCancelled(task.id, f"{reviewed.id} was begun anew meanwhile."))
        if opinion is None or opinion.remarks is not None:
            return
        for number, one in enumerate(found, about.next_comment):
            lines = quotes[one.path]
            first, end = (min(at, max(1, len(lines))) for at in (one.first, one.last))
            quoted = clean("\n".join(lines[first - 1 : end]), LONGEST_QUOTE)
            decision.append(
                e.CommentDrafted(
                    reviewed.id, f"c{number}", one.path, "new", first, end, task.start or "",
                    base, quoted, one.text, None, "agent", task.id,
                )
            )  # fmt: skip
        decision.append(e.OpinionGiven(reviewed.id, task.id, len(found), rest))


def _read(task: Task, base: str, words: str) -> tuple[list[Remark], str, dict[str, list[str]]]:
    """Find the remarks in an agent's words, and the text of the files that they are about."""
    commit = task.start or ""
    paths = {one.path for one in changes.changed_files(Path(task.repo), base, commit)}
    found, rest = remarks(words, paths)
    quotes = {path: lines_of(task.repo, commit, path) or [] for path in {r.path for r in found}}
    return found, rest, quotes
