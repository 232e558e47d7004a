"""Titles an agent gives its terminal reach the inbox as they come, whatever stands in them."""

from __future__ import annotations

from pathlib import Path

from conductor.runner import pipes, titles
from conductor.terminals.server import Tmux
from tests.runner.house import soon

NASTY = r"a\"b\" \044(touch planted) \140touch planted\140 \047q\047; touch planted; #{x} %%s \\ ✋"


def test_each_title_is_a_line_and_nothing_in_it_is_run(tmp_path: Path) -> None:
    tmux = Tmux(tmp_path / "a folder's")
    inbox = tmp_path / "in'box $HOME.jsonl"
    said = f'sleep 0.5; printf "\\033]2;{NASTY}\\007"; sleep 0.5; printf "\\033]2;two\\007"; read x'
    try:
        env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        pane = tmux.start("s1", ["/bin/sh", "-c", said], cwd=tmp_path, env=env)
        titles.follow(tmux, pane.pane, inbox)
        soon(lambda: inbox.exists() and "title: two\n" in inbox.read_text())
        lines = inbox.read_text().splitlines()
        assert len(lines) == 2
        assert lines[0].startswith(
            "title: a\"b\" $(touch planted) `touch planted` 'q'; touch planted;"
        )
        assert lines[0].endswith("✋")
        assert not (tmp_path / "planted").exists()
    finally:
        tmux.stop_server()


def test_a_line_is_added_whole(tmp_path: Path) -> None:
    pipes.append(tmp_path / "wishes", "one")
    pipes.append(tmp_path / "wishes", "zwö\udcff")
    assert (tmp_path / "wishes").read_bytes() == "one\nzwö?\n".encode()
