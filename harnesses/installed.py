"""Which agent CLIs are on a machine, and how each stands, without reading what is the person's.

That somebody is signed in is told by a file that is there, never by what is in it; where an account
is kept elsewhere, such as in a keyring, nothing is said of it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harnesses import Harness, Launch, Order, PromptBy


@dataclass(frozen=True, slots=True)
class Cli:
    """One agent CLI that we know."""

    harness: str
    program: str
    tried: str  # the release that the conformance suite ran
    home: str = ""  # where it keeps its things, if `home` in a subscription means that very folder
    signed: tuple[str, ...] = ()  # files that are there once somebody has signed in
    node: str = ""  # the least Node it runs on
    least: str = ""  # the oldest release that was seen to work
    own: str = ""  # what signs in, where that is another program


CLIS = (
    Cli(
        "claude",
        "claude",
        "2.1.329",
        "~/.claude",
        ("~/.claude/.credentials.json",),
        least="2.1.100",
    ),
    Cli("codex", "codex", "0.163.0", "~/.codex", ("~/.codex/auth.json",), least="0.163"),
    Cli("gemini", "gemini", "0.61.0", signed=("~/.gemini/oauth_creds.json",), node="20"),
    Cli("opencode", "opencode", "1.18.33", signed=("~/.local/share/opencode/auth.json",)),
    Cli("qwen", "qwen", "0.24.4", "~/.qwen", ("~/.qwen/oauth_creds.json",), node="22"),
    Cli("copilot", "copilot", "1.0.102", "~/.copilot", node="22"),
    Cli("pi", "pi", "0.87.1", "~/.pi/agent", ("~/.pi/agent/auth.json",), node="22.19"),
    Cli("goose", "goose", "1.52.0"),
    Cli("kimi", "kimi", "2.1.0", "~/.kimi-code", node="22.19"),
    Cli("aider", "aider", "0.86.2"),
    Cli("cline", "cline", "3.0.65"),
    Cli("vibe", "vibe-acp", "3.0.2", "~/.vibe", ("~/.vibe/.env",), own="vibe"),
)


_KEYS = re.compile("KEY|TOKEN|_BASE_URL|_USE_|_HOME|_DIR")
"""What is in the names of variables by which programs are told of an account, or where it is."""


_TOO_OLD = "older than {}, the oldest release that is known to work here: update it"


@dataclass(frozen=True, slots=True)
class Found:
    """An agent CLI that is there."""

    cli: Cli
    path: str
    version: str  # empty where it does not say

    @property
    def signed_in(self) -> bool | None:
        """Whether somebody seems to be signed in; None where that cannot be seen."""
        if not self.cli.signed:
            return None
        return any(Path(one).expanduser().exists() for one in self.cli.signed)

    def notes(self, node: str) -> list[str]:
        """Say what may be wrong with it, given the release of Node that is on PATH."""
        told = []
        cli, version = self.cli, self.version
        if not version:
            told.append("it does not answer to --version")
        elif cli.least and _older(version, cli.least):
            told.append(_TOO_OLD.format(cli.least))
        elif _older(cli.tried, version):
            told.append(f"newer than {cli.tried}, which was tried here: it should work")
        if cli.node and node and _older(node, cli.node):
            told.append(
                f"it wants Node {cli.node}, and PATH has {node}, for which npm installs an older "
                "release without a word"
            )
        if self.signed_in is False:
            told.append(f"nobody seems to be signed in: run `{cli.own or cli.program}` once")
        return told


def outdated(harness: str, path: str) -> str:
    """Say of a program that is too old for us what to do; nothing of any other."""
    cli = next((one for one in CLIS if one.harness == harness and one.least), None)
    version = release(path) if cli else ""
    if cli is None or not version or not _older(version, cli.least):
        return ""
    return f"{path} is {version}, {_TOO_OLD.format(cli.least)}"


def unsigned(harness: str, home: str, env: Mapping[str, str]) -> str:
    """Return the program by which somebody has yet to sign in on a home, as far as is to be seen.

    Nothing is said of one that is given a key, or whose account may be in the system's keyring.
    """
    cli = next((one for one in CLIS if one.harness == harness and one.home and one.signed), None)
    if cli is None or sys.platform != "linux" or any(_KEYS.search(name) for name in env):
        return ""
    there = Path(home or cli.home.replace("~", env.get("HOME") or "~", 1)).expanduser()
    at = [there / Path(one).relative_to(cli.home) for one in cli.signed]
    return "" if any(one.exists() for one in at) else cli.own or cli.program


def described(harness: Harness, model: str | None, env: Mapping[str, str], home: str) -> Launch:
    """Describe the start of an agent that nobody has asked for, to see what it would need."""
    nowhere = Path("/nonexistent")
    prompt = "-" if harness.prompt_by is PromptBy.LAUNCH else None
    return harness.launch(
        Order(
            "s0", nowhere, nowhere, nowhere, model=model, env=env, prompt=prompt, repo=nowhere,
            trusted=True, home=Path(home) if home else None,
        )
    )  # fmt: skip


def lacking(launch: Launch, path: str) -> str:
    """Return the program of a launch if it is not on such a PATH; nothing where it is.

    What lies in the worktree, or comes with it, is not judged before there is one.
    """
    program = launch.program
    if os.path.dirname(program) and not os.path.isabs(program):
        return ""
    return "" if shutil.which(program, path=launch.env.get("PATH", path)) else program


def usual_home(harness: str) -> str:
    """Return where a program keeps its things unless it is told another place."""
    homes = (one.home for one in CLIS if one.harness == harness and one.home)
    return next((str(Path(home).expanduser()) for home in homes), "")


def sign_in(harness: str, launch: Launch, home: str, env: Mapping[str, str]) -> str:
    """Return the command line by which somebody has yet to sign in; nothing where it is not so."""
    program = unsigned(harness, home, env)
    if program and not home and "HOME" in env:
        return f"HOME={shlex.quote(env['HOME'])} {program}"
    if not program or home == usual_home(harness):
        return program
    there = shlex.quote(home)
    made = f"mkdir -p {there} && " if home and not os.path.isdir(home) else ""
    at = (name for name in launch.env.keys() - env.keys() if launch.env[name] == home)
    return made + "".join(f"{name}={there} " for name in at) + program


def there() -> list[Cli]:
    """List the CLIs on PATH, starting none of them."""
    return [cli for cli in CLIS if shutil.which(cli.program)]


def found() -> Iterator[Found]:
    """Find the CLIs on PATH and ask each for its release."""
    for cli in there():
        path = shutil.which(cli.program) or cli.program
        yield Found(cli, path, release(path))


def release(program: str) -> str:
    """Ask a program for its release; nothing if it does not say."""
    try:
        said = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=10,
            check=False,
            env={**os.environ, "NO_COLOR": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    numbers = re.search(rb"\d+(?:\.\d+)+", said.stdout + said.stderr)
    return numbers[0].decode() if numbers else ""


def _older(one: str, other: str) -> bool:
    return [int(n) for n in one.split(".")] < [int(n) for n in other.split(".")]
