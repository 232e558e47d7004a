"""The built-in agent over the vendors' own packages, against the model server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from harnesses import Limited, Sighting, TurnFailed, Used
from harnesses.builtin.harness import Builtin
from tests.harnesses.seat import Seat, Seats, until
from tests.model_server.serve import ModelServer, Seen

VENDORS = ["anthropic", "openai"]
KEY = "sk-secret"
Factory = pytest.TempPathFactory


@dataclass
class Bench:
    """An agent's place over one vendor's API."""

    seats: Seats
    server: ModelServer
    vendor: str

    def __call__(self, session: str, key: str = KEY, address: str = "", options: str = "") -> Seat:
        """Start an agent of its own: what a package brings with it takes a second or two."""
        path = "" if self.vendor == "anthropic" else "/v1"
        names = {f"{self.vendor.upper()}_API_KEY": key} if key else {}
        spec = f"{self.vendor}:some-model@{address or self.server.address}{path}{options}"
        wide = (24, 200)  # so that sentences looked for are not wrapped
        return self.seats(spec, session=session, env=names, size=wide)


@dataclass
class Place:
    """The agent that most tests talk to, one after the other, and what came of it in this one."""

    bench: Bench
    seat: Seat
    asked: int  # how many requests there were before

    @property
    def requests(self) -> list[Seen]:
        return self.bench.server.seen[self.asked :]

    @property
    def sightings(self) -> list[Sighting]:
        return [one for line in self.seat.lines() for one in Builtin().read(json.dumps(line))]

    @property
    def used(self) -> list[Used]:
        return [one for one in self.sightings if isinstance(one, Used)]


@pytest.fixture(scope="module", params=VENDORS)
def bench(request: pytest.FixtureRequest, tmp_path_factory: Factory) -> Iterator[Bench]:
    seats = Seats(tmp_path_factory.mktemp("bench"))
    with ModelServer() as server:
        yield Bench(seats, server, request.param)
        for seat in seats.open:
            seat.close()


@pytest.fixture(scope="module")
def shared(bench: Bench) -> Seat:
    return bench("shared", options="?price=3/0.3/15&output=99")


@pytest.fixture
def place(bench: Bench, shared: Seat) -> Place:
    shared.forget()
    return Place(bench, shared, len(bench.server.seen))


def test_commands_run_and_tokens_are_the_apis(place: Place) -> None:
    seat = place.seat
    seat.say("Please [[say=I look.]][[run=echo one two; exit 4]][[file=a b.txt]] thanks")
    assert seat.wait("end")["last"].startswith("Done: Please")
    results = seat.lines("result")
    assert [(r["exit"], r["output"]) for r in results] == [(4, "one two\n"), (0, "")]
    assert (place.bench.seats.worktree / "a").exists()
    seat.sees("I look.")
    figures = place.used
    assert len(figures) == 3
    assert len({figure.id for figure in figures}) == 3
    written = 10 if place.bench.vendor == "anthropic" else 0
    for figure, seen in zip(figures, place.requests, strict=True):
        size = len(json.dumps(seen.body["messages"])) // 4
        assert (figure.input, figure.cached, figure.written) == (size + written, 100, written)
        assert figure.cost_usd == pytest.approx(
            (figure.input * 3 + 30 + figure.output * 15) / 1_000_000
        )
    assert figures[0].output == 9
    last = place.requests[-1]
    assert KEY in str(last.headers)
    assert 99 in (last.body.get("max_tokens"), last.body.get("max_completion_tokens"))
    assert "[exit code 4]" in json.dumps(last.body["messages"])
    assert "[no output; exit code 0]" in json.dumps(last.body["messages"])


def test_a_question_is_asked_and_answered(place: Place) -> None:
    place.seat.say("[[say=Well.]][[ask=Which\none?]]")
    assert place.seat.wait("question")["text"] == "Which\none?"
    place.seat.say("the first")
    assert place.seat.wait("end")["last"] == "Done: the first"


def test_a_short_limit_is_waited_out_and_seen(place: Place) -> None:
    place.seat.say("[[limit=0.2]] go")
    assert place.seat.wait("end")["last"] == "Done: go"
    place.seat.sees("rate limit")
    place.seat.sees("asking again in")
    assert len(place.requests) == 2


def test_a_long_limit_stops_the_turn_until_then(place: Place) -> None:
    before = time.time()
    place.seat.say("[[limit=3600]] go")
    assert 3590 < place.seat.wait("limit")["until"] - before < 3630
    assert isinstance(place.sightings[-1], Limited)
    place.seat.say("Continue.")
    assert place.seat.wait("end")["last"] == "Done: Continue."


@pytest.mark.parametrize("trouble", ["[[drop]]", "[[nothing]]", "[[status=529]]", "[[status=500]]"])
def test_what_may_pass_is_asked_again(place: Place, trouble: str) -> None:
    place.seat.say(f"{trouble} go")
    assert place.seat.wait("end")["last"] == "Done: go"
    place.seat.sees("asking again in 1 s")
    assert len(place.requests) == 2
    assert len(place.used) == 1


@pytest.mark.parametrize(
    ("prompt", "why"),
    [
        ("[[status=401]]", "refused the key (asked to answer 401)"),
        ("[[status=404]]", "knows no model 'some-model'"),
        ("[[status=400]]", "refused the request with 400"),
        ("[[length]][[run=true]]", "raise output="),
        ("[[junk]]", "sent what is not JSON"),
    ],
)
def test_what_will_not_pass_fails_the_turn(place: Place, prompt: str, why: str) -> None:
    place.seat.say(prompt)
    assert why in place.seat.wait("failure")["why"]
    assert isinstance(place.sightings[-1], TurnFailed)
    assert "Traceback" not in place.seat.seen.decode()


def test_without_a_key_it_says_which(seats: Seats, bench: Bench) -> None:
    seat = seats(f"{bench.vendor}:some-model")
    seat.say("go")
    assert f"set {bench.vendor.upper()}_API_KEY" in seat.wait("failure")["why"]


def test_without_a_network_it_tries_and_can_be_stopped(bench: Bench) -> None:
    seat = bench("alone", address="http://127.0.0.1:1")
    seat.say("go")
    seat.sees("no connection")
    seat.sees("asking again in 1 s")
    seat.type(b"\x03")
    assert seat.wait("end")["how"] == "interrupted"


def test_a_silent_server_does_not_hold_up_an_interrupt(place: Place) -> None:
    seat = place.seat
    seat.say("[[delay=60]] go")
    seat.wait("prompt")
    began = time.monotonic()
    seat.type(b"\x03")
    assert seat.wait("end")["how"] == "interrupted"
    assert time.monotonic() - began < 5
    seat.say("now")
    assert seat.wait("end", 2)["last"] == "Done: now"


def test_commands_do_not_see_the_key(place: Place) -> None:
    place.seat.say("[[run=env]]")
    output = place.seat.wait("result")["output"]
    place.seat.wait("end")
    assert "PATH=" in output
    assert KEY not in output


def test_an_interrupted_command_leaves_a_conversation_the_api_takes(place: Place) -> None:
    seat = place.seat
    seat.say("[[run=sleep 30]]")
    seat.sees("$ sleep 30")
    seat.type(b"\x03")
    seat.wait("end")
    seat.say("and now")
    assert seat.wait("end", 2)["last"] == "Done: and now"
    messages = place.requests[-1].body["messages"]
    assert str(messages).count("interrupted by the person") == 1
    if place.bench.vendor == "anthropic":
        assert all(one["role"] != next_["role"] for one, next_ in pairwise(messages))


def test_a_subscriptions_window_is_a_limit_until_its_reset(place: Place) -> None:
    if place.bench.vendor != "anthropic":
        pytest.skip("only subscriptions at Anthropic have windows here")
    before = time.time()
    place.seat.say("[[window=600]] go")
    assert 598 < place.seat.wait("limit")["until"] - before < 625


def test_a_compatible_server_needs_no_key_and_no_figure(bench: Bench) -> None:
    if bench.vendor != "openai":
        pytest.skip("Anthropic's API needs both")
    seat = bench("keyless", key="")
    seat.say("go")
    assert seat.wait("end")["last"] == "Done: go"
    assert "max_completion_tokens" not in bench.server.seen[-1].body


def test_words_that_come_after_an_interrupt_are_not_heard(place: Place) -> None:
    seat, memory = place.seat, place.bench.server.memory
    written = memory.written
    seat.say("[[delay=1]] too late")
    until(lambda: place.requests, "the request")
    seat.type(b"\x03")
    seat.wait("end")
    until(lambda: memory.written > written, "the answer nobody waits for")
    seat.say("now")
    assert seat.wait("end", 2)["last"] == "Done: now"
    assert len(seat.lines("reply")) == 1
    seat.sees("Done: now")
    assert b"Done: too" not in seat.seen
