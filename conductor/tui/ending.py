"""How the screens end when something else than a key asks them to."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

AT_LAST = 1
"""Seconds that screens may take to leave once nobody can see them."""


def leave_in_order(app: App[int]) -> None:
    """Put the terminal back as it was also when this process is told to end."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, app.exit, 128 + signal.SIGTERM)

    def hung_up(*_: object) -> None:
        """End, and at once: nobody sees any more what is waited for, such as a tmux that hangs.

        Whatever keeps this process busy, the alarm ends it.
        """
        signal.alarm(AT_LAST)
        with contextlib.suppress(RuntimeError):  # it is leaving already
            loop.call_soon_threadsafe(app.exit, 128 + signal.SIGHUP)

    signal.signal(signal.SIGHUP, hung_up)
