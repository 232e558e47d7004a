"""A reading of a change: what is said about its lines, and what of it is left out.

Lines are counted from 1, on the side of the diff that they stand on; `commit` is the offered one
that was read. Comments and questions have numbers of their own in each task: `c1`, `q1`.
"""

from __future__ import annotations

from conductor.events.fact import Fact


class CommentDrafted(Fact):
    """Somebody said something about lines of a change; it has not been sent."""

    task: str
    comment: str
    path: str
    side: str  # new | old
    first: int
    last: int
    commit: str
    base: str
    quoted: str
    text: str
    suggestion: str | None = None  # what the lines should become
    author: str = "person"  # person | agent
    opinion: str | None = None  # the task whose agent said it


class CommentEdited(Fact):
    """A comment that was not sent yet says something else; None leaves a field as it was."""

    task: str
    comment: str
    text: str | None = None
    suggestion: str | None = None


class CommentAccepted(Fact):
    """The person makes another agent's remark a comment of their own."""

    task: str
    comment: str


class CommentDropped(Fact):
    """A comment is not to be shown any more."""

    task: str
    comment: str


class RoundSent(Fact):
    """Comments went to the agent, in one message."""

    task: str
    session: str
    message: str
    comments: tuple[str, ...] = ()


class ApplyAsked(Fact):
    """What a comment suggests is to be written into the worktree, in the person's name."""

    task: str
    comment: str


class SuggestionApplied(Fact):
    """What a comment suggested is part of the change now."""

    task: str
    comment: str
    commit: str  # the person's, on the session's branch


class ApplyRefused(Fact):
    """What a comment suggests could not be written; nothing was changed."""

    task: str
    comment: str
    why: str


class HunksLeft(Fact):
    """The person left parts of a file's change out, or all of it: these, and no others."""

    task: str
    path: str
    left: tuple[str, ...] = ()


class HunksRestored(Fact):
    """The last decision about what is left out was taken back."""

    task: str


class FileViewed(Fact):
    """The person is done with a file as it stands; with no blob, they are not."""

    task: str
    path: str
    blob: str = ""


class PartTaken(Fact):
    """What was approved without the parts left out was made a commit, which is what lands."""

    task: str
    commit: str


class PartRefused(Fact):
    """What was approved without the parts left out cannot be made a commit."""

    task: str
    why: str


class RestOffered(Fact):
    """A part of a change has landed; what was left out stands on top of it and waits for review."""

    task: str
    session: str
    commit: str
    landed: str


class RestKept(Fact):
    """A part of a change has landed, and what was left out is only kept."""

    task: str
    why: str


class ChangeEdited(Fact):
    """Somebody other than its agent at work changed files of an offered change; it is read anew."""

    task: str
    session: str
    paths: tuple[str, ...] = ()
    author: str = "person"  # person | agent, or empty where nobody knows
    note: str = ""


class PartLifted(Fact):
    """A part was undone, and its worktree stands on it no more: its change is whole again."""

    task: str
    why: str = ""  # why it still does, if it does


class QuestionAsked(Fact):
    """The person asked a session's agent about lines of its change."""

    task: str
    session: str
    question: str
    message: str
    path: str
    side: str
    first: int
    last: int
    commit: str
    quoted: str
    text: str


class QuestionAnswered(Fact):
    """An agent answered a question in the words of its turn, or why it did not."""

    task: str
    question: str
    text: str
    why: str = ""
    changed: bool = False  # whether it changed files although it was only asked


class OpinionAsked(Fact):
    """Another agent is to read a change and say what it thinks."""

    task: str
    opinion: str  # the task of the other agent
    commit: str


class OpinionGiven(Fact):
    """Another agent has read a change; its remarks are comments of the reviewed task."""

    task: str
    opinion: str
    remarks: int = 0
    words: str = ""
