"""Garbage is looked for again once a package is loaded, whatever came of it."""

from __future__ import annotations

import gc
import importlib
import sys

import pytest

from harnesses.loading import loading


def test_garbage_is_looked_for_again_afterwards_even_where_a_package_is_missing() -> None:
    with pytest.raises(ModuleNotFoundError), loading("no_such_package"):
        importlib.import_module("no_such_package")
    assert gc.isenabled()


def test_a_package_that_is_here_is_not_waited_for() -> None:
    kept = gc.get_freeze_count()
    with loading(sys.__name__):
        assert gc.isenabled()
    assert gc.get_freeze_count() <= kept
