"""What a Linux console has in place of shapes that its font lacks: as wide, and as different."""

from __future__ import annotations

import os

CONSOLE = str.maketrans(
    {
        **dict(zip("●◆◔◐⋯↻◌◍↯⇣⊘∅‖", "•♦¼½~@.:!↓Ø0‼", strict=True)),
        **dict(zip("✔✓✖✗✕⇄⎇⌁⏎␣⇧…", "√√xxx↔Y~◄_^.", strict=True)),
        **dict(zip("━┃┏┓┗┛╭╮╰╯▏▔▕", "═║╔╗╚╝┌┐└┘│─│", strict=True)),
        **dict(zip("▁▂▃▅▆▇", "__▄▄▄█", strict=True)),
    }
)
"""Most consoles' fonts have what IBM's PC had: single and double lines, and few other shapes."""


def table() -> dict[int, str] | None:
    """Return what is to be drawn instead of what, if the person sits at such a console."""
    return CONSOLE if os.environ.get("TERM") == "linux" else None
