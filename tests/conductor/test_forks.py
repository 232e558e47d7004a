"""What a person can fork, and what is said where they cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conductor import acts
from conductor import events as e
from conductor.journal import Journal
from conductor.runner.lines import is_older
from tests.conductor.facts import added


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(str(tmp_path / "journal.db")) as opened:
        yield opened


def begun(journal: Journal, harness: str) -> None:
    journal.append(
        added(tag="ui", priority=2, verify="make"),
        e.SessionClaimed("s1", "t1", harness, "max", "opus"),
        e.WorktreeCreated("s1", "/w/s1", "b", "a" * 40),
        e.SessionStarted("s1", 7),
    )


def talked(journal: Journal) -> None:
    journal.append(e.SessionNamed("s1", "v1"), e.SessionIdle("s1", "hook"))


def test_a_fork_is_a_task_like_its_source_that_goes_on_from_its_session(journal: Journal) -> None:
    begun(journal, "claude")
    talked(journal)
    assert acts.fork(journal, {}, "t1", "Another way\nwith care") == "t2"
    task = journal.state.tasks["t2"]
    assert (task.forks, task.title, task.tag, task.priority) == ("s1", "Another way", "ui", 2)
    assert (task.harness, task.subscription, task.model) == ("claude", "max", "opus")
    assert task.verify == "make"


def test_what_cannot_be_forked_says_why(journal: Journal) -> None:
    begun(journal, "claude")
    with pytest.raises(acts.Refused, match="no conversation yet"):
        acts.fork(journal, {}, "s1", "Go")
    talked(journal)
    with pytest.raises(acts.Refused, match="Say what"):
        acts.fork(journal, {}, "s1", " ")
    journal.append(e.MoveAsked("s1", "other"))
    with pytest.raises(acts.Refused, match="on its way to other"):
        acts.fork(journal, {}, "s1", "Go")


def test_an_agent_without_forks_says_so(journal: Journal) -> None:
    begun(journal, "aider")
    talked(journal)
    with pytest.raises(acts.Refused, match="aider cannot fork"):
        acts.fork(journal, {}, "s1", "Go")


def test_what_was_written_before_a_fork_began_is_not_its_own() -> None:
    assert is_older('{"timestamp": "1970-01-01T00:01:00Z"}', 61.0)
    assert not is_older('{"timestamp": "1970-01-01T00:01:00Z"}', 60.0)
    assert not is_older('{"type": "mode"}', 61.0)
    assert not is_older("no line of a record", 61.0)
