"""What every duty of the runner can reach: the journal, the terminals, the settings, the clock."""

from __future__ import annotations

import asyncio
import os
import threading
import time
import zlib
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from conductor import events as e
from conductor.config import Repo, Settings, Subscription, load_repo, load_whole
from conductor.journal import Journal
from conductor.places import Places
from conductor.runner.followed import Followed
from conductor.runner.work import Work
from conductor.state import Message, Session, State, Task
from conductor.terminals.server import Tmux
from harnesses import Harness, HarnessError, Printing
from harnesses.installed import described, lacking, sign_in
from harnesses.registry import faults, registry, wary
from worktrees import hardening, names, trees
from worktrees.errors import GitError
from worktrees.repository import Repository

T = TypeVar("T")

LONGEST_NAP = 60.0
"""The loop's clock stands still while a machine sleeps: so the time of day is looked at again."""

FORKED = """\
From here on you work on a copy: your files are in {here}, as they were a moment ago. {there} is \
another agent's now: leave it alone.

{words}"""
"""How the first words of a session begin whose conversation tells of another's worktree."""

_KEPT = ("HOME", "PATH", "LANG", "LC_ALL", "LC_CTYPE", "USER", "LOGNAME", "SHELL", "TMPDIR")


class Reach:
    """The runner's hands and eyes, shared by its duties."""

    def __init__(self, places: Places, journal: Journal) -> None:
        self.places = places
        self.journal = journal
        self.tmux = Tmux(Path(places.terminals))
        self._awake = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self.work = Work(journal, self.wake)
        self._settings = Followed(places.config_file, self._load, Settings())
        self._thread = threading.get_ident()
        self._read_anew: deque[e.TroubleSeen | e.TroubleCleared] = deque()
        self._repos: dict[str, Followed[Repo]] = {}

    # Waking.

    def wake(self) -> None:
        """Let the duties look again."""
        self._awake.set()

    def wake_in(self, seconds: float) -> None:
        """Let the duties look again after so long; whoever wants a later time asks again then."""
        loop = asyncio.get_running_loop()
        at = loop.time() + max(0.0, seconds)
        if self._alarm is not None and loop.time() < self._alarm.when():
            if self._alarm.when() <= at:
                return
            self._alarm.cancel()
        self._alarm = loop.call_at(at, self.wake)

    def wake_at(self, when: float) -> None:
        """Let the duties look again at a time of day, also if the machine sleeps until then."""
        self.wake_in(min(max(0.0, when - self.now()) + 0.02, LONGEST_NAP))

    async def woken(self) -> None:
        """Wait until there is something to look at."""
        await self._awake.wait()
        self._awake.clear()

    def changed(self) -> None:
        """Let every job that waits for the world to change look at it again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    async def change(self) -> None:
        """Wait until the journal has changed, a second at most."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await asyncio.wait({waiter}, timeout=1.0)

    # Settings.

    @property
    def settings(self) -> Settings:
        """The person's configuration: the last that could be read, and a trouble if it broke."""
        return self._read(self._settings)

    def _load(self) -> Settings:
        """Read the configuration; what broke in it, or is not found for that, stays as it was."""
        now, before = load_whole(self.places.config_file), self._settings.content
        if not now.wrong:
            return now
        there = {one.name for one in now.subscriptions}
        kept = [one for one in before.subscriptions if one.name not in there]
        whole = now.harnesses.keys() - faults(now.harnesses)
        tables = {name: table for name, table in before.harnesses.items() if name not in whole}
        return now.but(
            subscriptions=(*now.subscriptions, *kept), harnesses={**now.harnesses, **tables}
        )

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """The subscriptions that a task can be given to: those whose harness there is."""
        known = registry(self.settings.harnesses)
        return tuple(one for one in self.settings.subscriptions if one.harness in known)

    @property
    def wary(self) -> frozenset[str]:
        """The harnesses that start only where the person trusts what is in the repository."""
        return wary(self.settings.harnesses)

    def absent(self) -> dict[str, str]:
        """Name the programs that agents could not be started by, and whose subscription each is."""
        path = self.environment()["PATH"]
        found = {}
        for one in self.subscriptions:
            with suppress(HarnessError):  # the start of a session says what is wrong
                launch = described(self.harness(one.harness), one.model, one.env, one.home or "")
                if program := lacking(launch, path):
                    found[one.name] = program
        return found

    def signing_in(self, session: Session) -> str:
        """Say how to sign in, where nobody seems to be: its agent's words mean its own screen."""
        one = self.settings.subscription(session.subscription)
        if one is None or one.harness != session.harness:
            return ""
        home = one.home or ""
        try:
            launch = described(self.harness(one.harness), one.model, one.env, home)
        except HarnessError:
            return ""
        line = sign_in(one.harness, launch, home, one.env)
        return f"Nobody seems to be signed in: run `{line}` once." if line else ""

    def repo(self, root: str) -> Repo:
        """A repository's wishes: the last that could be read, and a trouble if they broke."""
        if root not in self._repos:
            path = os.path.join(root, "conductor.toml")
            self._repos[root] = Followed(path, lambda: load_repo(root), Repo())
        return self._read(self._repos[root])

    def may_run(self, root: str) -> bool:
        """Say whether a repository's own commands may run: it names none, or the person agreed."""
        return root in self.journal.state.runs or not self.repo(root).commands

    def _read(self, followed: Followed[T]) -> T:
        """Follow a settings file; what a thread or a decision finds there is told a look later."""
        if fact := followed.look():
            self._read_anew.append(fact)
        here = threading.get_ident() == self._thread and not self.journal.deciding
        while self._read_anew and here:
            fact = self._read_anew.popleft()
            if isinstance(fact, e.TroubleSeen) or fact.subject in self.journal.state.troubles:
                self.journal.append(fact)
        return followed.content

    def harness(self, name: str) -> Harness:
        """Find a harness by its name."""
        known = registry(self.settings.harnesses)
        if name not in known:
            why = faults(self.settings.harnesses).get(name)
            raise HarnessError(why or f"There is no harness {name!r}; there are {', '.join(known)}")
        return known[name]

    def mode(self, session: Session) -> str:
        """How a session's agent runs, or is to be started next: `headless`, or empty."""
        if session.live and session.launches:
            return session.mode
        one = self.settings.subscription(session.subscription)
        return "headless" if one and one.mode == "headless" else ""

    def agent(self, session: Session) -> Harness:
        """The harness of a session, in the mode in which its agent runs."""
        harness = self.harness(session.harness)
        if not self.mode(session):
            return harness
        if not isinstance(harness, Printing):
            raise HarnessError(
                f"{session.harness} has no headless mode: take `mode` out of the subscription"
                f" {session.subscription}"
            )
        return harness.headless

    # Places.

    def folder(self, session: Session | str) -> Path:
        """A session's own folder."""
        ident = session if isinstance(session, str) else session.id
        return Path(self.places.sessions) / ident

    def inbox(self, session: Session) -> Path:
        """The file that a session's hooks and launch script append to."""
        return self.folder(session) / "inbox.jsonl"

    def workshop(self, repo: str) -> Path:
        """The folder of a repository's worktrees; its name tells two of one name apart."""
        path = os.path.realpath(repo)
        name = names.folder_name(f"{zlib.crc32(os.fsencode(path)):08x}", os.path.basename(path))
        root = Path(self.places.worktrees) / name
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return root

    def snapshot_ref(self, session: Session) -> str:
        """Where a session's work is kept."""
        return f"refs/conductor/sessions/{session.id}"

    def task(self, session: Session) -> Task:
        """The task a session works on."""
        return self.journal.state.tasks[session.task]

    def source(self, session: Session) -> Session | None:
        """The session that another goes on from, until it has a conversation of its own."""
        if session.vendor_session is not None:
            return None
        return self.journal.state.sessions.get(self.task(session).forks or "")

    def now_of(self, session: Session) -> Session:
        """The same session as it is now."""
        return self.journal.catch_up().sessions[session.id]

    def text_of(self, message: Message) -> str:
        """Return a message's whole words; those of a task are the task's own."""
        if message.kind != "task":
            return self.journal.text(message.told)
        state = self.journal.state
        session = state.sessions[message.session]
        task = state.tasks[session.task]
        source = state.sessions.get(task.forks or "")
        words = self.journal.text(task.told)
        if source is None:
            return words
        return FORKED.format(here=session.worktree, there=source.worktree, words=words)

    def environment(self) -> dict[str, str]:
        """What an agent or a repository's command gets of our environment: no key, no setting.

        An empty place in PATH, easily made, would be the worktree: it must not supply the agent.
        """
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return kept | {"PATH": hardening.search_path()}

    # Git.

    def tree(self, session: Session) -> tuple[Repository, trees.Worktree]:
        """Find a session's worktree as git has it; blocking, so called in a thread."""
        if session.worktree is None:
            raise GitError(f"{session.id} has no worktree yet")
        repo = Repository.open(self.task(session).repo)
        return repo, trees.find(repo, Path(session.worktree))

    def state(self) -> State:
        """The newest state."""
        return self.journal.catch_up()

    @staticmethod
    def now() -> float:
        """The time, in seconds since the epoch."""
        return time.time()
