"""The vendors under test: where their program is, and how an account of theirs is set up."""

from __future__ import annotations

import importlib.util
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.agents.install import TRIED


def _bundled(name: str, package: str, *place: str) -> Path | None:
    if name in TRIED:
        return Path(TRIED[name])
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent.joinpath(*place)
    return path if path.is_file() else None


HEADLESS = "-headless"
"""The end of the names of those that are tried by their print mode."""


@dataclass(frozen=True)
class Vendor:
    """One agent CLI as a person has it: signed in, on a plan with windows."""

    name: str
    program: Path | None
    asks: bool = True  # whether the model can ask the person a question by a tool
    allow: tuple[str, ...] = ("Enter",)  # what a person presses to allow, in its own dialog
    dialog: str = "Esc to cancel"  # what its own dialog shows at its end
    interrupt: tuple[str, ...] = ("Escape",)  # what breaks a turn off
    cannot: tuple[tuple[str, str], ...] = ()  # tests it cannot pass, and why
    patience: float = 40.0
    model: str = ""
    unknown: str = "unknown-9"  # a model that it does not have
    cached: int = 200  # tokens that it tells as cached, of a turn of two requests
    output: int = 15  # tokens that it tells as its model's, at least
    permits: bool = True  # whether it asks for permissions
    writes: bool = False  # whether it writes in its folder unasked, whatever it is told
    asks_twice: bool = False  # whether it asks several things at the same time
    forks: bool = False  # whether a second conversation can go on from one
    leave: str = ""  # what is typed to leave its own program, where a pane of ours is its surface
    composer: str = ""  # what that program shows once it takes words
    lists: bool = False  # whether commands can be listed that it runs unasked
    grain: float = 0.0  # seconds to which it tells when a window returns
    table: str = ""  # the [harness.NAME] table, where it is not built in

    @property
    def harness(self) -> str:
        """The name of its harness: one vendor may be tried in several ways."""
        return self.name.removesuffix(HEADLESS)

    @property
    def installed(self) -> str:
        """What it is installed as."""
        return self.harness.removesuffix("-acp")

    @property
    def missing(self) -> str:
        return f"{self.name} is not installed: `uv sync --group agents` brings it"

    def sign_in(self, home: Path, address: str) -> dict[str, str]:
        """Make an account's home for a model server, and return the environment it needs."""
        raise NotImplementedError

    def sign_out(self, home: Path) -> None:
        """Take the account away."""


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

    def sign_out(self, home: Path) -> None:
        (home / ".credentials.json").unlink()


class Codex(Vendor):
    def sign_in(self, home: Path, address: str) -> dict[str, str]:
        if not (home / "config.toml").exists():
            (home / "config.toml").write_text(_CODEX.format(address=address))
        # It keeps its own helpers out of the folder for temporary files, where these homes lie.
        return {"FAKE_API_KEY": "x", "TMPDIR": "/var/tmp"}


_CODEX = """\
# The person's own settings.
model = "gpt-5.5-codex"
model_provider = "fake"

[model_providers.fake]
name = "Fake"
base_url = "{address}/v1"
env_key = "FAKE_API_KEY"
wire_api = "responses"
"""

VENDORS = {
    one.name: one
    for one in (
        Claude(
            "claude",
            _bundled("claude", "claude_agent_sdk", "_bundled", "claude"),
            lists=True,
            forks=True,
            asks_twice=True,
        ),
        Codex(
            "codex",
            _bundled("codex", "codex_cli_bin", "bin", "codex"),
            asks=False,
            forks=True,
            allow=("y",),
            dialog="esc to cancel",
        ),
    )
}

_NO_ASKING = "its print mode asks nothing: what its sandbox forbids fails"
_PANE = {"allow": ("1",), "dialog": "a number answers"}

PRINTING = (
    replace(
        VENDORS["claude"],
        name=f"claude{HEADLESS}",
        asks_twice=False,
        leave="/exit",
        composer="accept edits on",
        **_PANE,
    ),
    replace(
        VENDORS["codex"],
        name=f"codex{HEADLESS}",
        leave="/quit",
        composer="heron",
        **_PANE,
        permits=False,
        cannot=tuple(
            (f"test_{one}", _NO_ASKING)
            for one in (
                "a_permission_is_given_and_refused_from_here",
                "a_permission_given_in_its_own_terminal_is_noticed_here",
                "a_new_runner_goes_on_where_a_killed_one_stood",
                "sixteen_at_once_are_each_in_the_right_state",
                "several_start_at_once_on_one_new_home",
            )
        ),
    ),
)
