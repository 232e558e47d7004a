"""What programs ask their terminal for: told by both screens, kept, and answered in bytes."""

from __future__ import annotations

import pytest

from conductor.terminals.ghostty import Emulated
from conductor.terminals.keyboard import encode
from conductor.terminals.modes import Modes, ask_again
from conductor.terminals.pointing import Pointing
from conductor.terminals.pointing import encode as told


def test_what_tmux_does_not_tell_is_asked_for_again() -> None:
    screen = Emulated((80, 24))
    screen.feed(b"\x1b[?1004h\x1b[>5u\x1b[>4;2m")
    asked = screen.modes()
    assert (asked.focus, asked.kitty, asked.others) == (True, 5, 2)
    screen.reset()
    assert not screen.modes().untold
    screen.feed(ask_again(asked.untold.encode()))
    assert screen.modes() == asked
    assert ask_again(b"") == ask_again(b"nonsense") == b""


@pytest.mark.parametrize(
    ("key", "plain", "kitty"),
    [
        ("a", b"a", b"a"),
        ("C-a", b"\x01", b"\x1b[97;5u"),
        ("M-D", b"\x1bD", b"\x1b[100;4u"),
        ("S-Enter", b"\x1b\r", b"\x1b[13;2u"),
        ("Enter", b"\r", b"\r"),
        ("BTab", b"\x1b[Z", b"\x1b[9;2u"),
        ("Escape", b"\x1b", b"\x1b[27u"),
        ("C-@", b"\0", b"\x1b[32;5u"),
        ("C-S-a", b"", b"\x1b[97;6u"),
        ("Up", None, b"\x1b[A"),
        ("C-S-Up", None, b"\x1b[1;6A"),
        ("F3", None, b"\x1b[13~"),
    ],
)
def test_keys_are_said_as_was_asked(key: str, plain: bytes | None, kitty: bytes) -> None:
    assert encode(key, Modes()) == plain
    assert encode(key, Modes(kitty=1)) == kitty


def test_the_mouse_is_told_as_was_asked() -> None:
    click, move = Pointing(1, 9, 4), Pointing(0, 9, 4, moved=True)
    drag = Pointing(1, 9, 4, moved=True)
    assert told(click, Modes()) is None
    assert told(click, Modes(mouse=1000)) == b"\x1b[M *%"
    assert told(click, Modes(mouse=1000, sgr=True)) == b"\x1b[<0;10;5M"
    assert told(drag, Modes(mouse=1000, sgr=True)) is None
    assert told(drag, Modes(mouse=1002, sgr=True)) == b"\x1b[<32;10;5M"
    assert told(move, Modes(mouse=1002, sgr=True)) is None
    assert told(move, Modes(mouse=1003, sgr=True)) == b"\x1b[<35;10;5M"
    assert told(Pointing(1, 300, 4), Modes(mouse=1000)) is None  # no byte says so far
    assert told(Pointing(1, 300, 4), Modes(mouse=1000, utf8=True)) == "\x1b[M ō%".encode()
