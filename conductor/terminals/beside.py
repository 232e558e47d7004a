"""A person's own programs beside an agent: a further window of its terminal, or a terminal each.

tmux itself remembers whose a terminal is, so that all screens show the same and nothing else has to
be kept. One that is not pinned ends with its session; the runner sees to that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conductor.terminals import processes
from conductor.terminals.live import BESIDE, Beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conductor.terminals.live import Live
    from conductor.terminals.server import Tmux


def open_beside(
    tmux: Tmux, session: str, folder: Path, name: str, argv: Sequence[str], *, pinned: bool
) -> str:
    """Open a program in a further window of an agent's terminal; return the terminal it is in.

    A pinned one has a terminal of its own, which outlives the agent's.
    """
    if pinned:
        return open_alone(tmux, session, folder, name, argv, pinned=True)
    tmux.shell_window(session, folder, argv, title=name)
    return session


def open_alone(
    tmux: Tmux,
    session: str,
    folder: Path,
    name: str,
    argv: Sequence[str],
    *,
    pinned: bool,
    size: tuple[int, int] = (120, 36),
) -> str:
    """Open a program in a terminal of its own, and return that; asked for again, it is the same."""
    alone = f"{session}-{re.sub('[^a-z0-9-]', '-', name.lower())}"
    if not tmux.has(alone):
        env = tmux.persons_environment()
        whose = Beside(session, name, pinned)
        tmux.start(alone, argv, cwd=folder, env=env, size=size, beside=whose)
    return alone


def pin(tmux: Tmux, terminal: str, whose: Beside) -> None:
    """Let a program go on when its session ends, or end with it; every screen hears of it."""
    tmux.run(
        *("set-option", "-t", f"={terminal}:", BESIDE, whose.spelled, ";"),
        *("rename-window", "-t", f"={terminal}:", whose.title),
    )


def close(tmux: Tmux, live: Live) -> None:
    """End a program that a person opened, with all that it started."""
    processes.end(processes.tree(live.pid), mark=tmux.mark(live.session), grace=1.0)
    tmux.kill(live.session)
