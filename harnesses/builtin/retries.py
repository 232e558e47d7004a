"""Retries: which refusals of an API are worth waiting for, and how the person sees the wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from harnesses.builtin.models import Ear, LimitReached, ModelFailed, Reply

PATIENCE = 90.0  # a longer wait than this is a limit, and the runner's business
_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)


class Refused(Exception):
    """One request failed in a way that the next may not."""

    def __init__(self, why: str, after: float | None = None, *, limit: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.after = after  # seconds, in the API's own words
        self.limit = limit  # whether it is an allowance that is used up


def patiently(ask: Callable[[], Reply], ear: Ear) -> Reply:
    """Ask until there is a reply, waiting as long as the API says, and visibly."""
    for attempt, pause in enumerate(_PAUSES, 1):
        try:
            return ask()
        except Refused as refusal:
            wait = pause if refusal.after is None else refusal.after
            if refusal.limit and wait > PATIENCE:
                raise LimitReached(time.time() + wait, refusal.why) from refusal
            if wait > PATIENCE:
                raise ModelFailed(f"{refusal.why} (asked to wait {wait:.0f} s)") from refusal
            ear.note(f"{refusal.why}: asking again in {wait:.0f} s ({attempt} of {len(_PAUSES)})")
            ear.wait(wait)
    try:
        return ask()
    except Refused as refusal:
        raise ModelFailed(
            f"{refusal.why}, after {len(_PAUSES) + 1} attempts; prompt again to go on"
        ) from refusal


def wait_named_in(headers: Mapping[str, str]) -> float | None:
    """Read how long the API asks to wait: until its window resets, or its `retry-after`."""
    if headers.get("anthropic-ratelimit-unified-status") == "rejected":
        reset = _seconds(headers.get("anthropic-ratelimit-unified-reset"))
        if reset is not None:
            return max(0.0, reset - time.time())
    milliseconds = _seconds(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    return _seconds(headers.get("retry-after")) if "retry-after" in headers else None


def _seconds(written: str | None) -> float | None:
    try:
        number = float(written or "")
    except ValueError:
        return None  # an HTTP date: rare, and then our own pauses serve
    return number if 0 <= number < float("inf") else None
