"""The parts of the screens that need no screen: layout, diffs, cutting, words."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem

from conductor import events as e
from conductor.tui import looks, wording
from conductor.tui.ansi import crop, fit, folded, parse
from conductor.tui.keys import tmux_key
from conductor.tui.widgets.dragging import grip
from conductor.tui.widgets.grid import DENSEST, SMALLEST, Place, lay_out, places
from conductor.tui.widgets.prose import wrap
from conductor.tui.widgets.top_line import tally
from tests.conductor.facts import added, claimed, told

SGR = re.compile(r"\x1b\[[0-9;:]*m")


SIZES = st.sampled_from([0.2, 0.8, 1.0, 1.2, 1.5, 5.0])


@given(st.integers(1, 60), st.integers(10, 300), st.integers(3, 90))
def test_tiles_fill_the_width_and_never_overlap(number: int, width: int, height: int) -> None:
    laid = places(number, width, height)
    assert len(laid) == number
    taken: set[tuple[int, int]] = set()
    for place in laid:
        assert place.width > 0
        assert place.height > 0
        assert place.x + place.width <= width
        cells = {(x, y) for x in (place.x, place.x + place.width - 1)
                 for y in (place.y, place.y + place.height - 1)}  # fmt: skip
        assert not cells & taken
        taken |= cells
    for y in {place.y for place in laid}:
        row = [place for place in laid if place.y == y]
        assert len({place.height for place in row}) == 1


def test_twelve_agents_fit_eighty_by_twenty_four() -> None:
    laid = places(12, 80, 22)
    assert max(p.y + p.height for p in laid) <= 22
    assert min(p.height for p in laid) >= 5


@settings(max_examples=50)
@given(st.text(max_size=40), st.integers(0, 30))
def test_fitted_text_is_exactly_as_wide(text: str, width: int) -> None:
    text = "".join(c for c in text if c.isprintable())
    assert cell_len(fit(text, width)) == width


@given(
    st.lists(
        st.sampled_from(["ab", "漢字", "é", "\x1b[31m", "\x1b[0m", "\x1b[38;2;1;2;3;1m", "\x1b[m"]),
        max_size=20,
    ),
    st.integers(0, 25),
    st.sampled_from(list(ColorSystem)[:4]),
)
def test_a_cropped_row_is_exactly_as_wide(row: list[str], width: int, system: ColorSystem) -> None:
    cut = crop("".join(row), width, system, "\x1b[38;2;1;1;1;48;2;9;9;9m")
    assert cell_len(SGR.sub("", cut)) == width


def test_a_rows_own_colours_end_on_our_ground() -> None:
    ground = "\x1b[48;2;9;9;9m"
    segments = parse(crop("\x1b[31mred\x1b[0m plain", 12, ColorSystem.TRUECOLOR, ground))
    assert all(s.style is not None and s.style.bgcolor is not None for s in segments if s.text)


@given(st.lists(st.text(alphabet="ab 漢", max_size=30), max_size=4), st.integers(2, 12))
def test_wrapped_lines_lose_no_letter_and_fit(words: list[str], width: int) -> None:
    lines = wrap([(w, "plain") for w in words], width)
    assert all(sum(cell_len(t) for t, _ in line) <= width for line in lines)
    told = "".join(t for line in lines for t, _ in line).replace(" ", "")
    assert told == "".join(words).replace(" ", "")


def test_keys_in_tmuxs_words() -> None:
    keys = ["enter", "ctrl+a", "shift+tab", "alt+left", "f5", "backspace", "ctrl+at", "pageup"]
    assert [tmux_key(k) for k in keys] == [
        "Enter", "C-a", "BTab", "M-Left", "F5", "BSpace", "C-@", "PPage",
    ]  # fmt: skip
    assert tmux_key("hyper+q") is None


def test_short_words_for_numbers() -> None:
    assert [wording.age(s) for s in (3, 61, 3600, 90000)] == ["3s", "1m", "1h00", "1d"]
    assert [wording.count(n) for n in (7, 1500, 250_000, 3_000_000)] == [
        "7",
        "1.5k",
        "250k",
        "3.0M",
    ]


@given(
    st.lists(
        st.sampled_from(["one", " ", "  ", "漢字", "\x1b[31m", "\x1b[0m", "long" * 9, "é", "🙂"])
    ),
    st.integers(2, 30),
)
def test_a_folded_row_loses_nothing_and_fits(parts: list[str], width: int) -> None:
    row = "".join(parts)
    lines = folded(row, width)
    letters = [one for line in lines for one in coloured(line)]
    assert letters == coloured(row)
    if SGR.sub("", row).strip():
        assert all(cell_len(SGR.sub("", line).rstrip()) <= width for line in lines)


def coloured(row: str) -> list[tuple[str, str]]:
    return [(c, str(s.style or "")) for s in parse(row) for c in s.text if c != " "]


def test_what_is_drawn_with_lines_is_not_broken() -> None:
    row = "│ " + "word " * 30 + "│"
    assert folded(row, 20) == (row,)


@given(
    st.lists(st.lists(st.tuples(SIZES, SIZES), min_size=1, max_size=9), min_size=1, max_size=5),
    st.integers(30, 260),
    st.integers(12, 80),
    st.sampled_from([SMALLEST, DENSEST]),
)
def test_groups_of_stretched_tiles_never_overlap(
    groups: list[list[tuple[float, float]]], width: int, height: int, least: tuple[int, int]
) -> None:
    named = [(f"group {n}", sizes) for n, sizes in enumerate(groups)]
    laid = lay_out(named, width, height, least)
    assert len(laid.places) == sum(map(len, groups))
    assert [name for _, name in laid.headings] == [f"group {n}" for n in range(len(groups))]
    taken = {(x, y) for y, _ in laid.headings for x in range(width)}
    for place in laid.places:
        cells = {(x, y) for x in range(place.x, place.x + place.width)
                 for y in (place.y, place.y + place.height - 1)}  # fmt: skip
        assert place.x + place.width <= width
        assert place.height >= 1
        assert not cells & taken
        taken |= cells


def test_a_dragged_border_stays_under_the_mouse() -> None:
    sizes = {"t1": (1.0, 1.0), "t2": (1.0, 1.0), "t3": (1.0, 1.0), "t4": (1.0, 1.0)}

    def laid() -> dict[str, Place]:
        return dict(zip(sizes, lay_out([("", list(sizes.values()))], 160, 40).places, strict=True))

    def drag(at: tuple[int, int], to: tuple[int, int]) -> None:
        held = grip(*at, laid())
        assert held is not None
        for task, (wide, high) in held.to(*to, laid()).items():
            sizes[task] = (sizes[task][0] * wide, sizes[task][1] * high)

    assert laid()["t1"].width == 80
    drag((79, 5), (99, 5))
    assert (laid()["t1"].width, laid()["t2"].width, laid()["t3"].width) == (100, 60, 80)
    drag((10, 19), (10, 29))
    assert [laid()[task].height for task in sizes] == [30, 30, 10, 10]
    assert grip(0, 39, laid()) is None  # there is nothing below
    moved = grip(5, 0, laid())
    assert moved is not None
    assert (moved.moves, moved.onto(150, 35, laid())) == ("t1", "t4")


def test_an_agent_that_has_yet_to_hear_its_task_is_not_idle() -> None:
    began = told(added(), claimed(), e.SessionStarted("s1", 7), e.SessionIdle("s1", "hook"))
    heard = told(e.SessionBusy("s1", "hook"), e.SessionIdle("s1", "hook"), state=began)
    for state, word, idle in ((began, "starting", 0), (heard, "idle", 1)):
        assert looks.look(state.tasks["t1"], state.sessions["s1"]).word == word
        assert tally(state)[looks.IDLE] == idle
