"""The one place that runs git, so that nothing an agent writes can run a program through us.

What this does not protect, and cannot: a linked worktree shares its repository's `.git` folder.
An agent that may write there can change refs, configuration, hooks and objects for everyone who
uses that repository; its changes run as soon as a person's own, unhardened git meets them. The
configuration is read just before git starts, so a change in that very instant is not seen.
Verification and setup run the repository's code on purpose. A session with a clone of its own
is the answer to all three.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from worktrees import hardening, processes, stuck
from worktrees.errors import GitError
from worktrees.places import Place, locate
from worktrees.processes import Answer, Command

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Mapping

__all__ = [
    "Answer", "GitError", "ask", "bare", "identity", "in_terminal", "is_since", "listed",
    "require_git", "run", "special", "stream",
]  # fmt: skip

OLDEST = (2, 38)
INSTALL = "Install a newer git: `sudo apt-get install git`, or `brew install git` on a Mac."
MOST_BYTES = 1 << 28

# Git dies on a worktree that another git is making at that moment: its file is there, and empty.
_HALF_MADE = re.compile(r"failed to read .*/commondir: Success")
_LOOKS, _BETWEEN_LOOKS = 80, 0.025


def run(
    folder: Path | Place,
    *args: str,
    input: bytes | None = None,  # noqa: A002  # subprocess's own word for it
    env: Mapping[str, str] | None = None,
    timeout: float = 60.0,
    ok: Collection[int] = (0,),
    max_bytes: int = MOST_BYTES,
    keep: tuple[int, ...] = (),
) -> bytes:
    """Run one git command in `folder` and return its output, or raise in git's own words."""
    answer = ask(
        folder, *args, input=input, env=env, timeout=timeout, max_bytes=max_bytes, keep=keep
    )
    if answer.code not in ok:
        raise GitError(answer.words or f"git {args[0]} ended with {answer.code}")
    return answer.out


def ask(
    folder: Path | Place,
    *args: str,
    input: bytes | None = None,  # noqa: A002  # as above
    env: Mapping[str, str] | None = None,
    timeout: float = 60.0,
    max_bytes: int = MOST_BYTES,
    keep: tuple[int, ...] = (),
) -> Answer:
    """Run one git command where its exit code is part of the answer."""
    for _ in range(_LOOKS):
        answer = processes.finish(_command(folder, args, env, input, keep), timeout, max_bytes)
        if not (answer.code and _HALF_MADE.search(answer.words)):
            break
        time.sleep(_BETWEEN_LOOKS)
    return answer


def stream(
    folder: Path | Place, *args: str, timeout: float = 60.0, env: Mapping[str, str] | None = None
) -> Generator[bytes]:
    """Run git and yield its output as it comes; closing the iterator ends git."""
    return processes.pieces(_command(folder, args, env), timeout)


def identity(folder: Path | Place) -> tuple[str, str] | None:
    """The name and address that git would commit with here, if both are configured."""
    return _settings(_place(folder)).identity


def bare(folder: Path | Place) -> bool:
    """Whether a repository's own settings say that it has no checkout."""
    return _settings(_place(folder)).bare


def special(folder: Path | Place) -> bool:
    """Whether a repository has settings of its own for each worktree, which only git writes."""
    return _settings(_place(folder)).special


def listed(folder: Path | Place) -> list[tuple[str, str, str]]:
    """Every setting with where it is made, `local`, `global` and so on, as (scope, key, value)."""
    place = _place(folder)
    env = hardening.asking(place)
    command = Command((_program(), *hardening.LISTING), place.folder, env)
    fields = os.fsdecode(processes.finish(command, 10.0, 1 << 24).out).split("\0")
    pairs = zip(fields[::2], fields[1::2], strict=False)
    return [(scope, *entry.partition("\n")[::2]) for scope, entry in pairs]


def in_terminal(
    folder: Path | Place, *args: str, env: Mapping[str, str], timeout: float = 3600.0
) -> tuple[int, str]:
    """Run git where the person sits, who may be asked something; return its code and answer.

    The environment is the caller's to answer for: it decides what of the person's is in force.
    """
    place = _place(folder)
    whole = dict(env) | hardening.where(place)
    return processes.in_terminal(Command((_program(), *args), place.folder, whole), timeout)


def require_git() -> None:
    """Raise one clear sentence when git is missing or too old to merge in memory."""
    version = _version(_program())
    if version < OLDEST:
        have, need = (".".join(str(part) for part in pair) for pair in (version, OLDEST))
        raise GitError(f"git {have} is too old: {need} or newer is needed", INSTALL)


def is_since(*oldest: int) -> bool:
    """Say whether the git that is used is of this version, or newer."""
    return _version(_program()) >= oldest


def version() -> str:
    """Return the version of the git that is used."""
    return ".".join(str(part) for part in _version(_program()))


@cache
def _version(program: str) -> tuple[int, ...]:
    command = Command((program, "version"), Path("/"), hardening.bare_environment())
    said = processes.finish(command, 10.0, 4096).out
    if said and not said.startswith(b"git version"):
        raise GitError(
            f"{program} says something before git does: {os.fsdecode(said[:60])!r}",
            "All that reads git's answers takes it for one. Have it write that to standard error.",
        )
    found = re.search(rb"(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else (0, 0)


def _program() -> str:
    program = shutil.which("git", path=hardening.search_path())
    if program is None:
        raise GitError("git is not installed", INSTALL)
    return program


def _place(folder: Path | Place) -> Place:
    return folder if isinstance(folder, Place) else locate(folder)


def _command(
    folder: Path | Place,
    args: tuple[str, ...],
    env: Mapping[str, str] | None,
    given: bytes | None = None,
    keep: tuple[int, ...] = (),
) -> Command:
    place = _place(folder)
    whole = hardening.environment(place, _settings(place)) | dict(env or {})
    doubt = partial(stuck.refuse_pipes, place)
    return Command((_program(), *args), place.folder, whole, given, keep, doubt)


def _settings(place: Place) -> hardening.Settings:
    def ask_git(env: Mapping[str, str], args: tuple[str, ...]) -> bytes:
        doubt = partial(stuck.refuse_pipes, place)
        command = Command((_program(), *args), place.folder, env, doubt=doubt)
        answer = processes.finish(command, 10.0, 1 << 24)
        if answer.code:
            raise GitError(answer.words, "Repair the configuration file that git names.")
        return answer.out

    return hardening.settings(place, ask_git)
