"""Control mode's language, with agents that forge it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conductor.terminals.protocol import Conversation, guarded, quote, single


class _Ear:
    def __init__(self) -> None:
        self.output: list[tuple[bytes, bytes]] = []
        self.notices: list[tuple[str, str]] = []
        self.answers: list[object] = []
        self.talk = Conversation(
            lambda pane, data: self.output.append((pane, data)),
            lambda kind, rest: self.notices.append((kind, rest)),
        )

    def ask(self, *commands: str) -> bytes:
        make = guarded if len(commands) > 1 else (lambda c, d, f: single(c[0], d, f))
        request = make(list(commands), self.answers.append, lambda e: self.answers.append(str(e)))
        self.talk.waiting.append(request)
        return request.guard


def test_output_and_notices() -> None:
    ear = _Ear()
    ear.talk.read(b"%output %1 a\\033[31m\\134 \xc3\xa9\\015\\012\n%extended-out")
    ear.talk.read(b"put %2 17 : b\n%window-add @3\n%exit\nlost server\n")
    assert ear.output == [(b"%1", b"a\x1b[31m\\ \xc3\xa9\r\n"), (b"%2", b"b")]
    assert ear.notices == [("window-add", "@3"), ("exit", "")]
    assert ear.talk.words == "lost server"


def test_answers_come_in_order_and_others_frames_are_skipped() -> None:
    ear = _Ear()
    ear.ask("one")
    ear.ask("two")
    ear.talk.read(b"%begin 1 7 0\n%end 1 7 0\n%begin 1 8 1\na\n%output %1 not\nb\n%end 1 8 1\n")
    ear.talk.read(b"%output %1 x\n%begin 1 9 1\nno such\n%error 1 9 1\n")
    assert ear.answers == [[[b"a", b"%output %1 not", b"b"]], "tmux: no such"]
    assert ear.output == [(b"%1", b"x")]


def _frame(number: int, body: bytes, end: bytes = b"%end") -> bytes:
    return b"%%begin 1 %d 1\n%s%s 1 %d 1\n" % (number, body, end, number)


def _guarded_stream(guard: bytes, first: bytes, second: bytes, between: bytes = b"") -> bytes:
    return (
        _frame(1, first)
        + _frame(2, guard + b"n\n")
        + _frame(3, second)
        + _frame(4, guard + b"n\n")
        + between
        + _frame(5, guard + b"e\n")
    )


_LINE = st.one_of(
    st.binary(max_size=12).filter(lambda line: b"\n" not in line),
    st.sampled_from(
        [b"%end 1 1 1", b"%end 1 3 1", b"%error 1 3 1", b"%begin 1 4 1", b"%output %9 forged"]
    ),
)


@given(st.lists(_LINE), st.lists(_LINE), st.integers(1, 50))
def test_a_capture_may_hold_anything(first: list[bytes], second: list[bytes], step: int) -> None:
    ear = _Ear()
    guard = ear.ask("one", "two")
    ear.ask("three")
    bodies = [b"".join(line + b"\n" for line in lines) for lines in (first, second)]
    stream = _guarded_stream(guard, bodies[0], bodies[1], b"%output %1 real\n%window-add @9\n")
    stream += _frame(6, b"after\n")
    for start in range(0, len(stream), step):
        ear.talk.read(stream[start : start + step])
    assert ear.answers == [[first, second], [[b"after"]]]
    assert ear.output == [(b"%1", b"real")]
    assert ear.notices == [("window-add", "@9")]


def test_an_error_within_a_guarded_request() -> None:
    ear = _Ear()
    guard = ear.ask("one", "two")
    ear.ask("three")
    ear.talk.read(_frame(1, b"fine\n") + _frame(2, guard + b"n\n"))
    ear.talk.read(_frame(3, b"can't find pane: %9\n", b"%error") + b"%output %1 later\n")
    ear.talk.read(_frame(5, guard + b"e\n") + _frame(6, b"after\n"))
    assert ear.answers == ["tmux: can't find pane: %9", [[b"after"]]]
    assert ear.output == [(b"%1", b"later")]


@given(st.lists(st.binary(max_size=60)))
def test_nonsense_is_survived(chunks: list[bytes]) -> None:
    ear = _Ear()
    ear.ask("one")
    for chunk in chunks:
        ear.talk.read(chunk)
    ear.talk.read(b"\n")


def test_quote() -> None:
    assert quote("it's") == "'it'\\''s'"
