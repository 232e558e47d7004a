"""What a reading of a change leads to. Its words are read from the facts when they are wanted."""

from __future__ import annotations

from conductor import events as e
from conductor.cleaning import clean, clean_line
from conductor.draft import Draft
from conductor.folding.takes import takes_of_task
from conductor.state import ALIVE, Reading, Task, TaskState

_TOLD: tuple[type[e.Fact], ...] = (
    e.CommentDrafted, e.CommentEdited, e.CommentAccepted, e.CommentDropped, e.RoundSent,
    e.HunksLeft, e.HunksRestored, e.FileViewed, e.OpinionAsked,
)  # fmt: skip


def _read(draft: Draft, task: Task, _: e.Fact) -> None:
    """Note that there is something new to be read about it."""
    draft.change(task, reading=_reading(draft, task))


for _kind in _TOLD:
    takes_of_task(_kind)(_read)


def _reading(draft: Draft, task: Task, **changes: object) -> Reading:
    return (task.reading or Reading()).but(told=draft.seq, **changes)


@takes_of_task(e.ApplyAsked)
def _apply_asked(draft: Draft, task: Task, fact: e.ApplyAsked) -> None:
    if task.state is TaskState.REVIEW:
        draft.change(task, reading=_reading(draft, task, applying=fact.comment))


@takes_of_task(e.SuggestionApplied)
def _applied(draft: Draft, task: Task, _: e.SuggestionApplied) -> None:
    draft.change(task, reading=_reading(draft, task, applying=None))


@takes_of_task(e.ApplyRefused)
def _apply_refused(draft: Draft, task: Task, fact: e.ApplyRefused) -> None:
    draft.change(
        task, reading=_reading(draft, task, applying=None), why=clean(fact.why, 2000) or None
    )


@takes_of_task(e.PartTaken)
def _taken(draft: Draft, task: Task, fact: e.PartTaken) -> None:
    if task.state is TaskState.REVIEW and task.reading and task.reading.approval:
        draft.change(
            task, state=TaskState.LANDING, approved=task.offered, landing=None, why=None,
            ahead=(), merged=None, leaves=False,
            reading=_reading(draft, task, taken=fact.commit),
        )  # fmt: skip


@takes_of_task(e.PartRefused)
def _not_taken(draft: Draft, task: Task, fact: e.PartRefused) -> None:
    draft.change(
        task, reading=_reading(draft, task, approval=0, taken=None), why=clean(fact.why, 2000)
    )


@takes_of_task(e.RestOffered)
def _rest_offered(draft: Draft, task: Task, fact: e.RestOffered) -> None:
    waits = task.state is TaskState.LANDED and task.id not in draft.undos
    if waits and task.session == fact.session:
        draft.change(
            task, state=TaskState.REVIEW, offered=fact.commit, approved=None, landed=None,
            before=None, opened=None, looked=None, reading=_reading(draft, task),
            parts=(*task.parts, task.to_undo),
            why=f"A part of it landed as {clean_line(fact.landed)[:12]}; "
            "this is what you left out.",
        )  # fmt: skip
        draft.landed.remove(task.id)


@takes_of_task(e.RestKept)
def _rest_kept(draft: Draft, task: Task, fact: e.RestKept) -> None:
    draft.change(
        task, reading=_reading(draft, task, approval=0, taken=None),
        why=clean(fact.why, 2000) or task.why,
    )  # fmt: skip


@takes_of_task(e.PartLifted)
def _lifted(draft: Draft, task: Task, fact: e.PartLifted) -> None:
    draft.change(task, lifted=None, why=clean(fact.why, 2000) or task.why)


@takes_of_task(e.ChangeEdited)
def _edited(draft: Draft, task: Task, fact: e.ChangeEdited) -> None:
    if task.session == fact.session and task.state in ALIVE:
        draft.change(
            task, state=TaskState.RUNNING, offered=None, approved=None, landing=None,
            why=clean(fact.note, 2000) or None,
            reading=_reading(draft, task, note=clean(fact.note, 2000) or None),
        )  # fmt: skip


@takes_of_task(e.QuestionAsked)
def _asked(draft: Draft, task: Task, fact: e.QuestionAsked) -> None:
    draft.change(task, reading=_reading(draft, task, asking=fact.question))


@takes_of_task(e.QuestionAnswered)
def _answered(draft: Draft, task: Task, fact: e.QuestionAnswered) -> None:
    same = task.reading is not None and task.reading.asking == fact.question
    asking = None if same or task.reading is None else task.reading.asking
    draft.change(task, reading=_reading(draft, task, asking=asking))


@takes_of_task(e.OpinionGiven)
def _opinion(draft: Draft, task: Task, fact: e.OpinionGiven) -> None:
    draft.change(task, reading=_reading(draft, task))
    reader = draft.tasks.get(fact.opinion)
    if reader is not None and reader.reads == task.id and reader.state in ALIVE:
        remarks = f"{fact.remarks} remark{'' if fact.remarks == 1 else 's'}"
        draft.change(reader, state=TaskState.DONE, why=f"{remarks} on {task.id}.")
