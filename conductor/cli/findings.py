"""What `conductor doctor` says of one thing that it has looked at."""

from __future__ import annotations

from enum import StrEnum

from conductor.values import Value


class Verdict(StrEnum):
    """How something is."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"  # nothing works without it


class Finding(Value):
    """One thing that was looked at."""

    about: str
    verdict: Verdict
    text: str
