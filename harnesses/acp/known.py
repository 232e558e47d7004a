"""Agents whose best surface is the protocol, each a few words of data.

Their own terminals tell their state by nothing but what is on the screen; over the protocol it is
exact. Each continues a conversation in its own terminal program, too.
"""

from __future__ import annotations

from harnesses.acp.harness import Acp

KNOWN = (
    Acp(
        "goose",
        ("goose", "acp", "--with-builtin", "developer"),
        home="GOOSE_PATH_ROOT",
        own=("goose", "session", "--resume", "--session-id", "{resume}"),
    ),
    Acp(
        "kimi",
        ("kimi", "acp"),
        home="KIMI_CODE_HOME",
        own=("kimi", "--session", "{resume}"),
    ),
    Acp(
        "vibe",
        ("vibe-acp",),
        home="VIBE_HOME",
        modes=("ask",),
        running=True,
        own=("vibe", "--resume", "{resume}"),
    ),
)
