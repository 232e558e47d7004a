"""Words put where an agent takes them: its terminal, if it shows what they are for, or a file."""

from __future__ import annotations

import asyncio
import re
import time

from conductor.runner import pipes
from conductor.runner.reach import Reach
from harnesses import HarnessError, Line, Reply, Typing

OFTEN = 0.2
"""Seconds between two looks whether an agent without a record has taken what was typed."""

DRAWING = 5.0
"""Seconds an agent may take to draw what it has told that it shows."""

FOOT = 3
"""Lines at the end of a screen in which a dialog says which keys it takes."""


class Typist:
    """Types for the runner."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach

    def give(self, ident: str, words: Typing | Reply | Line) -> None:
        """Put words where they belong; raise if the terminal shows something else."""
        if isinstance(words, Reply):
            pipes.write(self.reach.folder(ident) / words.pipe, words.text)
            return
        if isinstance(words, Line):
            pipes.append(self.reach.folder(ident) / words.file, words.text)
            return
        tmux = self.reach.tmux
        until = time.monotonic() + DRAWING
        while (words.needs or words.never) and not fits(tmux.capture(ident, ansi=False), words):
            if time.monotonic() > until:
                raise HarnessError(
                    "its terminal does not show what these keys are meant for: "
                    f"`conductor attach {ident}`"
                )
            time.sleep(0.1)
        tmux.keys(ident, *words.clear)
        time.sleep(words.pause if words.clear else 0.0)
        tmux.paste(ident, words.paste.encode("utf-8", "replace"))
        time.sleep(words.pause)
        tmux.keys(ident, *words.submit)

    def again(self, ident: str, words: Typing, *, anew: bool) -> None:
        """Press the last keys again; what the screen does not show by now is typed anew."""
        if any(one.session == ident and one.visited for one in self.reach.tmux.list()):
            return  # whoever is in there sees it, and may be writing
        screen = self.reach.tmux.capture(ident, ansi=False)
        if not fits(screen, words):
            return
        begins = _squeezed(words.paste.strip().splitlines()[:1])[:40]
        if begins in _squeezed(screen.splitlines()):
            self.reach.tmux.keys(ident, *words.submit)
        elif anew:
            self.give(ident, words)

    async def taken(self, ident: str, words: Typing | Reply | Line, patience: float) -> bool:
        """Wait until an agent without a record shows that it has taken what was typed."""
        if not isinstance(words, Typing) or not words.taken:
            return True
        until = time.monotonic() + patience
        while self.reach.journal.state.sessions[ident].live and time.monotonic() < until:
            screen = await asyncio.to_thread(self.reach.tmux.capture, ident, ansi=False)
            shown = _squeezed(screen.splitlines())
            if any(_squeezed([one]) in shown for one in words.taken):
                return True
            await asyncio.sleep(OFTEN)
        return False


def fits(screen: str, words: Typing) -> bool:
    """Say whether the screen shows what words are meant for."""
    lines = [line for line in screen.splitlines() if line.strip()]
    whole, foot = _squeezed(lines), _squeezed(lines[-FOOT:])
    foot = re.sub(words.spare, "", foot) if words.spare else foot
    there = all(_squeezed([one]) in whole for one in words.needs)
    return there and not any(_squeezed([one]) in foot for one in words.never)


def _squeezed(lines: list[str]) -> str:
    """Join what a terminal has wrapped."""
    return "".join("".join(line.split()) for line in lines)
