"""What a program asked its terminal for: keys said in full, the mouse, and to know who looks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Modes:
    """What a program wants to be told, and how."""

    mouse: int = 0  # 1000 clicks, 1002 dragging too, 1003 every move; 0 nothing
    sgr: bool = False  # the mouse in decimal, with a release that names its button
    utf8: bool = False
    alternate: bool = False  # it draws the whole screen, so there is nothing to scroll back to
    focus: bool = False
    kitty: int = 0  # the flags of kitty's keyboard protocol
    others: int = 0  # xterm's modifyOtherKeys

    @property
    def untold(self) -> str:
        """What tmux does not tell of a pane, as it is kept beside the pane; empty for nothing."""
        kept = f"{self.kitty}.{self.others}.{self.focus:d}"
        return "" if kept == "0.0.0" else kept


UNTOLD = "@asked"
"""The option of a pane that keeps `untold` for whoever looks at it next."""

ASKING = (b"\x1b[>", b"\x1b[<", b"\x1b[=", b"?1004")
"""One of these is in whatever changes `untold`."""


def ask_again(untold: bytes) -> bytes:
    """Return what a program writes to ask for what was kept."""
    words = untold.split(b".")
    kitty, others, focus = map(int, words) if len(words) == 3 else (0, 0, 0)
    return b"".join((
        b"\x1b[=%du" % kitty if kitty else b"",
        b"\x1b[>4;%dm" % others if others else b"",
        b"\x1b[?1004h" if focus else b"",
    ))  # fmt: skip
