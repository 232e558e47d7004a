"""The built-in agent over the vendors' own packages, against the model server."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import pytest

from harnesses import Limited, TurnFailed, Used
from harnesses.builtin.harness import Builtin
from tests.harnesses.seat import Seat, Seats, until
from tests.model_server.serve import ModelServer

VENDORS = ["anthropic", "openai"]


@dataclass
class Bench:
    """An agent's place over one vendor's API."""

    seats: Seats
    server: ModelServer
    vendor: str

    def __call__(self, model: str = "some-model", key: str = "a-key", **more: str) -> Seat:
        path = "" if self.vendor == "anthropic" else "/v1"
        names = {f"{self.vendor.upper()}_API_KEY": key} if key else {}
        spec = f"{self.vendor}:{model}@{more.pop('address', self.server.address)}{path}"
        wide = (24, 200)  # so that sentences looked for are not wrapped
        return self.seats(spec + more.pop("options", ""), env=names, size=wide)


@pytest.fixture(params=VENDORS)
def bench(request: pytest.FixtureRequest, seats: Seats, model_server: ModelServer) -> Bench:
    return Bench(seats, model_server, request.param)


def used(seat: Seat) -> list[Used]:
    text = (seat.folder / "conversation.jsonl").read_text("utf-8")
    read = [sighting for line in text.splitlines() for sighting in Builtin().read(line)]
    return [sighting for sighting in read if isinstance(sighting, Used)]


def last_sighting(seat: Seat) -> object:
    lines = (seat.folder / "conversation.jsonl").read_text("utf-8").splitlines()
    return [sighting for line in lines for sighting in Builtin().read(line)][-1]


def test_commands_run_and_tokens_are_the_apis(bench: Bench) -> None:
    seat = bench(options="?price=3/0.3/15")
    seat.say("Please [[say=I look.]][[run=echo one two; exit 4]][[file=a b.txt]] thanks")
    assert seat.wait("end")["last"].startswith("Done: Please")
    results = seat.lines("result")
    assert [(r["exit"], r["output"]) for r in results] == [(4, "one two\n"), (0, "")]
    assert (bench.seats.worktree / "a").exists()
    seat.sees("I look.")
    figures = used(seat)
    assert len(figures) == 3
    assert len({figure.id for figure in figures}) == 3
    written = 10 if bench.vendor == "anthropic" else 0
    for figure, seen in zip(figures, bench.server.seen, strict=True):
        size = len(json.dumps(seen.body["messages"])) // 4
        assert (figure.input, figure.cached) == (size + written, 100)
        assert figure.cost_usd == pytest.approx(
            (figure.input * 3 + 30 + figure.output * 15) / 1_000_000
        )
    assert figures[0].output == 9
    last = json.dumps(bench.server.seen[-1].body["messages"])
    assert "[exit code 4]" in last
    assert "[no output; exit code 0]" in last


def test_a_question_is_asked_and_answered(bench: Bench) -> None:
    seat = bench()
    seat.say("[[say=Well.]][[ask=Which\none?]]")
    assert seat.wait("question")["text"] == "Which\none?"
    seat.say("the first")
    assert seat.wait("end")["last"] == "Done: the first"


def test_a_short_limit_is_waited_out_and_seen(bench: Bench) -> None:
    seat = bench()
    seat.say("[[limit=0.2]] go")
    assert seat.wait("end")["last"] == "Done: go"
    seat.sees("rate limit")
    seat.sees("asking again in")
    assert len(bench.server.seen) == 2


def test_a_long_limit_stops_the_turn_until_then(bench: Bench) -> None:
    seat = bench()
    before = time.time()
    seat.say("[[limit=3600]] go")
    assert 3590 < seat.wait("limit")["until"] - before < 3630
    assert isinstance(last_sighting(seat), Limited)
    seat.say("Continue.")
    assert seat.wait("end")["last"] == "Done: Continue."


@pytest.mark.parametrize("trouble", ["[[drop]]", "[[status=529]]", "[[status=500]]"])
def test_what_may_pass_is_asked_again(bench: Bench, trouble: str) -> None:
    seat = bench()
    seat.say(f"{trouble} go")
    assert seat.wait("end")["last"] == "Done: go"
    seat.sees("asking again in 1 s")
    assert len(bench.server.seen) == 2
    assert len(used(seat)) == 1


@pytest.mark.parametrize(
    ("model", "key", "prompt", "why"),
    [
        ("some-model", "wrong", "go", "refused the key (invalid x-api-key)"),
        ("unknown-model", "a-key", "go", "knows no model 'unknown-model'"),
        ("some-model", "a-key", "[[status=400]]", "refused the request with 400"),
        ("some-model", "a-key", "[[length]][[run=true]]", "raise output="),
    ],
)
def test_what_will_not_pass_fails_the_turn(
    bench: Bench, model: str, key: str, prompt: str, why: str
) -> None:
    seat = bench(model, key)
    seat.say(prompt)
    assert why in seat.wait("failure")["why"]
    failed = last_sighting(seat)
    assert isinstance(failed, TurnFailed)
    assert "Traceback" not in seat.seen.decode()


@pytest.mark.parametrize("vendor", VENDORS)
def test_without_a_key_it_says_which(seats: Seats, vendor: str) -> None:
    seat = seats(f"{vendor}:some-model")
    seat.say("go")
    assert f"set {vendor.upper()}_API_KEY" in seat.wait("failure")["why"]


def test_without_a_network_it_tries_and_can_be_stopped(bench: Bench) -> None:
    seat = bench(address="http://127.0.0.1:1")
    seat.say("go")
    seat.sees("no connection")
    seat.sees("asking again in 1 s")
    seat.type(b"\x03")
    assert seat.wait("end")["how"] == "interrupted"


def test_a_silent_server_does_not_hold_up_an_interrupt(bench: Bench) -> None:
    seat = bench()
    seat.say("[[delay=60]] go")
    seat.wait("prompt")
    began = time.monotonic()
    seat.type(b"\x03")
    assert seat.wait("end")["how"] == "interrupted"
    assert time.monotonic() - began < 5
    seat.say("now")
    assert seat.wait("end", 2)["last"] == "Done: now"


def test_commands_do_not_see_the_key(bench: Bench) -> None:
    seat = bench(key="sk-secret")
    seat.say("[[run=env]]")
    output = seat.wait("result")["output"]
    assert "PATH=" in output
    assert "sk-secret" not in output


def test_an_interrupted_command_leaves_a_conversation_the_api_takes(bench: Bench) -> None:
    seat = bench()
    seat.say("[[run=sleep 30]]")
    seat.sees("$ sleep 30")
    seat.type(b"\x03")
    seat.wait("end")
    seat.say("and now")
    assert seat.wait("end", 2)["last"] == "Done: and now"
    messages = bench.server.seen[-1].body["messages"]
    text = str(messages)
    assert text.count("interrupted by the person") == 1
    if bench.vendor == "anthropic":
        assert [message["role"] for message in messages] == ["user", "assistant", "user"]


def test_a_subscriptions_window_is_a_limit_until_its_reset(
    seats: Seats, model_server: ModelServer
) -> None:
    seat = seats(f"anthropic:m@{model_server.address}", env={"ANTHROPIC_API_KEY": "k"})
    before = time.time()
    seat.say("[[window=600]] go")
    assert 598 < seat.wait("limit")["until"] - before < 625


def test_a_compatible_server_needs_no_key_and_no_figure(
    seats: Seats, model_server: ModelServer
) -> None:
    seat = seats(f"openai:m@{model_server.address}/v1", session="s1")
    seat.say("go")
    assert seat.wait("end")["last"] == "Done: go"
    assert "max_completion_tokens" not in model_server.seen[-1].body
    asked = seats(f"openai:m@{model_server.address}/v1?output=99", session="s2")
    asked.say("go")
    asked.wait("end")
    assert model_server.seen[-1].body["max_completion_tokens"] == 99


def test_words_that_come_after_an_interrupt_are_not_heard(bench: Bench) -> None:
    seat = bench()
    seat.say("[[delay=1]] too late")
    until(lambda: bench.server.seen, "the request")
    seat.type(b"\x03")
    seat.wait("end")
    until(lambda: bench.server.memory.written, "the answer nobody waits for")
    seat.say("now")
    assert seat.wait("end", 2)["last"] == "Done: now"
    assert len(seat.lines("reply")) == 1
    seat.sees("Done: now")
    assert b"Done: too" not in seat.seen
