"""From what an agent's files say to facts: pure, and repeating nothing that is known already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import harnesses as h
from conductor import events as e
from conductor import prices, windows
from conductor.cleaning import clean, clean_line
from conductor.samples import Sample
from conductor.state import Message, Session, SessionState, State

SETTLED = 1.0
"""Seconds after which a vendor's status is believed over what its hooks have told."""

DIALOG = 3.0
"""The same for a dialog of which a hook tells more, which is slow to start on a busy machine."""

STALE = 20.0
"""The same for a status that has not shown what they told: on a busy machine it lags by seconds."""

USES = 200
"""Tools under way that are kept in mind, of agents that may have broken off without a word."""


SOON = 20.0
"""Seconds after which a limit is tried again of which nobody tells when it ends: a reset that has
just passed by our clock is soon to come by theirs. Each time in a row it is twice as long.
"""

SELDOM = 3600.0
"""The longest of these pauses."""

FARTHEST = 40 * windows.DAY
"""A limit that is told to end later than that is told by somebody who is mistaken."""

MOST = 1 << 40
"""No request has so many tokens: a figure beyond is a mistake."""


def facts_of(
    state: State,
    session: Session,
    sighting: h.Sighting,
    words: Callable[[Message], str],
    now: float,
    *,
    how: str = "its own record",
) -> list[e.Fact]:
    """Say what a sighting means for a session, given what is known of it."""
    match sighting:
        case h.Prompted(text):
            return _arrived(state, session, text, words)
        case h.Named(vendor_session):
            if session.vendor_session != vendor_session and vendor_session:
                return [e.SessionNamed(session.id, vendor_session)]
        case h.Busy():
            if session.state is not SessionState.BUSY and not _only_helpers_ask(session):
                return [e.SessionBusy(session.id, how)]
        case h.Began():
            unheard = session.ask_kind == "screen" and session.state is SessionState.WAITING
            if session.state is SessionState.STARTING or unheard:
                return [e.SessionIdle(session.id, how)]
        case h.Idle() if any(one.helper for one in session.asks):
            return [e.AskSettled(session.id, how, i) for i in _its_own(session)]
        case h.Idle(last, ready):
            begun = ready or session.state is not SessionState.STARTING
            if begun and session.state is not SessionState.IDLE:
                return [e.SessionIdle(session.id, how, last)]
        case h.Asked(ask, kind, text):
            if all(one.id != ask for one in session.asks):
                beside, by = sighting.beside, sighting.helper
                asked = e.SessionWaiting(session.id, how, ask, kind, text, beside, by)
                return [*_seen_before(session, sighting, how), asked]
        case h.Settled():
            return _settled(session, sighting)
        case h.Limited():
            return _limited(state, session, sighting, now, how)
        case h.TurnFailed(why):
            return [e.TurnFailed(session.id, how, why)]
        case h.Recorded(path, whole):
            known = path == session.witness or path in session.records
            if not known and _is_path(path):
                return [e.SessionRecorded(session.id, path, whole)]
        case h.Used() | h.Stands() | h.Window() | h.Using() | h.Context() | h.Ran() | h.Over():
            pass
    return []


def _limited(
    state: State, session: Session, sighting: h.Limited, now: float, how: str
) -> list[e.Fact]:
    """Say until when a session is limited, or when to try again where nobody tells that."""
    until, refused = sighting.until, 0
    if until is None:
        if session.state is SessionState.LIMITED and (session.until or 0.0) > now:
            return []
        mates = [one for one in state.live.values() if one.subscription == session.subscription]
        last = max((session, *mates), key=lambda one: one.refused)
        until, refused = state.limits.get(session.subscription, 0.0), last.refused
        # Else all of them try again at the same time, and one that was started anew meanwhile, and
        # tells once more of what it met before, was not refused again.
        if not refused or until <= now:
            refused += 1
            until = now + min(SELDOM, SOON * 2 ** min(refused - 1, 20))
    elif session.until == windows.back(until):
        return []
    model = sighting.model or None
    told = e.SessionLimited(session.id, how, until, sighting.text, sighting.window, model, refused)
    return [told]


def _seen_before(session: Session, told: h.Asked, how: str) -> list[e.Fact]:
    """Take back what its status told of a dialog before the hook of that dialog was heard."""
    if told.kind == "screen" or told.helper:
        return []
    seen = (one.id for one in session.asks if one.kind == "screen" and not one.helper)
    return [e.AskSettled(session.id, how, one) for one in seen]


def _its_own(session: Session) -> list[str]:
    """List what a session's agent asks itself, and none of its helpers."""
    return [one.id for one in session.asks if not one.helper]


def _only_helpers_ask(session: Session) -> bool:
    return session.state is SessionState.WAITING and bool(session.asks) and not _its_own(session)


def _settled(session: Session, told: h.Settled) -> list[e.Fact]:
    """Say what of that which a session waits for is settled, and whether that was all."""
    what = clean(told.what, 4000)
    over = [
        one.id
        for one in session.asks
        if one.id == told.ask
        or (what and one.text == what)
        or (one.helper and told.helper in (one.helper, "*"))
    ]
    over = over[:1] if what else over
    facts: list[e.Fact] = [e.AskSettled(session.id, "its own record", one) for one in over]
    if over and len(over) == len(session.asks):
        facts.append(e.SessionBusy(session.id, "its own record"))
    return facts


def stood(session: Session, sighting: h.Stands, now: float, *, shown: bool) -> list[e.Fact]:
    """Say what the vendor's own status puts right of what is known of a session.

    What contradicts its hooks is believed when it has stood for a moment, since a hook may still
    be on its way; unless it has shown what they told, that moment is long.
    """
    how = "its own status"
    newer = sighting.since > session.since
    patience = DIALOG if sighting.hooked else SETTLED
    patience = patience if shown and newer else STALE
    settled = now - max(sighting.since, session.since) >= patience
    if any(one.helper for one in session.asks) and not isinstance(sighting.state, h.Busy):
        return []  # a status says nothing of what its helpers ask through us
    match sighting.state:
        case h.Busy() if _only_helpers_ask(session):
            return []
        case h.Busy():
            limited = session.state is SessionState.LIMITED and newer
            calm = session.state in (SessionState.IDLE, SessionState.WAITING)
            if settled and (calm or limited):
                return [e.SessionBusy(session.id, how)]
        case h.Idle():
            if settled and session.state in (SessionState.BUSY, SessionState.WAITING):
                return [e.SessionIdle(session.id, how)]
        case h.Asked(ask, kind, text):
            if settled and session.state in (SessionState.BUSY, SessionState.IDLE):
                return [e.SessionWaiting(session.id, how, ask, kind, text)]
    return []


class Told:
    """What one line of a record tells for a later one: the model in use, the windows' ends."""

    def __init__(self) -> None:
        self._model = ""
        self._windows: dict[str, h.Window] = {}
        self._uses: dict[str, str] = {}  # what tools under way were given

    def complete(self, sighting: h.Sighting, now: float) -> h.Sighting:
        """Note what is told, and fill in what a sighting leaves to earlier ones."""
        match sighting:
            case h.Using(model):
                self._model = model
            case h.Window(name):
                self._windows[name] = sighting
            case h.Ran(what, ident) if ident:
                self._uses[ident] = what
                while len(self._uses) > USES:
                    del self._uses[next(iter(self._uses))]
            case h.Over(ident) if ident in self._uses:
                return h.Settled(what=self._uses.pop(ident))
            case h.Used(model="") if self._model:
                return replace(sighting, model=self._model)
            case h.Limited(until=None):
                if full := self._full(now):
                    name, model = full.name, full.model
                    return replace(sighting, until=full.resets, window=name, model=model)
            case h.Limited(until) if until is not None and not _to_come(until, now):
                return replace(sighting, until=None)
        return sighting

    def _full(self, now: float) -> h.Window | None:
        """Return the window that is full, the last to return if there are several."""
        known = self._windows.values()
        full = [one for one in known if one.used >= 1.0 and _to_come(one.resets, now)]
        return max(full, key=lambda one: one.resets, default=None)


def _to_come(reset: float, now: float) -> bool:
    """Say whether a reset may be true: else its clock is wrong, or ours."""
    return now < reset < now + FARTHEST


def figures_of(state: State, session: Session, told: h.Window, now: float) -> list[e.Fact]:
    """Say what a window's figures add to what is known of the session's subscription."""
    fact = e.WindowSeen(
        session.subscription, told.name, told.used, told.resets, told.length, told.model or None,
        session.id, seen=min(told.at, now),
    )  # fmt: skip
    known = state.windows.get(windows.key(session.subscription, told.name))
    return [fact] if windows.is_news(known, fact, now) else []


def sample_of(session: Session, used: h.Used, now: float) -> Sample | None:
    """Make a measurement of one request, priced by the vendors' lists if nobody told its cost.

    Figures that cannot be make none.
    """
    figures = (used.input, used.cached, used.output, used.written, used.cost_usd or 0.0)
    if not all(0 <= one <= MOST for one in figures):
        return None
    at = used.at if 0 < used.at <= now else now
    cost = used.cost_usd
    if cost is None:
        cost = prices.cost(
            used.model, at, (used.input, used.cached, used.output, used.written, 0, 0)
        )
    return Sample(
        f"{session.harness}:{used.id}", session.id, session.subscription,
        clean_line(used.model, 120), at,
        used.input, used.cached, used.output, cost, used.written,
    )  # fmt: skip


def _arrived(
    state: State, session: Session, text: str, words: Callable[[Message], str]
) -> list[e.Fact]:
    """A prompt arrived: one of our messages, or something the person typed themselves."""
    facts: list[e.Fact] = []
    # One that was given up may come late, but not before the same words that were said again.
    for message in sorted(state.messages.values(), key=lambda one: bool(one.why)):
        if message.session == session.id and same(words(message), text):
            facts.append(e.MessageDelivered(session.id, message.id))
            break
    if session.state is not SessionState.BUSY:
        facts.append(e.SessionBusy(session.id, "its own record shows the prompt"))
    return facts


def _is_path(told: str) -> bool:
    """Say whether there can be a file by a name that an agent told."""
    written = told.encode("utf-8", "ignore").decode()
    return told.startswith("/") and "\0" not in told and written == told


def same(sent: str, seen: str) -> bool:
    """Say whether a prompt on record is the one that was typed; composers trim and fold space.

    What is typed in the very moment in which an agent begins can be taken twice over.
    """
    if sent == seen or sent.split() == seen.split():
        return True
    return bool(sent) and "".join(seen.split()) == 2 * "".join(sent.split())
