"""The command `conductor`: finds the command's own file, and says in one sentence what went wrong.

Kept to what every command pays for: nothing is imported here that `conductor list` can do without.
"""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

COMMANDS = {
    "add": "tasks",
    "answer": "sessions",
    "approve": "review",
    "ask": "comments",
    "attach": "terminals",
    "cancel": "tasks",
    "comment": "comments",
    "completion": "completion",
    "conflict": "conflict",
    "demo": "programs",
    "diff": "diff",
    "doctor": "doctor",
    "edit": "tasks",
    "fork": "forking",
    "history": "history",
    "hold": "tasks",
    "init": "init",
    "land": "review",
    "list": "listing",
    "log": "log",
    "move": "moving",
    "pr": "publish",
    "overlaps": "overlaps",
    "push": "publish",
    "reject": "review",
    "release": "tasks",
    "resolve": "conflict",
    "retry": "tasks",
    "review": "comments",
    "run": "programs",
    "say": "sessions",
    "send-back": "review",
    "shell": "terminals",
    "shot": "programs",
    "show": "show",
    "stats": "stats",
    "stop": "sessions",
    "resume": "sessions",
    "tag": "tasks",
    "tool": "terminals",
    "trust": "trust",
    "undo": "review",
    "usage": "usage",
}
"""Each command and the file of its family, in which `COMMANDS` holds the function."""

_given: list[str] = []
"""The command line that is being run."""

_SCARCE = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
_UNWRITABLE = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG)


def main(argv: list[str] | None = None) -> int:
    """Run one command line and return its exit code: 0 done, 1 could not, 2 misused."""
    words = sys.argv[1:] if argv is None else argv
    _given[:] = words
    sys.excepthook = _crash
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _dispatch(words)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has seen enough
        _silence()
        return 1
    except KeyboardInterrupt:
        return 130
    except _expected() as error:
        return _complain(_sentence(error), _code(error))
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.filename is None:
            return _complain("the folder you stand in is gone: change to one that is there.")
        if error.errno in _SCARCE:
            return _complain(
                f"this machine has no processes, memory or open files to spare: {error.strerror}. "
                "Close something, or look at `ulimit -a`; what was asked for may be half done, and "
                "`conductor log` tells."
            )
        if error.filename is not None or error.errno not in _UNWRITABLE:
            raise
        _silence()
        return _complain(
            f"the answer could not be written: {error.strerror}. What was asked for may have "
            "been done all the same: `conductor log` tells."
        )
    return code


def _open_what_is_closed() -> None:
    """Give a process that was started with closed streams empty ones.

    Otherwise the next file opened would be taken for them, the journal's among others.
    """
    for number, mode in enumerate("rww"):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
            name = ("stdin", "stdout", "stderr")[number]
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def _silence(number: int = 1) -> None:
    """Let Python's own last flush of a standard stream go nowhere, and so say nothing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def _dispatch(words: list[str]) -> int:
    first = words[0] if words else ""
    if first in ("-h", "--help", "help") and not words[1:]:
        from conductor.cli.overview import OVERVIEW

        print(OVERVIEW, end="")
        return 0
    if first in ("-V", "--version"):
        from importlib.metadata import version

        print(f"conductor {version('conductor-tui')}")
        return 0
    if first == "help":
        first, words = words[1], [words[1], "--help"]
    if first in COMMANDS:
        return _find(first)(words[1:])
    name = None
    if first == "--name" and words[1:]:
        name, words = words[1], words[2:]
    elif first.startswith("-"):
        return _misused(f"there is no option {first}; `conductor --help` lists what there is")
    strangers = [word for word in words if not os.path.isdir(word)]
    if strangers:
        return _misused(_no_such(strangers[0]))
    from conductor.cli.relay import shown
    from conductor.places import places

    code = shown(places().standby, _given)
    if code is not None:
        return code
    from conductor.cli.screens import screens

    return screens(words, name)


def _find(command: str) -> Callable[[list[str]], int]:
    import gc

    gc.disable()  # nothing of what a command is made of is ever thrown away
    try:
        family = __import__(f"conductor.cli.{COMMANDS[command]}", fromlist=["COMMANDS"])
    finally:
        gc.freeze()
        gc.enable()
    found: Callable[[list[str]], int] = family.COMMANDS[command]
    return found


def _no_such(word: str) -> str:
    from difflib import get_close_matches

    from conductor.cleaning import clean_line

    near = get_close_matches(word, COMMANDS, 1)
    hint = f"did you mean `conductor {near[0]}`?" if near else "`conductor --help` lists them"
    return f"there is no command and no folder {clean_line(word, 60)!r}; {hint}"


def _misused(text: str) -> int:
    return _complain(text, 2)


def _complain(text: str, code: int = 1) -> int:
    """Say what went wrong, as a document to whoever asked for documents, and return the code."""
    if "--json" in _given:
        import json

        told = json.dumps({"error": text, "exit": code})
    else:
        told = f"conductor: {text}"
    try:
        print(told, file=sys.stderr)
    except OSError:  # nobody can be told, but by the code
        _silence(2)
    return code


def _expected() -> tuple[type[BaseException], ...]:
    """Return the errors that are told in a sentence; imported only once one has happened."""
    import sqlite3

    from conductor.acts import Refused
    from conductor.cli.page import Misused
    from conductor.config import ConfigError
    from conductor.demo.errors import DemoError
    from conductor.journal import JournalError
    from conductor.places import PlaceError
    from conductor.templates import TemplateError
    from conductor.terminals.errors import TerminalError
    from conductor.tui.shot import ShotError
    from harnesses import HarnessError
    from worktrees.errors import GitError

    return (
        Misused, Refused, ConfigError, DemoError, JournalError, PlaceError, ShotError,
        TemplateError, TerminalError, HarnessError, GitError, sqlite3.Error,
    )  # fmt: skip


def _code(error: BaseException) -> int:
    from conductor.cli.page import Misused

    return 2 if isinstance(error, Misused) else 1


def _sentence(error: BaseException) -> str:
    from conductor.cleaning import clean

    text = str(error).rstrip()
    if type(error).__module__ == "sqlite3":
        from conductor.damage import sentence
        from conductor.places import places

        text = sentence(error, places().journal)
    hint = getattr(error, "hint", "")
    if hint:
        text = f"{text.rstrip('.')}. {hint}"
    return clean(text, 4000)


def _crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Keep a bug's traceback in the log, and say so: the person needs a sentence, we the rest."""
    import time
    import traceback

    from conductor.cleaning import clean_line
    from conductor.places import places

    where = places()
    log = os.path.join(where.logs, "conductor.log")
    text = "".join(traceback.format_exception(kind, error, trace))
    try:
        os.makedirs(where.logs, mode=0o700, exist_ok=True)
        with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {sys.argv[1:]!r}\n{text}\n")
        kept = f"the details are in {log}"
    except OSError:
        print(text, file=sys.stderr)
        kept = "the details are above"
    _complain(f"this is a bug in Conductor ({clean_line(f'{kind.__name__}: {error}')}); {kept}")
