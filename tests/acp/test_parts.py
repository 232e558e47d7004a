"""What the pane decides and counts, without an agent."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import MagicMock

import pytest

from conductor.terminals import processes
from harnesses import (
    Asked,
    Context,
    HarnessError,
    Idle,
    Named,
    Order,
    Prompted,
    Reply,
    TurnFailed,
    Used,
)
from harnesses.acp import conversation
from harnesses.acp.asks import Asks
from harnesses.acp.conversation import Conversation
from harnesses.acp.harness import Acp
from harnesses.acp.page import Page
from harnesses.acp.pane import Pane
from harnesses.acp.plan import Plan, read
from harnesses.acp.policy import allowed, listed, wanted
from harnesses.acp.process import Child
from harnesses.acp.talk import Turn
from harnesses.acp.told import Ask, Diff, Option, Told, Tool, Withdrawn
from harnesses.acp.usage import Usage
from harnesses.builtin.happenings import Note
from harnesses.builtin.record import Record, lines
from harnesses.registry import described, registry
from tests.waiting import soon


@pytest.mark.parametrize(
    ("tool", "given", "permissions", "yes"),
    [
        ("Write edit", {"path": "in/it"}, "edits", True),
        ("Write edit", {"path": "in/it"}, "ask", False),
        ("Write edit", {"path": "../out"}, "edits", False),
        ("Write edit", {"path": "/etc/passwd"}, "edits", False),
        ("Write edit", {"path": ".git/hooks/pre-commit"}, "edits", False),
        ("Write edit", {"path": "link/it"}, "edits", False),
        ("Write edit", {}, "edits", False),
        ("write other", {"path": "in/it"}, "edits", True),
        ("deploy other", {"path": "in/it"}, "edits", False),
        ("Shell execute", {"command": "ls"}, "edits", False),
        ("Shell edit", {"command": "rm x", "path": "in/it"}, "edits", False),
        ("Shell execute", {"command": ["git", "status"]}, "ask", True),
        ("Fetch fetch", {"url": "x"}, "edits", False),
        ("Fetch fetch", {"url": "x"}, "all", True),
    ],
)
def test_what_is_agreed(
    tmp_path: Path, tool: str, given: dict[str, Any], permissions: str, yes: bool
) -> None:
    (tmp_path / "link").symlink_to("/tmp")
    what = wanted(*tool.split(), given, (), ())
    assert allowed(what, permissions, str(tmp_path), ("git status",)) is yes


@pytest.mark.parametrize(
    ("command", "yes"),
    [
        ("npm test", True),
        ("npm test -- --fast", True),
        ("npm tests", False),
        ("npm", False),
        ("npm test; rm -rf x", False),
        ("npm test && rm x", False),
        ("npm test $(rm x)", False),
        ("npm test > /etc/x", False),
        ("npm test\nrm x", False),
        ("X=1 npm test", False),
        ("'npm' test", True),
        ("npm 'test", False),
    ],
)
def test_a_listed_command_is_one_command(command: str, yes: bool) -> None:
    assert listed(command, ("npm test", "")) is yes


def test_what_is_told_of_usage_is_counted_once() -> None:
    usage = Usage()

    def turn(meta: Any = None, **told: int) -> list[dict[str, Any]]:
        response = SimpleNamespace(usage=None, field_meta=meta)
        if told:
            response.usage = SimpleNamespace(model_dump=lambda by_alias: told)
        return [{k: one.get(k) for k in ("input", "cached", "output", "cost")}
                for one in usage.turn(response, "m")]  # fmt: skip

    beside = turn(inputTokens=50, cachedReadTokens=100, outputTokens=7, totalTokens=157)
    assert beside == [{"input": 50, "cached": 100, "output": 7, "cost": None}]
    among = turn(inputTokens=150, cachedReadTokens=100, outputTokens=7, totalTokens=157)
    assert among == beside
    usage.chunk({"usage": {"inputTokens": 5, "outputTokens": 1, "totalTokens": 6}})
    usage.chunk({"usage": {"inputTokens": 6, "outputTokens": 2, "totalTokens": 8}})
    usage.cost(0.5)
    each = turn(inputTokens=11, outputTokens=3, totalTokens=14)
    assert [one["input"] for one in each] == [5, 6], "each request, and not their sum again"
    assert each[-1]["cost"] == 0.5
    usage.cost(0.75)
    quota = {
        "model_usage": [{"model": "g", "token_count": {"input_tokens": 9, "output_tokens": 2}}]
    }
    assert turn({"quota": quota}) == [{"input": 9, "cached": 0, "output": 2, "cost": 0.25}]
    assert turn() == []
    beside = {"inputTokens": 5, "cachedReadTokens": 9, "cachedWriteTokens": 20, "outputTokens": 1}
    response = SimpleNamespace(
        usage=SimpleNamespace(model_dump=lambda by_alias: beside), field_meta=None
    )
    (cached,) = usage.turn(response, "m")
    assert (cached["input"], cached["written"]) == (25, 20)


def test_a_running_sum_is_told_as_what_is_new() -> None:
    def told(fresh: int) -> Any:
        count = {"inputTokens": fresh, "outputTokens": 1, "totalTokens": fresh + 1}
        return SimpleNamespace(
            usage=SimpleNamespace(model_dump=lambda by_alias: count), field_meta=None
        )

    usage = Usage(running=True)
    assert [usage.turn(told(n), "m")[0]["input"] for n in (10, 25)] == [10, 15]
    again = Usage(True, [{"input": 10, "output": 1}, {"input": 15, "cost": 0.5}])
    again.cost(0.75)
    new = again.turn(told(40), "m")[0]
    assert (new["input"], new["cost"]) == (15, 0.25)
    assert [again.turn(told(n), "m")[0]["input"] for n in (7, 12)] == [7, 5], "it counts anew"


def test_a_diff_of_anything_is_drawn_in_bounds() -> None:
    assert Diff("f", "a\nb\n", "a\nc\n").lines() == ["f:", "@@ -1,2 +1,2 @@", " a", "-b", "+c"]
    assert "too long" in Diff("f", "x" * 150_000, "y" * 150_000).lines()[0]


def test_a_table_is_an_agent(tmp_path: Path) -> None:
    table = {"acp": ["it", "acp"], "model": ["--model", "{model}"], "home": "IT_HOME",
             "env": {"MODE": "ask"}, "own": ["it", "--resume", "{resume}"]}  # fmt: skip
    made = registry({"it": table})["it"]
    order = Order("s1", tmp_path, tmp_path, tmp_path / "i", home=tmp_path, model="big", resume="c1",
                  env={"KEY": "x"}, trusted=True)  # fmt: skip
    launch = made.launch(order)
    assert launch.env == {"MODE": "ask", "IT_HOME": str(tmp_path), "KEY": "x"}
    for path, text in launch.seeds.items():
        path.write_text(text)
    plan = read(tmp_path)
    assert plan.command == ("it", "acp", "--model", "big")
    assert plan.resume == "c1"
    assert not plan.choose
    with pytest.raises(HarnessError, match="conductor trust"):
        made.launch(Order("s1", tmp_path, tmp_path, tmp_path / "i"))


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ({"acp": "it"}, "acp"),
        ({"acp": []}, "acp"),
        ({"acp": ["it"], "prompt": "typed"}, "prompt"),
        ({"acp": ["it"], "home": 3}, "home"),
        ({"acp": ["it"], "modes": "ask"}, "modes"),
        ({"acp": ["it"], "own": ["it", "{who}"]}, "own"),
        ({"acp": ["it"], "env": {"A": 1}}, "env"),
    ],
)
def test_what_is_wrong_in_a_table_is_named(table: dict[str, Any], names: str) -> None:
    with pytest.raises(HarnessError, match=rf"\[harness.it\] {names}"):
        described("it", table)


def test_the_record_is_read() -> None:
    acp = Acp("it", ("it",))
    read_lines = {
        '{"type":"named","id":"c"}': (Named("c"),),
        '{"type":"ready"}': (Idle(),),
        '{"type":"arrival","text":"x"}': (Prompted("x"),),
        '{"type":"asked","ask":"1","text":"w"}': (Asked("1", "permission", "w"),),
        '{"type":"away","ask":"2","text":"w"}': (Asked("2", "screen", "w"),),
        '{"type":"end","last":"y"}': (Idle("y"),),
        '{"type":"failure","why":"z"}': (TurnFailed("z"),),
        '{"type":"usage","id":"u","model":"m","input":1,"cached":2,"output":3}': (
            Used("u", "m", 1, 2, 3),
        ),
        '{"type":"context","used":9,"size":100}': (Context(9, 100),),
        "torn": (),
    }
    for line, sightings in read_lines.items():
        assert acp.read(line) == sightings
    said = acp.say("two\nlines")
    assert isinstance(said, Reply)
    assert said.text.count("\n") == 2, "one line, whatever is in it"


async def test_a_question_that_tells_nothing_is_about_what_was_announced() -> None:
    """As OpenHands asks: `Confirm Agent Actions`, and no word of what they are."""
    # Here, since every worker would pay for it: it takes half a second to import.
    from acp.schema import PermissionOption, ToolCallStart, ToolCallUpdate

    from harnesses.acp.client import Client

    asked: asyncio.Future[Ask] = asyncio.get_running_loop().create_future()

    def tell(what: Told) -> None:
        if isinstance(what, Ask):
            asked.set_result(what)

    client = Client(Plan("it", (), "/"), Usage(), tell, "run")
    given = {"command": "rm -r build"}
    start = ToolCallStart(
        session_update="tool_call", tool_call_id="t", title="terminal", raw_input=given
    )
    await client.session_update("s", start)
    option = PermissionOption(option_id="yes", name="Yes", kind="allow_once")
    bare = ToolCallUpdate(tool_call_id="confirmation-s", title="Confirm Agent Actions")
    asking = asyncio.create_task(client.request_permission("s", bare, [option]))
    ask = await asked
    assert ask.text.splitlines() == ["Confirm Agent Actions", "terminal", "rm -r build"]
    ask.settle(ask.option("allow"))
    assert (await asking).outcome.outcome == "selected"


async def test_what_an_agent_has_gone_on_without_is_asked_no_more() -> None:
    """As Code Puppy does, which waits five minutes for an answer."""
    from acp.schema import PermissionOption, ToolCallProgress, ToolCallUpdate

    from harnesses.acp.client import Client

    heard: asyncio.Queue[Told] = asyncio.Queue()
    client = Client(Plan("it", (), "/"), Usage(), heard.put_nowait, "run")
    option = PermissionOption(option_id="yes", name="Yes", kind="allow_once")
    asked = {"type": "content", "content": {"type": "text", "text": "For the whole session?"}}
    call = ToolCallUpdate.model_validate(
        {"toolCallId": "t", "title": "sh", "kind": "execute", "content": [asked],
         "rawInput": {"command": "ls", "cwd": None}}
    )  # fmt: skip
    asking = asyncio.create_task(client.request_permission("s", call, [option]))
    ask = await heard.get()
    assert isinstance(ask, Ask)
    assert ask.text == "sh\nls\nFor the whole session?"
    over = ToolCallProgress(session_update="tool_call_update", tool_call_id="t", status="failed")
    await client.session_update("s", over)
    assert isinstance(await heard.get(), Tool)
    assert await heard.get() == Withdrawn(ask.id)
    assert (await asking).outcome.outcome == "cancelled"


@pytest.mark.parametrize(
    ("permissions", "kind", "asks", "notes"),
    [
        ("ask", "execute", "", 1),
        ("ask", "read", "", 0),
        ("ask", "execute", "allow_once", 1),  # for the second of the two
        ("ask", "execute", "allow_always", 0),
        ("all", "execute", "", 0),
    ],
)
async def test_what_an_agent_does_unasked_is_said_once(
    permissions: str, kind: str, asks: str, notes: int
) -> None:
    """As Hermes does, which asks for commands that look dangerous, under an id of their own."""
    from acp.schema import PermissionOption, ToolCallProgress, ToolCallStart, ToolCallUpdate

    from harnesses.acp.client import Client

    heard: list[Told] = []

    def tell(what: Told) -> None:
        heard.append(what)
        if isinstance(what, Ask):
            what.settle(what.option("allow"))

    client = Client(Plan("it", (), "/", permissions), Usage(), tell, "run")
    for number in range(2):
        start = ToolCallStart(
            session_update="tool_call", tool_call_id=f"t{number}", title="sh", kind=cast(Any, kind)
        )
        await client.session_update("s", start)
        if asks and not number:
            option = PermissionOption(option_id="yes", name="Yes", kind=cast(Any, asks))
            check = ToolCallUpdate(tool_call_id="perm-1", title="Dangerous", kind="execute")
            await client.request_permission("s", check, [option])
        end = ToolCallProgress(
            session_update="tool_call_update", tool_call_id=f"t{number}", status="completed"
        )
        await client.session_update("s", end)
    assert sum(isinstance(one, Note) for one in heard) == notes


def test_a_tool_whose_end_is_not_told_is_shown_with_its_turn() -> None:
    page = Page()
    assert page.told(Tool("t", "bash", status="pending"), 80) == []
    shown = [row.text for row in page.ended("", 80)]
    assert shown == ["bash", "  how it ended was not told", ""]
    assert page.ended("", 80) == []


@pytest.mark.parametrize(
    ("options", "pressed", "taken", "said"),
    [
        (2, b"1", True, "o1"),
        (2, b"2\r", True, "o2"),
        (2, b"3", True, None),
        (2, b"1x", False, None),
        (0, b"1", False, None),
    ],
)
def test_a_number_answers_where_numbers_are_offered(
    tmp_path: Path, options: int, pressed: bytes, taken: bool, said: str | None
) -> None:
    settled: list[Option | None] = []
    record = Record(tmp_path / "record")
    asks = Asks(record, Page(), lambda: 80, lambda _: None)
    offered = tuple(Option(f"o{n + 1}", "x", "allow_once") for n in range(options))
    asks.add(Ask("a", Tool("t"), offered, settled.append))
    assert asks.press(pressed) is taken
    assert [one.id for one in settled if one] == ([said] if said else [])
    record.close()


def test_what_an_agent_goes_on_without_is_asked_no_more(tmp_path: Path) -> None:
    record = Record(tmp_path / "record")
    asks = Asks(record, Page(), lambda: 80, lambda _: None)
    for ident in "abc":
        asks.add(Ask(ident, Tool(ident), (), lambda _: None))
    asks.drop("b")
    asks.drop("a")
    asks.drop("b")
    assert asks.first is not None
    assert asks.first.id == "c"
    told = [(one["type"], one["ask"]) for one in lines(record.path)]
    assert told == [("asked", "a"), ("answered", "a"), ("asked", "c")], "b was never seen"
    record.close()


async def test_a_crash_ends_the_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its agent would seem to be at work for ever."""

    class Crashes:
        id, title, code, closed = "", "it", None, False

        async def open(self, resume: str | None) -> None:
            raise ZeroDivisionError

        async def close(self) -> None:
            self.closed = True

    talk = Crashes()
    monkeypatch.setattr("harnesses.acp.pane.Surface", MagicMock(return_value=MagicMock(width=80)))
    pane = Pane(Plan("it", (), "/"), tmp_path, lambda *_: cast("Any", talk))
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(pane.run(), 5)
    assert talk.closed


async def test_words_after_a_turn_that_failed_are_no_answer_to_what_it_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fails:
        id, title, code = "", "it", None

        def __init__(self, hear: Callable[[Told], None]) -> None:
            self.hear, self.prompts = hear, list[str]()

        async def open(self, resume: str | None) -> None: ...

        async def close(self) -> None: ...

        async def gone(self) -> str:
            return await asyncio.Future()

        async def prompt(self, text: str) -> Turn:
            self.prompts.append(text)
            if len(self.prompts) > 1:
                return Turn("end_turn")
            self.hear(Ask("a", Tool("t"), (), lambda _: None, words=lambda _: None))
            raise HarnessError("It was refused")

    made: list[Fails] = []

    def begin(_: object, hear: Callable[[Told], None], __: object) -> Any:
        made.append(Fails(hear))
        return made[0]

    monkeypatch.setattr("harnesses.acp.pane.Surface", MagicMock(return_value=MagicMock(width=80)))
    pane = Pane(Plan("it", (), "/"), tmp_path, begin)
    running = asyncio.create_task(pane.run())
    async with asyncio.timeout(30):
        for said in ("one", "two"):
            while pane._turn is not None or not pane._ready:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            pane._say(said)
        while len(made[0].prompts) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        pane._end(0)
        assert await running == 0
    assert made[0].prompts == ["one", "two"]


async def test_what_does_not_speak_the_protocol_is_told_so(tmp_path: Path) -> None:
    talk = Conversation(Plan("it", ("cat",), str(tmp_path)), lambda _: None)
    with pytest.raises(HarnessError, match="`cat` does not speak the Agent Client Protocol"):
        await talk.open(None)
    await talk.close()


async def test_what_an_agent_says_instead_of_beginning_is_told(tmp_path: Path) -> None:
    """As one does that has been given up by its makers."""
    talk = Conversation(Plan("it", ("echo", "Take the new one."), str(tmp_path)), lambda _: None)
    with pytest.raises(HarnessError, match=r"^it ended with 0\nTake the new one\.$"):
        await talk.open(None)
    await talk.close()


async def test_what_is_meant_for_a_terminal_is_no_part_of_the_protocol() -> None:
    """As Code Puppy sets a theme before it knows that nobody sees it."""
    write = r"printf '\033]11;#1a1b26\007\033[2J\033]104'; sleep 0.2; printf '\033\\{{}}\n\033'"
    child = await Child.start("Painter", ["/bin/sh", "-c", write], "/")
    assert await child.told.readline() == b"{{}}\n"
    assert await child.told.read() == b""
    assert await child.gone() == "Painter ended with 0"


@pytest.mark.parametrize("where", [">&2", ""])
async def test_what_an_agent_tells_that_does_not_begin_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """As one does that waits for somebody to sign in."""
    monkeypatch.setattr(conversation, "_LATE", 0.1)
    heard: asyncio.Queue[Told] = asyncio.Queue()
    command = ("/bin/sh", "-c", f"echo open http://sign.in {where}; exec cat >/dev/null")
    talk = Conversation(Plan("it", command, str(tmp_path)), heard.put_nowait)
    begun = asyncio.create_task(talk.open(None))
    note = await asyncio.wait_for(heard.get(), 60)
    assert isinstance(note, Note)
    assert note.text == "it has not begun yet. It tells:\nopen http://sign.in"
    begun.cancel()
    await talk.close()


async def test_the_number_of_an_agent_that_has_ended_is_nobodys_to_signal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("harnesses.acp.process._LEAVING", 0.2)
    child = await Child.start("Old", ["/bin/sh", "-c", "sleep 600 & echo $!"], "/")
    left = processes.tree(int(await child.told.readline()))
    await child.gone()
    assert await child.told.read() == b""  # though what it has left holds its pipes
    innocent = await asyncio.create_subprocess_exec("sleep", "600", start_new_session=True)
    other = await Child.start("Old", ["true"], "/")
    await other.gone()
    other._process = cast(Any, SimpleNamespace(pid=innocent.pid, returncode=0))
    try:
        other.interrupt()
        await other.close()
    finally:
        innocent.kill()
    assert await innocent.wait() == -signal.SIGKILL  # ours, no other before
    child.interrupt()  # that is for what it does, which is over
    assert processes.alive(left[0])
    await child.close()  # but what it has left is ended
    await soon(lambda: not processes.alive(left[0]))
