"""From a claim to an agent that runs in its worktree; and again, where one is to go on.

Every step can be taken twice: a runner killed anywhere in between takes the session up where it
stands, and an agent that was started already is never started again.
"""

from __future__ import annotations

import asyncio
import itertools
from functools import partial

from conductor import events as e
from conductor.config import Repo
from conductor.journal import JournalError
from conductor.runner.forking import Forking, Origin
from conductor.runner.pooling import Pooling
from conductor.runner.preparing import SetupFailed, prepare
from conductor.runner.reach import Reach
from conductor.runner.remains import end_all
from conductor.runner.shortage import AGAIN, ProgramMissing, Shortage
from conductor.runner.sightings import Sightings
from conductor.runner.starting import Starting
from conductor.runner.work import EXPECTED, words
from conductor.slots import deliverable
from conductor.state import ALIVE, Session, SessionState, State
from harnesses import HarnessError, PromptBy
from harnesses.installed import lacking
from worktrees import names, trees
from worktrees.pool import Lent
from worktrees.repository import Repository


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
        self.starting = Starting(reach)

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
        if origin and not self.starting.launched(session):
            repo = Repository.open(task.repo)
            await asyncio.to_thread(self.forking.fill, repo, lent.tree, origin)
        if not lent.prepared and self._wanted(session) and not self.starting.launched(session):
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

    async def _launch(self, session: Session) -> None:
        message = None
        harness = self.reach.agent(session)
        if harness.prompt_by is not PromptBy.TYPING:
            messages = self.reach.state().messages.values()
            message = next((m for m in messages if m.session == session.id and not m.why), None)
        order = self.starting.order(session, self.reach.text_of(message) if message else None)
        launch = harness.launch(order)
        pid = self.starting.launched(session)
        if not pid:
            if not self._wanted(session):
                return
            program = lacking(launch, self.reach.environment()["PATH"])
            if program and not session.astray:  # one that was moved here goes elsewhere
                raise ProgramMissing(program)
            if session.launches:  # whatever is left of its last start writes to the same files
                await asyncio.to_thread(end_all, self.reach.tmux, session)
                self.sightings.read(session.id, ended=True)
            await self.starting.turn(harness, order)
            if not self._wanted(session):
                return  # given up while it waited for its turn
            pid = await asyncio.to_thread(self.starting.run, session, order, launch)
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
