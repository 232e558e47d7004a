"""Every agent CLI by its name: those we know, and those the user's configuration describes."""

from __future__ import annotations

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
    """Put together the known harnesses and those of `[harness.NAME]` tables, in that order."""
    known: dict[str, Harness] = {one.name: one for one in _BUILT_IN}
    for name, table in tables.items():
        if not _NAME.fullmatch(name):
            raise HarnessError(
                f"[harness.{name!r}]: a name is lower-case letters, digits, - and _, 40 at most"
            )
        if name in known:
            raise HarnessError(f"[harness.{name}]: {name} is built in; choose another name")
        if not isinstance(table, Mapping):
            raise HarnessError(f"[harness.{name}]: expected a table, with at least a command")
        known[name] = read_acp(name, table) if "acp" in table else read_table(name, table)
    return known


def wary(tables: Mapping[str, Mapping[str, object]]) -> frozenset[str]:
    """List those that are started only where the person trusts what is in the repository."""
    return frozenset(name for name, one in registry(tables).items() if one.wants_trust)
