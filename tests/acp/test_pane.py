"""The pane of an agent that speaks the protocol: a real terminal, a scripted agent."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conductor.runner import pipes
from harnesses import Ask, Order, Permissions, Reply
from harnesses.acp.harness import Acp
from harnesses.acp.plan import WISHES
from tests.harnesses.seat import Seat, until

AGENT = Path(__file__).with_name("agent.py")
ACP = Acp("scripted", (sys.executable, str(AGENT)), home="AGENT_HOME", own=("cat",))


class Desk:
    """Opens seats for agents that keep their conversations in one home."""

    def __init__(self, tmp: Path) -> None:
        self.tmp = tmp
        self.home, self.tree = tmp / "home", tmp / "tree"
        self.made: list[Seat] = []
        for folder in (self.home, self.tree, tmp / "session"):
            folder.mkdir()

    def __call__(
        self, *, can: str = "load", ready: bool = True, acp: Acp = ACP,
        permissions: Permissions = Permissions.ASK, resume: str | None = None,
    ) -> Seat:  # fmt: skip
        folder = self.tmp / "session"
        order = Order(
            "s1", self.tree, folder, folder / "inbox.jsonl", home=self.home,
            env={"AGENT_CAN": can}, trusted=True, permissions=permissions, resume=resume,
        )  # fmt: skip
        self.made.append(one := Seat(order, (40, 100), harness=acp))
        if ready:
            one.wait("ready", len(one.lines("ready")) + 1)
        return one

    def close(self) -> None:
        for one in self.made:
            one.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Seat]]:
    desk = Desk(tmp_path_factory.mktemp("shared"))
    yield desk, desk()
    desk.close()


@pytest.fixture
def one(shared: tuple[Desk, Seat]) -> Seat:
    """A seat that several tests use one after the other: each start takes a second."""
    shared[1].forget()
    return shared[1]


@pytest.fixture
def tree(shared: tuple[Desk, Seat]) -> Path:
    return shared[0].tree


def give(seat: Seat, reply: Reply) -> None:
    pipes.write(seat.folder / reply.pipe, reply.text)


def said(seat: Seat, text: str) -> None:
    given = ACP.say(text)
    assert isinstance(given, Reply)
    give(seat, given)


def answered(seat: Seat, text: str, count: int = 1) -> None:
    ask = seat.wait("asked", count)
    given = ACP.answer(Ask(ask["ask"], "permission"), text)
    assert isinstance(given, Reply)
    give(seat, given)


def test_a_turn_is_shown_and_told(one: Seat) -> None:
    said(one, "think=hmm plan=first say=Hello. hold=157,1000 use=50,100,7,157 say=Bye.")
    assert one.wait("end")["last"] == "Hello.Bye."
    assert one.wait("usage").items() >= {"input": 50, "cached": 100, "output": 7}.items()
    assert one.wait("context").items() >= {"used": 157, "size": 1000}.items()
    for text in ("hmm", "[x] first", "[ ] rest", "Hello."):
        one.sees(text)


def test_a_permission_is_answered_from_outside(one: Seat, tree: Path) -> None:
    (tree / "note").write_text("before\n")
    said(one, "edit=note")
    asked = one.wait("asked")
    assert "Writing note" in asked["text"]
    assert "\n+more" in asked["text"]
    one.sees("1 Allow")
    answered(one, "allow")
    one.wait("end")
    assert (tree / "note").read_text() == "before\nmore\n"

    said(one, "edit=note say=Pity.")
    answered(one, "deny: say=other", 2)
    assert one.wait("end", 2)["last"] == "Pity."
    assert one.wait("arrival", 3)["text"] == "say=other", "the reason is the next prompt"
    assert one.wait("end", 3)["last"] == "other"
    assert (tree / "note").read_text() == "before\nmore\n"


def test_a_permission_is_answered_in_the_pane(one: Seat, tree: Path) -> None:
    one.say("edit=x")
    asked = one.wait("asked")
    one.type("1\r")  # at once, as over a slow line
    assert one.wait("answered")["option"] == "Allow"
    one.wait("end")
    assert (tree / "x").exists()
    given = ACP.answer(Ask(asked["ask"], "permission"), "deny")
    assert isinstance(given, Reply)
    give(one, given)  # too late: nothing comes of it
    one.say("edit=y")
    one.wait("asked", 2)
    one.type("say=rather\r")  # words refuse, and a digit in a draft is only a digit
    assert one.wait("answered", 2)["option"] == "Reject"
    assert one.wait("end", 3)["last"] == "rather"
    assert not (tree / "y").exists()


def test_two_that_ask_at_once_are_asked_one_after_the_other(one: Seat, tree: Path) -> None:
    said(one, "two")
    answered(one, "allow")
    answered(one, "allow", 2)
    one.wait("end")
    assert (tree / "a").exists()
    assert (tree / "b").exists()


def test_what_is_agreed_is_not_asked(desk: Desk) -> None:
    one = desk(permissions=Permissions.EDITS)
    assert (desk.home / "mode").read_text() == "approve", "in the mode in which it asks"
    said(one, "edit=x run=git_status")
    assert "git status" in one.wait("asked")["text"]
    assert (desk.tree / "x").exists()
    said(one, "say=later")
    answered(one, "deny")
    one.wait("end", 2)
    assert len(one.lines("asked")) == 1


def test_what_a_tool_prints_can_do_nothing_to_the_terminal(desk: Desk) -> None:
    one = desk(permissions=Permissions.ALL)
    said(one, "run=ls")
    one.wait("end")
    one.sees("ran it")
    assert b"\x1b]52" not in one.seen


def test_a_turn_is_broken_off(one: Seat) -> None:
    said(one, "say=Long hang say=no")
    until(lambda: b"Esc breaks off" in one.seen, "the hint")
    one.type("\x1b")
    assert one.wait("end").items() >= {"stop": "cancelled", "last": "Long"}.items()
    said(one, "say=Again.")
    assert one.wait("end", 2)["last"] == "Again."


def test_what_fails_is_said_in_the_agents_words(desk: Desk) -> None:
    one = desk()
    said(one, "fail=overloaded")
    assert "overloaded" in one.wait("failure")["why"]
    said(one, "odd refuse")
    assert "refused" in one.wait("failure", 2)["why"]
    said(one, "stop=by_a_reason_of_tomorrow")
    assert "did not understand" in one.wait("failure", 3)["why"]
    said(one, "die")
    assert one.ends() == 3
    assert "it was too much" in one.wait("failure", 4)["why"]


def test_what_cannot_start_says_why(desk: Desk) -> None:
    missing = desk(acp=replace(ACP, command=("no-such-agent",)), ready=False)
    assert missing.ends() == 2
    assert "no-such-agent cannot be started" in missing.wait("failure")["why"]
    out = desk(can="signed-out", ready=False)
    assert out.ends() == 2
    assert "sign in with its own program" in out.wait("failure", 2)["why"]
    old = desk(can="", ready=False, resume="c0")
    assert old.ends() == 2
    assert "cannot continue a conversation" in old.wait("failure", 3)["why"]
    odd = desk(can="odd", ready=False)
    assert odd.ends() == 2
    assert "did not understand" in odd.wait("failure", 4)["why"]


def test_a_conversation_is_taken_up_by_its_id(desk: Desk) -> None:
    one = desk(can="load")
    said(one, "say=one")
    one.wait("end")
    name = one.wait("named")["id"]
    for number, (can, word) in enumerate(
        [("load", "two"), ("load resume", "three"), ("load resume mute", "four")], 2
    ):
        one.type("\x04")
        assert one.ends() == 0
        assert b"ready" not in one.seen.rpartition(b"\x1b[J")[2]  # it takes no words any more
        one = desk(can=can, resume=name)
        said(one, f"say={word}")
        assert one.wait("end", number)["last"] == word
        one.sees(f"  {word}")
        assert b"told again" not in one.seen
        assert one.lines("named")[-1]["id"] == name
    assert (desk.home / name).read_text() == "say=one\nsay=two\nsay=three\nsay=four\n"


def test_it_goes_on_in_its_own_terminal_program_and_comes_back(desk: Desk) -> None:
    one = desk(acp=replace(ACP, own=("sh", "-c", "echo own {resume}; read line")))
    said(one, "say=one")
    one.wait("end")
    one.type("\x0f")
    one.wait("away")
    one.sees(f"own {one.wait('named')['id']}")
    one.type("over\n")
    one.wait("ready", 2)
    said(one, "say=two")
    assert one.wait("end", 2)["last"] == "two"


def agents_of(one: Seat) -> list[int]:
    children = Path(f"/proc/{one.process.pid}/task/{one.process.pid}/children")
    if not children.exists():
        pytest.skip("the system does not list a process's children")
    found = [int(pid) for pid in children.read_text().split()]
    assert found
    return found


@pytest.mark.parametrize("busy", [False, True])
def test_an_agent_that_is_killed_ends_its_pane_with_its_code(desk: Desk, busy: bool) -> None:
    one = desk()
    if busy:
        said(one, "hang")
        one.wait("arrival")
    os.kill(agents_of(one)[0], signal.SIGKILL)
    assert one.ends() == 137
    told = [line["why"] for line in one.lines("failure")]
    assert told == (["scripted ended with 137"] if busy else [])


def test_an_agent_that_is_stopped_with_its_pane_has_not_failed(desk: Desk) -> None:
    one = desk()
    said(one, "hang")
    one.wait("arrival")
    for pid in (agents_of(one)[0], one.process.pid):
        os.kill(pid, signal.SIGHUP)
    assert one.ends() == 0
    assert one.lines("failure") == []


def test_the_agent_ends_with_its_pane(desk: Desk) -> None:
    one = desk()
    said(one, "hang")
    one.wait("arrival")
    agents = agents_of(one)
    one.process.send_signal(signal.SIGKILL)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in agents), "its end")


def test_a_wish_cut_off_spoils_no_other(one: Seat) -> None:
    with open(os.open(one.folder / WISHES, os.O_WRONLY), "w") as pipe:
        pipe.write('{"text": "half a w')
    said(one, "say=whole")
    assert one.wait("end")["last"] == "whole"
    assert json.dumps("half") not in str(one.lines())
