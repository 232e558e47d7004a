"""What stands beside a change: its agent's words, its task, its checks, its cost, its turns."""

from __future__ import annotations

from conductor import samples, views
from conductor.cleaning import clean, clean_line
from conductor.events import (
    QuestionAnswered,
    QuestionAsked,
    SessionIdle,
    SnapshotTaken,
    VerifyFinished,
)
from conductor.nested import left_out
from conductor.review.concerns import doubts, sentences
from conductor.review.files import spelled
from conductor.rounds.said import said
from conductor.tui.so_far import printed
from conductor.tui.widgets.prose import text
from conductor.tui.wording import age, count, plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.state import Record, Session, Task
    from conductor.tui.inks import Run
    from conductor.tui.world import World

    Paragraphs = list[list[Run]]

ROWS = 20
"""Lines of a running check that are shown, the newest."""
SHOWN = 12
"""Entries of a history that are shown, the newest."""


def everything(world: World, task: Task, session: Session) -> Paragraphs:
    """Gather all there is to say about a change beside its lines."""
    history = world.journal.history((task.id, session.id))
    told: Paragraphs = []
    for heading, part in (
        ("Its agent's last words", _words(session, history)),
        ("What others think of it", _opinions(world, task)),
        ("The task", text(clean(world.journal.text(task.told)).strip())),
        ("What is left out", _left(session)),
        ("Checks", _checks(world, task, history)),
        ("What it took", _spent(world, task, session)),
        ("Others at the same files", _others(world, task, session)),
        ("Its turns", _turns(world, history)),
    ):
        if part:
            told += [[(heading, "title")], *part, []]
    return told


def _left(session: Session) -> Paragraphs:
    """Name the repositories in its worktree, of which nothing would land."""
    return text(left_out(session.nested, session.id), "failed") if session.nested else []


def _words(session: Session, history: Sequence[Record]) -> Paragraphs:
    """Quote the hand-back in full, what it asks and doubts standing out."""
    said, answers = session.last, False
    for record in history:
        match record.fact:
            case QuestionAsked():
                answers = True  # which stand under the lines they are about
            case QuestionAnswered():
                answers = False
            case SessionIdle(_, _, last) if last and not answers:
                said = clean(last)
    lines: Paragraphs = []
    for line in said.strip().split("\n") if said else []:
        lines.append([(one, _ink(one)) for one in sentences(line.expandtabs(4))])
    return lines


def _opinions(world: World, task: Task) -> Paragraphs:
    """Say who else has read it, and with what words they ended; their remarks are at the lines."""
    told: Paragraphs = []
    for one in said(world.journal, task.id).opinions.values():
        if one.remarks is None:
            continue
        many = plural(one.remarks, "remark")
        told += [[(f"{one.task}: {many}", "strong"), (f" on {one.commit[:8]}", "faint")]]
        told += text(clean(one.words).strip())
    return told


def _ink(sentence: str) -> str:
    if sentence.rstrip().endswith("?"):
        return "waiting"
    return "blocked" if doubts(sentence) else "plain"


def _checks(world: World, task: Task, history: Sequence[Record]) -> Paragraphs:
    """List the runs of the check, and what the last of them printed."""
    runs = [
        (record.at, record.fact)
        for record in history
        if isinstance(record.fact, VerifyFinished) and record.fact.task == task.id
    ]
    told: Paragraphs = []
    if task.checked is not None and task.checked.ok is None:
        told.append([(f"◌ runs since {age(world.now - task.checked.since)}", "starting")])
        told += text(printed(world, task, ROWS) or "It has printed nothing yet.", "dim")
    results: dict[str, set[bool]] = {}
    for _, run in runs:
        results.setdefault(run.tree, set()).add(run.ok)
    for at, run in reversed(runs[-SHOWN:]):
        code = "ran out of time" if run.code is None else f"failed with {run.code}"
        how, ink = ("✔ passed", "done") if run.ok else (f"✖ {code}", "failed")
        flaky = run.flaky or len(results[run.tree]) > 1
        told.append(
            [
                (how, ink),
                (
                    f" after {run.seconds:.0f}s on {run.commit[:8]}, {age(world.now - at)} ago",
                    "dim",
                ),
                ("  flaky: the same content went both ways" if flaky else "", "waiting"),
            ]
        )
    if runs:
        last = runs[-1][1]
        words = clean(last.tail).rstrip() or "It printed nothing."
        told += [[(f"$ {clean_line(last.command, 400)}", "dim")], *text(words, "dim")]
    return told


def _spent(world: World, task: Task, session: Session) -> Paragraphs:
    """Say how long it took, and what it cost."""
    used = samples.totals(world.journal.db).get(session.id)
    until = task.since if not session.live else world.now
    parts = [
        f"{age(until - session.began)} since it began",
        plural(session.turns, "turn"),
        plural(task.rounds, "round") if task.rounds else "",
        plural(task.tries, "try", "tries") if task.tries > 1 else "",
    ]
    told: Paragraphs = [[(", ".join(part for part in parts if part), "plain")]]
    if used is not None and used.total:
        cost = "" if used.cost_usd is None else f", ${used.cost_usd:.2f}"
        words = f"{count(used.input)} in, {count(used.cached)} cached, {count(used.output)} out"
        told.append([(f"{words} tokens{cost}", "plain")])
    return told


def _others(world: World, task: Task, session: Session) -> Paragraphs:
    """Name the sessions that change the same files."""
    told: Paragraphs = []
    for other in views.meets(world.state, task, set(session.files)):
        named = ", ".join(spelled(path, 120) for path in other["files"][:6])
        more = f" and {len(other['files']) - 6} more" if len(other["files"]) > 6 else ""
        theirs = world.state.sessions[other["session"]]
        title = world.state.tasks[theirs.task].title
        told += [[(f"⇄ {theirs.task} {title}", "limited")], [(f"  {named}{more}", "dim")]]
        if clash := other["conflicts"]:
            names = ", ".join(spelled(path, 120) for path in clash[:6])
            told.append([(f"  would not merge now: {names}", "failed")])
            told.append([(f"  conductor overlaps {task.id} {theirs.task} shows the lines", "dim")])
    return told


def _turns(world: World, history: Sequence[Record]) -> Paragraphs:
    """List what was kept at the end of each turn."""
    kept = [(record.at, f) for record in history if isinstance(f := record.fact, SnapshotTaken)]
    return [
        [
            (f"{age(world.now - at)} ago", "plain"),
            (f"  {plural(one.many, 'file')}, +{one.added} -{one.removed}", "dim"),
            (f"  {one.commit[:8]}", "faint"),
        ]
        for at, one in reversed(kept[-SHOWN:])
    ]
