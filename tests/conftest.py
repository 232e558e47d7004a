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
    They are dealt out one by one, since each worker is given a run of the list to begin with.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers < 2:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    quick = iter([item for item in items if not item.get_closest_marker("slow")])
    halves = (workers + 1) // 2
    hands = [[] if n % 2 else slow[n // 2 :: halves] for n in range(workers)]
    left = len(items)
    items.clear()
    for n, hand in enumerate(hands):
        share = left // (workers - n)
        left -= share
        items += [*hand, *islice(quick, max(0, share - len(hand)))]
    items += quick
