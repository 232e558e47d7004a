"""A price is what the lists say, to the cent; a model they don't know has none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conductor.prices import cost

MODELS = (
    "claude-opus-5-5",
    "claude-sonnet-4-5",
    "gpt-5.5-codex",
    "gemini-2.5-pro",
    "deepseek-chat",
)


@settings(max_examples=60)
@given(
    st.sampled_from(MODELS),
    st.integers(1_700_000_000, 1_800_000_000),
    st.tuples(st.integers(0, 400_000), st.integers(0, 400_000), st.integers(0, 99)),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.integers(0, 3),
)
def test_a_cost_is_that_of_the_lists(
    model: str, at: int, tokens: tuple[int, int, int], parts: tuple[float, float], web: int
) -> None:
    from genai_prices import Usage, calc_price

    fresh, cached, output = tokens
    written = int(fresh * parts[0])
    long = int(written * parts[1])
    usage = Usage(
        input_tokens=fresh + cached, cache_read_tokens=cached, output_tokens=output,
        cache_write_tokens=written, cache_write_1h_tokens=long, web_searches=web,
    )  # fmt: skip
    told = calc_price(usage, model, genai_request_timestamp=datetime.fromtimestamp(at, UTC))
    mine = cost(model, at, (fresh, cached, output, written, long, web))
    assert mine == pytest.approx(float(told.total_price), abs=1e-9)


def test_a_long_prompt_begins_where_the_list_says() -> None:
    at = [cost("claude-sonnet-4-5", 0, (n, 0, 0, 0, 0, 0)) for n in (200_000, 200_001)]
    assert at == [pytest.approx(0.6), pytest.approx(1.2, rel=1e-4)]


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("anthropic/claude-opus-5-5", "claude-opus-5-5"),
        ("anthropic:claude-opus-5-5", "claude-opus-5-5"),
        ("github-copilot/claude-opus-5-5", "claude-opus-5-5"),
    ],
)
def test_a_dealer_s_name_for_a_model_is_understood(name: str, like: str) -> None:
    counts = (1000, 0, 10, 0, 0, 0)
    assert cost(name, 0, counts) == pytest.approx(cost(like, 0, counts) or -1)


@pytest.mark.parametrize(
    "name",
    ["", "fake-model", "fake/fake-model", "ollama/gpt-5.5", "openai:gpt-5.5@http://[::1]/v1"],
)
def test_what_no_list_knows_has_no_price(name: str) -> None:
    assert cost(name, 0, (1000, 0, 10, 0, 0, 0)) is None
