"""Starting a pane: `python -I -m harnesses.acp FOLDER`, with its plan in that folder."""

from __future__ import annotations

import asyncio
import logging.handlers
import os
import sys
from pathlib import Path

from harnesses.acp.conversation import Conversation
from harnesses.acp.pane import Pane
from harnesses.acp.plan import read
from harnesses.acp.talk import Begin
from harnesses.builtin.record import RecordError


def main(arguments: list[str]) -> int:
    """Run one conversation; 2 when it cannot start, with the reason on screen."""
    if len(arguments) != 1 or not (os.isatty(0) and os.isatty(1)):
        sys.stderr.write("an agent's pane is started by Conductor, in a terminal\n")
        return 2
    folder = Path(arguments[0])
    log = logging.handlers.RotatingFileHandler(folder / "acp.log", maxBytes=1 << 20, backupCount=1)
    logging.basicConfig(handlers=[log], level=logging.WARNING, format="%(asctime)s %(message)s")
    try:
        plan = read(folder)
        return asyncio.run(Pane(plan, folder, _held_by(plan.by)).run())
    except RecordError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _held_by(way: str) -> Begin:
    """Say how a conversation is begun, loading no more than that needs."""
    if way == "claude":
        from harnesses.headless.claude_talk import ClaudeTalk

        return ClaudeTalk
    if way == "codex":
        from harnesses.headless.codex_talk import CodexTalk

        return CodexTalk
    return Conversation


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
