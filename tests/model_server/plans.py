"""Subscriptions at the model server: windows that fill with each answer, and return."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from tests.model_server.wires import Answer


def uneven(at: float) -> float:
    """Return a moment or one soon after it, but no whole minute: that is waited for longer."""
    while abs((at + 30.0) % 60.0 - 30.0) < 2.0:
        at += 1.0
    return at


@dataclass
class Plan:
    """One account's windows: each answer uses `step` of the short one."""

    short: float = 0.375
    week: float = 0.61
    step: float = 0.0
    resets: float = field(default_factory=lambda: time.time() + 3 * 3600)
    week_resets: float = field(default_factory=lambda: time.time() + 4 * 86_400)
    lasts: float = 5 * 3600.0  # the next short window's length
    closed: float = 0.0  # for so many seconds only it stays used up
    late: float = 0.0  # so many seconds after the reset that it tells, it really returns
    delay: float = 0.0  # seconds before an answer begins
    answers: int = 0
    refused: list[float] = field(default_factory=list)  # when
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, made: Answer) -> None:
        """Let an answer through if there is room, and tell the windows with it."""
        with self.lock:
            if time.time() >= self.resets + self.late:
                self.short, self.resets = 0.0, time.time() + self.lasts
            if self.short >= 1.0:
                self.refused.append(time.time())
                made.status, made.message = 429, "the window is used up"
                made.reset = self.resets
            else:
                self.short = min(1.0, round(self.short + self.step, 6))
                self.answers += 1
                if self.closed and self.short >= 1.0:
                    self.resets = uneven(time.time() + self.closed)
                made.delay = self.delay
            made.used = (self.short, self.week)
            made.window, made.week = self.resets, self.week_resets

    def usage(self) -> dict[str, object]:
        """Return what ChatGPT tells of a plan where Codex asks for it."""

        def told(used: float, length: float, resets: float) -> dict[str, float]:
            left = max(0.0, resets - time.time())
            times = {"reset_after_seconds": int(left), "reset_at": int(resets)}
            return {"used_percent": int(used * 100), "limit_window_seconds": int(length), **times}

        full = self.short >= 1.0
        limit = {
            "allowed": not full,
            "limit_reached": full,
            "primary_window": told(self.short, 18_000, self.resets),
            "secondary_window": told(self.week, 604_800, self.week_resets),
        }
        return {"plan_type": "plus", "rate_limit": limit, "credits": None}
