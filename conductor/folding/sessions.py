"""What becomes of a session, and of its task while its agent decides where that stands."""

from __future__ import annotations

from conductor import events as e
from conductor import windows
from conductor.cleaning import clean, clean_line
from conductor.draft import Draft, number_of
from conductor.folding.takes import takes, takes_of_session
from conductor.state import MID_TURN, Session, SessionState, TaskState, Wanted


@takes(e.SessionClaimed)
def _claimed(draft: Draft, fact: e.SessionClaimed) -> None:
    number, task = number_of(fact.session), draft.tasks.get(fact.task)
    if not number or task is None or fact.session in draft.sessions:
        draft.skipped += 1
        return
    draft.next_session = max(draft.next_session, number + 1)
    draft.put_session(
        Session(
            fact.session, number, fact.task, fact.harness, fact.subscription, fact.model,
            SessionState.STARTING, draft.at, draft.at,
        )
    )  # fmt: skip
    draft.change(
        task, state=TaskState.RUNNING, session=fact.session, tries=task.tries + 1, why=None,
        rounds=0, returns=0, offered=None, opened=None, looked=None, approved=None, checked=None,
        reading=None, reverted=None, pull=None, put_up=None, pull_state=None,
    )  # fmt: skip


@takes_of_session(e.WorktreeCreated)
def _housed(draft: Draft, session: Session, fact: e.WorktreeCreated) -> None:
    draft.put_session(
        session.but(worktree=fact.worktree, branch=fact.branch, base=fact.base, gone=False)
    )


@takes_of_session(e.WorktreeVanished)
def _lost(draft: Draft, session: Session, _: e.WorktreeVanished) -> None:
    draft.put_session(session.but(gone=True))


@takes_of_session(e.WorktreeRemoved)
def _put_away(draft: Draft, session: Session, _: e.WorktreeRemoved) -> None:
    draft.put_session(session.but(gone=True))


@takes_of_session(e.SessionStarted)
def _started(draft: Draft, session: Session, fact: e.SessionStarted) -> None:
    draft.turn_to(
        session, SessionState.STARTING, launches=fact.launch, pid=fact.pid, records=fact.records,
        witness=None, how="started", stopping=False, why=None, ready=False, code=None,
        midway=False, lost=False, unanswered="", launched=draft.at, mode=clean_line(fact.mode, 20),
    )  # fmt: skip


@takes_of_session(e.SessionFailed)
def _failed(draft: Draft, session: Session, fact: e.SessionFailed) -> None:
    why = clean(fact.why, 2000)
    ready = session.ready and not session.arriving
    draft.turn_to(session, SessionState.ENDED, why=why, how="never started", ready=ready)


@takes_of_session(e.StopAsked, live=True)
def _stopping(draft: Draft, session: Session, _: e.StopAsked) -> None:
    # What has not reached it would only start it again.
    draft.forget_messages(session.id, failed_only=False)
    draft.put_session(session.but(stopping=True, moving=None, offers=()))


@takes_of_session(e.SessionEnded)
def _ended(draft: Draft, session: Session, fact: e.SessionEnded) -> None:
    ended(draft, session, fact.how, fact.code, fact.why)
    # One that left before it took its first words, as from a sign-in, would only do so again.
    waits = any(one.kind == "task" for one in draft.messages_of(session.id))
    if waits and not (session.turns or session.moving):
        draft.put_session(draft.sessions[session.id].but(ready=False))


def ended(draft: Draft, session: Session, how: str, code: int | None, why: str) -> None:
    """End a session, and note whether that was in the middle of a turn."""
    # What it says while it is ended, to be moved, is no end of its turn.
    midway = session.state in MID_TURN or bool(session.moving and session.midway)
    told = clean(why, 2000) or session.why or None
    draft.turn_to(session, SessionState.ENDED, how=how, code=code, why=told, midway=midway)
    over = draft.sessions[session.id]
    if over.turns and not (over.ready or over.moving or over.stranded):
        last = told or f"`conductor attach {session.id}` shows its last words"
        again = f"Say it again to try once more; `conductor retry {session.task}` begins anew."
        draft.give_up_messages(session.id, f"Its agent did not start again: {last}. {again}")
    task = draft.tasks.get(session.task)
    if task and task.session == session.id and task.state is TaskState.WAITING:
        draft.change(task, state=TaskState.RUNNING, why=None)


@takes_of_session(e.SessionNamed)
def _named(draft: Draft, session: Session, fact: e.SessionNamed) -> None:
    draft.put_session(session.but(vendor_session=clean_line(fact.vendor_session)))


@takes_of_session(e.SessionStalled, live=True)
def _stalled(draft: Draft, session: Session, fact: e.SessionStalled) -> None:
    if session.state is SessionState.BUSY:
        said = clean_line(fact.text, 400)
        draft.put_session(session.but(stalled=clean_line(fact.kind, 20), stalling=said))


@takes_of_session(e.SessionStirred, live=True)
def _stirred(draft: Draft, session: Session, _: e.SessionStirred) -> None:
    draft.put_session(session.but(stalled=None, stalling=""))


@takes_of_session(e.SessionRecorded)
def _recorded(draft: Draft, session: Session, fact: e.SessionRecorded) -> None:
    if fact.whole:
        draft.put_session(session.but(witness=fact.path))
    elif fact.path not in session.records:
        draft.put_session(session.but(records=(*session.records, fact.path)))


@takes_of_session(e.SessionBusy, live=True)
def _busy(draft: Draft, session: Session, fact: e.SessionBusy) -> None:
    helpers = tuple(one for one in session.asks if one.helper)
    if helpers:  # what they ask stands, whatever the agent itself does
        _ask(draft, session, helpers)
        return
    draft.turn_to(session, SessionState.BUSY, how=fact.how, why=None)
    draft.work(session, TaskState.RUNNING)


@takes_of_session(e.SessionIdle, live=True)
def _idle(draft: Draft, session: Session, fact: e.SessionIdle) -> None:
    over = session.state in (SessionState.BUSY, SessionState.WAITING) and not _unheard(session)
    if over:
        draft.doubt_limits(session.subscription, session.since)
    task = draft.tasks.get(session.task)
    answers = task is not None and task.session == session.id and task.reading
    last = clean(fact.last, 4000) or session.last
    if answers and answers.asking:  # its words are an answer: what it said of its work stays
        last = session.last
    turns = session.turns + over
    refused = 0 if over else session.refused
    draft.turn_to(session, SessionState.IDLE, how=fact.how, last=last, turns=turns, refused=refused)
    if session.state is SessionState.WAITING:
        draft.work(session, TaskState.RUNNING)


@takes_of_session(e.TurnFailed, live=True)
def _turn_failed(draft: Draft, session: Session, fact: e.TurnFailed) -> None:
    why = clean(fact.why, 2000)
    if session.state is SessionState.STARTING:
        # It could not even begin: no sign that it is ready to take words.
        draft.turn_to(session, SessionState.IDLE, how=fact.how, why=why)
        draft.put_session(draft.sessions[session.id].but(ready=False))
    else:
        draft.turn_to(session, SessionState.IDLE, how=fact.how, why=why, turns=session.turns + 1)


@takes_of_session(e.SessionWaiting, live=True)
def _waiting(draft: Draft, session: Session, fact: e.SessionWaiting) -> None:
    helper = clean_line(fact.helper, 80).replace(" ", "-")
    wanted = Wanted(fact.ask, fact.kind, clean(fact.text, 4000), helper)
    waits = session.state is SessionState.WAITING
    stand = session.asks if fact.beside and waits and not _unheard(session) else ()
    if wanted.id in [one.id for one in stand]:
        stand = tuple(wanted if one.id == wanted.id else one for one in stand)
    else:
        stand = (*stand, wanted)
    if stand[0].id != session.ask:
        session = session.but(since=draft.at)  # also where one question follows another
    draft.turn_to(session, SessionState.WAITING, how=fact.how)
    _ask(draft, draft.sessions[session.id], stand)
    draft.work(session, TaskState.WAITING)


@takes_of_session(e.AskSettled, live=True)
def _settled(draft: Draft, session: Session, fact: e.AskSettled) -> None:
    rest = tuple(one for one in session.asks if one.id != fact.ask)
    if session.state is SessionState.WAITING:
        _ask(draft, session, rest)


def _unheard(session: Session) -> bool:
    """Say whether it is shown as waiting only because it began late."""
    return (session.ask or "").startswith("screen-")


def _ask(draft: Draft, session: Session, asks: tuple[Wanted, ...]) -> None:
    """Let a session wait for these."""
    now = session.asking(asks)
    draft.put_session(now)
    draft.forget_answers(now)


@takes_of_session(e.SessionLimited, live=True)
def _limited(draft: Draft, session: Session, fact: e.SessionLimited) -> None:
    until = fact.until if fact.refused else windows.back(fact.until)
    if fact.model is None:  # else its other models still have room
        draft.limits[session.subscription] = until
    noted = clean(fact.text, 2000) or None
    draft.turn_to(
        session, SessionState.LIMITED, how=fact.how, until=until, why=noted, refused=fact.refused
    )
    draft.work(session, TaskState.RUNNING)
