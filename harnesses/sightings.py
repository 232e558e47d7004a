"""Sightings: what one line of an agent's inbox or record says has happened."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompted:
    """The agent's own record shows that this text arrived as a prompt."""

    text: str


@dataclass(frozen=True, slots=True)
class Busy:
    """The agent is at work."""


@dataclass(frozen=True, slots=True)
class Idle:
    """The turn is over; the agent waits for the next prompt."""

    last: str = ""  # its last answer
    ready: bool = True  # False: no turn is under way, but that prompts are taken is not said


@dataclass(frozen=True, slots=True)
class Began:
    """The agent has started and takes prompts; of a turn under way this says nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The agent waits for the person: for a permission, or for an answer."""

    ask: str  # the vendor's id, or one made from the record; the same ask has the same id
    kind: str  # "permission", "question", or "screen" for what only its own terminal can take
    text: str
    beside: bool = False  # whether what it asked before may still stand
    helper: str = ""  # the name of its own helper that asks: its dialog waits until we let it go


@dataclass(frozen=True, slots=True)
class Settled:
    """What the agent asked is settled: by its id, by what was wanted, or by who asked it."""

    ask: str = ""
    what: str = ""
    helper: str = ""  # "*": whoever of them


@dataclass(frozen=True, slots=True)
class Limited:
    """The subscription's allowance is used up until then (seconds since the epoch).

    None where only the windows told before say when that is.
    """

    until: float | None
    text: str = ""
    window: str = ""  # its name, if the vendor told which it is
    model: str = ""  # the only models that it limits, if it isn't all


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The turn ended without success: refused, out of credit, network gone."""

    why: str


@dataclass(frozen=True, slots=True)
class Named:
    """The vendor's own id of this conversation."""

    vendor_session: str


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens of one request; `id` is the vendor's, so that reading twice counts once."""

    id: str
    model: str
    input: int  # fresh input tokens, cached ones not included
    cached: int
    output: int
    cost_usd: float | None = None  # the vendor's own figure, or None
    at: float = 0.0  # when, as the vendor tells it; 0 if it does not
    written: int = 0  # how much of the input went into the vendor's cache


@dataclass(frozen=True, slots=True)
class Window:
    """How much of a subscription's allowance over a time is used."""

    name: str  # "5h", "week", "week opus": see `window_name`
    used: float  # 1.0 is all of it
    resets: float  # seconds since the epoch
    length: float = 0.0  # seconds; 0 if nobody told
    model: str = ""  # the only models it is for, if it isn't for all
    at: float = 0.0  # when the vendor told, if its record says so


@dataclass(frozen=True, slots=True)
class Context:
    """How many tokens its model was last given, and how many it takes at most."""

    used: int
    size: int


@dataclass(frozen=True, slots=True)
class Using:
    """The model in use, for usage that does not name its own."""

    model: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """The agent told of a file of its own to follow, from now on.

    A `whole` one is a status that is replaced, not appended to: each reading is one line.
    """

    path: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Stands:
    """What the vendor's own status says, and since when.

    Hooks know more and are sooner; a status is what puts right what no hook tells, such as a
    prompt that was answered or a turn that was broken off in the agent's own terminal.
    """

    state: Busy | Idle | Asked
    since: float
    hooked: bool = False  # whether a hook tells of that, too, and more


@dataclass(frozen=True, slots=True)
class Ran:
    """The agent uses a tool: the same words for the same use of it."""

    what: str
    id: str = ""  # by which its end is told
    helper: bool = False  # whether one of its own helpers does


@dataclass(frozen=True, slots=True)
class Over:
    """The use of a tool is over: nothing is asked about it any more."""

    id: str


Sighting = (
    Ran | Prompted | Began | Busy | Idle | Asked | Limited | TurnFailed | Named | Used | Window
    | Using | Context | Recorded | Stands | Settled | Over
)  # fmt: skip


def window_name(length: float, model: str = "") -> str:
    """Name a window by its length, as all vendors' windows are named here: `5h`, `week opus`."""
    hours = length / 3600
    if hours == 168:
        name = "week"
    elif hours >= 48:
        name = f"{hours / 24:g}d"
    else:
        name = f"{hours:g}h" if hours >= 1 else f"{length / 60:g}min"
    return f"{name} {model}".strip()
