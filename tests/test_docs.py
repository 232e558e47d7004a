"""The pages name what there is: every setting, every agent, every command."""

import re
from pathlib import Path

import pytest

from conductor.cli.main import COMMANDS
from conductor.config import Landings, Policy, Repo, Settings, Subscription, Tool
from harnesses.registry import registry

DOCS = Path(__file__).resolve().parents[1] / "docs"
TABLES = {
    "alerts": "meters",
    "failover": "fleet",
    "landing": "landing",
    "policies": "policy",
    "subscriptions": "subscription",
    "theme": "screen",
    "tools": "tools",
    "harnesses": "harness",
}
"""Settings whose names in the file are others."""


def _told(page: str) -> set[str]:
    """Every word of a page that stands in code."""
    text = (DOCS / page).read_text()
    code = "".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    return set(re.findall(r"[\w-]+", code))


@pytest.mark.parametrize("kind", [Landings, Policy, Repo, Settings, Subscription, Tool])
def test_every_setting_is_on_the_page(kind: type) -> None:
    names = {TABLES.get(name, name) for name in kind._fields}  # type: ignore[attr-defined]
    assert names - {"name", "wrong"} - _told("configuration.md") == set()


def test_every_agent_is_on_the_page() -> None:
    assert set(registry({})) - _told("configuration.md") == set()


def test_every_command_is_among_those_for_scripts() -> None:
    assert set(COMMANDS) - _told("scripts.md") == set()
