"""What people can set: what they pay for and prefer, and what a repository asks of work in it."""

from __future__ import annotations

import os

from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Subscription(Value):
    """One paid account at one vendor, as its owner described it."""

    name: str
    harness: str
    home: str | None = None
    slots: int = 1
    model: str | None = None
    env: Mapping[str, str] = {}
    permissions: str = "ask"  # what its agents may do without asking
    commands: tuple[str, ...] = ()  # beginnings of commands that they may run besides
    daily_tokens: int | None = None  # nothing new starts on a day that has had so many
    daily_usd: float | None = None
    mode: str = "terminal"  # whether its agents run in their own terminal, or by their print mode

    def is_account_of(self, other: Subscription) -> bool:
        """Say whether both are the same home of a vendor, by whatever names its folder goes."""
        if self.harness != other.harness or self.env != other.env:
            return False
        homes = [os.path.realpath(one.home) for one in (self, other) if one.home]
        return len(homes) == 2 and homes[0] == homes[1]


class Policy(Value):
    """What agents may do without asking in one repository, or with one kind of task."""

    repo: str | None = None
    template: str | None = None
    permissions: str | None = None
    commands: tuple[str, ...] = ()

    def fits(self, repo: str, template: str | None) -> bool:
        """Say whether it is meant for a task."""
        return self.repo in (None, repo) and self.template in (None, template)


class Pool(Value):
    """How many worktrees are kept ready for the next agents, and on how much disk."""

    size: int | None = None  # of each repository; None: as many as suits it
    disk: int = 20  # GB, of all repositories


class Settings(Value):
    """The person's own configuration."""

    subscriptions: tuple[Subscription, ...] = ()
    harnesses: Mapping[str, Mapping[str, Any]] = {}
    failover: str = "ask"
    theme: str | None = None
    keys: Mapping[str, str] = {}
    pool: Pool = Pool()
    policies: tuple[Policy, ...] = ()
    alerts: tuple[int, ...] = (80, 95)  # percent of a window, at which the person is told
    wrong: tuple[str, ...] = ()  # what was left out, because it could not be understood

    def policy(self, repo: str, template: str | None) -> Policy:
        """Find the first policy that is meant for a task."""
        return next((one for one in self.policies if one.fits(repo, template)), Policy())

    def subscription(self, name: str) -> Subscription | None:
        """Find a subscription by its name."""
        return next((s for s in self.subscriptions if s.name == name), None)


class Landings(Value):
    """How changes become history of the target, and how many are checked at once on the way."""

    how: str = "squash"
    message: str | None = None  # a template; None is our own
    co_author: str | None = None  # "Name <address>", with {agent} for the harness's name
    parallel: int = 0  # 0: as many as suits the machine

    @property
    def at_once(self) -> int:
        """How many checks run at the same time."""
        return self.parallel or max(2, min(4, (os.cpu_count() or 2) // 2))


class Tool(Value):
    """A command that a person opens beside an agent, in its worktree."""

    name: str
    command: str  # for the shell
    key: str | None = None
    pinned: bool = False  # whether it goes on when the session has ended


class Repo(Value):
    """What a repository's owners ask of work in it."""

    target: str | None = None
    setup: str | None = None
    verify: str | None = None
    landing: Landings = Landings()
    review_limit: int = 5
    setup_timeout: float = 900.0
    verify_timeout: float = 1800.0
    copy: tuple[str, ...] = ()  # ignored files that every worktree needs, such as .env
    cache: tuple[str, ...] = ()  # the same, linked: nobody may write into them in place
    pool: Pool = Pool()
    tools: tuple[Tool, ...] = ()

    @property
    def commands(self) -> bool:
        """Whether work here runs commands that the repository names, and so needs trust."""
        return bool(self.setup or self.verify or self.tools)
