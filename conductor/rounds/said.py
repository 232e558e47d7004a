"""All that has been said about one task's change, folded from its facts when somebody wants it.

Texts are whole here, as they were written; whoever draws them cleans them first.
"""

from __future__ import annotations

from conductor import events as e
from conductor.draft import number_of
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from conductor.journal import Journal
    from conductor.state import Record

    Left = Mapping[str, tuple[str, ...]]

OLD, NEW = "old", "new"

FACTS: tuple[type[e.Fact], ...] = (
    e.CommentDrafted, e.CommentEdited, e.CommentAccepted, e.CommentDropped, e.RoundSent,
    e.ApplyAsked, e.SuggestionApplied, e.ApplyRefused, e.HunksLeft, e.HunksRestored, e.FileViewed,
    e.QuestionAsked, e.QuestionAnswered, e.OpinionAsked, e.OpinionGiven, e.ChangeEdited,
    e.RestOffered, e.SessionClaimed,
)  # fmt: skip


class Comment(Value):
    """Something said about lines of a change."""

    id: str
    path: str
    side: str
    first: int
    last: int
    commit: str  # the change it was said about, by its last commit
    base: str
    quoted: str
    text: str
    suggestion: str | None
    author: str  # person | agent
    opinion: str | None
    at: float
    sent: int = 0  # the round it went to the agent with
    applied: str | None = None  # the commit that does what it suggests
    why: str | None = None  # why what it suggests could not be written

    @property
    def draft(self) -> bool:
        """Whether it goes with the next round."""
        return self.author == "person" and not self.sent and not self.applied

    @property
    def where(self) -> str:
        """Its place as a person would type it."""
        return place(self.path, self.first, self.last)


class Question(Value):
    """A question about lines of a change, and what its agent said."""

    id: str
    path: str
    side: str
    first: int
    last: int
    commit: str
    quoted: str
    text: str
    at: float
    session: str
    message: str
    answer: str | None = None
    why: str = ""
    changed: bool = False


class Opinion(Value):
    """What another agent thinks of a change."""

    task: str
    commit: str
    remarks: int | None = None  # None until it has been given
    words: str = ""


class Said(Value):
    """What was said about a change."""

    comments: Mapping[str, Comment] = {}
    questions: Mapping[str, Question] = {}
    opinions: Mapping[str, Opinion] = {}
    viewed: Mapping[str, str] = {}  # path → the blob that was viewed
    left: Mapping[str, tuple[str, ...]] = {}  # path → the parts that are left out
    before: tuple[tuple[str, tuple[str, ...]], ...] = ()  # how to take each of these back
    edited: tuple[str, ...] = ()  # the files that the person changed since the last round
    rounds: int = 0
    next_comment: int = 1
    next_question: int = 1

    @property
    def everything(self) -> list[Comment | Question]:
        """All comments and questions."""
        return [*self.comments.values(), *self.questions.values()]

    @property
    def drafts(self) -> list[Comment]:
        """The comments that go with the next round."""
        return [one for one in self.comments.values() if one.draft]

    @property
    def remarks(self) -> list[Comment]:
        """What other agents said and the person has not decided about."""
        return [one for one in self.comments.values() if one.author == "agent"]


def outdated(left: Left, still: Left) -> list[str]:
    """List the files of which something was left out that is not in the change any more."""
    return [path for path, parts in left.items() if set(parts) - set(still.get(path, ()))]


def place(path: str, first: int, last: int) -> str:
    """Name some lines of a file."""
    return f"{path}:{first}" if first == last else f"{path}:{first}-{last}"


def said(journal: Journal, task: str) -> Said:
    """Read what was said about a task's change."""
    return fold(journal.about(task, FACTS))


def fold(records: Iterable[Record]) -> Said:
    """Return what these facts say."""
    draft = _Draft()
    for record in records:
        if isinstance(record.fact, e.SessionClaimed):  # all before was said of another attempt
            draft = _Draft(draft.next_comment, draft.next_question)
        take = _TAKES.get(type(record.fact))
        if take is not None:
            take(draft, record.fact, record.at)
    return Said(
        draft.comments, draft.questions, draft.opinions, draft.viewed, draft.left,
        tuple(draft.before), tuple(draft.edited), draft.rounds, draft.next_comment,
        draft.next_question,
    )  # fmt: skip


class _Draft:
    """What was said, being written."""

    def __init__(self, next_comment: int = 1, next_question: int = 1) -> None:
        self.comments: dict[str, Comment] = {}
        self.questions: dict[str, Question] = {}
        self.opinions: dict[str, Opinion] = {}
        self.viewed: dict[str, str] = {}
        self.left: dict[str, tuple[str, ...]] = {}
        self.before: list[tuple[str, tuple[str, ...]]] = []
        self.edited: dict[str, None] = {}
        self.rounds = 0
        self.next_comment = next_comment
        self.next_question = next_question

    def change(self, comment: str, **changes: object) -> None:
        """Change a comment, if there is one of that number."""
        if known := self.comments.get(comment):
            self.comments[comment] = known.but(**changes)


def _drafted(draft: _Draft, fact: e.CommentDrafted, at: float) -> None:
    draft.next_comment = max(draft.next_comment, number_of(fact.comment) + 1)
    draft.comments[fact.comment] = Comment(
        fact.comment, fact.path, fact.side, max(1, fact.first), max(1, fact.first, fact.last),
        fact.commit, fact.base, fact.quoted, fact.text, fact.suggestion, fact.author, fact.opinion,
        at,
    )  # fmt: skip


def _edited(draft: _Draft, fact: e.CommentEdited, _: float) -> None:
    fields = {"text": fact.text, "suggestion": fact.suggestion}
    draft.change(fact.comment, **{k: v for k, v in fields.items() if v is not None})


def _sent(draft: _Draft, fact: e.RoundSent, _: float) -> None:
    draft.rounds += 1
    draft.edited.clear()
    for comment in fact.comments:
        draft.change(comment, sent=draft.rounds)


def _changed(draft: _Draft, fact: e.ChangeEdited, _: float) -> None:
    if fact.author == "person":
        draft.edited.update(dict.fromkeys(fact.paths))


def _left(draft: _Draft, fact: e.HunksLeft, _: float) -> None:
    draft.before.append((fact.path, draft.left.get(fact.path, ())))
    _leave(draft, fact.path, fact.left)


def _restored(draft: _Draft, _fact: e.HunksRestored, _: float) -> None:
    if draft.before:
        _leave(draft, *draft.before.pop())


def _leave(draft: _Draft, path: str, left: tuple[str, ...]) -> None:
    if left:
        draft.left[path] = left
    else:
        draft.left.pop(path, None)


def _rest_offered(draft: _Draft, _fact: e.RestOffered, _: float) -> None:
    """What was left out is all there is now: to be taken or left anew."""
    draft.left.clear()
    draft.before.clear()


def _viewed(draft: _Draft, fact: e.FileViewed, _: float) -> None:
    if fact.blob:
        draft.viewed[fact.path] = fact.blob
    else:
        draft.viewed.pop(fact.path, None)


def _asked(draft: _Draft, fact: e.QuestionAsked, at: float) -> None:
    draft.next_question = max(draft.next_question, number_of(fact.question) + 1)
    draft.questions[fact.question] = Question(
        fact.question, fact.path, fact.side, max(1, fact.first), max(1, fact.first, fact.last),
        fact.commit, fact.quoted, fact.text, at, fact.session, fact.message,
    )  # fmt: skip


def _answered(draft: _Draft, fact: e.QuestionAnswered, _: float) -> None:
    if known := draft.questions.get(fact.question):
        draft.questions[fact.question] = known.but(
            answer=fact.text, why=fact.why, changed=fact.changed
        )


def _opinion_asked(draft: _Draft, fact: e.OpinionAsked, _: float) -> None:
    draft.opinions[fact.opinion] = Opinion(fact.opinion, fact.commit)


def _opinion_given(draft: _Draft, fact: e.OpinionGiven, _: float) -> None:
    known = draft.opinions.get(fact.opinion, Opinion(fact.opinion, ""))
    draft.opinions[fact.opinion] = known.but(remarks=fact.remarks, words=fact.words)


_TAKES: dict[Any, Callable[[_Draft, Any, float], object]] = {
    e.CommentDrafted: _drafted,
    e.CommentEdited: _edited,
    e.CommentAccepted: lambda draft, fact, _: draft.change(fact.comment, author="person"),
    e.CommentDropped: lambda draft, fact, _: draft.comments.pop(fact.comment, None),
    e.RoundSent: _sent,
    e.SuggestionApplied: lambda draft, fact, _: draft.change(
        fact.comment, applied=fact.commit, why=None
    ),
    e.ApplyAsked: lambda draft, fact, _: draft.change(fact.comment, why=None),
    e.ApplyRefused: lambda draft, fact, _: draft.change(fact.comment, why=fact.why),
    e.ChangeEdited: _changed,
    e.HunksLeft: _left,
    e.HunksRestored: _restored,
    e.RestOffered: _rest_offered,
    e.FileViewed: _viewed,
    e.QuestionAsked: _asked,
    e.QuestionAnswered: _answered,
    e.OpinionAsked: _opinion_asked,
    e.OpinionGiven: _opinion_given,
}
