"""The order of the tests: what takes longest comes first, so that nobody waits for it at last."""

from __future__ import annotations

from pathlib import Path

import pytest

LONGEST = ("demo", "conformance", "runner", "harnesses", "tui", "cli", "terminals", "worktrees")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.relative_to(here).parts[0], len(ranks)))
