"""Our screens against tmux's own, cell by cell, live and seeded, emulated and captured."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conductor.terminals.captured import stand_alone
from conductor.terminals.emulator import clean
from conductor.terminals.ghostty import Emulated
from conductor.terminals.install import numbers, require
from conductor.terminals.libghostty import library
from conductor.terminals.wall import Wall

if TYPE_CHECKING:
    from types import ModuleType

    from conductor.terminals.server import Tmux


def _beside(name: str) -> ModuleType:
    # Tests are no package, so that none can shadow the real one.
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cells = _beside("cells").cells
streams = _beside("streams")
ALL = streams.STREAMS | {f"agent {n}": streams.agent(n) for n in range(6)}
SAFE = re.compile("(?:\x1b\\[[0-9;:]*m|[^\x00-\x1f\x7f-\x9f])*")

# Writes what it is given and stays, its terminal untouched by line discipline or echo.
WRITER = (
    "stty raw -echo; printf go; head -c 1 >/dev/null; printf '\\r  \\r'; cat %s; exec sleep 600"
)


def test_the_emulator_is_there_where_its_wheel_is() -> None:
    if sys.platform in ("linux", "darwin"):
        assert library() is not None


async def test_screens_equal_tmuxs(tmux: Tmux, folder: Path, env, soon) -> None:
    names = {}
    for number, (name, data) in enumerate(ALL.items()):
        (folder / f"s{number}").write_bytes(data)
        names[f"s{number}"] = name
        argv = ["sh", "-c", WRITER % f"s{number}"]
        tmux.start(f"s{number}", argv, cwd=folder, env=env, size=(80, 24))
    async with contextlib.AsyncExitStack() as opened:
        walls = {
            f"{how} {when}": await opened.enter_async_context(Wall(tmux, emulate=how == "emulated"))
            for how in ("emulated", "captured")
            for when in ("live", "seeded")
        }
        live = [walls["emulated live"], walls["captured live"]]
        for wall in live:
            wall.follow(names)
        screens = [(wall, n) for wall in live for n in names]
        await soon(lambda: all(w.screen(n) and "go" in w.screen(n).row(0) for w, n in screens))
        for session in names:
            tmux.keys(session, "x")
        await soon(lambda: not any("go" in tmux.capture(n).split("\n")[0] for n in names))
        for wall in walls.values():
            wall.follow(names)
        for kind, wall in (*walls.items(), ("narrower", live[0])):
            if kind == "narrower":  # tmux breaks the lines anew, and so do we
                for session in names:
                    wall.resize(session, 61, 19)
                await soon(lambda: all(live[0].screen(n).size == (61, 19) for n in names))
            await soon(lambda wall=wall: all(map(wall.screen, names)))
            # Written is not yet read: what both show last is compared, and must come to be equal.
            waiting = set(names)
            with contextlib.suppress(AssertionError):
                await soon(lambda w=wall, left=waiting: not _unequal(w, tmux, left))
            unequal = {names[session] for session in waiting}
            assert unequal <= _untold(), kind
            for session in names:
                for y in range(wall.screen(session).size[1]):
                    assert SAFE.fullmatch(wall.screen(session).row(y))


def _untold() -> set[str]:
    """What this tmux shows in another way, or does not tell."""
    version = numbers(require()) or (3, 3)
    older = {"emoji"} if version < (3, 3) else set()  # which joined ones it took apart
    return older | ({"tab stops"} if version >= (3, 6) else set())  # a tab's width is not captured


def test_tabs_that_newer_tmuxs_capture_keep_their_columns() -> None:
    rows = stand_alone(["日本\tx", "no tab", "a\tb\x1b[31mc\t\x1b[md\te"])
    assert rows == ["日本    x", "no tab", "a       b\x1b[31mc      \x1b[md       e\x1b[0m"]


def _unequal(wall: Wall, tmux: Tmux, waiting: set[str]) -> set[str]:
    for session in sorted(waiting):
        said = tmux.run(
            *("capture-pane", "-p", "-e", "-N", "-t", f"={session}:", ";"),
            *(
                "display-message",
                "-p",
                "-t",
                f"={session}:",
                "#{cursor_x} #{cursor_y} #{cursor_flag}",
            ),
        ).split("\n")
        screen = wall.screen(session)
        (width, height), at = screen.size, screen.cursor()
        expected = [cells(row, width) for row in stand_alone(said[:height])]
        x, y, flag = map(int, said[height].split())
        same = [cells(screen.row(line), width) for line in range(height)] == expected
        if same and (at.x, at.y, at.visible) == (min(x, width - 1), y, bool(flag)):
            waiting.discard(session)
    return waiting


@pytest.mark.parametrize("name", streams.UNLIKE_TMUX)
def test_where_we_show_more_truly_than_tmux(name: str) -> None:
    data, rows = streams.UNLIKE_TMUX[name]
    screen = Emulated((80, 24))
    screen.feed(data)
    assert [clean(screen.row(y)) for y in range(len(rows))] == rows


async def test_resize_is_followed_and_never_fights_a_person(
    tmux: Tmux, folder: Path, env, soon
) -> None:
    argv = ["sh", "-c", "seq 1 40; cat"]
    tmux.start("s1", argv, cwd=folder, env=env, size=(80, 24))
    async with Wall(tmux) as wall:
        wall.follow(["s1"])
        await soon(lambda: wall.screen("s1") and "40" in wall.screen("s1").row(22))
        for cols in range(60, 120, 7):  # a storm
            wall.resize("s1", cols, 30)
        wall.resize("s1", 100, 40)
        await soon(lambda: wall.screen("s1").size == (100, 40))
        await soon(lambda: "40" in wall.screen("s1").row(38))
        assert tmux.list()[0].size == (100, 40)


HOSTILE = [
    b"\x1b]52;c;aGVsbG8=\x07",
    b"\x1bP+q544e\x1b\\",
    b"\x9b5n\x1b[6n\x1b[c",
    b"\x1b_Gf=24,s=1,v=1;AAAA\x1b\\",
    b"\x1b]8;;http://evil/\x1b\\link\x1b]8;;\x1b\\",
    b"\x1b]2;title\x1b\\\x1b[2t\x1b[21t",
    "\u202eabc\u202c\u2066x\u2069\U000e0041\ufeff\u200b".encode(),
    b"\x1b[?1000h\x1b[?1049h\x1b#8\x1bc",
    b"\x1b]0;" + b"A" * 100_000,
    b"\x1b[" + b"9;" * 50_000 + b"m",
    b"\x1b[99999;99999H\x1b[99999S\x1b[99999L",
    b"e" + "\u0301".encode() * 5000,
    b"a\xc3(b\xe6\x97c\xf0\x9fd\xff\xfee",
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_streams_never_reach_a_row(number: int) -> None:
    screen = Emulated((80, 24))
    data = HOSTILE[number]
    for step in (1, 7, len(data)):
        screen.reset()
        for start in range(0, min(len(data), 20_000) if step == 1 else len(data), step):
            screen.feed(data[start : start + step])
        screen.dirty()
        for y in range(24):
            assert SAFE.fullmatch(screen.row(y))
            assert not re.search(
                "[\u200b\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]", screen.row(y)
            )


@pytest.mark.parametrize("begin", [b"", b"\x1b]0;", b"\x1bP+q", b"e"])
def test_what_never_ends_takes_no_memory(begin: bytes) -> None:
    screen = Emulated((200, 50))
    screen.feed(begin)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    piece = "\u0301".encode() * 8192 if begin == b"e" else b"A" * 65536
    for _ in range(64):
        screen.feed(piece)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 3_000  # kB, of 1 to 4 MB that were written
    assert all(len(screen.row(y)) <= 300 for y in range(50))
    screen.close()


def test_clean_takes_out_what_acts_and_leaves_what_shows() -> None:
    assert clean("a\x1b[1;38:5:3mb\x1b[0m é 日本 👩‍👩‍👧") == "a\x1b[1;38:5:3mb\x1b[0m é 日本 👩‍👩‍👧"
    assert clean("a\x1b]52;c;x\x07b\x1b[2Jc\x9bd\u202ee\x1b") == "a]52;c;xb[2Jcde"


def test_rows_are_dirty_once() -> None:
    screen = Emulated((80, 24))
    assert len(screen.dirty()) == 24
    assert list(screen.dirty()) == []
    screen.feed(b"\x1b[3;1Hx")
    assert 2 in screen.dirty()
    assert list(screen.dirty()) == []
    screen.feed(b"\x1b[5;1Hy")
    screen.cursor()
    assert 4 in screen.dirty()
    screen.close()
    screen.close()
