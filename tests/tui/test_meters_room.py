"""The meters: plots and gauges, what they say, and the line above every room."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor.tui import plots

SIZES = [(80, 24), (160, 45), (250, 70)]


pytestmark = pytest.mark.usefixtures("in_utc")


@given(st.lists(st.floats(0, 1e12), max_size=300), st.integers(1, 200))
def test_resampled_values_fill_the_width_and_stay_within_bounds(
    values: list[float], width: int
) -> None:
    found = plots.resample(values, width)
    assert len(found) == width
    if values:
        slack = 1e-6 * max(values) + 1e-9
        assert min(values) - slack <= min(found)
        assert max(found) <= max(values) + slack


@given(st.lists(st.floats(0, 1e12), max_size=80), st.integers(1, 12))
def test_bars_show_all_that_is_more_than_nothing(values: list[float], height: int) -> None:
    rows = plots.bars(values, height, max(values, default=0.0))
    assert [len(row) for row in rows] == [len(values)] * height
    for column, value in enumerate(values):
        drawn = [row[column] for row in rows]
        assert (drawn[-1] != " ") == (value > 0)
        if value and value == max(values):
            assert set(drawn) == {"█"}


@given(st.floats(-1, 12), st.integers(1, 60), st.none() | st.floats(-1, 3))
def test_a_gauge_is_as_wide_as_it_is_to_be(used: float, width: int, heads: float | None) -> None:
    solid, coming, rest = plots.gauge(used, width, heads=heads)
    assert len(solid) + len(coming) + len(rest) == width
    assert bool(solid) == (used > 0)


@given(st.floats(0, 1e15))
def test_a_scale_ends_at_a_round_number_above_all(peak: float) -> None:
    assert plots.nice(peak) >= peak
    assert plots.nice(peak) <= max(1.0, peak * 2.01)


@pytest.mark.parametrize("size", SIZES)
async def test_one_look_says_how_much_and_what_is_left(sit: Any, size: tuple[int, int]) -> None:
    async with sit(size=size) as person:
        await person.press("U")
        person.sees("tok", "Tokens a minute", "By subscription", "claude-max", "-24 h", "now")
        for _ in range(6):
            if "Agents' time" in person.drawn:
                break
            await person.press("pagedown")
        person.sees("Agents' time", "at work", "waiting for you")
        if size[0] > 80:
            person.sees("at this pace empty at 15:09, resets 17:07", "61% will lapse at the reset")
            person.sees("≈ 42%?", "(estimated)", "unpriced: gemini-4-pro")


async def test_keys_change_what_is_drawn(sit: Any) -> None:
    async with sit() as person:
        await person.press("U", "t")
        person.sees("last 30 d", "-30 d")
        await person.press("t")
        person.sees("last 1 h", "-60 min")
        await person.press("s")
        person.sees("By session", "s7 ")
        await person.press("s", "s", "s")
        person.sees("By model", "gpt-6-codex")
        await person.press("s")
        person.sees("By repo", "atlas")
        await person.press("o", "o", "o", "o")
        person.sees("Dollars a minute")


async def test_what_is_shown_is_written_for_a_spreadsheet(sit: Any) -> None:
    async with sit() as person:
        await person.press("U", "t", "s", "s", "s", "s", "e")
        folder = person.world.places.exports
        table, document = (Path(folder, one) for one in sorted(os.listdir(folder)))
        assert "Written" in person.told
        rows = table.read_text().splitlines()
        assert rows[0].startswith("model,title,requests,input")
        assert [row.split(",")[0] for row in rows[1:]] == [
            one["key"] for one in json.loads(document.read_text())["rows"]
        ]
        assert "gpt-6-codex" in table.read_text()
        os.rename(folder, f"{folder}-before")
        os.close(os.open(folder, os.O_CREAT))
        await person.press("e")
        assert "cannot be written to" in person.told


@pytest.mark.parametrize("size", SIZES)
async def test_every_room_has_the_meter_above_it(sit: Any, size: tuple[int, int]) -> None:
    async with sit(size=size) as person:
        for key in ("f", "q", "r", "i", "L", "U"):
            await person.press(key)
            above = person.drawn.splitlines()[0]
            assert "2.4k" in above, above
            assert "‼" in above, above  # one window is nearly used up: said without colour, too
            assert "Inbox" in above, above


async def test_without_anything_it_says_what_to_do(sit: Any, tmp_path: Path) -> None:
    async with sit(story=None, size=(80, 24)) as person:
        await person.press("U")
        person.sees("Nothing has been measured yet", "conductor init", "conductor usage")


async def test_a_window_that_is_nearly_used_up_is_a_line_of_the_inbox(sit: Any) -> None:
    async with sit() as person:
        await person.press("i", "G")
        person.sees("claude-team  nearly used up", "of its week opus allowance is used", "⏎ meters")
        await person.press("enter")
        person.sees("Tokens a minute")
    async with sit(config="[meters]\nalert = []\n") as person:
        await person.press("i")
        person.misses("nearly used up")
