"""Loading packages of thousands of classes in about two thirds of the time."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading(package: str) -> Iterator[None]:
    """Look for nothing to throw away while a large package is imported, nor later in what it is."""
    if package in sys.modules:
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
