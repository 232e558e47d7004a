"""What a person sees in the rooms, and the facts that their keys write."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from textual.events import MouseScrollDown
from textual.widget import Widget

from conductor import acts
from conductor import events as e
from conductor.journal import Journal
from tests.tui import fleets


async def test_the_fleet_shows_every_agent_also_on_a_small_screen(sit: Any) -> None:
    async with sit(size=(80, 24)) as person:
        person.sees(*[f"t{n} " for n in range(1, 13)])
        person.sees("waits for you", "limited", "idle", "review", "landing", "17.0k/min")
        person.misses("Paginate the audit API")


async def test_finished_tasks_are_shown_when_asked_for(sit: Any) -> None:
    async with sit() as person:
        await person.press("h")
        person.sees("Paginate the audit API", "Cache avatars")


async def test_numbers_and_arrows_choose_a_tile(sit: Any) -> None:
    async with sit() as person:
        await person.press("5")
        assert person.app.room.wall.chosen == "t5"
        await person.press("right")
        assert person.app.room.wall.chosen == "t6"
        await person.press("down")
        assert person.app.room.wall.chosen == "t10"
        await person.press("w")
        assert person.app.room.wall.chosen == "t2"


async def test_a_zoomed_agent_has_the_whole_wall(sit: Any) -> None:
    async with sit() as person:
        await person.press("3", "z")
        person.sees("Export invoices as PDF").misses("Type the storage layer")
        await person.press("right")
        person.sees("Dark mode for the dashboard")
        await person.press("z")
        person.sees("Type the storage layer")


async def test_the_wall_shows_what_says_the_words_as_they_are_typed(sit: Any) -> None:
    async with sit() as person:
        await person.press("slash")
        await person.type("codex work")
        person.sees("Speed up the importer", "2 of 12").misses("Move sessions to Redis")
        await person.press("enter", "z")
        assert person.app.room.wall.zoomed
        await person.press("escape")
        assert len(person.app.room.wall.faces) == 12
        await person.press("slash")
        await person.type("nobody says this")
        person.sees("None of the agents")
        await person.press("escape")
        person.sees("Move sessions to Redis")


async def test_agents_are_hidden_and_pinned(sit: Any) -> None:
    async with sit() as person:
        await person.press("2", "x")
        person.misses("Move sessions to Redis").sees("1 hidden")
        await person.press("8", "p")
        assert person.app.room.wall.faces[0].task == "t9"
        await person.press("escape")
        person.sees("Move sessions to Redis")


async def test_who_hides_an_agent_stands_at_the_next(sit: Any) -> None:
    async with sit() as person:
        await person.press("3", "x")
        assert person.app.room.wall.chosen == "t4"
        await person.press("x")
        assert person.app.room.wall.chosen == "t5"


async def test_what_a_terminal_has_shown_is_searched_and_copied(sit: Any) -> None:
    async with sit(size=(100, 20)) as person:
        await person.press("3", "v")
        person.sees("s3 · Export invoices as PDF", "Testing…")
        await person.press("slash")
        await person.type("passed")
        await person.press("enter")
        person.sees("1 line says 'passed'")
        await person.press("c")
        assert "61 passed" in person.app.clipboard
        assert "\x1b" not in person.app.clipboard
        await person.press("escape")
        person.sees("Step in")


async def test_inside_a_tile_every_key_is_the_agents(sit: Any) -> None:
    async with sit() as person:
        await person.press("enter")
        person.sees("F12 leaves")
        await person.press("q", "n", "ctrl+p")
        assert person.app.room.NAME == "fleet"
        assert len(person.app.screen_stack) == 1
        person.sees("F12 leaves")
        await person.press("f12")
        person.misses("F12 leaves")
        await person.press("q")
        assert person.app.room.NAME == "queue"


async def test_what_another_process_writes_is_seen_at_once(sit: Any, tmp_path: Path) -> None:
    async with sit() as person:
        with Journal(person.world.journal.folder) as other:
            other.append(e.SessionWaiting("s1", "hook", "q99", "question", "Which plan is meant?"))
        await person.until(lambda: "▲ 3" in person.drawn)


async def test_an_empty_home_says_what_to_do(sit: Any) -> None:
    async with sit(story=None, size=(80, 24)) as person:
        person.sees("No agent is at work", "write a task", "conductor demo", "conductor init")
        person.sees("You stand in no git repository")


def _ask_for(repo: str, text: str) -> None:
    Path(repo, "conductor.toml").write_text(text)


def _write(person: Any, settings: str) -> None:
    Path(person.world.places.config_file).write_text(settings)


async def test_settings_are_read_again_while_the_screens_are_open(sit: Any) -> None:
    async with sit(story=None, size=(80, 24)) as person:
        person.sees("No subscription is configured yet")
        _write(person, "[[subscription]]\nname = 'new'\nharness = 'claude'\n")
        person.app._tick()
        await person.settled()
        person.misses("No subscription is configured yet")
        _write(person, "[keys]\n'app.queue' = 'ctrl+u'\n")
        person.app._tick()
        await person.press("ctrl+u")
        assert person.app.room.NAME == "queue"
        _write(person, "# none\n")
        person.app._tick()
        await person.press("f", "q")
        assert person.app.room.NAME == "queue", "as it was at first"


async def test_a_repository_without_its_target_is_refused_in_the_dialog(
    sit: Any, repo: str
) -> None:
    async with sit(story=None, folders=(repo,)) as person:
        person.misses("You stand in no git repository")
        for text, why in (
            ("target = 'gone'", "no branch gone"),
            ("target = 3", "a text in quotes"),
        ):
            _ask_for(repo, text)
            await person.press("n")
            await person.press("ctrl+a", "ctrl+k")
            await person.type("Do it")
            await person.press("ctrl+s")
            person.sees("Do it")
            assert why in person.told
            await person.press("escape")
        assert person.written == []


@pytest.fixture
def repo(tmp_path: Path) -> str:
    path = tmp_path / "project"
    path.mkdir()
    for args in (
        ("init", "-q", "-b", "main"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"),
    ):
        subprocess.run(("git", *args), cwd=path, check=True)
    return str(path)


async def test_a_new_task_is_written_with_its_title(sit: Any, repo: str) -> None:
    async with sit(folders=(repo,)) as person:
        await person.press("n")
        await person.type("Fix the login\n\nIt fails.")
        person.app.screen.query_one("#after").value = "t1, t3"
        person.app.screen.query_one("#priority").value = "-"
        await person.press("ctrl+s")
        person.sees("- is no priority")
        person.app.screen.query_one("#priority").value = "+5"
        for _ in range(2):  # the key twice, before the first is seen to
            person.app.screen.action_add()
        await person.settled()
        (added,) = person.written
        assert isinstance(added, e.TaskAdded)
        assert (added.title, added.text, added.repo, added.after, added.priority) == (
            "Fix the login", "Fix the login\n\nIt fails.", repo, ("t1", "t3"), 5,
        )  # fmt: skip
        assert len(person.app.screen_stack) == 1


async def test_a_draft_survives_leaving(sit: Any, repo: str) -> None:
    async with sit(folders=(repo,)) as person:
        await person.press("n")
        await person.type("Half a thought")
        await person.press("escape")
        assert person.written == []
        await person.press("q", "n")
        person.sees("Half a thought")


async def test_a_folder_that_is_no_repository_is_refused_in_the_dialog(
    sit: Any, tmp_path: Path
) -> None:
    async with sit(folders=(str(tmp_path),)) as person:
        await person.press("n")
        await person.type("Do it")
        await person.press("ctrl+s")
        person.sees("Do it", "not inside a git")
        assert person.written == []


async def test_the_queue_holds_reorders_and_retries(sit: Any) -> None:
    async with sit() as person:
        await person.press("q")
        person.sees("Migrate CI", "review_limit", "Held or blocked", "after t11")
        await person.press("h")
        assert person.written == [e.TaskHeld("t20")]
        await person.press("plus")
        assert person.written[-1] == e.TaskEdited("t20", priority=1)
        person.app.room.list.choose("t30")
        await person.press("t")
        assert person.written[-1] == e.TaskRetried("t30")


async def test_what_the_wheel_brought_into_sight_stays_there(sit: Any, tmp_path: Path) -> None:
    async with sit(size=(80, 24)) as person:
        await person.press("q")
        tasks = person.app.room.list
        assert tasks.chosen == "t20"
        for _ in range(4):
            tasks.post_message(_wheel(tasks))
        await person.settled()
        assert (seen := tasks.top) > 1
        person.app.room.tick()
        assert tasks.top == seen, "the ages grow; nobody has chosen anything"
        person.world.journal.append(e.TaskHeld("t20"))
        person.world.catch_up()
        person.app.follow()
        assert (tasks.top, tasks.chosen) == (seen, "t20")
        await person.press("home")
        assert tasks.top == 0, "who chooses sees what they choose"


async def test_the_queue_cancels_with_a_reason(sit: Any) -> None:
    async with sit() as person:
        await person.press("q", "c")
        await person.type("no need")
        await person.press("ctrl+s")
        assert person.written == [e.TaskCancelled("t20", "no need")]


async def test_editing_begins_with_the_words_as_they_are(sit: Any) -> None:
    async with sit() as person:
        await person.press("q", "e")
        person.sees("Migrate CI to the new runners")
        await person.type("!")
        await person.press("ctrl+s")
        (edited,) = person.written
        assert isinstance(edited, e.TaskEdited)
        assert edited.text == "Migrate CI to the new runners!"


async def test_the_inbox_grants_a_permission_with_one_key(sit: Any) -> None:
    async with sit() as person:
        await person.press("i")
        person.sees("npm install date-fns@4", "y allow")
        await person.press("y")
        (sent,) = person.written
        assert isinstance(sent, e.MessageQueued)
        assert (sent.session, sent.text, sent.kind, sent.ask) == ("s10", "allow", "answer", "p10")
        await person.press("y")
        assert len(person.written) == 1, "what is answered is gone; the next is no permission"
        assert "Not now: it asks for no permission" in person.told


async def test_who_comes_back_to_the_inbox_begins_with_the_most_urgent(sit: Any) -> None:
    async with sit() as person:
        await person.press("i", "down", "down")
        inbox = person.app.room
        third = inbox.list.chosen
        await person.press("question_mark", "escape")
        assert inbox.list.chosen == third, "a dialog is no other room"
        await person.press("f", "i")
        assert inbox.list.chosen == inbox.list.keys[0]


async def test_the_inbox_answers_a_question(sit: Any) -> None:
    async with sit() as person:
        await person.press("i", "down", "enter")
        person.sees("Sessions older than 30 days")
        await person.type("carry them")
        await person.press("ctrl+j")
        await person.type("over")
        for _ in range(2):  # the key twice, before the first is seen to
            person.app.screen.action_send_line()
        await person.settled()
        (sent,) = person.written
        assert isinstance(sent, e.MessageQueued)
        assert (sent.text, sent.ask) == ("carry them\nover", "q2")


async def test_review_opens_reads_and_approves(sit: Any) -> None:
    async with sit() as person:
        await person.press("r")
        person.sees("changes what runs", "web.yml", "+      - name: contrast", "verified in 31s")
        assert person.written == [e.ChangeOpened("t4", "04" * 20)]
        await person.press("right")
        person.sees("export function Toggle()")
        await person.press("y")
        assert person.written[-1] == e.ChangeApproved("t4", "s4", "04" * 20)


async def test_a_comment_is_begun_also_between_lines(sit: Any) -> None:
    async with sit() as person:
        await person.press("r", "home", "c")
        person.sees("Comment on")
        await person.type("y")
        assert not any(isinstance(one, e.ChangeApproved) for one in person.written)
        await person.press("escape", "end", "c")
        person.sees("Comment on")


async def test_who_comments_on_what_was_said_comments_on_its_lines(sit: Any) -> None:
    async with sit(story="reading", size=(160, 50)) as person:
        await person.press("r")
        diff = person.app.room.reading.diff
        boxes = 0
        while diff.box(1):
            place = diff.view.cursor
            await person.press("c")
            person.sees("ctrl-s keep")
            await person.press("escape")
            diff.view.go(place)
            boxes += 1
        assert boxes > 1


async def test_reading_a_change_is_not_reading_its_next_version(sit: Any) -> None:
    async with sit() as person:
        await person.press("r")
        with Journal(person.world.journal.folder) as other:
            other.append(
                e.ChangeSentBack("t4", "s4", "more"),
                e.SnapshotTaken("s4", "99" * 20, "01" * 20, ("web/app.tsx",), (), 1, 1),
                e.ReviewReady("t4", "s4", "99" * 20),
            )
        await person.until(lambda: "does not tell" in person.drawn)
        opened = [fact for fact in person.written if isinstance(fact, e.ChangeOpened)]
        assert opened == [e.ChangeOpened("t4", "04" * 20)]  # the newer one could not be shown


async def test_what_to_ask_about_is_of_the_chosen_change_and_begins_at_its_first(sit: Any) -> None:
    async with sit() as person:
        await person.press("r")
        reading = person.app.room.reading
        (runs,) = reading.concerns
        await person.press("exclamation_mark", "tab")
        person.sees("The story does not tell what t11 changed")
        assert runs not in reading.concerns
        await person.press("shift+tab")
        reading.ask([runs, runs._replace(text="Another")])
        await person.press("exclamation_mark")
        assert reading.asks.chosen == "0"
        await person.press("exclamation_mark")
        assert reading.asks.chosen == "1"


async def test_review_rejects_only_with_a_reason(sit: Any) -> None:
    async with sit() as person:
        await person.press("r", "x", "ctrl+s")
        person.sees("Say why")
        await person.type("not this way")
        await person.press("ctrl+s")
        assert person.written[-1] == e.ChangeRejected("t4", "not this way")


async def test_after_a_verdict_tab_leads_to_the_next_that_waits(sit: Any) -> None:
    async with sit() as person:
        for task, session in (("t1", "s1"), ("t3", "s3")):
            person.world.journal.append(
                e.SnapshotTaken(session, "99" * 20, "01" * 20, ("web/app.tsx",), (), 1, 1),
                e.ReviewReady(task, session, "99" * 20),
            )
        await person.press("r")
        await person.until(lambda: len(person.app.room.changes.keys) > 4)
        await person.press("tab", "x")
        assert person.app.room.changes.chosen == "t1"
        await person.type("not this way")
        await person.press("ctrl+s", "tab")
        assert person.app.room.changes.chosen == "t3"
        await person.press("shift+tab")
        assert person.app.room.changes.chosen == "t4"


async def test_review_sends_back_several_lines(sit: Any) -> None:
    async with sit() as person:
        await person.press("r", "b")
        await person.type("one\ntwo")
        await person.press("ctrl+s")
        back, message = person.written[-2:]
        assert isinstance(back, e.ChangeSentBack)
        assert isinstance(message, e.MessageQueued)
        assert (message.text, message.kind) == ("one\ntwo", "round")


async def test_review_undoes_a_landing(sit: Any) -> None:
    async with sit() as person:
        await person.press("r", "tab", "tab", "u")
        assert person.written[-1] == e.UndoAsked("t32")


async def test_review_tells_the_task_and_what_ran(sit: Any) -> None:
    async with sit() as person:
        await person.press("r", "v")
        person.sees("The task", "make test", "128 passed", "last words")


async def test_help_and_palette_come_from_the_bindings(sit: Any) -> None:
    async with sit() as person:
        await person.press("question_mark")
        person.sees("Take over the agent's terminal")
        await person.press("escape", "q", "ctrl+p")
        await person.type("hold")
        await person.until(lambda: "Keep a task from starting" in person.drawn)
        await person.press("escape", "f", "6", "ctrl+p")
        await person.type("review")
        await person.until(lambda: "Not now: it has changed nothing yet" in person.drawn)
        await person.press("escape", "ctrl+p")
        await person.type("soon")
        await person.until(lambda: "Queue: Sooner" in person.drawn)
        await person.press("enter")
        await person.stands_in("queue")


async def test_an_agent_is_stopped_only_after_a_second_key(sit: Any) -> None:
    async with sit() as person:
        await person.press("2", "X")
        person.sees("Stop s", "are kept")
        assert person.app.screen.styles.align == ("center", "middle"), "over the wall, as others"
        await person.press("escape", "X", "down", "enter")
        assert person.written == []
        await person.press("X", "enter")
        assert person.written == [e.StopAsked("s2")]
        person.sees("is being stopped")


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+z"])
async def test_who_presses_what_ends_other_programs_is_told_how_to_leave(
    sit: Any, key: str
) -> None:
    async with sit() as person:
        await person.press(key)
        assert "^q leaves; agents go on" in person.told


async def test_a_message_goes_to_the_chosen_agent(sit: Any) -> None:
    async with sit() as person:
        await person.press("3", "m")
        await person.type("use weasyprint")
        await person.press("enter")  # as in the agent's own terminal
        (sent,) = person.written
        assert isinstance(sent, e.MessageQueued)
        assert (sent.session, sent.text, sent.kind) == ("s3", "use weasyprint", "say")


async def test_an_agent_is_forked_with_words_of_its_own(sit: Any) -> None:
    async with sit() as person:
        journal = person.world.journal
        journal.append(e.SessionNamed("s3", "the vendor's"))
        await person.press("3", "F")
        person.sees("Fork s3")
        await person.type("try weasyprint")
        await person.press("ctrl+s")
        added = person.written[-1]
        assert isinstance(added, e.TaskAdded)
        assert (added.forks, added.text) == ("s3", "try weasyprint")


async def test_tools_are_offered_with_the_repositorys_own(
    sit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conductor import tools
    from conductor.config import Repo, Tool

    own = Repo(tools=(Tool("server", "npm run dev", "s", pinned=True),))
    monkeypatch.setattr(tools, "load_repo", lambda _: own)
    async with sit() as person:
        await person.press("t")
        person.sees("editor").misses("npm run dev")  # it could run anything
        await person.press("escape")
        world = person.app.world
        for repo in world.state.repos:
            acts.trust(world.journal, repo)
        await person.until(lambda: world.state.trusted)
        await person.press("t")
        person.sees("editor", "server", "npm run dev", "goes on when the session ends")
        await person.press("s")  # the repository's own has the key, not the shell
        person.sees("only told in a story")


async def test_the_fleet_is_grouped_ordered_and_jumped_through(sit: Any) -> None:
    async with sit() as person:
        await person.press("g")
        person.sees("by repository")
        assert len(person.app.room.wall._headings) > 1
        await person.press("g")
        assert next(iter(person.app.room.wall._headings.values())) == "waits for you"
        await person.press("g")
        person.sees("by subscription", " claude-max ", " codex-pro ")
        await person.press("g", "g")
        names = [face.task for face in person.app.room.wall.faces]
        await person.press("1", "shift+right")
        moved = [face.task for face in person.app.room.wall.faces]
        assert moved[:2] == [names[1], names[0]]
        await person.press("j", "f")  # the letters begin a s d f
        assert person.app.room.wall.chosen == moved[3]
        await person.press(*["plus"] * 4)
        height = person.app.room.wall._places[moved[3]].height
        await person.press("equals_sign")
        assert person.app.room.wall._places[names[3]].height < height
        assert [face.task for face in person.app.room.wall.faces] == names


async def test_an_arrangement_is_kept_by_name(sit: Any) -> None:
    from conductor.tui import layouts

    async with sit() as person:
        await person.press("2", "x", "g", "5", "p", "D")
        places = person.world.places
        kept = layouts.load(places, layouts.FIRST)
        assert (kept.hidden, kept.pinned, kept.group) == (
            {"t2"}, person.world.view.pinned, "repository",
        )  # fmt: skip
        assert len(kept.pinned) == 1
        assert kept.dense
        assert layouts.load(places, "left") == layouts.View()


async def test_a_dense_wall_has_room_for_more_and_is_kept(sit: Any) -> None:
    async with sit(size=(80, 24)) as person:
        wall = person.app.room.wall
        person.sees("╭", "waits for you")
        framed = wall._places["t1"].height
        await person.press("D")
        person.misses("╭").sees("▲ t2 Move", " 4m 2")
        assert wall._places["t1"].height >= framed
        assert wall.smallest == (24, 3)
        await person.press("D")
        person.sees("╭")


async def test_thirty_agents_say_how_many_are_further_down(sit: Any, tmp_path: Path) -> None:
    path = tmp_path / "thirty.jsonl"
    path.write_text(fleets.fleet(30), "utf-8")
    async with sit(story=str(path), size=(80, 24)) as person:
        wall = person.app.room.wall
        assert len(wall.faces) == 30
        person.sees("▼ 15 more")
        await person.press("D")
        person.sees("▼ 6 more")
        await person.press(*["down"] * 9)
        person.sees("▲ 6").misses("more")
        assert wall.top > 0


async def test_a_linux_console_gets_shapes_that_its_font_has(
    sit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "linux")
    async with sit(size=(80, 24), theme="ansi-dark") as person:
        ours = "".join(line for line in person.drawn.split("\n") if "t1 " in line or "t2 " in line)
        person.misses("╭", "┃", "◔").sees("╔", "• t1", "▲ t2", "¼ t8")
        assert ours.translate({ord("•"): None, ord("▲"): None}).encode("cp437")


async def test_tiles_are_dragged(sit: Any) -> None:
    async with sit() as person:
        wall = person.app.room.wall
        first, second = wall.faces[0].task, wall.faces[1].task
        border = wall._places[first].width - 1
        await person.pilot.mouse_down(wall, offset=(border, 4))
        await person.pilot.hover(wall, offset=(border + 6, 4))
        await person.pilot.mouse_up(wall, offset=(border + 6, 4))
        await person.settled()
        assert wall._places[first].width - 1 == border + 6
        await person.pilot.mouse_down(wall, offset=(5, 0))
        await person.pilot.mouse_up(wall, offset=(border + 20, 4))
        await person.settled()
        assert [face.task for face in wall.faces][:2] == [second, first]


async def test_a_key_pressed_twice_answers_one_agent_only(
    sit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conductor.tui.screens.inbox.UNSEEN", 60.0)  # on any machine
    async with sit() as person:
        for session, ask in (("s1", "q1"), ("s3", "q2")):
            person.world.journal.append(
                e.SessionWaiting(session, "hook", ask, "permission", "rm -rf build")
            )
        await person.press("i")
        await person.until(lambda: "asks for a permission" in person.drawn)
        waiting = len([1 for item in person.app.room._items.values() if item.need == "permission"])
        assert waiting > 1
        await person.pilot.press("y", "y")
        await person.settled()
        assert len(answers(person)) == 1
        monkeypatch.setattr("conductor.tui.screens.inbox.UNSEEN", 0.0)  # long enough to be read
        await person.press("y")
        assert len(answers(person)) == 2


def _wheel(over: Widget) -> MouseScrollDown:
    return MouseScrollDown(over, 1, 1, 0, 0, 0, shift=False, meta=False, ctrl=False)


def answers(person: Any) -> list[e.MessageQueued]:
    return [fact for fact in person.written if isinstance(fact, e.MessageQueued)]
