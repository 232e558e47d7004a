"""Screens that tell what no hook does, by a stand-in that draws what Gemini CLI drew."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from conductor import acts
from conductor import events as e
from conductor.runner.reach import Reach
from conductor.runner.sightings import Sightings
from conductor.state import Session, SessionState, TaskState
from conductor.terminals.live import Live
from tests.runner.house import House, soon

SCREENS = Path(__file__).parents[1] / "harnesses" / "screens"
GEMINI = r"""#!/bin/sh
# Tells by its hooks what Gemini CLI tells, and draws the dialog of a model that is not to be had.
tell() { printf '%s' "$1" | /bin/sh "$CONDUCTOR_HOOK" note; }
title() { printf '\033]2;%s\007' "$1"; }
turn() {
  tell '{"hook_event_name":"BeforeAgent","prompt":"'"$1"'"}'
  title '✦  Working… (project)'
}
shows() {
  cat "$SHOWN/gemini-$1.txt"
  stty -icanon
  key=$(dd bs=1 count=1 2>/dev/null)
  stty icanon
}
stty -echo
tell '{"hook_event_name":"SessionStart","session_id":"a1","transcript_path":"'"$PWD"'/../chat"}'
title '◇  Ready (project)'
IFS= read -r said
turn "$said"
shows model
if [ "$key" = 1 ]; then
  printf '\033[2J\033[H⠦ Thinking... (esc to cancel, 2s)\n'
  IFS= read -r said
fi
shows quota
printf '\033[2J\033[H'
title '◇  Ready (project)'
IFS= read -r said
turn "$said"
tell '{"hook_event_name":"AfterAgent","prompt_response":"Done"}'
title '◇  Ready (project)'
cat
"""


def until(house: House, state: SessionState, turns: int = 0) -> Session:
    def come(_: object) -> bool:
        now = house.of("t1") if house.state.tasks["t1"].session else None
        return now is not None and now.state is state and now.turns >= turns

    house.until(come)
    return house.of("t1")


@pytest.mark.long
def test_what_only_its_screen_tells_is_asked_answered_and_waited_out(house: House) -> None:
    program = house.folder / "bin" / "gemini"
    for folder in (program.parent, house.folder / ".gemini"):
        folder.mkdir()
    program.write_text(GEMINI)
    program.chmod(0o755)
    path = json.dumps(f"{program.parent}:/usr/bin:/bin")
    Path(house.places.config_file).write_text(
        f'[[subscription]]\nname = "g"\nharness = "gemini"\nhome = "{house.folder}"\n'
        f'env = {{ PATH = {path}, SHOWN = "{SCREENS}" }}\n'
    )
    acts.trust(house.journal, str(house.repo))
    task = house.task("Work")
    with house.running():
        busy = until(house, SessionState.BUSY)
        asking = until(house, SessionState.WAITING)
        assert asking.since - busy.since < 10.0
        assert (asking.ask_kind, asking.how) == ("question", "its own screen")
        assert 'Model "unknown-9" was not found' in (asking.ask_text or "")
        acts.answer(house.journal, task, "1")
        assert until(house, SessionState.BUSY).how == "its own screen"

        house.tmux.keys("s1", "Enter")  # it has tried again, and meets its quota
        limited = until(house, SessionState.LIMITED)
        told = (limited.how, limited.why)
        assert told == ("its own screen", "Usage limit reached for all Pro models.")
        assert 0 < (limited.until or 0) - time.time() < 21
        past = e.SessionLimited("s1", "its own screen", time.time() - 1, "")  # its time has come
        house.journal.append(past)
        until(house, SessionState.IDLE, turns=1)
        assert house.of("t1").last == "Done"
    assert [one.text for one in house.facts(e.MessageQueued)][2:] == ["Continue."]
    assert not house.facts(e.MessageFailed)


GIVEN = "its own record shows the prompt"
WORKING, READY = "✦  Working… (project)", "◇  Ready (project)"


def drawn(before: float, title: str) -> Live:
    """Make a terminal that last drew so many seconds ago."""
    at = int(time.time() - before)
    return Live("s1", "%0", "@0", 1, False, None, 0, (80, 24), 1, 0, at, title)


@pytest.fixture
def gemini(house: House) -> Reach:
    """A Gemini CLI that has just been started, as far as facts tell."""
    return house.begun("gemini")


async def test_what_is_asked_while_its_screen_is_read_is_newer_than_that_screen(
    house: House, gemini: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.journal.append(e.SessionBusy("s1", GIVEN))
    details = {"title": "Confirm", "command": "touch it"}
    asked = {"notification_type": "ToolPermission", "timestamp": "now", "details": details}
    inbox = gemini.inbox(house.of("t1"))

    def capture(*_: object, **__: object) -> str:
        inbox.write_text(json.dumps({"hook_event_name": "Notification", **asked}) + "\n")
        return "⠦ Thinking... (esc to cancel, 2s)\n"

    monkeypatch.setattr(gemini.tmux, "capture", capture)
    await Sightings(gemini).witnesses.screens.see(house.of("t1"), drawn(3, WORKING))
    assert house.of("t1").state is SessionState.WAITING
    assert "touch it" in (house.of("t1").ask_text or "")


async def test_a_screen_from_before_its_prompt_shows_no_end_of_the_turn(
    house: House, gemini: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.journal.append(e.SessionBusy("s1", GIVEN))
    monkeypatch.setattr(gemini.tmux, "capture", lambda *_, **__: "> Type your message\n")
    screens = Sightings(gemini).witnesses.screens
    await screens.see(house.of("t1"), drawn(3, READY))
    assert house.of("t1").state is SessionState.BUSY
    await screens.see(house.of("t1"), drawn(7, READY))  # nor will it draw anything any more
    assert house.of("t1").state is SessionState.IDLE


@pytest.fixture
def codex(house: House) -> Reach:
    """A Codex that shows how to sign in, and has told nothing."""
    reach = house.begun("codex")
    house.journal.append(
        e.SessionWaiting("s1", "nothing was heard of it", "screen-1", "screen", "Sign in")
    )
    return reach


async def test_a_title_is_no_sign_of_life_where_nobody_is_signed_in(
    house: House, codex: Reach
) -> None:
    watching = Sightings(codex).witnesses
    watching.look(house.state)
    assert not codex.work.has("titles"), "its title is that of an agent with nothing to do"
    asked = e.SessionWaiting("s1", "hook", "q1", "permission", "touch it", beside=True)
    house.journal.append(e.SessionBusy("s1", "hook"), asked)
    watching.look(house.state)
    assert codex.work.has("titles")
    await codex.work.stop()


async def test_what_a_table_does_not_name_is_shown_instead_of_what_was_asked(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.configure(
        more='[harness.typed]\ncommand = ["x"]\nready = "> Ask"\nasks = ["Trust it?"]\n'
    )
    house.journal.append(
        e.SessionClaimed("s1", house.task("Work"), "typed", "rehearsal"),
        e.SessionStarted("s1", 1),
    )
    reach, shown = Reach(house.places, house.journal), ["Trust it? [y]"]
    monkeypatch.setattr(reach.tmux, "capture", lambda *_, **__: shown[-1])
    screens = Sightings(reach).witnesses.screens
    for before, screen, told in (
        (7, "Trust it? [y]", "Trust it? [y]"),
        (3, "Reading the project", "Trust it? [y]"),  # it may still be on its way to what it wants
        (
            8,
            "~~~\nSign in to continue",
            "Its terminal shows something else now:\nSign in to continue",
        ),
    ):
        shown.append(screen)
        await screens.see(house.of("t1"), drawn(before, ""))
        assert (house.of("t1").ask_text, house.of("t1").ask_kind) == (told, "screen")
    shown.append("> Ask")
    for before in (9, 10):
        await screens.see(house.of("t1"), drawn(before, ""))
    assert house.of("t1").state is SessionState.IDLE


TYPED = r"""
stty -echo
echo 'Welcome. Sign in? [y]'
read -r answer
printf '\033[2J\033[H> Ask me anything\n'
while read -r said; do
  printf '\033[2J\033[Hthinking (esc to interrupt)\n'
  read -r answer
  while :; do
    n=$((n + 1))
    printf '\033[2J\033[Hthinking (esc to interrupt, %ss)\n\nRun it: %s\nGo on? (y/n)\n' $n "$said"
    sleep 0.2
  done &
  clock=$!
  stty -icanon
  key=$(dd bs=1 count=1 2>/dev/null)
  stty icanon
  kill $clock
  wait $clock
  echo "$key $said" >>said
  printf '\033[2J\033[H> Ask me anything\n'
done
"""


@pytest.mark.slow
def test_an_agent_of_a_table_is_typed_to_and_known_by_its_screen(house: House) -> None:
    command = json.dumps(["/bin/sh", "-c", TYPED])
    house.configure(
        more='[[subscription]]\nname = "typed"\nharness = "typed"\n[harness.typed]\n'
        f'command = {command}\nprompt = "typed"\nready = "> Ask me anything"\n'
        'working = "esc to interrupt"\nasks = ["[y]"]\n'
        'permission = { shows = "Go on? (y/n)", allow = ["y"], deny = ["n"] }\n'
    )
    task = house.task("Say this", harness="typed")
    with house.running():
        asking = until(house, SessionState.WAITING)
        assert asking.ask_kind == "screen"
        assert "Sign in? [y]" in (asking.ask_text or "")
        assert not house.facts(e.MessageTyped), "nothing is typed into a dialog"
        house.tmux.keys("s1", "y", "Enter")  # the person signs in
        soon(lambda: "esc to interrupt" in house.tmux.capture("s1", ansi=False))
        until(house, SessionState.BUSY)
        house.tmux.keys("s1", "Enter")  # it has thought enough
        asking = until(house, SessionState.WAITING)
        assert (asking.ask_kind, asking.ask_text) == (
            "permission",
            "Run it: Say this\nGo on? (y/n)",
        )
        clock = house.tmux.capture("s1", ansi=False)
        soon(lambda: house.tmux.capture("s1", ansi=False) != clock)
        acts.answer(house.journal, task, "deny: Say that")

        soon(lambda: len(house.facts(e.MessageTyped)) == 3)  # the reason, at its next composer
        soon(lambda: "esc to interrupt" in house.tmux.capture("s1", ansi=False))
        house.tmux.keys("s1", "Enter")
        until(house, SessionState.WAITING)
        acts.answer(house.journal, task, "allow")
        until(house, SessionState.IDLE, turns=2)
        house.until_task(task, TaskState.REVIEW)
    assert house.of(task).how == "its own screen"
    said = Path(house.of(task).worktree or "", "said").read_text()
    assert said == "n Say this\ny Say that\n"
    assert len(house.facts(e.SessionWaiting)) == 3, "a clock makes no other question of it"


async def test_an_empty_terminal_is_shown_to_nobody_for_a_minute(
    house: House, gemini: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(gemini.tmux, "capture", lambda *_, **__: "\n\n")
    witnesses = Sightings(gemini).witnesses
    monkeypatch.setattr(gemini, "now", lambda: now + 50)
    await witnesses.silent(house.of("t1"))
    assert house.of("t1").state is SessionState.STARTING
    monkeypatch.setattr(gemini, "now", lambda: now + 70)
    await witnesses.silent(house.of("t1"))
    assert house.of("t1").state is SessionState.WAITING


def test_options_that_a_release_does_not_know_lead_to_the_doctor(house: House) -> None:
    refuses = ["/bin/sh", "-c", "echo 'unexpected argument --no-daemon'; exit 2"]
    house.configure(
        more='[[subscription]]\nname = "old"\nharness = "old"\n[harness.old]\n'
        f'command = {json.dumps(refuses)}\nready = ">"\n'
    )
    task = house.task("Work", harness="old")
    with house.running():
        house.until_task(task, TaskState.FAILED)
    why = house.state.tasks[task].why or ""
    assert "`conductor doctor` says which release" in why
    assert "unexpected argument --no-daemon" in why
