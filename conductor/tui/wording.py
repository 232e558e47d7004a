"""Short words for numbers, times and agents, as they fit into a card."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.state import Session


def spark(amounts: Sequence[float], most: float) -> str:
    """Draw amounts as small columns; nothing is nothing, and anything is seen."""
    if most <= 0:
        return ""
    return "".join(" ▁▂▃▄▅▆▇█"[min(8, max(one > 0, round(8 * one / most)))] for one in amounts)


def age(seconds: float) -> str:
    """Say how long ago, in four characters at most for the first days."""
    seconds = max(0, int(seconds))
    if seconds < 60:
        return f"{seconds}s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02}"
    return f"{hours // 24}d"


def count(number: float) -> str:
    """Say a number of tokens shortly."""
    number = int(number)
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            short = number / size
            return f"{short:.0f}{unit}" if short >= 100 else f"{short:.1f}{unit}"
    return str(number)


def folder(path: str) -> str:
    """Say which repository is meant."""
    return os.path.basename(path.rstrip("/")) or path


def plural(number: int, one: str, many: str | None = None) -> str:
    """Say a number of things."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def who(session: Session | None) -> str:
    """Say which agent works on which subscription."""
    if session is None:
        return ""
    if session.harness == session.subscription:
        return session.harness
    return f"{session.harness} · {session.subscription}"
