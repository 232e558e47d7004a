"""`conductor overlaps`: who changes the same files, and whether they would still merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conductor import acts
from conductor.cleaning import clean
from conductor.cli import page
from conductor.cli.arguments import Parser
from conductor.cli.home import open_home
from conductor.cli.pager import paged
from conductor.events import OverlapSeen
from conductor.state import pair
from conductor.views import moment
from worktrees import interference
from worktrees.repository import Repository

if TYPE_CHECKING:
    from conductor.journal import Journal
    from conductor.state import Overlap, State


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
        found = list(state.overlaps.values())
        if given.one:
            one = acts.find_session(state, given.one).id
            found = [each for each in found if one in (each.session, each.other)]
        if given.json:
            page.document({"overlaps": [_document(state, each) for each in found]})
        elif given.other:
            other = acts.find_session(state, given.other).id
            _lines(journal, state, state.overlaps.get(pair(one, other)), (one, other))
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
    lines = [
        page.fit("", size) + "".join(page.paint(page.fit(name, size), "dim") for name in names)
    ]
    for mine, name in zip(sessions, names, strict=True):
        cells = [page.paint(page.fit(name, size), "dim")]
        for theirs in sessions:
            one = known.get(pair(mine, theirs))
            text = (
                "·"
                if mine == theirs
                else f"{'✗' if one.conflicts else ''}{one.count}"
                if one
                else ""
            )
            paint = None if one is None else "red" if one.conflicts else "yellow"
            cells.append(page.paint(page.fit(text, size), paint))
        lines.append("".join(cells).rstrip())
    return "\n".join([*lines, ""])


def _sentence(state: State, one: Overlap) -> str:
    names = f"{_task(state, one.session)} and {_task(state, one.other)}"
    if one.conflicts:
        text = f"{names} would conflict in {', '.join(one.conflicts)}"
        see = f"  (conductor overlaps {_task(state, one.session)} {_task(state, one.other)})"
        return page.paint(text, "red") + page.paint(see, "dim")
    more = f" and {one.count - len(one.files)} more" if one.count > len(one.files) else ""
    return f"{names} both change {', '.join(one.files)}{more}; it would merge"


def _lines(journal: Journal, state: State, one: Overlap | None, sessions: tuple[str, str]) -> None:
    if one is None:
        print(f"{sessions[0]} and {sessions[1]} change no file together.")
        return
    fact = journal.fact(one.told)
    if not one.conflicts or not isinstance(fact, OverlapSeen) or len(fact.commits) != 2:
        print(_sentence(state, one))
        return
    repo = Repository.open(state.tasks[_task(state, one.session)].repo)
    text = interference.lines(repo, *fact.commits)
    paged(_painted(line) for line in clean(text).splitlines())


def _painted(line: str) -> str:
    if line.startswith("=== "):
        return page.paint(line, "bold")
    return page.paint(line, "red" if line.startswith(("<<<<<<<", "=======", ">>>>>>>")) else None)


COMMANDS = {"overlaps": overlaps}
