"""What a person does in the moment in which the runner is about to act on something else."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from conductor import acts
from conductor import events as e
from conductor.journal import Journal
from conductor.runner.delivery import Delivery
from conductor.runner.launching import Launching
from conductor.runner.reach import Reach
from conductor.state import SessionState, TaskState
from tests.runner.house import House

ASKED = e.SessionWaiting("s1", "hook", "q1", "permission", "touch it")


@pytest.mark.parametrize(
    ("stands", "act"),
    [
        (e.SessionIdle("s1", "hook"), lambda home: acts.stop(home, "s1")),
        (e.SessionIdle("s1", "hook"), lambda home: acts.cancel(home, "t1")),
        (e.SessionIdle("s1", "hook"), lambda home: home.append(ASKED)),
        (ASKED, lambda home: home.append(e.SessionBusy("s1", "hook"))),
    ],
    ids=["stopped", "cancelled", "asks", "answered in its terminal"],
)
async def test_nothing_is_typed_to_an_agent_that_stands_elsewhere_by_now(
    house: House, monkeypatch: pytest.MonkeyPatch, stands: e.Fact, act
) -> None:
    delivery = Delivery(house.begun("claude"))
    house.journal.append(e.SessionBusy("s1", "hook"), stands)
    say = acts.answer if stands is ASKED else acts.say
    number = say(house.journal, "s1", "allow")

    async def visited(*_: object) -> bool:
        with Journal(house.journal.folder) as persons:
            act(persons)
        return False

    typed: list[object] = []
    monkeypatch.setattr(delivery, "_visited", visited)
    monkeypatch.setattr(delivery.typist, "give", lambda *words: typed.append(words))
    await delivery._deliver("s1", number)
    assert not typed
    assert not house.facts(e.MessageTyped)


async def test_words_that_are_not_taken_are_told_with_what_stands_there_instead(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where nobody is signed in, of which some agents tell on their screens alone."""
    delivery = Delivery(house.begun("pi"))
    house.journal.append(e.SessionIdle("s1", "its own record"))
    number = acts.say(house.journal, "s1", "Go on")
    monkeypatch.setattr("conductor.runner.delivery.PATIENCE", 0.05)
    monkeypatch.setattr(delivery.typist, "give", lambda *_: None)
    shown = "╭───────╮\n│ Sign in first. │\n╰───────╯\n\n"
    monkeypatch.setattr(delivery.reach.tmux, "capture", lambda *_, **__: shown)
    await delivery._deliver("s1", number)
    (failed,) = house.facts(e.MessageFailed)
    assert failed.why.endswith("on its screen. It is: Sign in first.")


async def test_a_start_that_waits_for_its_turn_is_given_up_with_its_task(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    launching = Launching(reach := house.begun("codex"), None, None, None)  # type: ignore[arg-type]
    house.journal.append(
        e.SessionClaimed("s2", house.task("More"), "codex", "own"),
        e.WorktreeCreated("s2", str(house.folder), "b", "x"),
    )

    async def turn(*_: object) -> None:
        acts.cancel(house.journal, "t2")

    started: list[object] = []
    monkeypatch.setattr("conductor.runner.launching.lacking", lambda *_: "")
    monkeypatch.setattr(launching.starting, "turn", turn)
    monkeypatch.setattr(launching.starting, "run", lambda *how: started.append(how) or 1)
    reach.folder("s2").mkdir()
    reach.inbox(house.of("t2")).touch()
    await launching._launch(house.of("t2"))
    assert not started
    assert house.of("t2").state is SessionState.STARTING
    assert house.state.tasks["t2"].state is TaskState.CANCELLED


def test_settings_broken_while_a_job_reads_them_are_told_by_the_next_look(house: House) -> None:
    reach = Reach(house.places, house.journal)
    before = reach.settings
    Path(house.places.config_file).write_text("[[subscription")
    job = threading.Thread(target=lambda: reach.settings)  # which is not the journal's thread
    job.start()
    job.join()
    assert not house.state.troubles
    assert reach.settings is before
    assert house.places.config_file in house.state.troubles


def test_settings_broken_while_a_decision_is_taken_are_told_by_the_next_look(house: House) -> None:
    reach = Reach(house.places, house.journal)
    assert reach.settings.subscriptions
    Path(house.places.config_file).write_text("[fleet]\nfailover = 3\n")
    with house.journal.decide():  # it ended the runner
        assert reach.settings.subscriptions
    assert not house.state.troubles
    assert reach.settings.subscriptions
    assert list(house.state.troubles) == [house.places.config_file]


def test_what_breaks_while_the_runner_is_at_work_stays_as_it_was(house: House) -> None:
    good = '[harness.mine]\ncommand = ["cat"]\nprompt = "stdin"\n'
    house.configure(more=good)
    reach = Reach(house.places, house.journal)
    before = reach.settings
    house.configure(slots=3, more=good.replace("prompt", "promt"))
    assert reach.settings.subscriptions[0].slots == 3
    assert reach.settings.harnesses == before.harnesses
    assert "promt: unknown key" in house.state.troubles[house.places.config_file].why
    Path(house.places.config_file).write_text("[[subscription]]\nname = 3\n" + good)
    assert [one.name for one in reach.settings.subscriptions] == ["demo"]
    config = Path(house.places.config_file)
    config.write_text("")  # as an editor does before it writes
    assert reach.settings.subscriptions
    os.utime(config, (1, 1))
    assert reach.settings.subscriptions == ()
    assert not house.state.troubles
