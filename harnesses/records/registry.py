"""Every vendor whose records are read, by the name of its harness."""

from __future__ import annotations

from harnesses.records import Records
from harnesses.records.claude import Claude
from harnesses.records.codex import Codex
from harnesses.records.gemini import Gemini
from harnesses.records.lined import COPILOT, PI, QWEN
from harnesses.records.opencode import OpenCode

RECORDS: dict[str, Records] = {
    "claude": Claude(),
    "codex": Codex(),
    "opencode": OpenCode(),
    "gemini": Gemini(),
    "qwen": QWEN,
    "pi": PI,
    "copilot": COPILOT,
}
