"""What can happen: frozen facts, in the past tense, each with the subject it is about.

Facts are what people, agents and the runner write to the journal; nothing else is shared
between processes. A field may be added with a default; none is ever renamed or removed.
Each subject has its file; all are known here by name.
"""

from __future__ import annotations

from conductor.events.fact import Fact as Fact
from conductor.events.messages import *
from conductor.events.sessions import *
from conductor.events.tasks import *
from conductor.values import Misfit, fit, named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeGuard

    from conductor.events.changes import *
    from conductor.events.home import *
    from conductor.events.landings import *
    from conductor.events.losses import *
    from conductor.events.moves import *
    from conductor.events.overlaps import *
    from conductor.events.restores import *
    from conductor.events.reviews import *
    from conductor.events.windows import *

    KINDS: dict[str, type[Fact]]

_LATER = {
    "changes": "SnapshotTaken VerifyStarted VerifyFinished ReviewReady ChangeOpened"
    " ChangeApproved ChangeRejected ChangeSentBack",
    "home": "RepoTrusted RunnerStarted TroubleSeen TroubleCleared",
    "landings": "ApprovalVoided LandingStarted LandingHeldBack LandingParked LeavingAsked"
    " LandingFailed ResolveAsked ConflictResolved ResolveRefused ChangeLanded TargetPushed"
    " ChangePutUp PullRequestOpened PullRequestSeen UndoAsked UndoStarted LandingUndone"
    " UndoRefused",
    "losses": "SessionLost",
    "moves": "MoveOffered WaitChosen MoveAsked MoveDeclined MoveFailed SessionMoved",
    "overlaps": "OverlapSeen OverlapGone",
    "restores": "RestoreAsked Restored RestoreRefused",
    "reviews": "CommentDrafted CommentEdited CommentAccepted CommentDropped RoundSent"
    " ApplyAsked SuggestionApplied ApplyRefused HunksLeft HunksRestored FileViewed PartTaken"
    " PartRefused RestOffered RestKept PartLifted ChangeEdited QuestionAsked QuestionAnswered"
    " OpinionAsked OpinionGiven",
    "windows": "WindowSeen RoomAwaited",
}
"""The subjects that a start need not pay for until one of their facts is met."""

_WHERE = {kind: subject for subject, kinds in _LATER.items() for kind in kinds.split()}


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        _load(_WHERE[name])
        return globals()[name]
    if name == "KINDS":
        for subject in _LATER:
            _load(subject)
        return {cls.__name__: cls for cls in Fact.__subclasses__()}
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _load(subject: str) -> None:
    """Make a subject's facts known here."""
    module = __import__(f"conductor.events.{subject}", fromlist=["*"])
    globals().update({cls.__name__: cls for cls in vars(module).values() if _is_fact(cls)})


def _is_fact(cls: object) -> TypeGuard[type[Fact]]:
    return isinstance(cls, type) and issubclass(cls, Fact) and cls is not Fact


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
    cls = _known.get(kind) or _kind_named(kind)
    if cls is None or not isinstance(body, dict):
        return None
    try:
        return fit(cls, body)
    except Misfit:
        return None


_known: dict[str, type[Fact]] = {}  # those that have been read


def _kind_named(kind: str) -> type[Fact] | None:
    found = globals().get(kind)
    if found is None and kind in _WHERE:
        found = __getattr__(kind)
    if not _is_fact(found):
        return None
    _known[kind] = found
    return found
