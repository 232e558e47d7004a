"""The demo's tasks as they are written down, and where all that the demo is made of lies."""

from __future__ import annotations

import tomllib
from pathlib import Path

from conductor.values import Value, fit

WRITTEN = Path(__file__).resolve().parents[2] / "templates" / "demo"


class Part(Value):
    """One task of the demo, and what the rehearsed agent plays for it."""

    title: str
    script: str
    text: str
    after: tuple[str, ...] = ()
    subscription: str | None = None
    answer: str | None = None  # what a person would say when it asks


def parts() -> tuple[Part, ...]:
    """Read the tasks, in the order of the queue."""
    written = tomllib.loads((WRITTEN / "tasks" / "tasks.toml").read_text("utf-8"))
    return tuple(fit(Part, one) for one in written["task"])
