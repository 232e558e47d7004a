"""What concerns a whole home: its runner, its troubles, whom it trusts."""

from __future__ import annotations

from conductor.events.fact import Fact


class RepoTrusted(Fact):
    """The person trusts what is in a repository, so that agents may be started in it."""

    repo: str
    commands: bool = True  # whether that goes for commands that it names: false if it named none


class RunnerStarted(Fact):
    """A runner took charge of this state folder."""

    pid: int


class TroubleSeen(Fact):
    """A duty of the runner could not do its work; the rest goes on."""

    subject: str
    why: str


class TroubleCleared(Fact):
    """A trouble is over."""

    subject: str
