"""Every folder and file of ours: where it is, and that it is private."""

from __future__ import annotations

import os

from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class PlaceError(Exception):
    """A folder of ours cannot be used; the text says which, why, and what to do."""


class Places(Value):
    """The folders of one home: configuration, state, and work."""

    config: str
    state: str

    @property
    def config_file(self) -> str:
        """The person's own configuration."""
        return os.path.join(self.config, "config.toml")

    @property
    def journal(self) -> str:
        """The folder of the journal; its own, so that watching it sees nothing else."""
        return os.path.join(self.state, "journal")

    @property
    def sessions(self) -> str:
        """A folder a session: its inbox, its seeded files, its records."""
        return os.path.join(self.state, "sessions")

    @property
    def worktrees(self) -> str:
        """A folder a repository, in it a worktree a session."""
        return os.path.join(self.state, "worktrees")

    @property
    def terminals(self) -> str:
        """The socket and configuration of our tmux server."""
        return os.path.join(self.state, "terminals")

    @property
    def logs(self) -> str:
        """What the runner and the screens say when something goes wrong."""
        return os.path.join(self.state, "logs")

    @property
    def exports(self) -> str:
        """What screens wrote for a spreadsheet."""
        return os.path.join(self.state, "exports")

    @property
    def runner_lock(self) -> str:
        """Held by the one runner of this home."""
        return os.path.join(self.state, "runner.lock")

    @property
    def standby(self) -> str:
        """The socket of whoever stands by to show screens; beside it the lock they hold."""
        return os.path.join(self.state, "standby.sock")

    def make(self) -> None:
        """Create the folders, for the person's eyes only."""
        _refuse_sudo(self.state)
        for folder in (
            self.config, self.state, self.journal, self.sessions,
            self.worktrees, self.terminals, self.logs,
        ):  # fmt: skip
            try:
                os.makedirs(folder, mode=0o700, exist_ok=True)
            except OSError as error:
                raise _unusable(folder, error) from error

    def open_lock(self, path: str) -> int:
        """Open one of our lock files, and return its descriptor."""
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unusable(os.path.dirname(path), error) from error


def _refuse_sudo(folder: str) -> None:
    """Refuse to be root in the home of whoever called sudo, where HOME is still theirs."""
    caller = os.environ.get("SUDO_UID", "0")
    if caller == "0" or os.geteuid() != 0:
        return
    there = folder
    while not os.path.exists(there):
        there = os.path.dirname(there)
    if str(os.stat(there).st_uid) == caller:
        raise PlaceError(
            f"{folder} is yours, not root's: you could not write there any more, and agents would"
            " run as root. Run it without sudo, or set CONDUCTOR_HOME to a folder of root's."
        )


def _unusable(folder: str, error: OSError) -> PlaceError:
    return PlaceError(
        f"Conductor cannot use its folder {folder}: {error.strerror or error}. "
        "Make it writable, or set CONDUCTOR_HOME to a folder that is."
    )


def places(env: Mapping[str, str] | None = None) -> Places:
    """Find our folders: under CONDUCTOR_HOME if set, else where the system keeps such things."""
    env = os.environ if env is None else env
    if home := env.get("CONDUCTOR_HOME"):
        home = os.path.abspath(os.path.expanduser(home))
        return Places(config=home, state=home)
    user = env.get("HOME") or os.path.expanduser("~")
    config = env.get("XDG_CONFIG_HOME") or os.path.join(user, ".config")
    state = env.get("XDG_STATE_HOME") or os.path.join(user, ".local", "state")
    return Places(config=os.path.join(config, "conductor"), state=os.path.join(state, "conductor"))
