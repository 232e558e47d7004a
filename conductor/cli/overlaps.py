"""`conductor overlaps`: who changes the same files, and whether they would still merge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conductor import acts
from conductor.cleaning import clean
from conductor.cli import page
from conductor.cli.arguments import Parser
from conductor.cli.home import open_home
from conductor.cli.pager import paged
from conductor.state import pair
from conductor.views import moment
from worktrees import interference
from worktrees.listing import find
from worktrees.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.state import Overlap, Session, State

MARKS = ("<<<<<<<", "=======", ">>>>>>>")


def overlaps(words: list[str]) -> int:
    """Show which sessions get into each other's way."""
    parser = Parser(
        "overlaps",
        "Which sessions change the same files, and whether their changes would merge as they are "
        "now; kept current while they work. With two of them: the lines that conflict.",
        "conductor overlaps",
        "conductor overlaps t3 t5",
    )
    parser.add_argument("one", nargs="?", metavar="ID")
    parser.add_argument("other", nargs="?", metavar="ID")
    parser.add_argument("--json", action="store_true", help="one document")
    given = parser.parse_args(words)
    _, journal = open_home()
    with journal:
        state = journal.state
        number = {ident: one.number for ident, one in state.sessions.items()}
        found = sorted(
            state.overlaps.values(),
            key=lambda one: (not one.conflicts, *sorted((number[one.session], number[one.other]))),
        )
        if given.one:
            one = acts.find_session(state, given.one).id
            found = [each for each in found if one in (each.session, each.other)]
        if given.json:
            page.document({"overlaps": [_document(state, each) for each in found]})
        elif given.other:
            other = acts.find_session(state, given.other).id
            _lines(state, state.overlaps.get(pair(one, other)), (one, other))
        elif not found:
            print("No two sessions change the same files.")
        else:
            print(_matrix(state, found))
            for each in found:
                print(_sentence(state, each))
    return 0


def _document(state: State, one: Overlap) -> dict[str, object]:
    sessions = [one.session, one.other]
    return {
        "sessions": sessions,
        "tasks": [_task(state, session) for session in sessions],
        "files": list(one.files),
        "count": one.count,
        "conflicts": list(one.conflicts),
        "since": moment(one.since),
    }


def _task(state: State, session: str) -> str:
    return state.sessions[session].task


def _matrix(state: State, found: list[Overlap]) -> str:
    """Lay out who meets whom: the number of files, and a cross where they would conflict."""
    sessions = sorted(
        {ident for one in found for ident in (one.session, one.other)},
        key=lambda ident: state.sessions[ident].number,
    )
    names = [_task(state, ident) for ident in sessions]
    size = max(5, *(page.cells(name) + 2 for name in names))
    known = {one.id: one for one in found}
    lines = ["".join(page.paint(page.fit(name, size), "dim") for name in ("", *names))]
    for mine, name in zip(sessions, names, strict=True):
        met = [known.get(pair(mine, theirs)) for theirs in sessions]
        cells = [page.paint(page.fit(name, size), "dim"), *(_cell(one, size) for one in met)]
        lines.append("".join(cells))
    return "\n".join([*lines, ""])


def _cell(one: Overlap | None, size: int) -> str:
    if one is None:
        return page.fit("·", size)
    if one.conflicts:
        return page.paint(page.fit(f"✗{one.count}", size), "red")
    return page.paint(page.fit(str(one.count), size), "yellow")


def _sentence(state: State, one: Overlap) -> str:
    both = sorted((one.session, one.other), key=lambda ident: state.sessions[ident].number)
    mine, theirs = (_task(state, ident) for ident in both)
    names = f"{mine} and {theirs}"
    if one.conflicts:
        text = f"{names} would conflict in {', '.join(one.conflicts)}"
        see = f"  (conductor overlaps {mine} {theirs})"
        return page.paint(text, "red") + page.paint(see, "dim")
    more = f" and {one.count - len(one.files)} more" if one.count > len(one.files) else ""
    return f"{names} both change {', '.join(one.files)}{more}; it would merge"


def _lines(state: State, one: Overlap | None, sessions: tuple[str, str]) -> None:
    if one is None:
        print(f"{sessions[0]} and {sessions[1]} change no file together.")
        return
    repo = Repository.open(state.tasks[_task(state, one.session)].repo)
    commits = [_holds(repo, state.sessions[ident]) for ident in (one.session, one.other)]
    text = interference.lines(repo, *commits) if all(commits) else ""
    if not text:
        print(_sentence(state, one.but(conflicts=())))
        return
    names = dict(zip(commits, (_task(state, one.session), _task(state, one.other)), strict=True))
    paged(_painted(line) for line in _around(clean(text).splitlines(), names))


def _holds(repo: Repository, session: Session) -> str:
    """Say which commit is what a session's worktree holds now, or held at its end."""
    if session.gone or session.worktree is None:
        return session.commit or ""
    place = find(repo, Path(session.worktree)).place
    content = interference.Look(place, session.base or "HEAD").at()
    return content.commit if content else ""


def _around(lines: list[str], names: dict[str, str]) -> Iterator[str]:
    """Yield the conflicts with a few lines around each, by the tasks' names."""
    marked = [n for n, line in enumerate(lines) if line.startswith(MARKS)]
    begins = [n for n in marked if lines[n].startswith(MARKS[0])]
    ends = [n for n in marked if lines[n].startswith(MARKS[2])]
    shown = {n for one, two in zip(begins, ends, strict=False) for n in range(one - 3, two + 4)}
    before = -1
    for number, line in enumerate(lines):
        if line.startswith("=== ") or number in shown:
            if before >= 0 and number > before + 1 and not line.startswith("=== "):
                yield "…"
            mark, _, commit = line.partition(" ")
            yield f"{mark} {names.get(commit, commit)}".rstrip() if line.startswith(MARKS) else line
            before = number


def _painted(line: str) -> str:
    if line.startswith("=== "):
        return page.paint(line, "bold")
    return page.paint(line, "red" if line.startswith(MARKS) else None)


COMMANDS = {"overlaps": overlaps}
