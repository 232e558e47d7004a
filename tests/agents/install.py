"""Installs pinned releases of the real agent CLIs into a cache folder, one by one, on demand.

`python -m tests.agents.install opencode gemini` (or `--all`) prints what each can be started by.
The folder is $CONDUCTOR_AGENTS_CACHE, else a folder of ours under the user's cache. An installed
program has a file `installed` that names its release; without it, the next call goes on. Another
release is tried by CONDUCTOR_TRY="gemini=/where/it/is/gemini claude=…".
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NODE = "22.23.3"
DEADLINE = 900.0
PLATFORM = f"{sys.platform}-{'arm64' if platform.machine() in ('arm64', 'aarch64') else 'x64'}"


class NotInstalled(Exception):
    """A program cannot be installed here; the text has the installer's own last words."""


def _cache() -> Path:
    if chosen := os.environ.get("CONDUCTOR_AGENTS_CACHE"):
        return Path(chosen)
    user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(user) / "conductor-agents"


CACHE = _cache()
"""Where the programs are kept from one run to the next: found once, before tests move HOME."""


@dataclass(frozen=True, slots=True)
class Program:
    """One release of one agent CLI."""

    package: str
    version: str
    command: str  # what it is started by
    python: str = ""  # of PyPI, on this Python; else of npm
    beside: tuple[str, ...] = ()  # packages that its release forgot to name
    within: str = ""  # the folder of its command, where npm does not link it by that name

    @property
    def folder(self) -> Path:
        return CACHE / f"{self.package.strip('@').replace('/', '-')}-{self.version}"

    @property
    def bin(self) -> Path:
        return self.folder / (self.within or ("bin" if self.python else "node_modules/.bin"))

    @property
    def release(self) -> str:
        return f"{self.package}{'==' if self.python else '@'}{self.version}"


GOOSE = f"@aaif/goose-binary-{PLATFORM}"
_NODE = Program("node", NODE, "node")
PROGRAMS = {
    "opencode": Program("opencode-ai", "1.18.33", "opencode"),
    "gemini": Program("@google/gemini-cli", "0.61.0", "gemini"),
    "qwen": Program("@qwen-code/qwen-code", "0.24.4", "qwen"),
    "copilot": Program("@github/copilot", "1.0.102", "copilot"),
    "goose": Program(GOOSE, "1.52.0", "goose", within=f"node_modules/{GOOSE}/bin"),
    "kimi": Program("@moonshot-ai/kimi-code", "2.1.0", "kimi"),
    "pi": Program("@earendil-works/pi-coding-agent", "0.87.1", "pi"),
    "cline": Program("cline", "3.0.65", "cline"),
    "aider": Program("aider-chat", "0.86.2", "aider", python="3.12"),
    "ccusage": Program(  # npm leaves its binary out where it is not as old as the wrapper
        "ccusage",
        "20.0.24",
        "../@ccusage/ccusage-linux-x64/bin/ccusage",
        beside=("@ccusage/ccusage-linux-x64@20.0.24",),
    ),
    "vibe": Program("mistral-vibe", "3.0.2", "vibe", python="3.12"),
}


TRIED = dict(one.partition("=")[::2] for one in os.environ.get("CONDUCTOR_TRY", "").split())
"""Other releases to be tried instead, each as NAME=PROGRAM."""


def installed(name: str) -> Path | None:
    """Return what a program is started by, if it is there whole."""
    if name in TRIED:
        return Path(TRIED[name])
    program = PROGRAMS[name]
    return program.bin / program.command if _whole(program) else None


def path() -> str:
    """The PATH on which these programs find the Node they need."""
    return os.pathsep.join((str(_NODE.bin), os.environ.get("PATH", os.defpath)))


def install(name: str) -> Path:
    """Install a program unless it is there, and return what it is started by."""
    if name in TRIED:
        return Path(TRIED[name])
    program = PROGRAMS[name]
    if not program.python:
        _install(_NODE)  # npm takes an older release, without a word, where Node is too old for one
    _install(program)
    return program.bin / program.command


def _whole(program: Program) -> bool:
    mark = program.folder / "installed"
    return mark.is_file() and mark.read_text() == program.release


def _install(program: Program) -> None:
    if _whole(program):
        return
    with _alone(program):
        if _whole(program):
            return
        program.folder.mkdir(parents=True, exist_ok=True)
        for argv in _commands(program):
            _run(argv)
        if not (program.bin / program.command).exists():
            raise NotInstalled(f"{program.release} was installed, but has no {program.command}")
        fresh = program.folder / "installed.new"
        fresh.write_text(program.release)
        fresh.replace(program.folder / "installed")


def _commands(program: Program) -> list[list[str]]:
    folder = str(program.folder)
    if not program.python:
        quiet = ("--no-audit", "--no-fund", "--no-save")
        return [["npm", "install", *quiet, "--prefix", folder, program.release, *program.beside]]
    python = shutil.which("uv")
    if python is None:
        raise NotInstalled("uv is not installed, so nothing can come from PyPI")
    wanted = _python(program.python)
    return [
        [python, "venv", "--quiet", "--allow-existing", "--python", wanted, folder],
        [python, "pip", "install", "--quiet", "--python", folder, program.release, *program.beside],
    ]


def _python(version: str) -> str:
    """Find a Python of that version, also where a shim on the PATH leads nowhere."""
    for found in Path.home().glob(f".pyenv/versions/{version}.*/bin/python"):
        return str(found)
    return version


def _run(argv: list[str]) -> None:
    environment = {**os.environ, "PATH": path()}
    try:
        done = subprocess.run(
            argv, env=environment, capture_output=True, text=True, timeout=DEADLINE, check=False
        )
    except FileNotFoundError as error:
        raise NotInstalled(f"{argv[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise NotInstalled(f"`{' '.join(argv)}` did not end in {DEADLINE:.0f} s") from error
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()[-2000:]
        raise NotInstalled(f"`{' '.join(argv)}` ended with {done.returncode}: {words}")


@contextlib.contextmanager
def _alone(program: Program) -> Iterator[None]:
    """Keep two test runs from installing the same program at once."""
    CACHE.mkdir(parents=True, exist_ok=True)
    lock = os.open(f"{program.folder}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def main(names: list[str]) -> int:
    """Install what is named and say where it is."""
    code = 0
    for name in PROGRAMS if "--all" in names else names:
        if name not in PROGRAMS:
            print(f"{name}: not known; known are {', '.join(PROGRAMS)}", file=sys.stderr)
            return 2
        try:
            print(f"{name}: {install(name)}", flush=True)
        except NotInstalled as error:
            print(f"{name}: {error}", file=sys.stderr)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
