"""From a claim to an agent that runs in its worktree; and again, where one is to go on.

Every step can be taken twice: a runner killed anywhere in between takes the session up where it
stands, and an agent that was started already is never started again.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
import uuid
from functools import partial
from pathlib import Path

from conductor import events as e
from conductor.config import Repo
from conductor.journal import JournalError
from conductor.runner import titles
from conductor.runner.forking import Forking, Origin
from conductor.runner.pooling import Pooling
from conductor.runner.preparing import SetupFailed, prepare
from conductor.runner.reach import Reach
from conductor.runner.remains import end_all
from conductor.runner.seeding import sow
from conductor.runner.shortage import AGAIN, ProgramMissing, Shortage
from conductor.runner.sightings import Sightings
from conductor.runner.work import EXPECTED, words
from conductor.scheduler import deliverable
from conductor.state import ALIVE, Session, SessionState, State
from conductor.terminals.errors import TerminalError
from conductor.terminals.server import Pane
from harnesses import Harness, HarnessError, Launch, Order, Permissions, PromptBy
from harnesses.installed import lacking
from worktrees import names, trees
from worktrees.errors import GitError
from worktrees.pool import Lent
from worktrees.repository import Repository

SIZE = (200, 50)
FIRST = 20.0
"""Seconds the first start on a home may take before others follow it."""

LEAVING = 5.0
"""How long the terminal of an agent that has told its end may take to see it, in seconds."""


class Launching:
    """Starts what was claimed, and starts again what has words waiting for it."""

    def __init__(
        self, reach: Reach, sightings: Sightings, pooling: Pooling, forking: Forking
    ) -> None:
        self.reach = reach
        self.pooling = pooling
        self.forking = forking
        self.shortage = Shortage(reach)
        self.sightings = sightings
        self._first_start: dict[tuple[str, str], str] = {}  # by agent and home
        self._next_start: dict[tuple[str, str], float] = {}
        self._starting = threading.Lock()

    def look(self, state: State) -> None:
        """Begin the starts that are due."""
        begun: set[str] = set()
        for session in state.live.values():
            task = state.tasks[session.task]
            claimed = session.state is SessionState.STARTING and not session.launches
            # One whose task was begun anew meanwhile is to end, which waits for its start to stop.
            mine = task.session == session.id and task.state in ALIVE
            if claimed and mine and not session.stopping:
                begun.add(self._begin(session))
        slots = {one.name: one.slots for one in self.reach.settings.subscriptions}
        due = deliverable(state, slots, self.reach.now()) if state.messages else ()
        for message in due:
            session = state.sessions[message.session]
            if session.live or state.tasks[session.task].state not in ALIVE:
                continue
            if message.kind == "resume" and not self._typed_to(session):
                self.reach.journal.append(e.MessageDelivered(session.id, message.id))
            elif not self.reach.work.doing(f"{session.id} remains"):
                begun.add(self._begin(session))
        self.shortage.look(state, begun)

    def _typed_to(self, session: Session) -> bool:
        """Say whether an agent can be started without words; the others begin with their next."""
        try:
            return self.reach.agent(session).prompt_by is PromptBy.TYPING
        except HarnessError:
            return True  # its start says what is wrong

    def _begin(self, session: Session) -> str:
        self.reach.work.begin(f"{session.id} start", partial(self._start, session))
        return session.id

    async def _start(self, session: Session) -> float | None:
        try:
            async with self.shortage.turn(session.id):
                await self._launch(await self._prepare(session))
        except JournalError:
            raise  # nothing is wrong with this session: it is taken up again
        except EXPECTED as error:
            if self._wanted(session):  # else given up meanwhile, which is also what ended its setup
                if self.shortage.holds(session.id, error):
                    return AGAIN
                self._fail(session, words(error))
        self.shortage.over(session.id)
        return None

    def _fail(self, session: Session, why: str) -> None:
        facts: list[e.Fact] = [e.SessionFailed(session.id, why)]
        if not self.reach.now_of(session).astray:
            facts.append(e.TaskFailed(session.task, f"It could not be started: {why}"))
        self.reach.journal.append(*facts)

    def _wanted(self, session: Session) -> bool:
        """Say whether a session is still to be started."""
        now = self.reach.now_of(session)
        task = self.reach.task(session)
        stopping = now.stopping and now.live  # one that was stopped before may go on
        return not stopping and task.session == session.id and task.state in ALIVE

    # The worktree.

    async def _prepare(self, session: Session) -> Session:
        folder = self.reach.folder(session)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.reach.inbox(session).touch(mode=0o600)
        if session.launches:
            return session
        task = self.reach.task(session)
        wishes = self.reach.repo(task.repo)
        origin = await self.forking.origin(session)
        lent, base = await asyncio.to_thread(self._worktree, session, wishes, origin)
        if session.worktree is None:
            path, branch = str(lent.tree.path), lent.tree.branch or ""
            told = origin.base if origin else base
            self.reach.journal.append(e.WorktreeCreated(session.id, path, branch, told))
        if origin and not self._launched(session):
            repo = Repository.open(task.repo)
            await asyncio.to_thread(self.forking.fill, repo, lent.tree, origin)
        if not lent.prepared and self._wanted(session) and not self._launched(session):
            await asyncio.to_thread(self._setup, session, lent.tree, wishes)
        return self.reach.now_of(session)

    def _worktree(self, session: Session, wishes: Repo, origin: Origin | None) -> tuple[Lent, str]:
        """Take a worktree that is ready, or make one; or take up what was begun."""
        task = self.reach.task(session)
        repo = Repository.open(task.repo)
        base = origin.head if origin else session.base or task.start
        base = base or repo.target(wishes.target).commit
        root = self.reach.workshop(task.repo)
        path = names.under(root, root / names.folder_name(task.title, session.id))
        name = names.branch_name(task.title, task.id)
        free = itertools.chain((name,), (f"{name}-{number}" for number in itertools.count(2)))
        begun = trees.on_record(repo, path)
        if begun is None and (lent := self.pooling.claim(session, repo, base, free, wishes)):
            return lent, base
        taken = set(repo.branches())  # by earlier tries, or a home that counted from one before
        branch = begun.branch if begun else None
        branch = branch or next(one for one in free if one not in taken)
        return Lent(trees.create(repo, path, branch, base), prepared=False), base

    def _setup(self, session: Session, tree: trees.Worktree, wishes: Repo) -> None:
        """Prepare the worktree as its repository asks, marked so that a stop ends it too."""
        root = self.reach.task(session).repo
        if wishes.commands and root not in self.reach.journal.state.runs:
            raise SetupFailed(
                "Its repository names commands by now, and nobody has said that they may run",
                f"`conductor trust {root}` says so; then retry the task.",
            )
        repo = Repository.open(root)
        mark, log = self.reach.tmux.mark(session.id), self.reach.folder(session) / "setup.log"
        prepare(repo, tree, wishes, env=self.reach.environment(), mark=mark, log=log)

    # The agent.

    def _launched(self, session: Session) -> int:
        """Return the process of a launch that the journal does not know of yet, else 0."""
        pid = launches = 0
        for line in self.reach.inbox(session).read_text(errors="replace").split("\n"):
            if line.startswith('{"conductor":"launched"'):
                launches += 1
                pid = _pid(line)
        return pid if launches > session.launches else 0

    async def _launch(self, session: Session) -> None:
        message = None
        harness = self.reach.agent(session)
        if harness.prompt_by is not PromptBy.TYPING:
            messages = self.reach.state().messages.values()
            message = next((m for m in messages if m.session == session.id and not m.why), None)
        order = self._order(session, self.reach.text_of(message) if message else None)
        launch = harness.launch(order)
        pid = self._launched(session)
        if not pid:
            if not self._wanted(session):
                return
            program = lacking(launch, self.reach.environment()["PATH"])
            if program and not session.astray:  # one that was moved here goes elsewhere
                raise ProgramMissing(program)
            if session.launches:  # whatever is left of its last start writes to the same files
                await asyncio.to_thread(end_all, self.reach.tmux, session)
                self.sightings.read(session.id, ended=True)
            await self._take_turns(harness, order)
            if not self._wanted(session):
                return  # given up while it waited for its turn
            pid = await asyncio.to_thread(self._run, session, order, launch)
        records = tuple(str(path) for path in launch.records)
        mode = self.reach.mode(self.reach.now_of(session))
        started = e.SessionStarted(session.id, pid, session.launches + 1, records, mode)
        facts: list[e.Fact] = [started]
        if message and harness.prompt_by is PromptBy.START:
            facts.append(e.MessageTyped(session.id, message.id, session.launches + 1))
        elif message:
            facts += [
                e.MessageDelivered(session.id, message.id),
                e.SessionBusy(session.id, "its command runs"),
            ]
        self.reach.journal.append(*facts)

    async def _take_turns(self, harness: Harness, order: Order) -> None:
        """Keep the starts on one home apart, where the vendor's own would race.

        The first goes alone until it shows life: it may have to set the home up, and others that
        do so at the same time fail.
        """
        if not harness.stagger:
            return
        loop, key = asyncio.get_running_loop(), (harness.name, str(order.home))
        first = self._first_start.setdefault(key, order.session)
        until = loop.time() + FIRST
        while first != order.session and loop.time() < until:
            there = self.reach.state().sessions[first]
            if there.ready or not there.live:
                break
            await self.reach.change()
        turn = max(loop.time(), self._next_start.get(key, 0.0))
        self._next_start[key] = turn + harness.stagger
        await asyncio.sleep(turn - loop.time())

    def _order(self, session: Session, prompt: str | None) -> Order:
        subscription = self.reach.settings.subscription(session.subscription)
        task = self.reach.task(session)
        repo, policy = task.repo, self.reach.settings.policy(task.repo, task.template)
        allowed = policy.permissions or (subscription.permissions if subscription else "ask")
        listed = subscription.commands if subscription else ()
        source = self.reach.source(session)
        return Order(
            session=session.id,
            worktree=Path(session.worktree or ""),
            folder=self.reach.folder(session),
            inbox=self.reach.inbox(session),
            home=Path(subscription.home) if subscription and subscription.home else None,
            model=session.model,
            env=dict(subscription.env) if subscription else {},
            prompt=prompt,
            resume=session.vendor_session if session.launches else None,
            fork=source.vendor_session if source else None,
            forked=tuple(map(Path, source.records)) if source else (),
            fresh=str(uuid.uuid4()),
            repo=Path(repo),
            trusted=repo in self.reach.state().trusted,
            permissions=Permissions(allowed),
            commands=(*listed, *policy.commands),
        )

    def _run(self, session: Session, order: Order, launch: Launch) -> int:
        if not order.worktree.is_dir():
            raise GitError(f"The worktree {order.worktree} is gone", "Retry the task.")
        env = {**self.reach.environment(), "TERM": "tmux-256color", "COLORTERM": "truecolor"}
        env.update(sow(launch, order.folder))
        name, tmux = order.session, self.reach.tmux
        until = time.monotonic() + LEAVING
        while terminal := next((one for one in tmux.list() if one.session == name), None):
            if terminal.dead:
                pane = tmux.respawn(
                    name, launch.argv, cwd=order.worktree, env=env, inbox=order.inbox
                )
                return self._follow(pane, order, launch)
            if pid := self._launched(session):  # a runner killed a moment ago started it
                return pid
            if time.monotonic() > until:
                raise TerminalError(
                    f"the agent's last process in {name} does not end; look with"
                    f" `conductor attach {name}`"
                )
            time.sleep(0.02)
        with self._starting:  # two that find no server would each start one
            pane = tmux.start(
                name, launch.argv, cwd=order.worktree, env=env, size=SIZE, inbox=order.inbox
            )
        return self._follow(pane, order, launch)

    def _follow(self, pane: Pane, order: Order, launch: Launch) -> int:
        if launch.titles:
            titles.follow(self.reach.tmux, pane.pane, order.inbox)
        return pane.pid


def _pid(line: str) -> int:
    try:
        return int(json.loads(line).get("pid", 1))
    except (ValueError, AttributeError, TypeError):
        return 1
