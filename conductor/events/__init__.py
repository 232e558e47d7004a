"""What can happen: frozen facts, in the past tense, each with the subject it is about.

Facts are what people, agents and the runner write to the journal; nothing else is shared
between processes. A field may be added with a default; none is ever renamed or removed.
Each subject has its file; all are known here by name.
"""

from __future__ import annotations

from conductor.events.changes import *
from conductor.events.fact import Fact as Fact
from conductor.events.home import *
from conductor.events.landings import *
from conductor.events.losses import *
from conductor.events.messages import *
from conductor.events.moves import *
from conductor.events.overlaps import *
from conductor.events.restores import *
from conductor.events.reviews import *
from conductor.events.sessions import *
from conductor.events.tasks import *
from conductor.events.windows import *
from conductor.values import Misfit, fit, named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KINDS: dict[str, type[Fact]] = {cls.__name__: cls for cls in Fact.__subclasses__()}

_SUBJECTS = ("task", "session", "subject", "subscription")


def subject_of(fact: Fact) -> str:
    """Return the id of what a fact is about, for finding its history."""
    for field in _SUBJECTS:
        content = getattr(fact, field, None)
        if isinstance(content, str):
            return content
    return "runner"


def to_body(fact: Fact) -> dict[str, Any]:
    """Return what is stored of a fact beside its kind."""
    return named(fact)


def from_body(kind: str, body: object) -> Fact | None:
    """Return the stored fact, or None for one that another version wrote or that is torn."""
    cls = KINDS.get(kind)
    if cls is None or not isinstance(body, dict):
        return None
    try:
        return fit(cls, body)
    except Misfit:
        return None
