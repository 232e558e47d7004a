"""Every agent CLI by its name: those we know, and those the user's configuration describes."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping

from harnesses import Harness, HarnessError
from harnesses.acp.harness import read_table as read_acp
from harnesses.acp.known import KNOWN
from harnesses.builtin.harness import Builtin
from harnesses.claude import Claude
from harnesses.codex import Codex
from harnesses.copilot import Copilot
from harnesses.gemini import Gemini
from harnesses.once import Aider, Cline
from harnesses.opencode import OpenCode
from harnesses.pi import Pi
from harnesses.qwen import Qwen
from harnesses.tables import read_table

_BUILT_IN: tuple[Harness, ...] = (
    *(Builtin(), Claude(), Codex(), OpenCode(), Gemini(), Qwen(), Pi(), Copilot()),
    *(*KNOWN, Aider(), Cline()),
)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def registry(tables: Mapping[str, Mapping[str, object]]) -> dict[str, Harness]:
    """Put together the known harnesses and those of `[harness.NAME]` tables, in that order.

    A table that is wrong makes its own harness unavailable, and no other; `faults` says why.
    """
    known: dict[str, Harness] = {one.name: one for one in _BUILT_IN}
    for name, table in tables.items():
        with contextlib.suppress(HarnessError):
            known[name] = described(name, table)
    return known


def faults(tables: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """Say what is wrong with tables that describe no harness."""
    found = {}
    for name, table in tables.items():
        try:
            described(name, table)
        except HarnessError as error:
            found[name] = str(error)
    return found


def described(name: str, table: Mapping[str, object]) -> Harness:
    """Read one `[harness.NAME]` table; raises HarnessError that names what is wrong in it."""
    if not _NAME.fullmatch(name):
        raise HarnessError(
            f"[harness.{name!r}]: a name is lower-case letters, digits, - and _, 40 at most"
        )
    if name in {one.name for one in _BUILT_IN}:
        raise HarnessError(f"[harness.{name}]: {name} is built in; choose another name")
    if not isinstance(table, Mapping):
        raise HarnessError(f"[harness.{name}]: expected a table, with at least a command")
    return read_acp(name, table) if "acp" in table else read_table(name, table)


def wary(tables: Mapping[str, Mapping[str, object]]) -> frozenset[str]:
    """List those that are started only where the person trusts what is in the repository."""
    return frozenset(name for name, one in registry(tables).items() if one.wants_trust)
