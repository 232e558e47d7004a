"""Nothing that an agent, a repository or a log says reaches the terminal as anything but text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

EVIL = (
    "\x1b]52;c;aGFja2Vk\x07\x1b[2J\x1b]0;owned\x07\x1bP+q544e\x1b\\\x9b31m[red]bold[/]\u202egnp.exe"
)
WRITES = re.compile(r"\x1b\][0-9]|\x1bP|\x1b\[2J|\x9b|\x07|\u202e")


@pytest.fixture
def story(tmp_path: Path) -> str:
    commit = "0a" * 20
    claimed = {"fact": "SessionClaimed", "harness": "x", "subscription": EVIL}
    facts: list[dict[str, Any]] = [
        {
            "fact": "TaskAdded",
            "task": "t1",
            "title": f"One {EVIL}",
            "text": EVIL,
            "repo": f"/r{EVIL}",
        },
        {**claimed, "session": "s1", "task": "t1"},
        {"fact": "SessionStarted", "session": "s1", "pid": 1},
        {
            "fact": "SessionWaiting",
            "session": "s1",
            "how": "h",
            "ask": "q",
            "kind": "question",
            "text": EVIL,
        },
        {"fact": "TaskAdded", "task": "t2", "title": f"Two {EVIL}", "text": EVIL, "repo": "/r"},
        {**claimed, "session": "s2", "task": "t2"},
        {
            "fact": "WorktreeCreated",
            "session": "s2",
            "worktree": EVIL,
            "branch": EVIL,
            "base": commit,
        },
        {"fact": "SessionStarted", "session": "s2", "pid": 1},
        {
            "fact": "SnapshotTaken",
            "session": "s2",
            "commit": commit,
            "tree": commit,
            "files": [EVIL],
            "risky": [EVIL],
        },
        {"fact": "SessionIdle", "session": "s2", "how": "h", "last": EVIL},
        {
            "fact": "VerifyFinished",
            "task": "t2",
            "commit": commit,
            "tree": commit,
            "where": "review",
            "ok": False,
            "code": 1,
            "seconds": 1.0,
            "command": EVIL,
            "tail": EVIL,
        },
        {"fact": "ReviewReady", "task": "t2", "session": "s2", "commit": commit, "note": EVIL},
        {"fact": "TroubleSeen", "subject": EVIL, "why": EVIL},
    ]
    patch = (
        f"diff --git a/x{EVIL} b/x{EVIL}\n--- a/x\n+++ b/x\n@@ -1 +1 @@ {EVIL}\n-{EVIL}\n+{EVIL}\n"
    )
    lines: list[dict[str, Any]] = [{"at": 1000.0 + n, **fact} for n, fact in enumerate(facts)]
    lines += [{"diff": commit, "text": patch}, {"screen": "s1", "rows": [EVIL, f"{EVIL} two"]}]
    path = tmp_path / "evil.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


@pytest.mark.parametrize("keys", ["", "z", "q", "i", "r", "r v", "m", "i down enter"])
async def test_no_escape_of_theirs_is_sent(sit: Any, story: str, keys: str) -> None:
    async with sit(story=story) as person:
        if keys:
            await person.press(*keys.split())
        person.app.notify("x")
        await person.settled()
        assert "␛" in person.drawn, "the text is not even there"
        assert WRITES.search(person.sent) is None


async def test_the_check_itself_finds_an_escape(sit: Any) -> None:
    assert WRITES.search(EVIL)
