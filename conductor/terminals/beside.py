"""Opening a person's own program beside an agent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conductor.terminals.server import Tmux


def open_beside(
    tmux: Tmux, session: str, folder: Path, name: str, argv: Sequence[str], *, pinned: bool
) -> str:
    """Open a program in a further window of an agent's terminal; return the terminal it is in.

    A pinned one has a terminal of its own, which outlives the agent's; asked for again, it is
    the same one.
    """
    if not pinned:
        tmux.shell_window(session, folder, argv, title=name)
        return session
    alone = f"{session}-{re.sub('[^a-z0-9-]', '-', name.lower())}"
    if not tmux.has(alone):
        tmux.start(alone, argv, cwd=folder, env=tmux.persons_environment())
    return alone
