"""Our own tmux server: sessions started, found, written to and ended.

Plain `tmux` commands from one hardened place. libtmux would start the same processes, hand the
server our whole environment and cost 80 ms to import; it serves where a person asks (`inventory`).
"""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conductor.terminals import launch, news, processes
from conductor.terminals.commands import Commands, no_server, said_by
from conductor.terminals.errors import TerminalError
from conductor.terminals.live import LIST_FORMAT, VIEWER, Live, read_list
from conductor.terminals.modes import UNTOLD
from conductor.terminals.settings import term

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence

    from conductor.terminals.live import Beside

MARK = "CONDUCTOR_TERMINAL"  # the variable by which even a daemonised child is found again
_NAME = re.compile(r"[a-z0-9-]+")
_READONLY = frozenset({"UID", "EUID", "PPID", "SHELLOPTS", "BASHOPTS", "BASH_VERSINFO"})
_MADE = "#{window_width}x#{window_height} #{pane_id}"
_END_OF_PASTE = re.compile(b"\x1b(?=\\[201~)|\xc2\x9b(?=201~)")


@dataclass(frozen=True, slots=True)
class Pane:
    """What was started: where it shows, and the process to watch."""

    session: str
    pane: str
    pid: int  # of the launch script; the agent is its child


class Tmux(Commands):
    """The tmux server of one state folder."""

    def start(
        self,
        name: str,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        size: tuple[int, int] = (200, 50),
        inbox: Path | None = None,
        beside: Beside | None = None,
    ) -> Pane:
        """Run a command in a session of its own with exactly this environment and our mark.

        One beside an agent is a person's own: it leaves nothing behind, neither its screen nor
        its environment on the disk.
        """
        self._check(name)
        if not cwd.is_dir():
            raise TerminalError(f"{cwd} is not a folder, so nothing can start there")
        if self.has(name):
            raise TerminalError(f"a terminal named {name} exists already; end it first")
        path = self._script(name, argv, cwd=cwd, env=env, inbox=inbox, once=beside is not None)
        self.settle()
        width, height = size
        with news.made(self.folder):
            said = self.run(
                *("new-session", "-d", "-s", name, "-x", str(width), "-y", str(height)),
                *("-c", _word(str(cwd)), "-n", "agent", "-P", "-F", f"{_MADE} #{{pane_pid}}"),
                *("--", "/bin/sh", str(path)),
                *(";", "set-option", "-F", "-t", f"={name}:", "@agent", "#{pane_id}"),
                *(beside.commands(f"={name}:") if beside else ()),
            )
        made, pane, pid = said.rstrip("\n").split(" ")
        if made != f"{width}x{height}":  # tmux 3.2 gives the size it believes our command to have
            self.run("resize-window", "-t", pane, "-x", str(width), "-y", str(height))
        return Pane(name, pane, int(pid or 0))

    def respawn(
        self,
        name: str,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        inbox: Path | None = None,
    ) -> Pane:
        """Run a command in the terminal of one that ended, keeping what stands on its screen."""
        pane = self._agent(name)
        path = self._script(name, argv, cwd=cwd, env=env, inbox=inbox)
        self.run(
            *("respawn-pane", "-t", pane, "-c", _word(str(cwd)), "--", "/bin/sh", str(path)),
            *(";", "set-option", "-p", "-u", "-t", pane, UNTOLD),
            *(";", "rename-window", "-t", pane, "agent"),
        )
        said = self.run("display-message", "-p", "-t", pane, "#{pane_pid}")
        return Pane(name, pane, int(said.strip() or 0))

    def persons_environment(self) -> dict[str, str]:
        """Return what the person's own programs get: the environment they called us from."""
        left_out = ("TMUX", "TMUX_PANE", *_READONLY)
        kept = {key: os.environ[key] for key in os.environ if key not in left_out}
        return {key: value for key, value in kept.items() if key.isidentifier()} | {"TERM": term()}

    def shell_window(
        self, name: str, cwd: Path, argv: Sequence[str], *, title: str | None = None
    ) -> str:
        """Open a further window beside the agent for the person, and return its pane."""
        self._check(name)
        given = self.persons_environment() | {MARK: self.mark(name).partition("=")[2]}
        path = self.folder / "launch" / f"{name}.shell-{secrets.token_hex(4)}"
        # The person's environment must not stay on the disk.
        launch.write(path, launch.script(argv, cwd=cwd, env=given, once=True))
        return self.run(
            *(
                "new-window",
                "-t",
                f"={name}:",
                "-c",
                _word(str(cwd)),
                "-n",
                _word(title or Path(argv[0]).name),
            ),
            *("-P", "-F", "#{pane_id}", "--", "/bin/sh", str(path)),
            *(";", "set-option", "-w", "-t", f"={name}:", "remain-on-exit", "off"),
        ).strip()

    def has(self, name: str) -> bool:
        """Whether a session of that name exists."""
        self._check(name)
        return self.attempt("has-session", "-t", f"={name}").returncode == 0

    def list(self) -> list[Live]:
        """Return every session of ours, asked for in one call; none if no server runs."""
        asked = self.attempt("list-panes", "-a", "-F", LIST_FORMAT)
        if asked.returncode != 0:
            if no_server(asked.stderr) or asked.stderr.startswith(b"no current target"):
                return []  # no server, or one without a session
            raise TerminalError(said_by(asked.stderr))
        return read_list(asked.stdout.decode(errors="replace"))

    def since(self) -> float | None:
        """Say when the server was started; None if none runs."""
        asked = self.attempt("display-message", "-p", "#{start_time}")
        told = asked.stdout.decode(errors="replace").strip()
        return float(told) if asked.returncode == 0 and told.isdigit() else None

    def kill(self, name: str) -> None:
        """Close the terminal of a session; ending its processes for sure is `processes.end`."""
        self._check(name)
        # Windows, not the session: a window that a viewer has linked would outlive its session.
        with news.made(self.folder):
            self.attempt(
                "kill-window", "-a", "-t", f"={name}:", ";", "kill-window", "-t", f"={name}:"
            )
        for left in (self.folder / "launch").glob(f"{name}.*"):
            left.unlink(missing_ok=True)

    def sweep(self) -> None:
        """End what screens that were killed have left in the server; it holds nobody's work.

        Their client goes first: what it has not been able to write keeps it for ever, and a server
        with such a client does not end when it is told to.
        """
        sessions = self.attempt("list-sessions", "-F", "#{session_attached} #{session_name}")
        viewers = [line for line in _lines(sessions) if line.partition(" ")[2].startswith(VIEWER)]
        if not viewers:
            return
        asked = self.attempt("list-clients", "-F", "#{session_name} #{client_pid}")
        clients = {name: int(pid) for name, _, pid in (one.partition(" ") for one in _lines(asked))}
        for line in viewers:
            attached, _, name = line.partition(" ")
            screens, client = name.removeprefix(VIEWER).partition("-")[0], clients.get(name)
            if attached != "0" and client is not None and str(processes.parent(client)) == screens:
                continue
            with news.made(self.folder):
                if client is not None:
                    # It may have ended, and its number be somebody else's.
                    processes.kill(client, str(self.socket))
                self.attempt("kill-session", "-t", f"={name}")

    def paste(self, name: str, text: bytes) -> None:
        """Paste into the agent's terminal byte for byte, bracketed if the agent asked for that."""
        pane = self._agent(name)
        if not text:
            return
        # The one sequence that would end the paste early and let the rest be typed: shown instead.
        text = _END_OF_PASTE.sub("␛".encode(), text)
        buffer = f"conductor-{secrets.token_hex(6)}"
        self.run("load-buffer", "-b", buffer, "-", stdin=text)
        # tmux 3.3 itself crashes over a paste into a pane whose process is gone, and with it every
        # agent: so it asks and pastes in one step, in which nothing can end.
        gone, there = f"delete-buffer -b {buffer}", f"paste-buffer -p -d -r -b {buffer} -t {pane}"
        try:
            self.run("if-shell", "-F", "-t", pane, "#{pane_dead}", gone, there)
        except TerminalError:
            self.attempt("delete-buffer", "-b", buffer)
            raise

    def keys(self, name: str, *keys: str) -> None:
        """Press keys by tmux's names for them, such as `Enter` or `C-u`."""
        if keys:
            self.run("send-keys", "-t", self._agent(name), "--", *map(_word, keys))

    def capture(self, name: str, *, ansi: bool = True, history: int = 0) -> str:
        """Return the agent's screen as text, with this many lines of its history above it."""
        colour = ("-e",) if ansi else ()
        pane = self._agent(name)
        text = self.run("capture-pane", "-p", *colour, "-S", str(-history), "-t", pane)
        return text if ansi else text.expandtabs()  # since tmux 3.6, what was a tab stays one

    def attach_argv(self, name: str) -> tuple[str, ...]:
        """Return the command by which a person steps into the session, also from inside tmux."""
        self._check(name)
        return (
            *("env", "-u", "TMUX", "-u", "TMUX_PANE", "tmux", "-u", "-S", str(self.socket)),
            *("attach-session", "-t", f"={name}"),
            # A tile may have fixed the size; whoever is inside decides.
            *(";", "set-option", "-w", "-t", f"={name}:", "window-size", "latest"),
        )

    def mark(self, name: str) -> str:
        """Return the `NAME=value` that every process of the session has in its environment."""
        self._check(name)
        return f"{MARK}={self.socket}:{name}"

    def stop_server(self) -> None:
        """End the server and every terminal in it."""
        self.sweep()
        self.attempt("kill-server")

    def _script(
        self,
        name: str,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        inbox: Path | None,
        once: bool = False,
    ) -> Path:
        path = self.folder / "launch" / f"{name}.sh"
        marked = {**env, MARK: self.mark(name).partition("=")[2]}
        launch.write(path, launch.script(argv, cwd=cwd, env=marked, inbox=inbox, once=once))
        return path

    def _agent(self, name: str) -> str:
        """Find the agent's pane, wherever the person has moved to in that session."""
        self._check(name)
        said = self.run("list-panes", "-s", "-t", f"={name}:", "-F", "#{pane_id} #{@agent}")
        for line in said.splitlines():
            pane, _, agent = line.partition(" ")
            if pane == agent:
                return pane
        raise TerminalError(f"the agent's terminal in {name} is gone; start the session again")

    @staticmethod
    def _check(name: str) -> None:
        if not _NAME.fullmatch(name):
            raise TerminalError(f"{name!r} cannot name a terminal; use a-z, 0-9 and -")


def _word(text: str) -> str:
    """Keep a word that ends in a semicolon from ending the command."""
    return f"{text[:-1]}\\;" if text.endswith(";") else text


def _lines(asked: subprocess.CompletedProcess[bytes]) -> list[str]:
    return asked.stdout.decode(errors="replace").splitlines()
