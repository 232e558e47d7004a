"""The commands that step into an agent's terminal: plain tmux, both."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from conductor import acts
from conductor.cleaning import clean_line
from conductor.cli import page
from conductor.cli.arguments import Parser
from conductor.cli.home import open_home
from conductor.cli.page import Misused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Session
    from conductor.terminals.server import Tmux


def attach(words: list[str]) -> int:
    """Step into an agent's terminal."""
    parser = Parser(
        "attach",
        "Step into an agent's terminal and take over. F12 or Ctrl-b d comes back; it goes on.",
        "conductor attach t7",
    )
    parser.add_argument("id", metavar="ID")
    session, tmux = _find(parser.parse_args(words).id)
    if not tmux.has(session.id):
        there = session.worktree and not session.gone
        place = f"; its worktree is {session.worktree}" if there else ""
        raise acts.Refused(f"{session.id} has no terminal: it is {session.state}{place}.")
    return _enter(tmux, session.id)


def shell(words: list[str]) -> int:
    """Open a shell in an agent's worktree."""
    parser = Parser(
        "shell",
        "Open a shell of your own in an agent's worktree, as a further window of its terminal.",
        "conductor shell t7",
    )
    parser.add_argument("id", metavar="ID")
    session, tmux = _find(parser.parse_args(words).id)
    if session.worktree is None or session.gone or not os.path.isdir(session.worktree):
        raise acts.Refused(f"{session.id} has no worktree any more; its work is in its snapshots.")
    mine = os.environ.get("SHELL") or "/bin/sh"
    if not tmux.has(session.id):
        _need_terminal("cd", session.worktree)
        os.chdir(session.worktree)
        os.execlp(mine, mine)  # noqa: S606 — the person's own shell takes our place
    _need_terminal("cd", session.worktree)
    tmux.shell_window(session.id, Path(session.worktree), [mine])
    return _enter(tmux, session.id)


def tool(words: list[str]) -> int:
    """Open one of the repository's own programs beside an agent."""
    parser = Parser(
        "tool",
        "Open a program beside an agent, in its worktree: an editor, or what the repository's "
        "[tools] in conductor.toml name. Without a name, tell which there are.",
        "conductor tool t7 editor",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("name", metavar="NAME", nargs="?", help="such as shell or editor")
    parser.add_argument("--json", action="store_true", help="those there are, as one document")
    given = parser.parse_args(words)
    where, journal = open_home()
    from conductor import tools
    from conductor.terminals.server import Tmux

    with journal:
        task = acts.find_task(journal.state, given.id)
        session = acts.find_session(journal.state, given.id)
        known = {one.name: one for one in tools.offered(journal.state, task)}

    if given.name is None and given.json:
        page.document([{f: getattr(one, f) for f in type(one)._fields} for one in known.values()])
        return 0
    if given.name is None:
        for one in known.values():
            print(f"{one.name:12} {clean_line(tools.about(one), 200)}")
        return 0
    if given.name not in known:
        raise acts.Refused(
            f"There is no tool {clean_line(given.name, 40)}; there are {', '.join(known)}."
        )
    if session.worktree is None or session.gone or not os.path.isdir(session.worktree):
        raise acts.Refused(f"{session.id} has no worktree any more; its work is in its snapshots.")
    _need_terminal("cd", session.worktree)
    one, tmux = known[given.name], Tmux(Path(where.terminals))
    if not one.pinned and not tmux.has(session.id):
        raise acts.Refused(
            f"{session.id} has no terminal: it is {session.state}. `conductor shell {session.id}` "
            "goes to its worktree."
        )
    from conductor.terminals.beside import open_beside

    folder = Path(session.worktree)
    argv = tools.argv(one, task, session)
    return _enter(tmux, open_beside(tmux, session.id, folder, one.name, argv, pinned=one.pinned))


def _find(ident: str) -> tuple[Session, Tmux]:
    from conductor.terminals.server import Tmux

    where, journal = open_home()
    with journal:
        session = acts.find_session(journal.state, ident)
    return session, Tmux(Path(where.terminals))


def _enter(tmux: Tmux, terminal: str) -> int:
    argv = tmux.attach_argv(terminal)
    _need_terminal(*argv)
    sys.stdout.flush()
    os.execvp(argv[0], argv)  # noqa: S606 — tmux takes our place


def _need_terminal(*instead: str) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Misused(f"this needs a terminal; from one, run: {shlex.join(instead)}")


COMMANDS = {"attach": attach, "shell": shell, "tool": tool}
