"""The commands that step into an agent's terminal: plain tmux, both."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from conductor import acts
from conductor.cli.arguments import Parser
from conductor.cli.home import open_home

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
        place = f"; its worktree is {session.worktree}" if session.worktree else ""
        raise acts.Refused(f"{session.id} has no terminal: it is {session.state}{place}.")
    return _enter(tmux, session)


def shell(words: list[str]) -> int:
    """Open a shell in an agent's worktree."""
    parser = Parser(
        "shell",
        "Open a shell of your own in an agent's worktree, as a further window of its terminal.",
        "conductor shell t7",
    )
    parser.add_argument("id", metavar="ID")
    session, tmux = _find(parser.parse_args(words).id)
    if session.worktree is None or not os.path.isdir(session.worktree):
        raise acts.Refused(f"{session.id} has no worktree any more; its work is in its snapshots.")
    mine = os.environ.get("SHELL") or "/bin/sh"
    if not tmux.has(session.id):
        _need_terminal(f"cd {session.worktree}")
        os.chdir(session.worktree)
        os.execlp(mine, mine)  # noqa: S606 — the person's own shell takes our place
    _need_terminal(f"cd {session.worktree}")
    tmux.shell_window(session.id, Path(session.worktree), [mine])
    return _enter(tmux, session)


def _find(ident: str) -> tuple[Session, Tmux]:
    from conductor.terminals.server import Tmux

    where, journal = open_home()
    with journal:
        session = acts.find_session(journal.state, ident)
    return session, Tmux(Path(where.terminals))


def _enter(tmux: Tmux, session: Session) -> int:
    argv = tmux.attach_argv(session.id)
    _need_terminal(" ".join(argv))
    sys.stdout.flush()
    os.execvp(argv[0], argv)  # noqa: S606 — tmux takes our place


def _need_terminal(instead: str) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(f"conductor: this needs a terminal; from one, run: {instead}", file=sys.stderr)
        raise SystemExit(2)


COMMANDS = {"attach": attach, "shell": shell}
