"""Whoever is inside an agent's terminal is not typed over."""

from __future__ import annotations

import os
import pty
import subprocess
import time

from conductor import acts
from conductor import events as e
from conductor.state import TaskState
from tests.runner.house import House, soon


def test_words_wait_until_the_person_has_left_the_terminal(house: House) -> None:
    house.task("Begin", ["Done."], ["Said so."])
    with house.running():
        house.until_task("t1", TaskState.REVIEW)
        master, slave = pty.openpty()
        inside = subprocess.Popen(
            house.tmux.attach_argv("s1"),
            stdin=slave, stdout=slave, stderr=slave, env={**os.environ, "TERM": "xterm-256color"},
        )  # fmt: skip
        try:
            soon(lambda: any(one.attached for one in house.tmux.list()))
            house.tmux.keys("s1", *"half a sentence")
            acts.say(house.journal, "t1", "And then?")
            asked = time.monotonic()
            soon(lambda: time.monotonic() - asked > 1.5)  # longer than one look takes
            assert house.state.messages
            assert "half a sentence" in house.tmux.capture("s1", ansi=False)
            assert len(house.facts(e.MessageTyped)) == 1
        finally:
            inside.terminate()
            inside.wait()
            os.close(master)
            os.close(slave)
        house.until(lambda state: not state.messages)
        house.until_task("t1", TaskState.REVIEW)
    assert house.prompts("s1")[-1].endswith("And then?")


def test_words_wait_until_the_person_has_left_the_tile(house: House) -> None:
    house.task("Begin", ["Done."], ["Said so."])
    with house.running():
        house.until_task("t1", TaskState.REVIEW)
        with house.visit("s1"):  # screens that end in the middle of it keep nobody waiting
            acts.say(house.journal, "t1", "And then?")
            asked = time.monotonic()
            soon(lambda: time.monotonic() - asked > 1.5)  # longer than one look takes
            assert house.state.messages
        house.until(lambda state: not state.messages)
