"""A demo in a folder of its own, played by a process of its own as a person would start it."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from conductor import events as e
from conductor.demo.closing import end_processes
from conductor.demo.stage import Stage
from conductor.journal import Journal

PLAY = """
import sys
from conductor.demo import run, script
written = script.parts()[:int(sys.argv[2])]
script.parts = lambda: written
sys.exit(run(headless=True, into=sys.argv[1]))
"""


@dataclass
class Played:
    """One demo's folder, and what can be seen in it."""

    stage: Stage
    speed: str = "30"
    tasks: int = 10  # so many of it, the first of the queue

    def start(self):
        env = {**os.environ, "CONDUCTOR_REHEARSAL_SPEED": self.speed}
        env.pop("CONDUCTOR_HOME", None)
        return subprocess.Popen(
            [sys.executable, "-c", PLAY, str(self.stage.folder), str(self.tasks)],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def play(self, timeout=300):
        with self.start() as process:
            out, _ = process.communicate(timeout=timeout)
        return process.returncode, out

    def facts(self):
        with Journal(self.stage.places.journal) as journal:
            return [record.fact for record in journal.since(0)]

    def git(self, *args):
        done = subprocess.run(
            ["git", *args], cwd=self.stage.project, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def processes(self):
        """List what runs with anything of this demo in its command line or environment."""
        listed = subprocess.run(
            ["ps", "axeww", "-o", "pid=,command="], check=True, capture_output=True, text=True
        ).stdout
        own = str(self.stage.folder) + "/"
        return [row[:300] for row in listed.splitlines() if own in row and "ps axeww" not in row]

    def is_whole(self, terminals_lost=False):
        """Assert that everything happened, and nothing of it twice.

        Where terminals went, their agents were started again, and a start may have failed.
        """
        facts = self.facts()
        assert None not in facts
        tasks = [fact.task for fact in facts if isinstance(fact, e.TaskAdded)]
        assert len(tasks) == len(set(tasks)) == self.tasks
        starts = [fact for fact in facts if isinstance(fact, e.SessionStarted)]
        assert len({(fact.session, fact.launch) for fact in starts}) == len(starts)
        if not terminals_lost:
            assert not [fact for fact in facts if isinstance(fact, e.TaskRetried | e.TaskCancelled)]
            claims = Counter(fact.task for fact in facts if isinstance(fact, e.SessionClaimed))
            assert claims == dict.fromkeys(tasks, 1)
            once = dict.fromkeys((fact.session for fact in starts), 1)
            assert self.launches() == once
            assert len(starts) == len(once)
        landings = [fact for fact in facts if isinstance(fact, e.ChangeLanded)]
        assert sorted(fact.task for fact in landings) == sorted(tasks)
        commits = self.git("rev-list", "--first-parent", "main").split()
        assert sorted(commits[:-1]) == sorted(fact.commit for fact in landings)
        assert self.git("status", "--porcelain") == ""
        self.git("fsck", "--no-dangling")

    def launches(self):
        """Count, by session, what the launch scripts themselves wrote down."""
        found = Counter()
        for inbox in Path(self.stage.places.sessions).glob("*/inbox.jsonl"):
            lines = [json.loads(line) for line in inbox.read_text().splitlines()]
            found[inbox.parent.name] = sum("launched" in str(line) for line in lines)
        return found


@pytest.fixture
def demo(tmp_path):
    played = Played(Stage(tmp_path / "demo"))
    yield played
    if Path(played.stage.places.terminals).is_dir():
        end_processes(played.stage)
    assert played.processes() == []
