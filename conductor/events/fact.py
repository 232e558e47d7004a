"""What every fact is."""

from __future__ import annotations

from conductor.values import Value


class Fact(Value):
    """Something that happened."""
