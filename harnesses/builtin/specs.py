"""Model specs: the one string that says which model the agent uses, and within which bounds.

    anthropic:MODEL            openai:MODEL            rehearsal:/path/to/script.toml
    openai:MODEL@http://127.0.0.1:11434/v1             (Ollama, vLLM, any compatible server)

After a `?` may follow, joined by `&`: `price=IN/CACHED/OUT` in dollars per million tokens (without
one, only a vendor's own model has a price, by the lists that `conductor usage` asks), `steps=N`
commands per turn, `cost=USD` per conversation, `output=N` tokens per reply.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from harnesses import HarnessError

FORMS = "anthropic:MODEL, openai:MODEL, openai:MODEL@http://HOST:PORT/v1 or rehearsal:/path.toml"
STEPS = 100


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per million tokens."""

    input: float
    cached: float
    output: float

    def of(self, fresh: int, cached: int, output: int) -> float:
        """Price one request."""
        return (fresh * self.input + cached * self.cached + output * self.output) / 1_000_000


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model spec, read."""

    kind: str
    name: str
    address: str | None = None
    price: Price | None = None
    steps: int = STEPS
    cost: float | None = None
    output: int | None = None  # None: the most that is sensible, or the server's own


def read_spec(text: str) -> ModelSpec:
    """Read a model spec; raises HarnessError that shows the forms."""
    head, _, options = text.partition("?")
    kind, colon, rest = head.partition(":")
    if not colon or kind not in {"anthropic", "openai", "rehearsal"} or not rest:
        raise HarnessError(f"model {text!r}: expected {FORMS}")
    name, address = rest, None
    if kind == "rehearsal":
        if not os.path.isabs(rest):
            raise HarnessError(f"model {text!r}: a rehearsal needs the full path of its script")
    else:
        name, at, where = rest.partition("@")
        address = where if at else None
        if not name or (at and not where.startswith(("http://", "https://"))):
            raise HarnessError(f"model {text!r}: after @ comes http://… or https://…; {FORMS}")
    return _with_options(ModelSpec(kind, name, address), text, options)


def _with_options(plain: ModelSpec, text: str, options: str) -> ModelSpec:
    found: dict[str, str] = {}
    for option in filter(None, options.split("&")):
        key, _, value = option.partition("=")
        if key not in {"price", "steps", "cost", "output"}:
            raise HarnessError(
                f"model {text!r}: unknown option {key!r}; known are price, steps, cost and output"
            )
        found[key] = value
    price = _price(text, found["price"]) if "price" in found else None
    cost = _number(text, "cost", found["cost"]) if "cost" in found else None
    if cost is not None and price is None:
        raise HarnessError(
            f"model {text!r}: cost= can only be kept with price=IN/CACHED/OUT beside it"
        )
    steps = _whole(text, "steps", found["steps"]) if "steps" in found else STEPS
    output = _whole(text, "output", found["output"]) if "output" in found else None
    return ModelSpec(plain.kind, plain.name, plain.address, price, steps, cost, output)


def _price(text: str, value: str) -> Price:
    parts = value.split("/")
    if len(parts) != 3:
        raise HarnessError(
            f"model {text!r}: price={value} should be IN/CACHED/OUT in dollars per million tokens"
        )
    return Price(*(_number(text, "price", part) for part in parts))


def _number(text: str, key: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise HarnessError(f"model {text!r}: {key}={value} should be a number of dollars")
    return number


def _whole(text: str, key: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        raise HarnessError(f"model {text!r}: {key}={value} should be a whole number above 0")
    return int(value)
