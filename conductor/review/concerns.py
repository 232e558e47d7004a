"""What a careful colleague would ask about before reading: a short list, most serious first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from conductor.cleaning import clean_line
from conductor.nested import left_out
from conductor.review import kinds, remarks
from conductor.review.address import NEW, Spot
from conductor.review.files import spelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conductor.review.files import File
    from conductor.review.remarks import Tally
    from conductor.state import Session, State, Task

MUCH = 1500
"""Changed lines of one file, written by hand, from which on somebody should ask why."""
SAID = 3
"""Sentences of an agent's last words that are quoted at most."""

_BETWEEN = re.compile(r"(?<=[.!?])(?=\s)|(?<=\n)")
_UNSURE = re.compile(
    r"\b(?:not sure|unsure|uncertain|assum\w+|untested|not tested|did ?n[o']t test|could ?n[o']t"
    r"|cannot|unable|skipped|left out|out of scope|not implemented|workaround|hack|todo)\b",
    re.IGNORECASE,
)


class Concern(NamedTuple):
    """One thing to ask about, and where in the change it is."""

    ink: str
    text: str
    spot: Spot | None = None


def concerns(
    state: State,
    task: Task,
    session: Session,
    files: Sequence[File],
    tally: Tally | None,
    *,
    compared: bool = False,
    clashes: tuple[str, Sequence[str]] = ("", ()),
) -> list[Concern]:
    """List what to ask about; without a tally the lines have not been looked through yet.

    Beside another session's change, what only that one has is no part of this that was taken away.
    With `clashes` goes the target, and the files in which the change does not fit it any more.
    """
    lines = [*_risky(files), *_files(files), *(_lines(tally) if tally else ())]
    found = [
        *_verify(task),
        *_misfit(*clashes),
        *_nested(session),
        *_asked(session),
        *(() if compared else lines),
        *_others(state, task, {file.path for file in files}),
    ]
    order = {"risky": 0, "failed": 1, "waiting": 2}
    return sorted(found, key=lambda one: order.get(one.ink, 3))


def _risky(files: Sequence[File]) -> list[Concern]:
    risky = [file for file in files if file.runs_code]
    if not risky:
        return []
    said = f"‼ changes what runs: {_names([file.path for file in risky])}"
    return [Concern("risky", said, Spot(risky[0].path, NEW, 0))]


def _verify(task: Task) -> list[Concern]:
    checked = task.checked
    if checked is None:
        return [Concern("blocked", "◌ no check has run on it")]
    if checked.ok is None:
        return []
    if not checked.ok:
        code = "ran out of time" if checked.code is None else f"failed with {checked.code}"
        return [Concern("failed", f"✖ its check {code} (v shows what it said)")]
    if task.offered and checked.commit != task.offered and checked.where == "review":
        return [Concern("blocked", "◌ its check passed, but on an older commit")]
    if checked.flaky:
        return [Concern("blocked", "◌ its check passed only when it was run again: it is flaky")]
    return []


def _nested(session: Session) -> list[Concern]:
    """Name the repositories in its worktree, of which nothing would land."""
    said = left_out(session.nested, session.id)
    return [Concern("failed", f"⊘ {said}")] if said else []


def _misfit(target: str, paths: Sequence[str]) -> list[Concern]:
    """Say that it would not land as it is, before the person finds out by letting it."""
    if not paths:
        return []
    said = f"⇄ conflicts with {target} as it is now: {_names(paths)} (C shows both sides)"
    return [Concern("failed", said, Spot(paths[0], NEW, 0))]


def _asked(session: Session) -> list[Concern]:
    """Quote what the agent asks, and what it says it is unsure of."""
    said = [one.strip() for one in sentences(session.last) if one.strip()]
    asked = [one for one in said if one.endswith("?")]
    if session.ask_text:
        asked.insert(0, session.ask_text)
    unsure = [one for one in said if not one.endswith("?") and doubts(one)]
    return [Concern("waiting", f"? {clean_line(one, 240)}") for one in asked[:SAID]] + [
        Concern("blocked", f"~ “{clean_line(one, 240)}”") for one in unsure[:SAID]
    ]


def sentences(words: str) -> list[str]:
    """Cut words where a sentence or a line ends."""
    return _BETWEEN.split(words)


def doubts(words: str) -> bool:
    """Say whether somebody says that they are not sure, or have left something out."""
    return _UNSURE.search(words) is not None


def _files(files: Sequence[File]) -> list[Concern]:
    found = []
    gone = [file for file in files if file.status == "D" and kinds.is_test(file.path)]
    if gone:
        said = f"⊖ tests removed: {_names([file.path for file in gone])}"
        found.append(Concern("failed", said, Spot(gone[0].path, NEW, 0)))
    built = [file for file in files if kinds.names_dependencies(file.path)]
    if built:
        said = f"◇ dependencies: {_names([file.path for file in built])}"
        found.append(Concern("blocked", said, Spot(built[0].path, NEW, 0)))
    large = [
        file
        for file in files
        if file.added + file.removed >= MUCH and file.kind not in kinds.FOLDED
    ]
    for file in large[:SAID]:
        said = f"▲ large: {spelled(file.path)} +{file.added} -{file.removed}"
        found.append(Concern("blocked", said, Spot(file.path, NEW, 0)))
    return found


_SAID: tuple[tuple[str, bool, str, str, str], ...] = (
    (remarks.SECRET, True, "failed", "⚿ adds what looks like a key", "⚿ adds {} like keys"),
    (remarks.MARKER, True, "failed", "⚔ adds a conflict marker", "⚔ adds {} conflict markers"),
    (remarks.SKIPPED, True, "failed", "⊖ skips a test", "⊖ skips {} tests"),
    (remarks.DEBUG, True, "blocked", "· adds a debugging line", "· adds {} debugging lines"),
    (remarks.LEFT_OPEN, True, "blocked", "· leaves a TODO", "· leaves {} TODOs"),
)


def _lines(tally: Tally) -> list[Concern]:
    found = []
    counts: Mapping[tuple[str, bool], int] = tally.counts
    lost = counts[remarks.TEST, False] - counts[remarks.TEST, True]
    if lost > 0:
        said = f"⊖ {lost} test{'s' if lost > 1 else ''} fewer than before"
        found.append(Concern("failed", said, tally.first[remarks.TEST, False]))
    for kind, added, ink, one, many in _SAID:
        if count := counts[kind, added]:
            said = one if count == 1 else many.format(f"{count} lines" if "like" in many else count)
            found.append(Concern(ink, said, tally.first[kind, added]))
    return found


def _others(state: State, task: Task, paths: set[str]) -> list[Concern]:
    """Name the other tasks that change the same files; those that would merge in one line."""
    from conductor.views import meets

    found = []
    merging: dict[tuple[str, ...], list[str]] = {}
    for other in meets(state, task, paths):
        if clash := other["conflicts"]:
            text = f"⇄ would not merge with {other['task']} as both are now: {_names(clash)}"
            found.append(Concern("failed", text, Spot(clash[0], NEW, 0)))
        else:
            merging.setdefault(tuple(other["files"]), []).append(other["task"])
    for files, others in merging.items():
        *some, last = others
        who = f"{', '.join(some)} and {last} are" if some else f"{last} is"
        text = f"⇄ {who} changing the same: {_names(files)}"
        found.append(Concern("limited", text, Spot(files[0], NEW, 0)))
    return found


def _names(paths: Sequence[str]) -> str:
    shown = ", ".join(spelled(path, 120) for path in paths[:3])
    return f"{shown} and {len(paths) - 3} more" if len(paths) > 3 else shown
