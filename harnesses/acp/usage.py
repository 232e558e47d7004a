"""What a turn has used, as far as its agent tells: each does so in a way of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

_COUNTS = ("input", "cached", "output", "written")


class Usage:
    """Gathers what is told in a turn, so that nothing is counted twice.

    A `running` one is told as the sum of the conversation so far, in which `before` is what the
    record has of it already.
    """

    def __init__(self, running: bool = False, before: Iterable[Mapping[str, Any]] = ()) -> None:
        noted = list(before)
        self._running = running
        self._sums = {key: sum(one.get(key, 0) for one in noted) for key in _COUNTS}
        self._requests: list[dict[str, Any]] = []  # of agents that tell each
        # What the conversation has cost, as last told.
        self._cost: float = sum(one.get("cost", 0.0) for one in noted)
        self._spent = 0.0  # of it, what is new

    def chunk(self, meta: Mapping[str, Any] | None) -> None:
        """Take what stands beside a piece of an answer."""
        told = (meta or {}).get("usage")
        if isinstance(told, Mapping):
            self._requests.append(_counted(told))

    def cost(self, amount: float) -> None:
        """Take what the conversation has cost so far, which a new start may count anew."""
        self._spent += amount - self._cost if amount >= self._cost else amount
        self._cost = amount

    def turn(self, response: Any, model: str) -> list[dict[str, Any]]:
        """Say what the turn that is over has used, as lines of the record."""
        found, self._requests = self._requests, []
        if not found and response.usage is not None:
            found = [self._new(_counted(response.usage.model_dump(by_alias=True)))]
        if not found:
            found = _quota(response.field_meta)
        spent, self._spent = self._spent, 0.0
        if found and spent:
            found[-1]["cost"] = round(spent, 6)
        return [{"id": uuid.uuid4().hex, "model": model, **one} for one in found]

    def _new(self, told: dict[str, Any]) -> dict[str, Any]:
        if not self._running:
            return told
        before, self._sums = self._sums, {key: told[key] for key in _COUNTS}
        if sum(told.values()) < sum(before.values()):
            return told  # a new start counts anew
        new = {key: max(0, told[key] - before[key]) for key in _COUNTS}
        # An earlier version's record does not tell what was written.
        return {**new, "written": min(new["written"], new["input"])}


def _counted(told: Mapping[str, Any]) -> dict[str, Any]:
    count = {key: value for key, value in told.items() if isinstance(value, int)}
    given, said = count.get("inputTokens", 0), count.get("outputTokens", 0)
    cached = count.get("cachedReadTokens", 0)
    thought, written = count.get("thoughtTokens", 0), count.get("cachedWriteTokens", 0)
    # Some count what was cached among the input, and some beside it: the total tells.
    if cached and count.get("totalTokens", 0) in (given + said, given + said + thought):
        given, written = given - cached, 0
    else:
        given += written
    return {"input": max(0, given), "cached": cached, "output": said, "written": written}


def _quota(meta: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Read what Gemini CLI tells instead."""
    quota = (meta or {}).get("quota")
    models = quota.get("model_usage") if isinstance(quota, Mapping) else None
    found = []
    for one in models if isinstance(models, list) else ():
        count = one.get("token_count") if isinstance(one, Mapping) else None
        if isinstance(count, Mapping):
            told = {
                "inputTokens": count.get("input_tokens"),
                "outputTokens": count.get("output_tokens"),
            }
            found.append({**_counted(told), "model": str(one.get("model", ""))})
    return found
