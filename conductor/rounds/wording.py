"""What an agent is told: a round of comments, a question, a request for an opinion. Pure."""

from __future__ import annotations

from conductor.rounds.said import OLD, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.rounds.said import Comment

MOST_QUOTED = 60
"""Lines of code that are quoted with one comment."""


def round_of(
    text: str,
    comments: Sequence[Comment],
    again: Sequence[Comment] = (),
    edited: Sequence[str] = (),
) -> str:
    """Return the words of a round: what is to be done in all, then comment by comment."""
    parts = [text.strip()] if text.strip() else []
    if comments:
        what = "Please answer each of these comments on your change by changing it"
        parts.append(f"{what}, or say why not. Line numbers are those of the change as I read it.")
        parts += [_numbered(number, one) for number, one in enumerate(comments, 1)]
    if again:
        parts.append("I see no answer yet to these, from an earlier round:")
        begin = len(comments) + 1
        parts += [_numbered(number, one) for number, one in enumerate(again, begin)]
    if edited:
        files = ", ".join(edited)
        parts.append(f"I changed these files in your worktree myself; keep what I did: {files}.")
    return "\n\n".join(parts)


def _numbered(number: int, one: Comment) -> str:
    before = " (as it was before your change)" if one.side == OLD else ""
    lines = [f"{number}. {place(one.path, one.first, one.last)}{before}"]
    if one.quoted:
        lines.append(_fenced(one.quoted, MOST_QUOTED))
    if one.text.strip():
        lines.append(one.text.strip())
    if one.suggestion is not None:
        lines.append(
            f"Suggested instead:\n{_fenced(one.suggestion)}"
            if one.suggestion
            else "Suggested: remove these lines."
        )
    return "\n".join(lines)


def _fenced(code: str, most: int | None = None) -> str:
    """Quote code between fences that are in none of its lines; at most so many of these."""
    lines = code.removesuffix("\n").split("\n")
    if most is not None and len(lines) > most:
        lines = [*lines[:most], f"… {len(lines) - most} more lines"]
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    return "\n".join([fence, *lines, fence])


def question(text: str, path: str, side: str, first: int, last: int, quoted: str) -> str:  # noqa: PLR0917 — what a question is
    """Return the words of a question to the agent that made a change."""
    before = ", as it was before your change" if side == OLD else ""
    code = f"\n{_fenced(quoted, MOST_QUOTED)}" if quoted else ""
    return (
        f"A question about {place(path, first, last)}{before}:{code}\n\n{text.strip()}\n\n"
        "Only answer it; change no files."
    )


def opinion(ident: str, title: str, text: str, base: str, commit: str) -> str:
    """Return what another agent is asked to read, for the template of an opinion."""
    return (
        f"{title}\n\nThe task was ({ident}):\n{_fenced(text)}\n\n"
        f"The change is everything between {base} and {commit}, which is checked out here: "
        f"`git diff {base} {commit}` shows it."
    )
