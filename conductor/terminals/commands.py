"""Commands to our tmux server: from one hardened place, with an environment of a few names."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from conductor.terminals import install
from conductor.terminals.errors import TerminalError
from conductor.terminals.place import socket_for
from conductor.terminals.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Nothing else of ours reaches the server, and so nothing else can reach a pane.
_SERVER_KEEPS = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR")


class Commands:
    """Whoever can be asked for something at one server's socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = socket_for(folder)

    def run(self, *args: str, stdin: bytes | None = None) -> str:
        """Run one tmux command on our server and return what it printed."""
        done = self.attempt(*args, stdin=stdin)
        if done.returncode != 0:
            raise TerminalError(said_by(done.stderr))
        return done.stdout.decode(errors="replace")

    def argv(self, *args: str) -> tuple[str, ...]:
        """Return the command line of a tmux command on our server; it never starts the server."""
        return ("tmux", "-u", "-N", "-S", str(self.socket), *args)

    def environment(self) -> dict[str, str]:
        """Return the small environment in which tmux itself runs."""
        kept = {key: os.environ[key] for key in _SERVER_KEEPS if key in os.environ}
        return {"PATH": os.defpath, **kept, "TERM": "xterm-256color", "SHELL": "/bin/sh"}

    def settle(self) -> None:
        """Start the server unless it runs, with our configuration."""
        if self.attempt("list-sessions").returncode == 0:
            return
        install.require()
        path = self.folder / "tmux.conf"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(settings(), encoding="utf-8")
        path.chmod(0o600)
        start = ["tmux", "-u", "-S", str(self.socket), "-f", str(path), "start-server"]
        done = self._spawn(start, None)
        if done.returncode != 0:
            raise TerminalError(said_by(done.stderr))

    def attempt(self, *args: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run one tmux command on our server, and return how it went."""
        return self._spawn(self.argv(*args), stdin)

    def _spawn(
        self, argv: Sequence[str], stdin: bytes | None
    ) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                argv,
                input=stdin or b"",
                capture_output=True,
                env=self.environment(),
                cwd="/",
                timeout=15,
                check=False,
            )
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                install.require()
            raise TerminalError(f"tmux cannot be run: {error}") from error
        except subprocess.TimeoutExpired as error:
            raise TerminalError(
                f"tmux did not answer within {error.timeout:.0f} s; its server at {self.socket}"
                " may hang: look with `conductor doctor`"
            ) from error


def no_server(said: bytes) -> bool:
    """Say whether this is how tmux tells that nobody is there."""
    return said.startswith((b"no server running", b"error connecting", b"lost server"))


def said_by(said: bytes) -> str:
    """Put in a sentence what tmux said when it could not."""
    text = said.decode(errors="replace").strip()
    if no_server(said):
        return f"{text}; the terminals are gone, start a session to bring the server back"
    return f"tmux: {text}" if text else "tmux failed without a word; try again"
