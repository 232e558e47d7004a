"""The commands about lines of a change: comments, questions, another agent's opinion."""

from __future__ import annotations

import re

from conductor import acts
from conductor.cleaning import clean, clean_line
from conductor.cli import page
from conductor.cli.arguments import words_of
from conductor.cli.deeds import Acting, Deed
from conductor.rounds.quoting import lines_of
from conductor.rounds.said import NEW, OLD, Comment, Question, Said, place, said
from conductor.rounds.standing import Stands, stand
from conductor.state import Session, Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from conductor.journal import Journal
    from conductor.state import State

_WHERE = re.compile(r"(.+):(\d+)(?:-(\d+))?", re.DOTALL)
_PAINT = {"open": "yellow", "answered": "green", "outdated": "dim"}


def comment(words: list[str]) -> int:
    """Say something about lines of a change."""
    parser = Acting(
        "comment",
        "Comment on lines of a change. Comments wait as drafts; `conductor send-back` sends them "
        "together. Without a place, those there are, each with what became of it.",
        'conductor comment t7 src/app.py:12-14 "Why twice?"',
        'conductor comment t7 src/app.py:12 --suggest "x = 1"',
        "conductor comment t7",
        "conductor comment t7 --apply c2",
        reads="those there are",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("where", nargs="?", metavar="FILE:LINE[-LINE]")
    parser.add_argument(
        "text", nargs="*", metavar="TEXT", help="what you say; - reads standard input"
    )
    parser.add_argument("--old", action="store_true", help="lines as they were before the change")
    parser.add_argument("--suggest", metavar="TEXT", help="what the lines should become")
    one = parser.add_mutually_exclusive_group()
    for name, does in _DEEDS.items():
        one.add_argument(f"--{name}", metavar="COMMENT", help=does[0])
    given = parser.parse_intermixed_args(words)
    with Deed(given) as deed:
        for name, (_, act, done) in _DEEDS.items():
            if number := getattr(given, name):
                act(deed.journal, given.id, number)
                deed.done(done.format(number), given.id, made=number, wakes=name == "apply")
                return 0
        if given.where is None:
            _list(deed.journal, given.id, as_json=given.json)
            return 0
        lines = _lines(deed.state, given.id, given.where, OLD if given.old else NEW)
        text = words_of(given.text) if given.text else ""
        suggestion = _ended(given.suggest)
        number = acts.comment(deed.journal, given.id, lines, text, suggestion=suggestion)
        task = acts.find_task(deed.state, given.id)
        said = f"{number} waits; `conductor send-back {task.id}` sends all that do."
        deed.done(said, task.id, made=number, wakes=False)
    return 0


_DEEDS = {
    "drop": ("show it no more", acts.drop_comment, "{} is dropped."),
    "accept": ("make another agent's remark your own", acts.accept_comment, "{} goes with yours."),
    "apply": ("write what it suggests", acts.apply_comment, "What {} suggests is being written."),
}


def _ended(suggestion: str | None) -> str | None:
    """End the last line of what replaces whole lines."""
    return f"{suggestion}\n" if suggestion and not suggestion.endswith("\n") else suggestion


def _lines(state: State, ident: str, where: str, side: str) -> acts.Lines:
    """Read the lines that a place names, or say what is wrong with it."""
    match = _WHERE.fullmatch(where)
    if match is None:
        raise acts.Refused(f"{clean_line(where, 80)!a} names no lines: FILE:LINE or FILE:1-3.")
    task, session = _changed(state, ident)
    path, first = match[1], max(1, int(match[2]))
    last = max(first, int(match[3] or first))
    commit = task.offered or session.commit or ""
    content = lines_of(task.repo, commit if side == NEW else session.base or commit, path)
    shown = clean_line(path, 200)
    if content is None:
        before = "" if side == NEW else " before its change"
        raise acts.Refused(f"{task.id} has no text file {shown}{before}: conductor diff {task.id}")
    if last > len(content):
        raise acts.Refused(f"{shown} has {len(content)} lines, so there is no line {last}.")
    return acts.Lines(path, side, first, last, "\n".join(content[first - 1 : last]))


def _changed(state: State, ident: str) -> tuple[Task, Session]:
    task = acts.find_task(state, ident)
    session = acts.find_session(state, task.id)
    if session.commit is None:
        raise acts.Refused(f"{task.id} has changed nothing yet that was kept.")
    return task, session


# Showing.


def _list(journal: Journal, ident: str, *, as_json: bool) -> None:
    task, session = _changed(journal.state, ident)
    about = said(journal, task.id)
    everything = about.everything
    head = task.offered or session.commit or ""
    stands = stand(task.repo, everything, session.base or head, head)
    if as_json:
        page.document([_document(one, stands[one.id]) for one in everything])
        return
    if not everything:
        print(f"Nothing was said about {task.id}: conductor comment {task.id} FILE:LINE TEXT")
    for one in everything:
        for line in _shown(one, stands[one.id], about):
            print(line)


def _shown(one: Comment | Question, stands: Stands, about: Said) -> Iterator[str]:
    at = clean_line(place(stands.path, stands.first, stands.last), 200)
    before = " (before)" if one.side == OLD else ""
    yield f"{page.paint(one.id, 'bold')}  {at}{before}  {_state(one, stands)}"
    yield from _set_in(one.text)
    if isinstance(one, Question):
        if one.answer is not None or one.why:
            yield from _set_in(f"→ {one.answer or one.why}")
    elif one.suggestion is not None:
        yield from _set_in(f"suggests:\n{one.suggestion}")
    if isinstance(one, Comment) and one.why:
        yield from _set_in(one.why)


def _set_in(text: str) -> Iterator[str]:
    return (f"    {line}" for line in clean(text, 4000).splitlines())


def _state(one: Comment | Question, stands: Stands) -> str:
    if isinstance(one, Question):
        return "answered" if one.answer is not None else one.why or "asked"
    if one.author == "agent":
        return f"said by {one.opinion or 'an agent'}: --accept {one.id}, or --drop {one.id}"
    if one.applied:
        return f"written as {one.applied[:10]}"
    painted = page.paint(stands.state, _PAINT[stands.state])
    if one.sent:
        return f"{painted}, round {one.sent}"
    return f"draft, {painted}" if stands.state == "outdated" else "draft"


def _document(one: Comment | Question, stands: Stands) -> dict[str, Any]:
    shared = {
        "id": one.id, "path": stands.path, "side": one.side, "first": stands.first,
        "last": stands.last, "commit": one.commit, "quoted": one.quoted, "text": one.text,
    }  # fmt: skip
    if isinstance(one, Question):
        return shared | {"kind": "question", "answer": one.answer, "why": one.why or None}
    return shared | {
        "kind": "comment", "suggestion": one.suggestion, "author": one.author,
        "state": stands.state, "draft": one.draft, "round": one.sent or None,
        "applied": one.applied,
    }  # fmt: skip


# Asking.


def ask(words: list[str]) -> int:
    """Ask the agent that made a change about some lines."""
    parser = Acting(
        "ask",
        "Ask the agent that made a change about some of its lines. It answers in its own "
        "conversation, without a new round; `conductor comment ID` shows what it said.",
        'conductor ask t7 src/app.py:12-14 "What happens if this is empty?"',
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("where", metavar="FILE:LINE[-LINE]")
    parser.add_argument(
        "text", nargs="+", metavar="TEXT", help="your question; - reads standard input"
    )
    parser.add_argument("--old", action="store_true", help="lines as they were before the change")
    given = parser.parse_args(words)
    with Deed(given) as deed:
        lines = _lines(deed.state, given.id, given.where, OLD if given.old else NEW)
        number = acts.ask(deed.journal, given.id, lines, words_of(given.text))
        task = acts.find_task(deed.state, given.id)
        said = f"{number} is asked; `conductor comment {task.id}` shows the answer."
        deed.done(said, task.id, made=number)
    return 0


def review(words: list[str]) -> int:
    """Have another agent read a change."""
    from conductor.rounds.requests import request

    parser = Acting(
        "review",
        "Have another agent read a change. It changes and approves nothing: its remarks come back "
        "as comments that you accept or drop.",
        "conductor review t7",
        "conductor review t7 --subscription codex",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--subscription", metavar="NAME", help="whose agent is to read it")
    given = parser.parse_args(words)
    with Deed(given) as deed:
        text = request(deed.where, deed.journal, given.id)
        made = acts.ask_opinion(deed.journal, given.id, text, subscription=given.subscription)
        task = acts.find_task(deed.state, given.id)
        said = f"{made} reads {task.id}; its remarks come as comments."
        deed.done(said, task.id, made, made=made)
    return 0


COMMANDS = {"ask": ask, "comment": comment, "review": review}
