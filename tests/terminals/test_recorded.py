"""What real agents wrote, shown by us and by tmux: cell by cell."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conductor.terminals.captured import stand_alone
from conductor.terminals.ghostty import Emulated

if TYPE_CHECKING:
    from types import ModuleType

    from conductor.terminals.server import Tmux

SIZE = (200, 50)  # in which they were recorded, by `tmux pipe-pane`
WRITER = "stty raw -echo; cat %s; printf '\\033]2;all of it\\007'; exec sleep 600"


def _beside(name: str) -> ModuleType:
    # Tests are no package, so that none can shadow the real one.
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cells = _beside("cells").cells


@pytest.mark.parametrize("agent", ["claude", "codex", "gemini", "opencode"])
def test_real_agents_screens_equal_tmuxs(tmux: Tmux, folder: Path, env, until, agent: str) -> None:
    path = Path(__file__).parent / "recorded" / f"{agent}.txt"
    tmux.start("s1", ["sh", "-c", WRITER % path], cwd=folder, env=env, size=SIZE)
    until(lambda: tmux.list()[0].title == "all of it")
    shown = tmux.run("capture-pane", "-p", "-e", "-N", "-t", "=s1:").split("\n")[: SIZE[1]]
    screen = Emulated(SIZE)
    screen.feed(path.read_bytes())
    for y, row in enumerate(stand_alone(shown)):
        assert cells(screen.row(y), SIZE[0]) == cells(row, SIZE[0]), y
    screen.close()
