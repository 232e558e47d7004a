"""What agents do, read from their own files and from tmux, and written down as facts.

Files are watched, not polled, and each is read on from where the last reading ended; with no live
session nothing is watched at all. tmux tells of terminals that died without a word by a line in the
file `deaths`; a slow sweep notices when tmux itself is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from functools import partial

from conductor import contexts
from conductor import events as e
from conductor.decision import Decision
from conductor.homes import vendors
from conductor.restless import Restless
from conductor.runner.deaths import DEATHS, KILLED, Deaths
from conductor.runner.lines import exit_of, is_older, sightings_of
from conductor.runner.reach import Reach
from conductor.runner.reading import Told, facts_of, figures_of, sample_of
from conductor.runner.tails import Tails
from conductor.runner.witnesses import Witnesses
from conductor.samples import Sample, keep
from conductor.state import Session, State
from conductor.watches import watch
from harnesses import Context, Harness, HarnessError, Ran, Sighting, Used, Window
from harnesses.records.registry import RECORDS

SWEEP = 10.0


class Sightings:
    """Follows the files of live sessions and the terminals they run in."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._tails = Tails(reach.journal)
        self._enough = asyncio.Event()
        self._died = asyncio.Event()
        self._roots: set[str] = set()
        self._told: dict[str, Told] = {}
        self.witnesses = Witnesses(reach, self._follow, self._see)
        self.restless = Restless(reach.now())
        self.deaths = Deaths(reach)
        self._read: dict[str, int] = {}  # the launch of each live session that is being read

    def look(self, state: State) -> None:
        """Watch while there is something to see."""
        started = {ident: one.launches for ident, one in state.live.items() if one.launches}
        for ident in [ident for ident, count in started.items() if self._read.get(ident) != count]:
            self.read(ident)  # it may have said something before its start was noted
        self._read = started
        self.witnesses.look(state)
        self._look_for_silence(state)
        self._look_for_worktrees(state)
        if started:
            self.reach.work.begin("watching", self._watch, standing=True)
            self.reach.work.begin("sweep", self._sweep, standing=True)
        else:
            self._enough.set()
            self._died.set()

    def _look_for_silence(self, state: State) -> None:
        self.restless.awake(self.reach.now(), time.monotonic())
        for session in state.live.values():
            when = self.restless.silent_at(session)
            if when is not None and when <= self.reach.now():
                self.reach.journal.append(self.restless.silence(session, self.reach.now()))
            elif when is not None:
                self.reach.wake_at(when)

    # Files.

    async def _watch(self) -> None:
        self._enough.clear()
        self._roots = self._folders()
        watched = watch(*self._roots, debounce=60, step=30, stop_event=self._enough)
        coming = asyncio.ensure_future(anext(watched, None))
        await asyncio.sleep(0)  # by now the watch is set up: what is read from here on is all
        try:
            self.read_all()
            while changes := await coming:
                for ident in {self._session_of(path) for _, path in changes}:
                    if ident == DEATHS:
                        self._died.set()
                    elif ident:
                        self.read(ident)
                if not self._folders() <= self._roots:
                    return  # begun anew, with what is to be followed besides
                coming = asyncio.ensure_future(anext(watched, None))
        finally:
            coming.cancel()

    def _folders(self) -> set[str]:
        """List the folders to watch: ours, and those in which vendors keep what we follow."""
        live = self.reach.journal.state.live.values()
        theirs = {os.path.dirname(path) for session in live for path in _files(session)}
        ours = self.reach.places.sessions
        return {ours} | {one for one in theirs if _is_watched(one, ours)}

    def _session_of(self, path: str) -> str:
        if _under(path, self.reach.places.sessions):
            return os.path.relpath(path, self.reach.places.sessions).split(os.sep)[0]
        live = self.reach.journal.state.live.values()
        return next((session.id for session in live if path in _files(session)), "")

    def read_all(self) -> None:
        """Read whatever is new in any live session's files."""
        for ident in list(self.reach.state().live):
            self.read(ident)

    def read(self, ident: str, *, ended: bool = False) -> None:
        """Read whatever is new in a session's files, and write down what it means.

        What an ended one left is read before it is started again: it is not news of the new start.
        """
        session = self.reach.journal.state.sessions.get(ident)
        if session is None or not session.launches or session.live is ended:
            return
        self._read_files(session)
        self.witnesses.hear(self.reach.journal.state.sessions[ident])

    def forget(self, ident: str) -> None:
        """Begin anew with a session that lives elsewhere now, whose files were marked as read."""
        self._told.pop(ident, None)
        self._tails.forget()

    def _read_files(self, session: Session) -> None:
        # Hooks first: what a record tells of a failure comes after the prompt that led to it.
        take = partial(self._take, session)
        while self._tails.bite(str(self.reach.inbox(session)), take):
            pass
        for path in self.reach.journal.state.sessions[session.id].records:
            while self._tails.bite(path, take):
                pass

    def _follow(self, session: Session) -> None:
        """Read what is there, and watch anew if there is more to follow than was."""
        self._read_files(session)
        if not self._folders() <= self._roots:
            self._enough.set()

    def _take(self, session: Session, decision: Decision, lines: list[str]) -> None:
        harness = self._harness(session)
        told = self._told.setdefault(session.id, Told())
        samples: list[Sample] = []
        task = decision.state.tasks[session.task]
        began = session.began if task.forks else 0.0  # its records begin with what was said before
        recorded = vendors(self.reach.settings.harnesses, RECORDS)  # what they tell is read there
        for line in lines:
            over, code = exit_of(line)
            now = decision.state.sessions[session.id]
            if over and now.live:
                decision.append(self.deaths.told(now, "its launch script told", code))
                if code is not None and code >= KILLED:
                    self.deaths.clear_soon(now)
                continue
            if began and is_older(line, began):
                continue
            for sighting in sightings_of(harness, line):
                now = decision.state.sessions[session.id]
                known = told.complete(sighting, decision.at)
                if isinstance(known, Used) and now.harness not in recorded:
                    sample = sample_of(now, known, decision.at)
                    samples += [sample] if sample else []
                if isinstance(known, Context):
                    contexts.keep(decision.db, session.id, known.used, known.size)
                if isinstance(known, Ran) and not known.helper:
                    decision.append(*self.restless.ran(now, known.what, decision.at))
                if isinstance(known, Window):
                    decision.append(*figures_of(decision.state, now, known, decision.at))
                words = self.reach.text_of
                decision.append(*facts_of(decision.state, now, known, words, decision.at))
        heard = self.restless.heard(decision.state.sessions[session.id], decision.at)
        decision.append(*heard if lines else ())
        keep(decision.db, samples)

    def _see(self, ident: str, sighting: Sighting, how: str) -> None:
        """Write down what was seen of an agent beside its files, which go first.

        What they tell in that moment is newer than what was seen: it may be of a dialog that was
        not drawn yet, and what is seen of it comes with the next look.
        """
        before = self.reach.journal.state.sessions[ident]
        self._read_files(before)
        with self.reach.journal.decide() as decision:
            now = decision.state.sessions[ident]
            known = self._told.setdefault(ident, Told()).complete(sighting, decision.at)
            if now.live and (now.state, now.asks) == (before.state, before.asks):
                words = self.reach.text_of
                decision.append(*facts_of(decision.state, now, known, words, decision.at, how=how))

    def _harness(self, session: Session) -> Harness | None:
        try:
            return self.reach.agent(session)
        except HarnessError:
            return None  # taken out of the configuration meanwhile: its start and end still count

    # Terminals.

    async def _sweep(self) -> None:
        """Look whether the terminals of live sessions are there, now and at every sweep."""
        self._died.clear()
        await asyncio.to_thread(self.deaths.listen)
        await self._missing()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._died.wait(), SWEEP)

    async def _missing(self) -> None:
        expected = [s for s in self.reach.state().live.values() if s.launches]
        listed = await asyncio.to_thread(self.reach.tmux.list)
        await asyncio.to_thread(self.reach.tmux.sweep)
        running = {live.session: live for live in listed if not live.dead}
        dead = {live.session: live for live in listed if live.dead}
        self.read_all()
        self._look_for_worktrees(self.reach.state())
        for session in expected:
            if session.id in running:
                await self.witnesses.silent(session)
            now = self.reach.state().sessions[session.id]
            if not now.live or now.launches != session.launches or session.id in running:
                continue
            if any(self.reach.work.has(f"{session.id} {job}") for job in ("stop", "move")):
                continue  # it is we who end it, and we tell when that is done
            if session.id in dead:
                how, code = "tmux told that its process is gone", dead[session.id].exit_status
            else:
                how, code = "tmux told that its terminal is gone", None
            await asyncio.to_thread(self.deaths.ask_since_when)
            self.reach.journal.append(self.deaths.told(now, how, code))
            self.deaths.clear_soon(now)

    async def adopt(self) -> None:
        """At the start: read what was missed, and see which sessions are still there."""
        if any(s.launches for s in self.reach.state().live.values()):
            await asyncio.to_thread(self.deaths.ask_since_when)
        self.read_all()
        if any(s.launches for s in self.reach.state().live.values()):
            await self._missing()
        self._look_for_worktrees(self.reach.state())

    def _look_for_worktrees(self, state: State) -> None:
        """See which agents' folders somebody took away, or put back, while they are at work."""
        for session in state.live.values():
            folder = session.worktree
            if not folder or not session.launches or session.gone is not os.path.isdir(folder):
                continue
            if not session.gone:
                self.reach.journal.append(e.WorktreeVanished(session.id))
            elif session.branch and session.base and os.path.exists(os.path.join(folder, ".git")):
                self.reach.journal.append(
                    e.WorktreeCreated(session.id, folder, session.branch, session.base)
                )


def _files(session: Session) -> tuple[str, ...]:
    return (*session.records, session.witness) if session.witness else session.records


def _is_watched(folder: str, ours: str) -> bool:
    """Say whether a folder that an agent's file named is watched beside ours, with all in it."""
    if _under(folder, ours) or _under(ours, os.path.normpath(folder)):
        return False
    return os.path.isdir(folder) and os.access(folder, os.R_OK | os.X_OK)


def _under(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
