"""Tiles are written straight to the terminal: as if Textual had drawn all of it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conductor.tui.spans import uncovered
from tests.waiting import until

if TYPE_CHECKING:
    pass

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys, tempfile
from pathlib import Path
from conductor import events as e
from conductor.tui import app, spans
from conductor.tui.story import Story, StoryScreens, told
from conductor.tui.world import World
from tests.bench.fleet_apps import Changing

written = []
write = spans.write

import conductor.tui.widgets.tiles as wall
wall.write = lambda widget, some: (written.append(1), write(widget, some))

class App(app.Conductor):
    CSS_PATH = str(Path(app.__file__).with_name("app.tcss"))
    def on_mount(self):
        self.set_interval(0.03, self.step)
        self.steps = 0
    def step(self):
        self.steps += 1
        if self.steps < 30:
            for screen in screens._screens.values():
                screen.step()
                screen.rows[-9] = f"\\x1b[7m{self.steps} \\u6f22\\u5b57 \\x1b[0m\\x1b[1mbold"
            self.dirty(frozenset(screens._screens))
        elif self.steps == 30:
            strips = self.screen._compositor.render_strips()
            told = "\\n".join(strip.text for strip in strips)
            Path(sys.argv[1]).write_text(f"{len(written)}\\n{told}")

screens = StoryScreens(Story(0.0, (), (), {}, {}))
screens._screens = {f"s{n}": Changing(n) for n in (1, 2, 3)}
facts = []
for n in (1, 2, 3):
    facts += [(1.0, e.TaskAdded(f"t{n}", f"Work {n}", "words", "/repo")),
              (1.0, e.SessionClaimed(f"s{n}", f"t{n}", "builtin", "local")),
              (1.0, e.SessionBusy(f"s{n}", "record"))]
with tempfile.TemporaryDirectory() as folder:
    journal, places = told(Story(1.0, tuple(facts), (), {}, {}), folder)
    with journal:
        App(World(journal, places, screens=screens), live=False).run()
"""


def test_the_terminal_shows_what_the_compositor_would_draw(tmp_path: Path) -> None:
    out, program = tmp_path / "told", tmp_path / "program.py"
    program.write_text(PROGRAM)
    tmux = ["tmux", "-f", os.devnull, "-S", str(tmp_path / "t.sock")]
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    env |= {"PYTHONPATH": str(ROOT), "COLORTERM": "truecolor"}
    words = shlex.join([sys.executable, str(program), str(out)])

    def shown() -> str:
        capture = [*tmux, "capture-pane", "-p"]
        return subprocess.run(
            capture, check=False, env=env, capture_output=True, text=True
        ).stdout.rstrip("\n")

    subprocess.run(
        [*tmux, "new-session", "-d", "-x", "140", "-y", "40", f"{words}; cat"], check=True, env=env
    )
    try:
        until(lambda: out.exists() and bool(out.read_text()), shown)
        frames, _, drawn = out.read_text().partition("\n")
        assert int(frames) > 10, "the tiles were drawn by the compositor, not written"
        expected = [line.rstrip() for line in drawn.split("\n")]
        until(lambda: shown().split("\n") == expected, shown)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, env=env, capture_output=True)


async def test_nothing_is_written_over_what_lies_above(sit: Any) -> None:
    async with sit() as person:
        wall = person.app.room.wall
        assert uncovered(wall)
        person.app.notify("A message stands over the tiles.")
        await person.settled()
        assert not uncovered(wall)
        person.app.clear_notifications()
        await person.settled()
        assert uncovered(wall)
        await person.press("n")
        assert not uncovered(wall)
