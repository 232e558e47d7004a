"""A house for runner tests: a home, a repository, rehearsed agents, and a real runner in it."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conductor import acts
from conductor import events as e
from conductor.bell import Bell
from conductor.events import Fact
from conductor.journal import Journal
from conductor.places import Places
from conductor.runner.main import run
from conductor.runner.reach import Reach
from conductor.state import Session, State, Task, TaskState
from conductor.terminals import processes
from conductor.terminals.live import VIEWER, VISITOR
from conductor.terminals.server import Tmux
from harnesses.builtin.record import NAME
from tests import repositories
from tests.waiting import until

DEADLINE = 60.0  # far beyond what is needed: several of these may run on a busy machine
CONFIG = """
[[subscription]]
name = "demo"
harness = "builtin"
slots = {slots}
model = "rehearsal:{script}"
[subscription.env]
CONDUCTOR_REHEARSAL_SPEED = "100"
"""

Reply = str | dict[str, Any]
Turn = Sequence[Reply]


class House:
    """One home with one repository, as a person would have them."""

    def __init__(self, *, trusted: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="house-")).resolve()
        self.places = Places(config=str(self.folder / "home"), state=str(self.folder / "home"))
        self.places.make()
        self.repo = self.repository("project")
        self.tmux = Tmux(Path(self.places.terminals))
        self.journal = Journal(self.places.journal)
        if trusted:
            acts.trust(self.journal, str(self.repo))  # as its commands would wait for
        self.runners: list[subprocess.Popen[bytes]] = []
        self.configure()

    # What a person sets up.

    def repository(self, name: str, **files: str) -> Path:
        """Make a repository with a first commit."""
        root = self.folder / name
        repositories.begin(root, **{"README": "one\ntwo\nthree\n", **files})
        return root

    def configure(self, slots: int = 4, more: str = "") -> None:
        """Write the person's configuration."""
        text = CONFIG.format(slots=slots, script=self.folder / "none.toml") + more
        Path(self.places.config_file).write_text(text)

    def wishes(self, **wishes: str | int | dict[str, int]) -> None:
        """Write and commit the repository's conductor.toml."""
        text = "".join(f"{key} = {_toml(value)}\n" for key, value in wishes.items())
        (self.repo / "conductor.toml").write_text(text)
        self.commit("Say how to work here")

    def git(self, *args: str, at: Path | None = None, ok: bool = True) -> str:
        done = subprocess.run(
            ["git", *args], cwd=at or self.repo, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 or not ok, done.stderr
        return done.stdout.strip()

    def commit(self, message: str, at: Path | None = None, **files: str) -> str:
        root = at or self.repo
        for name, text in files.items():
            (root / name).write_text(text)
        self.git("add", "-A", at=root)
        self.git("commit", "-q", "-m", message, at=root)
        return self.git("rev-parse", "HEAD", at=root)

    def log(self, ref: str = "main") -> list[str]:
        """Return the subjects of a branch's first-parent history, the newest first."""
        return self.git("log", "--first-parent", "--format=%s", ref).splitlines()

    def shown(self, path: str, ref: str = "main") -> str:
        return self.git("show", f"{ref}:{path}")

    # What a person asks for.

    def script(self, *turns: Turn, **by_word: Turn) -> str:
        """Write a rehearsal: `$ ` runs a command, `? ` asks, the rest is said."""
        lines: list[str] = []
        for when, turn in [*[("", turn) for turn in turns], *by_word.items()]:
            lines.append("[[turn]]")
            lines += [f"when = {json.dumps(when)}"] if when else []
            for reply in turn:
                lines.append("[[turn.reply]]")
                lines += [f"{k} = {json.dumps(v)}" for k, v in _reply(reply).items()]
        path = self.folder / f"script-{len(list(self.folder.glob('script-*')))}.toml"
        path.write_text("\n".join(lines) + "\n")
        return f"rehearsal:{path}"

    def task(
        self, words: str, *turns: Turn, by_word: dict[str, Turn] | None = None, **ask: Any
    ) -> str:
        """Queue a task whose agent follows these turns."""
        ask.setdefault("repo", str(self.repo))
        if turns or by_word:
            ask["model"] = self.script(*turns, **(by_word or {}))
        return acts.add_task(self.journal, words, **ask)

    def begun(self, harness: str) -> Reach:
        """Have a session `s1` of this harness begun as far as facts tell, without a process."""
        table = f'[[subscription]]\nname="own"\nharness="{harness}"\n'
        Path(self.places.config_file).write_text(table)
        self.journal.append(
            e.SessionClaimed("s1", self.task("Work"), harness, "own"), e.SessionStarted("s1", 1)
        )
        (Path(self.places.sessions) / "s1").mkdir()
        return Reach(self.places, self.journal)

    def act(self, name: str, *args: str) -> Any:
        """Do what a person does: `act("approve", "t1")`."""
        return getattr(acts, name)(self.journal, *args)

    # The runner.

    def settle(self, seconds: float = DEADLINE) -> State:
        """Run a runner here until nothing is left that goes on by itself."""
        code = run(self.places, until_idle=True, timeout=seconds)
        assert code == 0, self.story()
        return self.state

    def start(self, **how: Any) -> subprocess.Popen[bytes]:
        """Start a runner as a process of its own."""
        env = {**os.environ, "CONDUCTOR_HOME": self.places.state}
        argv = [*how.pop("before", ()), sys.executable, "-I", "-m", "conductor.runner"]
        how.setdefault("stderr", subprocess.DEVNULL)
        made = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, **how)
        self.runners.append(made)
        return made

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Have a runner at work meanwhile, and ask it to leave afterwards."""
        made = self.start()
        yield made
        made.terminate()
        assert made.wait(DEADLINE) == 0, self.story()

    @contextmanager
    def visit(self, session: str) -> Iterator[None]:
        """Be in an agent's tile, in screens that are killed in the middle of it."""
        name = f"{VIEWER}1-0"
        argv = self.tmux.argv("-C", "new-session", "-s", name, "exec sleep 600")
        client = subprocess.Popen(
            argv, env=self.tmux.environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        try:
            soon(lambda: name in self.tmux.run("list-clients", "-F", "#{client_session}"))
            self.tmux.run("set-option", "-t", f"={session}:", VISITOR, name)
            yield
        finally:
            client.kill()
            client.communicate()

    def until(self, come: Callable[[State], Any], seconds: float = DEADLINE) -> Any:
        """Wait until the journal shows it; woken by the journal, and looking now and then."""
        end = time.monotonic() + seconds
        bell = Bell(self.journal.folder)
        try:
            while not (found := come(self.state)):
                assert time.monotonic() < end, f"it did not come true in time\n{self.story()}"
                select.select([bell], [], [], 0.05)
                bell.quiet()
            return found
        finally:
            bell.close()

    def until_task(self, ident: str, *states: TaskState, seconds: float = DEADLINE) -> Task:
        found = self.until(lambda s: s.tasks[ident].state in states and s.tasks[ident], seconds)
        assert isinstance(found, Task)
        return found

    # What is to be seen.

    @property
    def state(self) -> State:
        return self.journal.catch_up()

    def of(self, ident: str) -> Session:
        """The session of a task."""
        return self.state.sessions[self.state.tasks[ident].session or ""]

    def facts(self, *kinds: type[Fact]) -> list[Any]:
        return [r.fact for r in self.journal.since(0) if isinstance(r.fact, kinds or (Fact,))]

    def story(self) -> str:
        """Everything that happened, for a failed test."""
        return "\n".join(f"{r.seq} {str(r.fact)[:400]}" for r in self.journal.since(0))

    def said(self, session: str, kind: str | None = None) -> list[dict[str, Any]]:
        """The agent's own record."""
        path = Path(self.places.sessions) / session / NAME
        entries = [json.loads(line) for line in path.read_bytes().splitlines() if line]
        return [entry for entry in entries if kind in (None, entry["type"])]

    def prompts(self, session: str) -> list[str]:
        """The prompts that arrived at an agent, by its own record."""
        return [entry["text"] for entry in self.said(session, "arrival")]

    def gate(self, name: str = "gate") -> Path:
        """A file that a command waits for: `$ {waiting(gate)}`."""
        return self.folder / name

    def left(self) -> list[processes.Process]:
        """Processes of any session that still run."""
        return [one for s in self.state.sessions for one in processes.marked(self.tmux.mark(s))]

    def reopen(self) -> None:
        """Open the journal again after a test has closed it."""
        self.journal = Journal(self.places.journal)

    def close(self) -> None:
        for made in self.runners:
            if made.poll() is None:
                made.kill()
                made.wait()
        self.tmux.stop_server()
        for one in self.left():
            processes.end((one,), grace=0.5)
        self.journal.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _toml(value: str | int | dict[str, int]) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {part}' for key, part in value.items())} }}"
    return json.dumps(value)


def _reply(reply: Reply) -> dict[str, Any]:
    if isinstance(reply, dict):
        return reply
    for sign, key in (("$ ", "command"), ("? ", "question")):
        if reply.startswith(sign):
            return {key: reply[2:]}
    return {"text": reply}


def waiting(gate: Path) -> str:
    """A command that waits until a test opens the gate."""
    return f"until [ -e {gate} ]; do sleep 0.05; done"


def soon(come: Callable[[], Any], seconds: float = DEADLINE) -> Any:
    """Wait for something that is in no journal."""
    return until(come, seconds=seconds)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
