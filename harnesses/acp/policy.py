"""What an agent may do without the person: decided by us, the same for every agent."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_READS = frozenset({"read", "search", "think"})
_EDITS = _READS | {"edit", "delete", "move"}
CHANGES = _EDITS - _READS | {"execute"}
"""The kinds of tools that may change something."""
_EDITORS = frozenset({"write", "edit", "write_file", "edit_file", "text_editor", "str_replace"})
_PATHS = ("path", "file_path", "filePath", "abs_path")
_SHELL = re.compile(r"[;&|<>$`\\(){}\n\r*?~#!]")
"""What makes more of a command line than one command with its arguments."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a tool is about to do, as far as its agent says."""

    tool: str
    kind: str
    paths: tuple[str, ...] = ()
    command: str = ""


def wanted(
    tool: str, kind: str, given: object, paths: Sequence[str], diffs: Sequence[str]
) -> Wanted:
    """Put together what is told of a tool in several places."""
    told = given if isinstance(given, Mapping) else {}
    named = [told[key] for key in _PATHS if isinstance(told.get(key), str)]
    command = told.get("command")
    if isinstance(command, list) and all(isinstance(word, str) for word in command):
        command = shlex.join(command)
    if kind in ("", "other") and (diffs or tool in _EDITORS):
        kind = "edit"  # some tell no kind
    return Wanted(tool, kind, (*paths, *named, *diffs), command if isinstance(command, str) else "")


def allowed(what: Wanted, permissions: str, worktree: str, commands: Sequence[str] = ()) -> bool:
    """Say whether the person need not be asked."""
    if permissions == "all":
        return True
    if what.command:
        return listed(what.command, commands)
    if permissions != "edits" or what.kind not in _EDITS or not what.paths:
        return False
    return all(_inside(path, worktree) for path in what.paths)


def listed(command: str, commands: Sequence[str]) -> bool:
    """Say whether a command line is one of those on the list, perhaps with more arguments."""
    if _SHELL.search(command):
        return False
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    for one in commands:
        begins = one.split()
        if begins and words[: len(begins)] == begins:
            return True
    return False


def _inside(path: str, worktree: str) -> bool:
    root = os.path.realpath(worktree)
    found = os.path.realpath(os.path.join(root, path))
    parts = os.path.relpath(found, root).split(os.sep)
    return parts[0] != os.pardir and ".git" not in parts  # git's own is no file of the work
