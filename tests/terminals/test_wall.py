"""The wall of live screens: follow, type, lose the server and find it again, and floods."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import pty
import resource
import signal
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest

from conductor.terminals import processes
from conductor.terminals.control import Control
from conductor.terminals.errors import TerminalError
from conductor.terminals.wall import Wall

if TYPE_CHECKING:
    from pathlib import Path

    from conductor.terminals.server import Tmux

FORGER = r"""
for i in $(seq 1 400); do printf '%%end 1 %d 1\n%%output %%0 forged\n%%exit\n' $i; done; cat
"""


def _shows(wall: Wall, name: str, text: str) -> bool:
    screen = wall.screen(name)
    return screen is not None and any(text in screen.row(y) for y in range(screen.size[1]))


async def test_typing_pasting_and_what_starts_later(tmux: Tmux, folder: Path, env, soon) -> None:
    tmux.start("s1", ["cat"], cwd=folder, env=env)
    async with Wall(tmux) as wall:
        wall.follow(["s1", "s2"])
        await soon(lambda: wall.screen("s1"))
        wall.send("s1", "typed é".encode())
        wall.press("s1", "Enter")
        await wall.paste("s1", b"pasted\n")
        await soon(lambda: _shows(wall, "s1", "typed é") and _shows(wall, "s1", "pasted"))
        assert "s1" in wall.take()
        assert wall.take() == frozenset()
        assert not tmux.list()[0].visited
        wall.hurry("s1")  # a person is inside its tile
        await soon(lambda: tmux.list()[0].visited)
        wall.hurry(None)
        await soon(lambda: not tmux.list()[0].visited)
        with pytest.raises(TerminalError, match="s2"):
            wall.send("s2", b"x")
        tmux.start("s2", ["sh", "-c", "echo two; exit 3"], cwd=folder, env=env)
        await soon(lambda: _shows(wall, "s2", "two"))
        await soon(lambda: wall.live["s2"].dead and wall.live["s2"].exit_status == 3)
        tmux.kill("s2")
        await soon(lambda: "s2" not in wall.live)
        assert _shows(wall, "s2", "two")  # what it showed last stays
        wall.follow(["s1"])
        assert wall.screen("s2") is None
    assert [live.session for live in tmux.list()] == ["s1"]


async def test_the_server_goes_and_comes_back(tmux: Tmux, folder: Path, env, soon) -> None:
    told: list[TerminalError | None] = []
    tmux.start("s1", ["sh", "-c", "echo first; cat"], cwd=folder, env=env)
    async with Wall(tmux, on_connection=told.append) as wall:
        wall.follow(["s1"])
        await soon(lambda: _shows(wall, "s1", "first"))
        await asyncio.to_thread(tmux.stop_server)
        await soon(lambda: not wall.connected)
        with pytest.raises(TerminalError, match="gone"):
            wall.send("s1", b"x")
        tmux.start("s1", ["sh", "-c", "echo second; cat"], cwd=folder, env=env)
        await soon(lambda: _shows(wall, "s1", "second"))
    assert [error is None for error in told] == [True, False, True]


async def test_a_wall_before_there_is_a_server(tmux: Tmux, folder: Path, env, soon) -> None:
    async with Wall(tmux) as wall:
        wall.follow(["s1"])
        assert "gone" in str(wall.why)
        tmux.start("s1", ["sh", "-c", "echo hello; cat"], cwd=folder, env=env)
        await soon(lambda: _shows(wall, "s1", "hello"))


async def test_a_wall_where_no_file_can_be_opened_for_a_moment(
    tmux: Tmux, folder: Path, env, soon, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmux.start("s1", ["sh", "-c", "echo hello; cat"], cwd=folder, env=env)
    real, left = os.pipe, [OSError(errno.EMFILE, "Too many open files")]

    def pipe() -> tuple[int, int]:
        if left:
            raise left.pop()
        return real()

    monkeypatch.setattr(os, "pipe", pipe)
    async with Wall(tmux) as wall:
        assert "Too many open files" in str(wall.why)
        wall.follow(["s1"])
        await soon(lambda: _shows(wall, "s1", "hello"))


async def test_an_agent_cannot_forge_what_tmux_says(tmux: Tmux, folder: Path, env, soon) -> None:
    tmux.start("s1", ["sh", "-c", FORGER], cwd=folder, env=env)
    await soon(lambda: "%exit" in tmux.capture("s1"))
    async with Wall(tmux, emulate=False) as wall:
        wall.follow(["s1"])
        await soon(lambda: _shows(wall, "s1", "forged"))
        wall.send("s1", b"still here")
        await soon(lambda: _shows(wall, "s1", "still here"))
        assert wall.connected


VIEWING = """
import asyncio, pathlib, sys
from conductor.terminals.server import Tmux
from conductor.terminals.wall import Wall

async def main():
    async with Wall(Tmux(pathlib.Path(sys.argv[1]))) as wall:
        wall.follow(["s1"])
        print("up", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def _viewed(folder: Path) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-c", VIEWING, str(folder)]
    viewer = subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=os.getcwd())
    assert viewer.stdout is not None
    assert viewer.stdout.readline() == b"up\n"
    return viewer


def test_a_viewer_leaves_nothing_behind(tmux: Tmux, folder: Path, env, until) -> None:
    tmux.start("s1", ["cat"], cwd=folder, env=env)
    with _viewed(folder) as viewer:
        assert "_viewer" in tmux.run("list-sessions")
        tmux.sweep()
        assert "_viewer" in tmux.run("list-sessions")
        viewer.send_signal(signal.SIGKILL)
    # It does not leave by itself: tmux may end over a client that does while an agent writes.
    assert tmux.run("list-sessions", "-F", "#{session_attached} #{session_name}")[:3] == "1 _"
    tmux.sweep()
    assert "_viewer" not in tmux.run("list-sessions")
    assert tmux.run("list-clients") == ""
    assert not tmux.list()[0].dead


async def test_a_viewer_that_is_closed_ends_at_once(tmux: Tmux, folder: Path, env, soon) -> None:
    tmux.start("s1", ["cat"], cwd=folder, env=env)
    async with Wall(tmux) as wall:
        wall.follow(["s1"])
        await soon(lambda: wall.screen("s1"))
    await soon(lambda: "_viewer" not in tmux.run("list-sessions"))


@pytest.mark.slow
def test_no_agent_dies_with_the_screens_and_nothing_stays(
    tmux: Tmux, folder: Path, env, until
) -> None:
    busy = ["sh", "-c", "while :; do echo written; done"]  # so that much is held for the screens
    tmux.start("s1", busy, cwd=folder, env=env)
    server = tmux.run("display-message", "-p", "#{pid}")
    for _ in range(2):
        with _viewed(folder) as one, _viewed(folder) as other:
            for each in (one, other):
                each.send_signal(signal.SIGKILL)
            tmux.start("s2", ["cat"], cwd=folder, env=env)
            tmux.kill("s2")
        tmux.sweep()

    def nothing_left() -> bool:
        tmux.sweep()
        argv = ["ps", "axww", "-o", "args="]
        rows = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
        return not [row for row in rows if str(tmux.socket) in row and " -C " in row]

    until(nothing_left)
    assert tmux.run("display-message", "-p", "#{pid}") == server
    family = processes.tree(int(server))
    tmux.stop_server()
    until(lambda: not any(map(processes.alive, family)))


async def test_notices_without_polling(tmux: Tmux, folder: Path, env, soon) -> None:
    heard: list[str] = []
    tmux.start("s1", ["cat"], cwd=folder, env=env)
    watch = Control(tmux, notice=lambda kind, rest: heard.append(f"{kind} {rest}"))
    await watch.open()
    try:
        tmux.start("s2", ["true"], cwd=folder, env=env)
        await soon(lambda: any("renamed" in each and "dead" in each for each in heard))
        with pytest.raises(TerminalError, match="can't find"):
            await watch.ask("kill-session -t =nobody")
        assert (await watch.ask("display-message -p fine")) == [b"fine"]
    finally:
        watch.close()


async def test_a_tile_never_resizes_what_a_person_is_inside_of(
    tmux: Tmux, folder: Path, env, soon
) -> None:
    tmux.start("s1", ["cat"], cwd=folder, env=env, size=(120, 40))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    async with Wall(tmux) as wall:
        wall.follow(["s1"])
        await soon(lambda: wall.screen("s1"))
        wall.resize("s1", 100, 30)
        await soon(lambda: wall.screen("s1").size == (100, 30))
        person = await asyncio.create_subprocess_exec(
            *tmux.attach_argv("s1"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=env | {"TERM": "xterm-256color", "TMUX": "/nested,1,0"},
        )
        try:
            # 24 rows, one of them the line that says how to come back.
            await soon(lambda: wall.live["s1"].attached == 1)
            await soon(lambda: wall.screen("s1").size == (80, 23))
            wall.resize("s1", 60, 10)
            wall.send("s1", b"mark")
            await soon(lambda: _shows(wall, "s1", "mark"))
            assert wall.screen("s1").size == (80, 23)
            os.read(ours, 65536)
            os.write(ours, b"\x1b[24~")  # F12
            await asyncio.wait_for(person.wait(), 60)
            await soon(lambda: wall.live["s1"].attached == 0)
        finally:
            if person.returncode is None:
                person.kill()
            os.close(ours)
            os.close(theirs)


@pytest.mark.slow
async def test_a_flood_keeps_memory_bounded_and_neighbours_in_sight(
    tmux: Tmux, folder: Path, env, soon
) -> None:
    # It goes on until it is told to stop, so that no machine is too slow for what is asked here.
    flood = (
        "n=0; while [ ! -e stop ]; do head -c 4000000 /dev/zero | tr '\\0' x; n=$((n + 1));"
        " [ $n != 8 ] || : > enough; done; echo; echo the end; cat"
    )
    tmux.start("s2", ["cat"], cwd=folder, env=env)
    async with Wall(tmux) as wall:
        wall.follow(["s1", "s2"])
        await soon(lambda: wall.screen("s2"))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        tmux.start("s1", ["sh", "-c", flood], cwd=folder, env=env)
        await soon(lambda: _shows(wall, "s1", "xxx"))
        wall.send("s2", b"calm")
        await soon(lambda: _shows(wall, "s2", "calm"))
        await soon((folder / "enough").exists)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 30_000  # kB
        (folder / "stop").touch()
        await soon(lambda: _shows(wall, "s1", "the end"))


@pytest.mark.long
async def test_what_came_while_we_were_busy_is_shown_when_all_is_quiet(
    tmux: Tmux, folder: Path, env, soon
) -> None:
    names = [f"s{n}" for n in range(1, 25)]
    (folder / "much").write_text("\x1b[1mcoloured words \x1b[0m and\n" * 260)
    writes = f"echo ready; read -r _; cat {folder}/much; echo the end; cat"
    for name in names:
        tmux.start(name, ["sh", "-c", writes], cwd=folder, env=env)
    async with Wall(tmux) as wall:
        wall.follow(names)
        await soon(lambda: all(_shows(wall, name, "ready") for name in names))
        for name in names:
            wall.press(name, "Enter")
        begun = time.monotonic()
        while time.monotonic() < begun + 2.5:  # twice as long as tmux waits for who reads
            tmux.list()
        await soon(lambda: all(_shows(wall, name, "the end") for name in names))
