"""Inside a tile: keys, mouse, paste and focus reach the agent as in a terminal of its own."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def _beside(name: str) -> ModuleType:
    # Tests are no package, so that none can shadow the real one.
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


terminals = _beside("terminal")
F12, END = b"\x1b[24~", b"\x07"  # a byte that no mouse is told by
KEYS = [
    *(b"\x1b" + bytes([code]) for code in b"abfz,./1 =\\_{\x01\x03\x0b\x7f\r\t\x1f"),
    *(b"\x1b" + word.encode() for word in ("A", "Z")),
    *(bytes([code]) for code in (0, 1, 3, 4, 8, 9, 10, 13, 17, 26, 28, 30, 31, 127)),
    *(b"\x1b[%c" % final for final in b"ABCDHF"),
    *(b"\x1b[1;%d%c" % (held, final) for held in (2, 3, 5, 6, 8) for final in b"ACHPS"),
    *(b"\x1b[%d~" % number for number in (2, 3, 5, 6, 15, 17, 18, 19, 20, 21, 23)),
    *(b"\x1b[%d;%d~" % (number, held) for number in (3, 6, 17) for held in (2, 3, 5, 7)),
    *(b"\x1bO%c" % final for final in b"PQRS"),
    "é日🙂".encode(),
]


@pytest.fixture
def seat() -> Iterator[object]:
    made = terminals.Seat()
    yield made
    made.close()


def _inside(seat: object, size: tuple[int, int] = (82, 28)) -> object:
    """Open the app, and step into the only tile; with 80x24 inside, so that nothing is resized."""
    terminal = seat.sit_down(size)
    terminal.sees("ready")
    terminal.write(b"\r")
    terminal.sees("F12 leaves")
    return terminal


def test_keys_reach_the_agent_as_by_tmux(seat) -> None:
    seat.agents(seat.probe())
    said = {}
    for who in (seat.attach(), _inside(seat)):
        seat.heard  # noqa: B018 - forgets it
        told = []
        for key in KEYS:
            who.write(key)
            who.write(END)
            told.append(seat.hears(END))
        said[who] = told
    by_tmux, by_us = said.values()
    assert by_us == by_tmux
    assert by_us[0] == b"\x1ba" + END


def test_an_agent_that_asks_gets_keys_in_full_also_from_who_comes_later(seat) -> None:
    seat.agents(seat.probe(r"\x1b[>1u\x1b[?1004h"))
    first = _inside(seat)
    first.write(b"?")  # it asks, and now somebody hears it
    first.sees("again")
    first.write(F12)
    first.misses("F12 leaves")
    first.write(b"\r")
    seat.hears(b"\x1b[I")
    first.write(b"\x1b[13;2u\x03")
    assert seat.hears(b"\x1b[99;5u") == b"\x1b[13;2u\x1b[99;5u"
    first.write(b"\x1b[O")  # another window of the person's
    seat.hears(b"\x1b[O")
    first.write(b"\x1b[I" + F12)
    assert seat.hears(b"\x1b[O") == b"\x1b[I\x1b[O"
    first.write(b"\x11")  # Ctrl-Q is ours again
    first.process.wait(10)
    _inside(seat).write(b"\x1b[13;2u")
    seat.hears(b"\x1b[13;2u")


def test_what_old_terminals_cannot_say_is_not_typed_as_words(seat) -> None:
    seat.agents(seat.probe())
    _inside(seat).write(b"\x1b[13;2u\x1b[97;6u\x1b[9;6u#")
    assert seat.hears(b"#") == b"\x1b\r#"


CLICKS = [
    b"\x1b[<0;10;5M\x1b[<32;12;6M\x1b[<0;12;6m",
    b"\x1b[<64;10;5M\x1b[<65;10;5M",
]


@pytest.mark.parametrize(
    "asked", [r"\x1b[?1002h\x1b[?1006h", r"\x1b[?1000h", r"\x1b[?1003h\x1b[?1005h"]
)
def test_the_mouse_reaches_the_agent_as_by_tmux(seat, asked: str) -> None:
    seat.agents(seat.probe(asked))
    attached = seat.attach()
    attached.sees("ready")
    inside = _inside(seat)
    seat.heard  # noqa: B018 - forgets it
    for clicks in CLICKS:
        attached.write(clicks + END)
        by_tmux = seat.hears(END)
        # A line of ours and the frame lie above, the frame beside it.
        inside.write(_moved(clicks) + END)
        assert seat.hears(END) == by_tmux
    assert len(by_tmux) > 2
    # What tmux takes for a second click of a pair, and keeps.
    inside.write(_moved(b"\x1b[<2;1;1M\x1b[<2;1;1m\x1b[<16;80;24M\x1b[<16;80;24m") + END)
    assert seat.hears(END).count(b"\x1b[") == 4


def _moved(clicks: bytes) -> bytes:
    return re.sub(rb";(\d+);(\d+)", lambda at: b";%d;%d" % (int(at[1]) + 1, int(at[2]) + 2), clicks)


@pytest.mark.skipif(shutil.which("less") is None, reason="needs less")
def test_the_wheel_turns_a_pagers_pages_and_otherwise_our_history(seat) -> None:
    lines = seat.folder / "lines"
    lines.write_text("ready\n" + "".join(f"line {n}.\n" for n in range(2, 300)))
    seat.agents(["less", str(lines)])
    terminal = _inside(seat)
    terminal.write(b"\x1b[<65;10;10M" * 4)
    terminal.sees("line 13.", "line 35.")
    terminal.write(F12)


def test_the_wheel_looks_back_where_nobody_wants_it(seat) -> None:
    seat.agents(["sh", "-c", "seq -f 'line %g.' 100; echo ready; cat"])
    terminal = _inside(seat)
    terminal.write(b"\x1b[<64;10;10M")
    terminal.sees("Search", "line 90.")


@pytest.mark.skipif(shutil.which("vim") is None, reason="needs vim")
def test_vim_is_pointed_at_dragged_over_and_pasted_into(seat) -> None:
    text = seat.folder / "text"
    text.write_text("ready steady go\nsecond line here\nthird\n")
    seat.agents(["vim", "-N", "-u", "NONE", "-c", "set mouse=a ttymouse=sgr paste", str(text)])
    terminal = _inside(seat)
    terminal.write(b"\x1b[<0;9;4M\x1b[<0;9;4m")  # the l of line
    terminal.write(b"x")
    terminal.sees("second ine here")
    terminal.write(b"\x1b[<0;2;3M\x1b[<32;6;3M\x1b[<0;6;3md")
    terminal.sees(" steady go")
    terminal.write(b"GA\x1b[200~ and more\x1b[201~\x1b")
    terminal.sees("third and more")
