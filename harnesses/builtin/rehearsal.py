"""The rehearsed model: plays a written script, so that demos and tests need no account.

Only its words are written beforehand; the commands really run. The script is TOML:

    [[turn]]
    when = "conflict"            # optional: this turn answers a prompt that contains it
    [[turn.reply]]
    text = "I look at the tests first."
    command = "python -m pytest -q"        # run; the next reply comes after its result
    pause = 1.5                            # seconds over which the text appears
    tokens = { input = 1200, cached = 900, output = 80 }
    [[turn.reply]]
    question = "Shall I keep the old name?"  # the turn waits; the answer goes on below
    [[turn.reply]]
    limit = 20                             # the allowance is used up for 20 seconds
    [[turn.reply]]
    error = "the model is overloaded"      # the turn fails
    [[turn.reply]]
    text = "Done."

A prompt first looks for a turn whose `when` it contains (each is used once; when all that match
are used, the last of them plays again), else takes the next turn without `when`. A turn that has
replies left goes on with the next prompt, whatever it says: so an answer reaches the reply after
its question, and "Continue." the reply after a limit. A reply whose command was lost, because its
agent was killed meanwhile, is said and run again. Where a script stands follows from the
conversation alone, so a resumed session goes on at the right reply.
CONDUCTOR_REHEARSAL_SPEED plays pauses and limits that many times faster.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from harnesses import HarnessError
from harnesses.builtin.history import LOST
from harnesses.builtin.models import (
    Ear,
    Halt,
    HaltKind,
    LimitReached,
    Message,
    ModelFailed,
    Prompt,
    Reply,
    Result,
    Usage,
)
from harnesses.builtin.script import Line, Turn, read_script

ROOM = 16_000
"""Tokens that the rehearsed model takes: few, so that a short rehearsal fills some of them."""

BEYOND = "The rehearsal has no more lines for this."
_PHRASE = re.compile(r"(?:\S+\s*|\s+){1,3}")
_PACE = 0.03  # seconds per phrase where the script names no pause


class Rehearsal:
    """A model that says what its script says, in its order."""

    def __init__(self, path: Path, speed: float) -> None:
        self._turns = read_script(path)
        self._speed = speed

    def reply(self, messages: Sequence[Message], ear: Ear) -> Reply:
        """Say the next line of the script."""
        place = _place(self._turns, messages)
        if place is None:
            ear.text(BEYOND)
            return Reply(BEYOND)
        turn, number = place
        line = self._turns[turn].lines[number]
        self._say(line, ear)
        if line.limit is not None:
            until = time.time() + line.limit / self._speed
            clock = time.strftime("%H:%M", time.localtime(until))
            raise LimitReached(until, f"The rehearsed allowance is used up until {clock}.")
        if line.error is not None:
            raise ModelFailed(line.error)
        name = f"rehearsal-{turn + 1}-{number + 1}"
        usage = Usage(name, "rehearsal", *line.tokens, ROOM) if line.tokens else None
        return Reply(line.spoken, line.command, name, line.question, usage)

    def _say(self, line: Line, ear: Ear) -> None:
        phrases = _PHRASE.findall(line.spoken)
        pause = line.pause if line.pause is not None else _PACE * len(phrases)
        share = pause / self._speed / max(1, len(phrases))
        for phrase in phrases:
            ear.text(phrase)
            ear.wait(share)
        if not phrases:
            ear.wait(share)


def speed() -> float:
    """Read how many times faster than written the script plays."""
    written = os.environ.get("CONDUCTOR_REHEARSAL_SPEED", "1")
    try:
        factor = float(written)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise HarnessError(f"CONDUCTOR_REHEARSAL_SPEED={written} should be a number above 0")
    return factor


def _place(turns: Sequence[Turn], messages: Sequence[Message]) -> tuple[int, int] | None:
    """Find the turn and reply that come next, by going through what was said so far."""
    used: list[int] = []
    turn, said = -1, 0
    for message in messages:
        match message:
            case Prompt(text):
                if turn < 0 or said >= len(turns[turn].lines):
                    turn, said = _choose(turns, used, text), 0
                    used.append(turn)
            case Reply():
                said += 1
            case Halt(kind):
                said += kind in {HaltKind.LIMIT, HaltKind.FAILURE}
            case Result():
                said -= message.note == LOST
    if turn < 0 or said >= len(turns[turn].lines):
        return None
    return turn, said


def _choose(turns: Sequence[Turn], used: Sequence[int], prompt: str) -> int:
    """Choose the turn that answers a prompt; -1 when the script has none."""
    matching = [n for n, turn in enumerate(turns) if turn.when and turn.when in prompt]
    plain = [n for n, turn in enumerate(turns) if not turn.when and n not in used]
    fresh = [n for n in matching if n not in used]
    return [*fresh[:1], *matching[-1:], *plain[:1], -1][0]
