"""What stands under a line of a change: a comment, a question with its answer, a remark."""

from __future__ import annotations

import textwrap

from conductor.cleaning import clean
from conductor.rounds.following import ANSWERED, OPEN, OUTDATED
from conductor.rounds.said import Comment, Question
from conductor.tui.inks import cells

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.rounds.standing import Stands
    from conductor.tui.inks import Run

MOST = 14
"""Rows of one box; longer ones are read whole by opening them."""
WIDEST = 110

_INK = {OPEN: "blocked", ANSWERED: "done", OUTDATED: "over"}
_GLYPH = {OPEN: "○", ANSWERED: "✔", OUTDATED: "◌"}

Rows = list["list[Run]"]


def box(one: Comment | Question, stands: Stands | None, width: int, hint: str = "") -> Rows:
    """Draw what was said, for this width."""
    room = max(20, min(width - 8, WIDEST))
    if isinstance(one, Question):
        title, ink, body = *_asked(one), _answer(one, room)
    else:
        title, ink, body = *_said(one, stands), _comment(one, room)
    if len(body) > MOST:
        body = [*body[: MOST - 1], [("… enter shows the rest", "faint")]]
    head: list[Run] = [(f"{one.id} ", f"strong {GROUND}"), (title, f"{ink} {GROUND}")]
    if hint:
        head.append((f"   {hint}", f"faint {GROUND}"))
    rows = [head, *[[(text, f"{name} {GROUND}") for text, name in row] for row in body]]
    edge: list[Run] = [("   ", "plain"), ("▎ ", f"{ink} {GROUND}")]
    return [[*edge, *row, _filler(row, width - 6)] for row in rows]


def _filler(row: list[Run], width: int) -> Run:
    return " " * max(0, width - sum(cells(text) for text, _ in row)), f"plain {GROUND}"


GROUND = "void"


def _said(one: Comment, stands: Stands | None) -> tuple[str, str]:
    """Say whose comment it is and how it stands."""
    if one.author == "agent":
        return f"remark of {one.opinion or 'another agent'}", "review"
    if one.applied:
        return f"✔ written by you, {one.applied[:8]}", "done"
    state = stands.state if stands else OPEN
    if not one.sent:
        return ("draft, its lines have changed since", "over") if state == OUTDATED else (
            "draft", "waiting"
        )  # fmt: skip
    return f"{_GLYPH[state]} {state} · round {one.sent}", _INK[state]


def _asked(one: Question) -> tuple[str, str]:
    if one.why:
        return "your question was not answered", "blocked"
    if one.answer is None:
        return f"◌ asked of {one.session}", "starting"
    changed = " · it changed files, too" if one.changed else ""
    return f"✔ answered by {one.session}{changed}", "title"


def _comment(one: Comment, room: int) -> Rows:
    rows = _wrapped(one.text, room, "plain")
    if one.suggestion is not None:
        code = clean(one.suggestion, 8000).removesuffix("\n")
        before = clean(one.quoted).splitlines()[:4]
        rows += [[(f"- {line.expandtabs(4)}", "removed")] for line in before]
        if code or one.suggestion:
            rows += [[(f"+ {line.expandtabs(4)}", "added")] for line in code.split("\n")]
    if one.why:
        rows += _wrapped(one.why, room, "blocked")
    return rows


def _answer(one: Question, room: int) -> Rows:
    rows = _wrapped(one.text, room, "dim")
    return rows + _wrapped(one.answer or one.why, room, "plain" if one.answer else "blocked")


def _wrapped(text: str, room: int, ink: str) -> Rows:
    """Wrap words, leaving lines of code as they are broken."""
    rows: Rows = []
    for line in clean(text, 8000).strip("\n").split("\n"):
        parts = textwrap.wrap(
            line.expandtabs(4), room, drop_whitespace=True, break_long_words=True
        ) or [""]
        rows += [[(part, ink)] for part in parts]
    return rows if text.strip() else []
