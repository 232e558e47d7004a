"""What a tile says about an agent, in words and inks, however it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conductor.tui.inks import Run, spread
from conductor.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conductor.tui.looks import Look

FULL = 80
"""Percent of its context from which on an agent soon forgets, or makes it shorter."""


class Face(Value):
    """All that a tile says about an agent, apart from its screen."""

    task: str  # what is chosen: the task, or a program's terminal beside an agent's
    session: str  # the terminal that is shown
    look: Look
    title: str
    who: str  # agent and subscription
    rate: str
    age: str
    changed: str
    meets: str  # whose changes touch the same files
    clashes: bool  # whether one of them would not merge now
    words: str  # what it asks, why it failed, or its last words
    key: str  # the key that chooses it, if it has one
    context: int | None = None  # how many percent of its context are used, where that is told
    spark: str = ""  # its tokens over the last minutes, as small columns
    branch: str = ""
    group: str = ""  # the name it stands under
    size: tuple[float, float] = (1.0, 1.0)  # how large it is beside the others
    owner: str = ""  # the task of the agent beside which a program of the person's stands

    @property
    def name(self) -> str:
        """The task it belongs to."""
        return self.owner or self.task


class Frame(Value):
    """How a tile stands out."""

    chosen: bool
    inside: bool
    dense: bool = False  # whether there is no frame at all


def inner(size: tuple[int, int], *, dense: bool) -> tuple[int, int]:
    """Return how much of a tile its frame leaves."""
    width, height = size
    return (width - 1, height - 1) if dense else (width - 2, height - 2)


def above(face: Face, size: tuple[int, int], *, dense: bool) -> int:
    """Return how many lines stand over the agent's screen."""
    said = (1 if dense else 2) if is_card(face, size) else 0
    return 1 + min(said, inner(size, dense=dense)[1])


def screen_room(face: Face, size: tuple[int, int], *, dense: bool) -> tuple[int, int]:
    """Return how much of a tile is left for its agent's screen, under what it says in words."""
    columns, rows = inner(size, dense=dense)
    return columns, rows + 1 - above(face, size, dense=dense)


def is_card(face: Face, size: tuple[int, int]) -> bool:
    """Say whether a tile says inside what its frame has no room for."""
    return is_small(size) and not face.owner


def is_small(size: tuple[int, int]) -> bool:
    """Say whether a tile's frame has room for little."""
    return size[1] < 9 or size[0] < 44


def frame_ink(face: Face, frame: Frame) -> str:
    """Name the class of a tile's frame."""
    if frame.inside:
        return "frame-in"
    if frame.chosen:
        return "frame-on"
    return {"waiting": "frame-wait", "failed": "frame-fail"}.get(face.look.ink, "frame")


def second(face: Face, width: int) -> list[Run]:
    """Say who works on a card's task, and what is told best beside that."""
    beside = (face.rate, "plain")
    if face.meets:
        beside = (face.meets, "failed" if face.clashes else "limited")
    return spread([(f" {face.who}", "dim")], [(f"{beside[0]} ", beside[1])], width)


def context(face: Face) -> Run:
    """Say how full an agent's context is, louder when it soon has to be made shorter."""
    if face.context is None:
        return ("", "dim")
    return (f"{face.context}% full", "stalled" if face.context >= FULL else "dim")


def joined(parts: Sequence[Run]) -> list[Run]:
    """Set some words apart by dots, with room around them."""
    runs: list[Run] = [(" ", "dim")] if parts else []
    for text, ink in parts:
        runs += [(text, ink), (" · ", "faint")]
    return [*runs[:-1], (" ", "dim")] if parts else []
