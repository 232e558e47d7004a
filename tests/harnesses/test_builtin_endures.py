"""Whatever bytes come and whenever it is killed, the built-in agent keeps its word."""

from __future__ import annotations

import random
from collections import Counter
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harnesses.builtin.cleaning import clean
from harnesses.builtin.composer import PASTE_BEGIN, PASTE_END, Composer
from harnesses.builtin.terminal import wrap
from tests.harnesses.seat import Seats, until

KEYS = [
    *(b"a", b" ", b"\r", b"\n", b"\t", b"\x7f", b"\x17", b"\x15", b"\x03", b"\x04", b"\x1b\r"),
    *(PASTE_BEGIN, PASTE_END, b"\x1b[A", b"\x1bOP", b"\x1b[1;5C", b"\x1bx", b"\x00", b"\x1b"),
    *("ä漢👋".encode(), b"\xff", b"\xe6", b"\xc3", b"\x80"),
]


@given(st.lists(st.sampled_from(KEYS), max_size=40), st.lists(st.integers(0, 120), max_size=12))
def test_how_bytes_are_cut_changes_nothing(keys: list[bytes], cuts: list[int]) -> None:
    data = b"".join(keys)
    whole, parts = Composer(), Composer()
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    wishes = whole.feed(data)
    assert [wish for a, b in pairwise(edges) for wish in parts.feed(data[a:b])] == wishes
    assert (parts.size(), parts.tail(99)) == (whole.size(), whole.tail(99))


@given(st.text(max_size=200), st.integers(8, 60))
def test_no_text_makes_a_wide_or_a_wild_row(text: str, width: int) -> None:
    from rich.cells import cell_len

    for row in wrap(text, width, "  "):
        assert cell_len(row.text) <= width
        assert clean(row.text) == row.text
        assert "\n" not in row.text


@pytest.mark.crash
def test_killed_at_any_point_no_command_runs_twice_and_none_is_skipped(seats: Seats) -> None:
    steps = "".join(
        f'[[turn.reply]]\ntext = "Step {n}."\ncommand = "echo {n} >> log; sleep 0.05"\n'
        for n in range(60)
    )
    model = seats.script(f'[[turn]]\n{steps}[[turn.reply]]\ntext = "All steps."\n')
    chance = random.Random(7)
    name: str | None = None
    log = seats.worktree / "log"
    for life in range(1, 12):
        seat = seats(model, resume=name)
        name = seat.wait("header")["id"]
        seat.say(f"Go on, life {life}.")
        seat.wait("arrival", life)
        done = len(seat.lines("reply"))
        target = done + chance.randint(0, 4)
        until(
            lambda s=seat, t=target: len(s.lines("reply")) >= t or s.lines("end"), "some progress"
        )
        seat.process.kill()
        seat.ends()
    seat = seats(model, resume=name)
    seat.say("Finish.")
    assert seat.wait("end")["last"] == "All steps."  # a slow kill may have let it finish before
    replies = [entry["text"] for entry in seat.lines("reply") if entry["command"]]
    once = [said for said, _ in groupby(replies)]  # what a kill cut off, the model asks for anew
    assert once == [f"Step {n}." for n in range(60)]
    ran = [f"Step {line}." for line in log.read_text().splitlines()]
    assert [said for said, _ in groupby(ran)] == once
    assert Counter(ran) <= Counter(replies), "no command runs more often than it was asked for"
    results = {entry["call"] for entry in seat.lines("result")}
    calls = {entry["call"] for entry in seat.lines("reply") if entry["command"]}
    assert len(calls - results) <= 11  # at most the one that each kill met
    assert [a["text"] for a in seat.lines("arrival")] == [
        *(f"Go on, life {life}." for life in range(1, 12)),
        "Finish.",
    ]
