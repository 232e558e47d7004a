"""What every first-class agent must do, tried with the real program on a model server."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

import pytest

from conductor import acts, meters
from conductor import events as e
from conductor.fold import fold
from conductor.homes import Home
from conductor.intake import Intake
from conductor.journal import Journal
from conductor.meters import Split
from conductor.readers import read_homes
from conductor.samples import Tokens, totals
from conductor.state import EMPTY, Session, SessionState
from conductor.terminals import processes
from conductor.windows import MARGIN, MARGIN_OF_MINUTES
from harnesses.records.registry import RECORDS
from tests.conformance.ground import Ground
from tests.runner.house import kill

BUSY, IDLE, WAITING = SessionState.BUSY, SessionState.IDLE, SessionState.WAITING
LIMITED, ENDED = SessionState.LIMITED, SessionState.ENDED


def test_words_arrive_tools_run_and_turns_end(ground: Ground) -> None:
    ground.configure("edits")
    words = 'Make it.\nIn two lines, with "quotes", $(dollars) and ünïcode [[file=made.txt]]'
    task = ground.say(words)
    session = ground.until(task, IDLE, turns=1)
    assert ground.file(session, "made.txt").read_text().strip() == "made by the model server"
    assert [f.message for f in ground.house.facts(e.MessageDelivered)] == ["m1"]
    assert session.last.startswith("Done: Make it.")
    assert session.vendor_session

    def counted() -> Tokens:
        return totals(ground.house.journal.db).get(session.id) or Tokens()

    told = ground.vendor.output
    ground.soon(
        task, lambda: counted().cached == ground.vendor.cached
    )  # two requests, each counted once
    ground.soon(task, lambda: counted().output >= told)
    assert counted().input > 0 or not told

    acts.say(ground.house.journal, task, "And another [[file=second.txt]]")
    session = ground.until(task, IDLE, turns=2)
    assert ground.file(session, "second.txt").exists()
    assert not ground.house.state.messages
    assert not ground.house.state.troubles
    ground.soon(task, lambda: counted().cached == 2 * ground.vendor.cached)


@pytest.mark.shared("edits")
def test_what_is_counted_are_the_model_server_s_own_figures(ground: Ground) -> None:
    if ground.vendor.harness not in RECORDS:
        pytest.skip(f"{ground.vendor.name} tells its usage itself")
    task = ground.say("Make it [[say=Well]] [[file=counted.txt]]")
    session = ground.until(task, IDLE, turns=1)

    def counted() -> list[tuple[int, int, int]]:
        return sorted(ground.house.journal.db.execute(
            "SELECT r.input - r.written, r.cached, r.output FROM requests r"
            " JOIN meters m ON m.id = r.meter WHERE m.session = ?", (session.id,)
        ))  # fmt: skip

    expected = 2 * session.turns  # of this one, and of those that others asked for before
    ground.soon(task, lambda: len(counted()) == expected)
    told = sorted((fresh, 100, out) for fresh, out in ground.server.memory.told)
    assert all(one in told for one in counted())

    home = Home(ground.vendor.harness, str(ground.house.folder / "account"), "another name")
    with Journal(str(ground.house.folder / "alone")) as journal:
        read_homes(Intake(journal), [home], lambda _, error: pytest.fail(str(error)))
        again = meters.totals(journal, 0.0, Split.SESSION)
        known = totals(ground.house.journal.db)[session.id]
        cost = pytest.approx(known.cost_usd)  # whichever way round it is added up
        assert again == {session.vendor_session: known.but(cost_usd=cost)}
    assert known.requests == expected
    assert not ground.house.state.troubles


@pytest.mark.shared("ask")
def test_a_permission_is_given_and_refused_from_here(ground: Ground) -> None:
    allowed, denied = (
        f"[[outside=I want it]] [[run=touch {one}]]" for one in ("allowed", "denied")
    )
    task = ground.say(f"Try [[file=written.txt]] {allowed} and {denied}")
    session = ground.until(task, WAITING)
    assert session.ask_kind == "permission"
    if not ground.vendor.writes:
        assert "written.txt" in (session.ask_text or "")
        assert not ground.file(session, "written.txt").exists()
        acts.answer(ground.house.journal, task, "allow")
        session = ground.until(task, WAITING, ask=session.ask or "")
    assert ground.file(session, "written.txt").exists()
    assert "touch allowed" in (session.ask_text or "")
    assert not ground.file(session, "allowed").exists()
    acts.answer(ground.house.journal, task, "allow")

    second = ground.until(task, WAITING, ask=session.ask or "")
    ground.soon(task, lambda: ground.file(session, "allowed").exists())
    assert "touch denied" in (second.ask_text or "")
    acts.answer(ground.house.journal, task, "deny: rather not today")
    ground.soon(task, lambda: "rather not today" in ground.seen)
    ground.soon(task, lambda: not ground.house.state.messages)
    session = ground.until(task, IDLE, turns=1)
    assert not ground.file(session, "denied").exists()


@pytest.mark.shared("ask")
def test_a_listed_command_runs_unasked(ground: Ground) -> None:
    if not ground.vendor.lists:
        pytest.skip(f"{ground.vendor.name} cannot be told of single commands")
    runs = " ".join(f"[[outside=I want it]] [[run=touch {one}]]" for one in ("listed", "other"))
    task = ground.say(f"Try {runs}")
    session = ground.until(task, WAITING)
    assert ground.file(session, "listed").exists()
    assert "touch other" in (session.ask_text or "")
    acts.answer(ground.house.journal, task, "allow")
    ground.until(task, IDLE, turns=1)


@pytest.mark.shared("ask")
def test_a_permission_given_in_its_own_terminal_is_noticed_here(ground: Ground) -> None:
    task = ground.say("Try [[outside=I want it]] [[run=touch pressed; sleep 4]]")
    session = ground.until(task, WAITING)
    ground.sees(task, ground.vendor.dialog)
    ground.pause()
    ground.press(session, *ground.vendor.allow)
    ground.soon(task, lambda: ground.file(session, "pressed").exists())
    began = time.monotonic()
    ground.until(task, BUSY)
    assert time.monotonic() - began < 2.0
    ground.until(task, IDLE, turns=1)


@pytest.mark.shared("ask")
def test_a_turn_broken_off_in_its_own_terminal_is_noticed_here(ground: Ground) -> None:
    task = ground.say("Wait [[delay=30]]")
    session = ground.until(task, BUSY)
    ground.soon(task, lambda: "Wait [[delay=30]]" in ground.seen)
    ground.press(session, *ground.vendor.interrupt)
    ground.until(task, IDLE)
    ground.say("Go on")
    ground.until(task, IDLE, turns=1)
    assert "Go on" in ground.seen  # some say once more with it what was broken off


@pytest.mark.shared("ask")
def test_of_two_things_asked_at_once_each_is_answered_by_itself(ground: Ground) -> None:
    if not ground.vendor.asks_twice:
        pytest.skip(f"{ground.vendor.name} asks one thing after the other")
    task = ground.say("Read [[reads=/etc/hostname|/etc/passwd]]")
    ground.until(task, WAITING)
    ground.soon(task, lambda: len(ground.house.of(task).asks) == 2)
    first, second = ground.house.of(task).asks
    assert {one.kind for one in (first, second)} == {"permission"}
    (ours,) = (one for one in (first, second) if "passwd" in one.text)
    acts.answer(ground.house.journal, task, "deny: rather not tonight", ours.id)
    ground.soon(task, lambda: len(ground.house.of(task).asks) == 1)
    assert ground.until(task, WAITING).ask != ours.id
    ground.sees(task, "/etc/hostname")
    ground.pause()
    ground.press(ground.house.of(task), *ground.vendor.allow)
    ground.until(task, IDLE, turns=1)
    ground.soon(task, lambda: "rather not tonight" in ground.seen)


@pytest.mark.long
def test_what_helpers_ask_at_once_is_answered_here_or_in_the_terminal(ground: Ground) -> None:
    if not ground.vendor.asks_twice:
        pytest.skip(f"{ground.vendor.name} asks one thing after the other")
    task = ground.begin("Do all [[helpers=A {run=touch a}|B {run=touch b}|C {run=touch c}]]")
    ground.until(task, WAITING)
    ground.soon(task, lambda: len(ground.house.of(task).asks) == 3)
    session = ground.house.of(task)
    ours = {one.text.splitlines()[1].removeprefix("touch "): one.id for one in session.asks}
    acts.answer(ground.house.journal, task, "allow", ours["b"])
    ground.soon(task, lambda: ground.file(session, "b").exists())
    ground.soon(task, lambda: len(ground.house.of(task).asks) == 2)
    assert not ground.file(session, "a").exists()
    acts.answer(ground.house.journal, task, "deny: not now", ours["a"])
    ground.soon(task, lambda: len(ground.house.of(task).asks) == 1)

    with ground.visit(session):  # its dialog shows only once a person is there to see it
        ground.sees(task, ground.vendor.dialog)
        ground.pause()
        ground.press(session, *ground.vendor.allow)
        ground.soon(task, lambda: ground.file(session, "c").exists())
        session = ground.until(task, IDLE, turns=1)
    assert not ground.file(session, "a").exists()
    assert not session.asks


@pytest.mark.shared("ask")
def test_a_question_is_answered_from_here(ground: Ground) -> None:
    if not ground.vendor.asks:
        pytest.skip(f"{ground.vendor.name} has no tool by which its model asks in this mode")
    task = ground.say("Ask [[ask=Which colour?]]")
    session = ground.until(task, WAITING)
    assert session.ask_kind == "question"
    assert "Which colour?" in (session.ask_text or "")
    acts.answer(ground.house.journal, task, "a mild green")
    ground.until(task, IDLE, turns=1)
    ground.soon(task, lambda: "a mild green" in ground.seen)


@pytest.mark.shared("edits")
def test_words_after_the_end_continue_the_same_conversation(ground: Ground) -> None:
    task = ground.say("Remember the word heron [[file=one.txt]]")
    session = ground.until(task, IDLE, turns=1)
    named, launches = session.vendor_session, session.launches
    acts.stop(ground.house.journal, session.id)
    ground.until(task, ENDED)
    before = len(ground.server.seen)

    acts.say(ground.house.journal, task, "Go on [[file=two.txt]]")
    session = ground.until(task, IDLE, turns=2)
    assert session.launches == launches + 1
    assert session.vendor_session == named
    assert ground.file(session, "two.txt").exists()
    assert "heron" in str([seen.body for seen in ground.server.seen[before:]])


@pytest.mark.long
def test_a_fork_goes_on_beside_the_one_it_came_from(ground: Ground) -> None:
    if not ground.vendor.forks:
        pytest.skip(f"{ground.vendor.name} has no fork")
    ground.configure("edits")
    task = ground.begin("Remember the word heron [[file=one.txt]]")
    session = ground.until(task, IDLE, turns=1)
    ground.file(session, "README").write_text("changed by hand\n")
    fork = acts.fork(ground.house.journal, {}, task, "Another way [[file=two.txt]]")
    other = ground.until(fork, IDLE, turns=1)
    assert other.vendor_session not in (None, session.vendor_session)
    assert ground.file(other, "README").read_text() == "changed by hand\n"
    assert ground.file(other, "one.txt").exists()
    assert ground.file(other, "two.txt").exists()
    assert not ground.file(session, "two.txt").exists()
    assert other.base == session.base

    acts.say(ground.house.journal, task, "Remember the word finch")
    ground.until(task, IDLE, turns=2)
    acts.stop(ground.house.journal, other.id)
    ground.until(fork, ENDED)
    before = len(ground.server.seen)
    acts.say(ground.house.journal, fork, "Say it [[file=three.txt]]")
    again = ground.until(fork, IDLE, turns=2)
    assert again.vendor_session == other.vendor_session
    assert ground.file(again, "three.txt").exists()
    heard = str([seen.body for seen in ground.server.seen[before:]])
    assert "heron" in heard
    assert "finch" not in heard

    def requests() -> list[int]:
        counted = totals(ground.house.journal.db)
        return [counted.get(one.id, Tokens()).requests for one in (session, other)]

    ground.soon(task, lambda: requests() == [3, 4])  # what was said before the fork counts once


@pytest.mark.long
def test_its_own_terminal_program_goes_on_from_the_pane_and_back(ground: Ground) -> None:
    if not ground.vendor.leave:
        pytest.skip(f"{ground.vendor.name} has its own terminal anyway")
    ground.configure("edits")
    task = ground.begin("Remember the word heron [[file=one.txt]]")
    session = ground.until(task, IDLE, turns=1)
    ground.press(session, "C-o")
    assert ground.until(task, WAITING).ask_kind == "screen"
    ground.sees(task, ground.vendor.composer)
    ground.pause()
    ground.type(session, "Remember finch [[file=two.txt]]")
    ground.soon(task, lambda: ground.file(session, "two.txt").exists())
    ground.sees(task, "Done: Remember finch")
    ground.pause()
    ground.type(session, ground.vendor.leave)
    ground.until(task, IDLE, turns=1)
    before = len(ground.server.seen)
    acts.say(ground.house.journal, task, "Go on [[file=three.txt]]")
    ground.soon(task, lambda: ground.file(session, "three.txt").exists())
    assert ground.until(task, IDLE, turns=2).vendor_session == session.vendor_session
    heard = str([seen.body for seen in ground.server.seen[before:]])
    assert "heron" in heard
    assert "finch" in heard

    def requests() -> int:
        return (totals(ground.house.journal.db).get(session.id) or Tokens()).requests

    ground.soon(task, lambda: requests() == 6)  # wherever they were said, each counts once


@pytest.mark.shared("ask")
def test_a_used_up_window_is_a_limit_and_is_waited_out(ground: Ground) -> None:
    task = ground.say("Work [[window=6]]")
    session = ground.until(task, LIMITED)
    assert session.until is not None
    margin = MARGIN_OF_MINUTES if ground.vendor.grain else MARGIN
    assert 0 < session.until - time.time() < 12 + margin + ground.vendor.grain
    assert session.turns == ground.before, "a limit is no success"
    ground.until(task, IDLE, turns=1)
    assert not ground.house.state.troubles


@pytest.mark.shared("ask")
def test_a_limit_of_requests_a_minute_is_no_limit(ground: Ground) -> None:
    task = ground.say("Work [[limit=1]]")
    before = len(ground.house.facts(e.SessionLimited))
    ground.until(task, IDLE, turns=1)
    assert len(ground.house.facts(e.SessionLimited)) == before


@pytest.mark.shared("ask")
def test_stopped_in_the_middle_of_a_turn_nothing_is_left(ground: Ground) -> None:
    if ground.vendor.permits:
        task = ground.say("Wait [[outside=I want it]] [[run=touch began && tail -f README]]")
        session = ground.until(task, WAITING)
        acts.answer(ground.house.journal, task, "allow")
    else:
        ground.configure("edits")
        task = ground.begin("Wait [[run=touch began && tail -f README]]")
        session = ground.until(task, BUSY)
    ground.soon(task, lambda: ground.file(session, "began").exists())
    pid = ground.until(task, BUSY).pid or 0
    ground.soon(task, lambda: any(one.command == "tail" for one in processes.tree(pid)))
    tree = processes.tree(pid)
    acts.stop(ground.house.journal, session.id)
    ground.until(task, ENDED)
    assert ground.house.left() == []
    assert not [one for one in tree if processes.alive(one)]


def test_a_new_runner_goes_on_where_a_killed_one_stood(ground: Ground) -> None:
    task = ground.say("Try [[outside=I want it]] [[run=touch allowed]] [[say=so]]")
    session = ground.until(task, WAITING)
    ground.sees(task, ground.vendor.dialog)
    ground.house.runners[-1].kill()
    ground.house.runners[-1].wait()
    acts.answer(ground.house.journal, task, "allow")
    ground.house.start()
    after = ground.until(task, IDLE, turns=1)
    if ground.vendor.cached:
        counted = lambda: totals(ground.house.journal.db).get(session.id) or Tokens()  # noqa: E731
        ground.soon(task, lambda: counted().cached == ground.vendor.cached)
    assert after.launches == 1
    assert ground.file(session, "allowed").exists()


@pytest.mark.long
def test_a_machine_that_went_down_is_gone_on_with(ground: Ground) -> None:
    ground.configure("edits")
    task = ground.begin("Remember the word heron [[file=one.txt]] [[delay=30]]")
    session = ground.until(task, BUSY)
    ground.soon(task, lambda: ground.file(session, "one.txt").exists())
    ground.soon(task, lambda: ground.house.of(task).vendor_session)
    ground.house.runners[-1].kill()
    ground.house.runners[-1].wait()
    ground.house.tmux.stop_server()
    ground.house.start()
    ground.house.until(lambda state: state.sessions[session.id].lost, ground.vendor.patience)
    before = len(ground.server.seen)
    assert acts.resume_all(ground.house.journal) == [session.id]
    after = ground.until(task, IDLE, turns=1)
    assert after.launches == 2
    assert after.vendor_session == ground.house.facts(e.SessionNamed)[0].vendor_session
    heard = str([seen.body for seen in ground.server.seen[before:]])
    assert "heron" in heard, ground.house.story()
    assert not ground.house.facts(e.TaskFailed)


@pytest.mark.long
def test_an_agent_killed_by_hand_is_over_and_can_go_on(ground: Ground) -> None:
    ground.configure("edits")
    task = ground.begin("Remember the word heron [[file=one.txt]]")
    session = ground.until(task, IDLE, turns=1)
    for one in processes.tree(session.pid or 0)[1:]:
        with suppress(ProcessLookupError):  # some end with the one that started them
            kill(one.pid)
    ended = ground.until(task, ENDED)
    assert ended.code == 137
    before = len(ground.server.seen)
    acts.say(ground.house.journal, task, "Go on [[file=two.txt]]")
    after = ground.until(task, IDLE, turns=2)
    assert after.vendor_session == session.vendor_session
    assert "heron" in str([seen.body for seen in ground.server.seen[before:]])


def test_a_wrong_model_and_a_lost_account_are_said(ground: Ground) -> None:
    ground.configure(model=ground.vendor.unknown)
    first = ground.refused(ground.begin("Work"))
    ground.sign_out()
    second = ground.refused(ground.begin("Work"))
    assert second != first
    assert not ground.house.facts(e.SessionLimited)


@pytest.mark.long
def test_several_start_at_once_on_one_new_home(ground: Ground) -> None:
    ground.configure("edits")
    tasks = [ground.begin(f"Make {n} [[delay=0.3]] [[file=made{n}.txt]]") for n in range(2)]
    for n, task in enumerate(tasks):
        session = ground.until(task, IDLE, turns=1)
        assert ground.file(session, f"made{n}.txt").exists(), ground.house.story()
        acts.say(ground.house.journal, task, "Try [[outside=I want it]] [[run=curl -s x; pwd]]")
    for task in tasks:
        ground.until(task, WAITING)
    for task in tasks:
        acts.answer(ground.house.journal, task, "allow")
    for task in tasks:
        ground.until(task, IDLE, turns=2)
    assert not ground.house.facts(e.MessageFailed, e.TaskFailed, e.TroubleSeen)


@pytest.mark.long
def test_sixteen_at_once_are_each_in_the_right_state(ground: Ground) -> None:
    if ground.vendor.harness not in ("claude", "codex"):
        pytest.skip("tried with the two that need least of a machine")
    ground.vendor = replace(ground.vendor, patience=180.0)  # they share what one has elsewhere
    ground.configure(slots=16)
    numbers = range(16)
    tasks = [ground.begin(f"Try {n} [[outside=I want it]] [[run=touch made{n}]]") for n in numbers]
    for task in tasks:
        ground.until(task, WAITING)
        ground.soon(task, lambda: "touch made" in (ground.house.of(task).ask_text or ""))  # noqa: B023
    for task in tasks:
        assert ground.house.of(task).state is WAITING, ground.house.story()
        acts.answer(ground.house.journal, task, "allow")
    for n, task in zip(numbers, tasks, strict=True):
        session = ground.until(task, IDLE, turns=1)
        assert ground.file(session, f"made{n}").exists()
        states = _states(ground, session)
        worked = states[states.index(BUSY) :]  # again after the answer, if only for a moment
        assert worked in ([BUSY, WAITING, BUSY, IDLE], [BUSY, WAITING, IDLE]), ground.house.story()
    assert not ground.house.facts(e.MessageFailed, e.TaskFailed, e.TroubleSeen, e.SessionEnded)


def _states(ground: Ground, session: Session) -> list[SessionState]:
    """List the states that a session was in, one after the other."""
    known, states = EMPTY, [SessionState.STARTING]
    for record in ground.house.journal.since(0):
        known = fold(known, [record])
        now = known.sessions.get(session.id)
        if now and now.state is not states[-1]:
            states.append(now.state)
    return states
