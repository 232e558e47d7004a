"""Closing a demo: nothing of it runs on, whatever happened before."""

import resource
from pathlib import Path

import pytest

from conductor import events as e
from conductor.demo.closing import close
from conductor.demo.stage import set_stage
from conductor.journal import Journal, JournalError
from conductor.terminals.server import Tmux
from tests.conductor.facts import added, claimed


def test_nothing_runs_on_where_the_disk_is_full(tmp_path):
    stage = set_stage(str(tmp_path / "demo"), "1")
    tmux = Tmux(Path(stage.places.terminals))
    tmux.start("s1", ("sleep", "600"), cwd=tmp_path, env={})
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(stage.places.journal) as journal:
        for fact in (added(), claimed(), e.SessionStarted("s1", 7), e.SessionBusy("s1", "hook")):
            journal.append(fact)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, usual[1]))  # no file can grow
            with pytest.raises(JournalError):
                close(stage, journal)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)
            left = tmux.list()
            tmux.stop_server()
    assert left == []
