"""An agent in its terminal: what it is told at its start, its turn among others, its process."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from pathlib import Path

from conductor.runner import titles
from conductor.runner.reach import Reach
from conductor.runner.seeding import sow
from conductor.state import Session
from conductor.terminals.errors import TerminalError
from conductor.terminals.server import Pane
from harnesses import Harness, Launch, Order, Permissions
from worktrees.errors import GitError

SIZE = (200, 50)
FIRST = 20.0
"""Seconds the first start on a home may take before others follow it."""

LEAVING = 5.0
"""How long the terminal of an agent that has told its end may take to see it, in seconds."""


class Starting:
    """Puts an agent into its terminal, once."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._first_start: dict[tuple[str, str], str] = {}  # by agent and home
        self._next_start: dict[tuple[str, str], float] = {}
        self._starting = threading.Lock()

    def launched(self, session: Session) -> int:
        """Return the process of a launch that the journal does not know of yet, else 0."""
        pid = launches = 0
        for line in self.reach.inbox(session).read_text(errors="replace").split("\n"):
            if line.startswith('{"conductor":"launched"'):
                launches += 1
                pid = _pid(line)
        return pid if launches > session.launches else 0

    async def turn(self, harness: Harness, order: Order) -> None:
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

    def order(self, session: Session, prompt: str | None) -> Order:
        """Put together all that an agent is told at its start."""
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

    def run(self, session: Session, order: Order, launch: Launch) -> int:
        """Run it in its terminal, a new one or the one it had; return its process."""
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
            if pid := self.launched(session):  # a runner killed a moment ago started it
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
