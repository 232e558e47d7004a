"""Agents over the Agent Client Protocol: those that are built in, and those a table describes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.agents import install
from tests.conformance.others import MODEL, QUESTION, WINDOW, Gemini, OpenCode, Other, Qwen

_UNTOLD = "the protocol tells of no window: a refusal is a failed turn"
_TOO_SOON = "Gemini CLI spoils a conversation that is taken up over the protocol"
RESUME = "test_words_after_the_end_continue_the_same_conversation"
WENT = "test_a_machine_that_went_down_is_gone_on_with"
KILLED = "test_an_agent_killed_by_hand_is_over_and_can_go_on"
_CANNOT = (
    (WINDOW, _UNTOLD),
    (QUESTION, "the protocol's questions are not offered by these agents"),
)


@dataclass(frozen=True)
class Speaker(Other):
    """An agent in a pane of ours."""

    @property
    def twin(self) -> bool:
        """Whether its own terminal program is tried, too."""
        return self.name != self.installed

    asks: bool = False
    lists: bool = True
    allow: tuple[str, ...] = ("1",)
    dialog: str = "a number answers"
    cannot: tuple[tuple[str, str], ...] = _CANNOT


class GeminiAcp(Speaker):
    sign_in = Gemini.sign_in


class QwenAcp(Speaker):
    sign_in = Qwen.sign_in


class OpenCodeAcp(Speaker):
    sign_in = OpenCode.sign_in


class Goose(Speaker):
    def sign_in(self, home: Path, address: str) -> dict[str, str]:
        at = {"OPENAI_HOST": address, "OPENAI_API_KEY": "x", "GOOSE_DISABLE_KEYRING": "1"}
        return {**at, "GOOSE_PROVIDER": "openai", "GOOSE_MODEL": MODEL}


class Kimi(Speaker):
    def sign_in(self, home: Path, address: str) -> dict[str, str]:
        (home / "config.toml").write_text(_KIMI.format(address=address, model=MODEL))
        return {}

    def sign_out(self, home: Path) -> None:
        file = home / "config.toml"
        file.write_text(file.read_text().replace('"x"', '"wrong"'))


class Vibe(Speaker):
    def sign_in(self, home: Path, address: str) -> dict[str, str]:
        (home / "config.toml").write_text(_VIBE.format(address=address, model=MODEL))
        return {"MODEL_KEY": "x"}


_KIMI = """\
default_model = "fake"

[providers.fake]
type = "openai"
base_url = "{address}/v1"
api_key = "x"

[models.fake]
provider = "fake"
model = "{model}"
max_context_size = 100000
"""
_VIBE = """\
active_model = "fake"
enable_telemetry = false
enable_update_checks = false

[[providers]]
name = "fake"
api_base = "{address}/v1"
api_key_env_var = "MODEL_KEY"
backend = "generic"

[[models]]
name = "{model}"
provider = "fake"
alias = "fake"
"""


def _table(name: str, *command: str, home: str, more: str = "") -> str:
    lines = [f"[harness.{name}]", f"acp = {json.dumps(command)}", f'home = "{home}"', more]
    return "\n".join(lines)


_ASKING = json.dumps(json.dumps({"bash": "ask", "edit": "ask", "webfetch": "ask"}))

SPEAKERS: tuple[Speaker, ...] = (
    Goose("goose", install.installed("goose"), cached=0, output=1),
    Kimi("kimi", install.installed("kimi"), cached=0, output=0, writes=True),
    Vibe("vibe", install.installed("vibe")),
    GeminiAcp(
        "gemini-acp",
        install.installed("gemini"),
        lists=False,  # it tells a title of what it wants to run, and no command
        cached=0,
        cannot=(*_CANNOT, (RESUME, _TOO_SOON), (KILLED, _TOO_SOON), (WENT, _TOO_SOON)),
        table=_table("gemini-acp", "gemini", "--acp", home="GEMINI_CLI_HOME"),
    ),
    QwenAcp(
        "qwen-acp",
        install.installed("qwen"),
        table=_table("qwen-acp", "qwen", "--acp", home="QWEN_HOME"),
    ),
    OpenCodeAcp(
        "opencode-acp",
        install.installed("opencode"),
        cached=100,
        table=_table(
            "opencode-acp", "opencode", "acp", home="XDG_DATA_HOME",
            more=f"env = {{ OPENCODE_PERMISSION = {_ASKING} }}",
        ),
    ),
)  # fmt: skip
