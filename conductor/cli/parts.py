"""Which parts of a change are meant, and which comments: what is typed, against what git says."""

from __future__ import annotations

from pathlib import Path

from conductor import acts
from conductor.cleaning import clean_line
from conductor.rounds.following import OPEN
from conductor.rounds.said import outdated, said
from conductor.rounds.standing import stand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.journal import Journal
    from worktrees.parts import File

    Left = dict[str, tuple[str, ...]]


def choose(
    journal: Journal, ident: str, *, only: Sequence[str] | None, leave: Sequence[str] | None
) -> Left:
    """Return the parts of a change to leave out; unless some are named, those left out before."""
    from worktrees.parts import read

    state = journal.state
    task = acts.find_task(state, ident)
    if task.offered is None:
        return {}
    session = acts.find_session(state, task.id)
    before = said(journal, task.id).left if task.reading else {}
    if session.base is None or not (only or leave or before):
        return {}
    files = {file.path: file for file in read(Path(task.repo), session.base, task.offered)}
    if leave:
        return _named(files, leave)
    if only:
        kept = _named(files, only)
        rest = {
            path: tuple(part for part in file.parts if part not in kept.get(path, ()))
            for path, file in files.items()
        }
        if not any(kept.values()):
            raise acts.Refused("Nothing would be taken.")
        return {path: parts for path, parts in rest.items() if parts}
    still = {path: files[path].still_left(left) for path, left in before.items() if path in files}
    if void := outdated(before, still):
        acts.forget_left(journal, task.id, still, void)
    return {path: parts for path, parts in still.items() if parts}


def _named(files: dict[str, File], words: Sequence[str]) -> Left:
    """Find the parts that words such as `src/app.py:1,3` name."""
    found: dict[str, dict[str, None]] = {}
    for word in words:
        path, _, numbers = word, "", ""
        if word not in files:
            path, _, numbers = word.rpartition(":")
        file = files.get(path)
        if file is None:
            there = ", ".join(clean_line(one, 80) for one in list(files)[:8])
            raise acts.Refused(f"The change has no {clean_line(word, 80)}; it has {there}.")
        parts = found.setdefault(path, {})
        if not numbers:
            parts.update(dict.fromkeys(file.parts))
        for number in filter(None, numbers.split(",")):
            hunk = file.in_hunk(int(number)) if number.isdecimal() else ()
            if not hunk:
                raise acts.Refused(
                    f"{clean_line(path, 80)} has {file.hunk_count} hunks, and no hunk "
                    f"{clean_line(number, 20)}: conductor diff shows their numbers."
                )
            parts.update(dict.fromkeys(hunk))
    return {path: tuple(parts) for path, parts in found.items()}


def unanswered(journal: Journal, ident: str) -> list[str]:
    """List the comments of earlier rounds that nothing has come of."""
    task = acts.find_task(journal.state, ident)
    session = acts.find_session(journal.state, task.id)
    sent = [one for one in said(journal, task.id).comments.values() if one.sent]
    head = task.offered or session.commit or ""
    stands = stand(task.repo, sent, session.base or head, head)
    return [number for number, one in stands.items() if one.state == OPEN]
