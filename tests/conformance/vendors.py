"""The vendors under test: where their program is, and how an account of theirs is set up."""

from __future__ import annotations

import importlib.util
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def _bundled(package: str, *place: str) -> Path | None:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent.joinpath(*place)
    return path if path.is_file() else None


@dataclass(frozen=True)
class Vendor:
    """One agent CLI as a person has it: signed in, on a plan with windows."""

    name: str
    program: Path | None
    asks: bool = True  # whether the model can ask the person a question by a tool
    allow: tuple[str, ...] = ("Enter",)  # what a person presses to allow, in its own dialog
    deny: tuple[str, ...] = ("Escape",)
    interrupt: tuple[str, ...] = ("Escape",)  # what breaks a turn off
    env: dict[str, str] = field(default_factory=dict)
    cannot: dict[str, str] = field(default_factory=dict)  # tests it cannot pass, and why
    patience: float = 40.0

    @property
    def missing(self) -> str:
        return f"{self.name} is not installed: `uv sync --group agents` brings it"

    def sign_in(self, home: Path, address: str) -> dict[str, str]:
        """Make an account's home for a model server, and return the environment it needs."""
        raise NotImplementedError


class Claude(Vendor):
    def sign_in(self, home: Path, address: str) -> dict[str, str]:
        account: dict[str, Any] = {
            "accessToken": "sk-ant-oat01-fake",
            "refreshToken": "sk-ant-ort01-fake",
            "expiresAt": int((time.time() + 86_400) * 1000),
            "scopes": ["user:inference", "user:profile"],
            "subscriptionType": "max",
            "rateLimitTier": "default_claude_max_5x",
        }
        (home / ".credentials.json").write_text(json.dumps({"claudeAiOauth": account}))
        return {"ANTHROPIC_BASE_URL": address}


VENDORS = {
    one.name: one for one in (Claude("claude", _bundled("claude_agent_sdk", "_bundled", "claude")),)
}
