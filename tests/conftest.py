"""What holds for all tests: a machine that is slow, or busy with others, fails none of them."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from itertools import islice

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "busy",
    deadline=None,
    # Tests that are handed a folder make what they need anew in it for each example.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("busy")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for nothing to throw away while tests are collected, nor later among what they are."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have every other worker begin with slow tests, so that none ends alone with one.

    Slow ones mostly wait: half of the workers do that, while the others keep the machine at work.
    They are dealt out in groups, those that share an agent to one worker, since each worker is
    given a run of the list to begin with.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers < 2:
        return
    groups: dict[str, list[pytest.Item]] = {}
    quick = []
    for item in items:
        if item.get_closest_marker("slow"):
            group = item.get_closest_marker("xdist_group")
            groups.setdefault(group.args[0] if group else item.nodeid, []).append(item)
        else:
            quick.append(item)
    hands: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for group in sorted(groups.values(), key=len, reverse=True):
        min(hands[::2], key=len).extend(group)
    left, rest = len(items), iter(quick)
    items.clear()
    for n, hand in enumerate(hands):
        share = left // (workers - n)
        left -= share
        items += [*hand, *islice(rest, max(0, share - len(hand)))]
    items += rest
