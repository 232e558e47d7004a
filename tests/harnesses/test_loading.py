"""Garbage is looked for again once a package is loaded, whatever came of it."""

from __future__ import annotations

import gc
import sys

import pytest

from harnesses.loading import loading


def test_garbage_is_looked_for_again_afterwards_even_where_a_package_is_missing() -> None:
    with pytest.raises(ModuleNotFoundError), loading("no_such_package"):
        assert not gc.isenabled()
        import no_such_package  # type: ignore[import-not-found]  # noqa: F401
    assert gc.isenabled()


def test_a_package_that_is_here_is_not_waited_for() -> None:
    kept = gc.get_freeze_count()
    with loading(sys.__name__):
        assert gc.isenabled()
    assert gc.get_freeze_count() == kept
