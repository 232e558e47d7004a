"""What a turn has used, as far as its agent tells: each does so in a way of its own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any


class Usage:
    """Gathers what is told in a turn, so that nothing is counted twice."""

    def __init__(self) -> None:
        self._requests: list[dict[str, Any]] = []  # of agents that tell each
        self._cost = 0.0  # of the conversation, as last told
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
            found = [_counted(response.usage.model_dump(by_alias=True))]
        if not found:
            found = _quota(response.field_meta)
        spent, self._spent = self._spent, 0.0
        if found and spent:
            found[-1]["cost"] = round(spent, 6)
        return [{"id": uuid.uuid4().hex, "model": model, **one} for one in found]


def _counted(told: Mapping[str, Any]) -> dict[str, Any]:
    count = {key: value for key, value in told.items() if isinstance(value, int)}
    given, said = count.get("inputTokens", 0), count.get("outputTokens", 0)
    cached = count.get("cachedReadTokens", 0)
    thought = count.get("thoughtTokens", 0)
    # Some count what was cached among the input, and some beside it: the total tells.
    if cached and count.get("totalTokens", 0) in (given + said, given + said + thought):
        given -= cached
    else:
        given += count.get("cachedWriteTokens", 0)
    return {"input": max(0, given), "cached": cached, "output": said}


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
