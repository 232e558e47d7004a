"""The vendors whose programs come from npm and PyPI, installed into a cache on demand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.agents import install
from tests.conformance.vendors import Vendor

MODEL = "fake-model"
QUESTION = "test_a_question_is_answered_from_here"
WINDOW = "test_a_used_up_window_is_a_limit_and_is_waited_out"
AGENTS = pytest.mark.agents
BRIEF = (
    "test_words_arrive_tools_run_and_turns_end",
    "test_a_permission_is_given_and_refused_from_here",
    "test_stopped_in_the_middle_of_a_turn_nothing_is_left",
)
"""What shows that a program works at all."""


@dataclass(frozen=True)
class Other(Vendor):
    """An agent CLI of the cache."""

    patience: float = 300.0  # some think for half a minute of processor time before they begin

    def sign_out(self, home: Path) -> None:
        """Nothing but the key in its environment is an account here."""


class OpenCode(Other):
    def sign_in(self, home: Path, address: str) -> dict[str, str]:
        options = {"baseURL": f"{address}/v1", "apiKey": "{env:MODEL_KEY}"}
        limit = {"context": 100_000, "output": 8_000}
        model = {"limit": limit, "cost": {"input": 1, "output": 2}}
        provider: dict[str, Any] = {"npm": "@ai-sdk/openai-compatible", "options": options}
        provider["models"] = {MODEL: model}
        settings = {"model": f"fake/{MODEL}", "provider": {"fake": provider}}
        return {
            "OPENCODE_CONFIG_CONTENT": json.dumps(settings),
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "MODEL_KEY": "x",
        }


class Gemini(Other):
    def sign_in(self, home: Path, address: str) -> dict[str, str]:
        chosen = {"security": {"auth": {"selectedType": "gemini-api-key"}}}
        (home / ".gemini").mkdir(exist_ok=True)
        if not (home / ".gemini/settings.json").exists():
            (home / ".gemini/settings.json").write_text(json.dumps(chosen))
        at = {"GEMINI_API_KEY": "x", "GOOGLE_GEMINI_BASE_URL": address}
        return {**at, "GEMINI_MODEL": "gemini-2.5-pro"}


class Qwen(Other):
    def sign_in(self, home: Path, address: str) -> dict[str, str]:
        chosen = {"security": {"auth": {"selectedType": "openai"}}}
        if not (home / "settings.json").exists():
            (home / "settings.json").write_text(json.dumps(chosen))
        at = {"OPENAI_API_KEY": "x", "OPENAI_BASE_URL": f"{address}/v1"}
        return {**at, "OPENAI_MODEL": MODEL}


class Pi(Other):
    def sign_in(self, home: Path, address: str) -> dict[str, str]:
        provider = {
            "baseUrl": f"{address}/v1",
            "api": "openai-completions",
            "apiKey": "$MODEL_KEY",
            "models": [{"id": MODEL, "contextWindow": 100_000, "maxTokens": 8_000}],
        }
        (home / "models.json").write_text(json.dumps({"providers": {"fake": provider}}))
        return {"PI_OFFLINE": "1", "MODEL_KEY": "x"}


class Copilot(Other):
    def sign_in(self, home: Path, address: str) -> dict[str, str]:
        at = {"COPILOT_OFFLINE": "true", "COPILOT_PROVIDER_BASE_URL": f"{address}/v1"}
        return {**at, "COPILOT_MODEL": MODEL, "COPILOT_PROVIDER_API_KEY": "x"}


_NO_WINDOW = "OpenCode is told of no window, only of how long to wait after a refusal"

OTHERS: tuple[Other, ...] = (
    OpenCode(
        "opencode",
        install.installed("opencode"),
        interrupt=("Escape", "Escape"),
        cannot=((WINDOW, _NO_WINDOW),),
        dialog="enter confirm",
        unknown="fake/unknown-9",
        lists=True,
    ),
    Gemini(
        "gemini",
        install.installed("gemini"),
        cannot=((QUESTION, "its questions can only be answered on its own screen"),),
        grain=60.0,
        dialog="(esc)",
    ),
    Qwen(
        "qwen",
        install.installed("qwen"),
        cannot=((WINDOW, "Qwen Code is told of no window: a refusal is a failed turn"),),
        dialog="(esc)",
    ),
    Pi(
        "pi",
        install.installed("pi"),
        asks=False,
        forks=True,
        model=f"fake/{MODEL}",
        cannot=((WINDOW, "pi is told of no window: a refusal is a failed turn"),),
        dialog="Yes",
    ),
    Copilot(
        "copilot",
        install.installed("copilot"),
        asks=False,
        interrupt=("Escape", "Escape"),
        cannot=((WINDOW, "Copilot CLI is told of no window: a refusal is a failed turn"),),
        dialog="esc to cancel",
    ),
)
