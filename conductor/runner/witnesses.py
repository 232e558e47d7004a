"""What is heard beside an agent's hooks: the vendor's own status, the terminal's title, silence.

Hooks tell first and most. But no hook tells that a dialog was answered on the screen, that a turn
was broken off there, or that an agent waits in a dialog of its own before it has begun at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from math import inf

from conductor import events as e
from conductor.cleaning import clean
from conductor.runner import pipes
from conductor.runner.abreast import Abreast
from conductor.runner.lines import sightings_of
from conductor.runner.reach import Reach
from conductor.runner.reading import SETTLED, STALE, stood
from conductor.runner.screens import UNHEARD, Screens, worded
from conductor.runner.tails import opened
from conductor.runner.typist import fits
from conductor.state import Session, SessionState, State, Wanted
from harnesses import (
    SHOWN,
    Ask,
    Asked,
    Busy,
    Harness,
    HarnessError,
    Reply,
    Sighting,
    Stands,
    Typing,
)

OFTEN = 0.4
"""Seconds between two looks at the terminals of agents that tell something there alone."""

UNSEEN = 5.0
"""Seconds after which a title is believed that has not shown the dialog which is asked about."""

SILENCE = 20.0
"""Seconds after which an agent that has shown no sign of life is shown to the person."""

BLANK = 60.0
"""The same for one whose terminal is still empty: there is nothing to see or to do yet."""

LONGEST_STATUS = 1 << 16


class Witnesses:
    """Puts right what hooks did not tell."""

    def __init__(
        self,
        reach: Reach,
        looked: Callable[[Session], None],
        told: Callable[[str, Sighting, str], None],
    ) -> None:
        self.reach = reach
        self.screens = Screens(reach, told)
        self._looked = looked
        self._abreast = Abreast()
        self._second_looks: dict[str, asyncio.TimerHandle] = {}
        self._titles: dict[str, tuple[object, float]] = {}  # what each shows, and since when
        self._seen: dict[str, str | None] = {}  # the ask whose dialog each title has shown

    def look(self, state: State) -> None:
        """Watch terminals that alone tell something, or in which helpers ask through us."""
        if any(self._watched(session) for session in state.live.values()):
            self.reach.work.begin("titles", self._watch_terminals, standing=True)

    def _harness(self, session: Session) -> Harness | None:
        try:
            return self.reach.agent(session)
        except HarnessError:
            return None

    # The vendor's own status.

    def hear(self, session: Session) -> None:
        """Ask the status now, and again when what hooks told has settled."""
        if session.live and session.witness:
            self._ask_status(session, session.witness)
            self._later(session.id)

    def _later(self, ident: str) -> None:
        if ident in self._second_looks:
            self._second_looks[ident].cancel()
        later = asyncio.get_running_loop().call_later
        self._second_looks[ident] = later(SETTLED * 1.1, self._again, ident)

    def _again(self, ident: str) -> None:
        del self._second_looks[ident]
        session = self.reach.journal.state.sessions[ident]
        if session.live and session.witness:
            self._looked(session)  # a record that nobody watched yet knows why a turn ended
            doubted = self._ask_status(session, session.witness)
            if doubted or self.reach.now() - session.since < STALE:
                self._later(ident)

    def _ask_status(self, session: Session, path: str) -> bool:
        """Take what a status says; say whether it tells anything that is not believed yet."""
        try:
            with opened(path) as file:
                line = file.read(LONGEST_STATUS).decode("utf-8", "replace")
        except OSError:
            return False  # the agent has taken it away, as it does at its end
        harness = self._harness(session)
        for sighting in sightings_of(harness, line):
            if isinstance(sighting, Stands):
                now = self.reach.journal.state.sessions[session.id]
                shown = self._abreast.shows(now, sighting)
                self._take(session.id, sighting, shown=shown)
                now = self.reach.journal.state.sessions[session.id]
                return bool(stood(now, sighting, inf, shown=shown))
        return False

    def _take(self, ident: str, sighting: Stands, *, shown: bool) -> None:
        now = self.reach.journal.state.sessions[ident]
        if not stood(now, sighting, self.reach.now(), shown=shown):
            return
        if now.state is SessionState.WAITING and isinstance(sighting.state, Busy):
            look = partial(self._see_that_it_works, ident, sighting, shown=shown)
            self.reach.work.begin(f"{ident} dialog", look)
        else:
            self._believe(ident, sighting, shown=shown)

    async def _see_that_it_works(self, ident: str, sighting: Stands, *, shown: bool) -> None:
        """Believe that what was asked has been answered, unless its dialog still stands there.

        Where many are at work, a status tells of work for a moment while its agent waits.
        """
        screen = await asyncio.to_thread(self.reach.tmux.capture, ident, ansi=False)
        harness = self._harness(self.reach.state().sessions[ident])
        words = harness.say("") if harness else None
        if not isinstance(words, Typing) or fits(screen, words):
            self._believe(ident, sighting, shown=shown)

    def _believe(self, ident: str, sighting: Stands, *, shown: bool) -> None:
        with self.reach.journal.decide() as decision:
            now = decision.state.sessions[ident]
            decision.append(*stood(now, sighting, decision.at, shown=shown))
        self._abreast.leads(self.reach.journal.state.sessions[ident])

    # The terminal's title.

    def _by_title(self, session: Session) -> bool:
        # A title is no sign of life: it stands while the agent asks its person to sign in.
        told = (session.ask or "").startswith((SHOWN, UNHEARD))
        if session.state is not SessionState.WAITING or told:
            return False
        harness = self._harness(session)
        return harness is not None and harness.read_title("") is not None

    def _watched(self, session: Session) -> bool:
        return self._by_title(session) or self.screens.tells(session) or bool(_held(session))

    async def _watch_terminals(self) -> None:
        while any(self._watched(one) for one in self.reach.state().live.values()):
            for terminal in await asyncio.to_thread(self.reach.tmux.list):
                session = self.reach.state().live.get(terminal.session)
                if session and not terminal.dead and self._by_title(session):
                    self._read_title(session, terminal.title)
                elif session and not terminal.dead:
                    await self.screens.see(session, terminal)
                if session and terminal.visited and _held(session):
                    await self._let_go(session)
            await asyncio.sleep(OFTEN)

    def _read_title(self, session: Session, title: str) -> None:
        harness, now = self._harness(session), self.reach.now()
        state = harness.read_title(title) if harness else None
        if state is None:
            return
        if isinstance(state, Asked):
            self._seen[session.id] = session.ask
        shown = (session.ask, type(state))  # nobody looked between this ask and the one before
        known, since = self._titles.get(session.id, (None, now))
        if known != shown:
            since = now
        self._titles[session.id] = (shown, since)
        # Between the hook that asks and the dialog the title still shows an agent at work.
        if self._seen.get(session.id) == session.ask or now - session.since > UNSEEN:
            self._take(session.id, Stands(state, since), shown=True)

    async def _let_go(self, session: Session) -> None:
        """Leave what helpers ask to their own dialogs, for the person who is in the terminal."""
        harness, folder = self._harness(session), self.reach.folder(session)
        for one in _held(session) if harness else ():
            reply = harness.answer(Ask(one.id, one.kind, one.text), "") if harness else None
            with suppress(HarnessError):  # answered in this very moment
                if isinstance(reply, Reply):
                    await asyncio.to_thread(pipes.write, folder / reply.pipe, reply.text)
            how, text = "you are in its terminal", one.text
            self.reach.journal.append(
                e.SessionWaiting(session.id, how, one.id, "screen", text, True, one.helper)
            )

    # Silence.

    async def silent(self, session: Session) -> None:
        """Show what stands on the screen of an agent that has not begun in time."""
        now = self.reach.now_of(session)
        late = self.reach.now() - now.since > SILENCE
        if now.state is not SessionState.STARTING or not now.launches or not late:
            return
        screen = await asyncio.to_thread(self.reach.tmux.capture, session.id, ansi=False)
        shown = worded(clean(screen))
        if not shown and self.reach.now() - now.since < BLANK:
            return
        text = f"It has not begun yet. Its own terminal shows:\n{shown}".strip()
        with self.reach.journal.decide() as decision:
            now = decision.state.sessions[session.id]
            if now.state is SessionState.STARTING:
                ask, how = f"{UNHEARD}{now.launches}", "nothing was heard of it"
                decision.append(e.SessionWaiting(now.id, how, ask, "screen", text))


def _held(session: Session) -> list[Wanted]:
    """List what helpers ask whose dialogs do not show while we wait for the answer."""
    return [one for one in session.asks if one.helper and one.kind != "screen"]
