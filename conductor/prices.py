"""What a request costs by the vendors' price lists, where the vendor itself does not say.

The lists come with `genai-prices`; nothing is fetched. They are asked a few times a model, and the
answers kept as a price for each kind of token: to ask them for each of a hundred thousand requests
would take a quarter of a minute. What changes a price is asked for by itself: the length of a
prompt, and the time.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

    Rates = tuple[float, float, float, float, float, float]
    Tariff = tuple[tuple[int, ...], tuple[Rates, ...]]

_QUARTER = 900
_LOCAL = ("ollama", "lmstudio", "llama.cpp", "vllm", "local", "localhost")
"""What serves models on one's own machine, whatever their names are sold for elsewhere."""

_STEADY: dict[str, Tariff | None] = {}
"""The prices of models that have only one list of them."""


def cost(model: str, at: float, counts: tuple[int, int, int, int, int, int]) -> float | None:
    """Return dollars, or None for a model without a known price.

    Counted are: input but for what was cached, what was cached, output; of the input what was
    written to the cache, and of that what for an hour; and searches of the web.
    """
    try:
        tariff = _STEADY[model]
    except KeyError:
        tariff = _tariff(model, int(at // _QUARTER) if _changes(model) else 0)
        if not _changes(model):
            _STEADY[model] = tariff
    if tariff is None:
        return None
    starts, rates = tariff
    fresh, cached, output, written, long, searches = counts
    of = rates[0] if len(starts) == 1 else rates[max(0, bisect_left(starts, fresh + cached) - 1)]
    return (
        (fresh - written) * of[0] + cached * of[1] + output * of[2]
        + (written - long) * of[3] + long * of[4] + searches * of[5]
    )  # fmt: skip


def load() -> None:
    """Load the lists now, and not when the first price is asked for."""
    import genai_prices  # noqa: F401


@lru_cache(maxsize=1000)
def _changes(model: str) -> bool:
    found = _ask(model, None)
    return found is not None and isinstance(found.model.prices, list)


@lru_cache(maxsize=10_000)
def _tariff(model: str, quarter: int) -> Tariff | None:
    """Return from how long a prompt on each list of prices holds, and the lists."""
    when = datetime.fromtimestamp(quarter * _QUARTER, UTC) if quarter else None
    found = _ask(model, when)
    if found is None:
        return None
    prices = vars(found.model_price).values()
    starts = sorted({tier.start for price in prices for tier in getattr(price, "tiers", ())})
    each = (0, *(start for start in starts if start > 0))
    return each, tuple(_rates(model, when, start) for start in each)


def _rates(model: str, when: datetime | None, start: int) -> Rates:
    """Take a price list apart: what a thousand of each kind make a prompt more expensive."""
    prompt = {"input_tokens": start + 1000}

    def ask(**more: int) -> float:
        found = _ask(model, when, prompt | more)
        return float(found.total_price) if found else 0.0

    plain = ask()
    fresh = plain / prompt["input_tokens"]
    write = ask(cache_write_tokens=1000) - plain
    hour = ask(cache_write_tokens=1000, cache_write_1h_tokens=1000) - plain
    return (
        fresh, fresh + (ask(cache_read_tokens=1000) - plain) / 1000,
        (ask(output_tokens=1000) - plain) / 1000, fresh + write / 1000, fresh + hour / 1000,
        (ask(web_searches=1000) - plain) / 1000,
    )  # fmt: skip


def _ask(
    model: str, when: datetime | None, usage: dict[str, int] | None = None
) -> PriceCalculation | None:
    """Ask the lists, by the names a model has with those that sell it."""
    names = _names(model)
    if not names:
        return None
    from genai_prices import Usage, calc_price

    told = Usage(**(usage or {"input_tokens": 1}))
    when = when or datetime.now(UTC)
    for dealer, name in names:
        try:
            return calc_price(told, name, provider_id=dealer, genai_request_timestamp=when)
        except LookupError:
            continue
    return None


def _names(model: str) -> list[tuple[str | None, str]]:
    """List a dealer and a name of a model: its own come last, as they hold for most dealers."""
    if "@" in model or model in ("", "rehearsal"):
        return []  # a server of the person's own, or no model at all
    for maker in ("anthropic:", "openai:"):
        model = model.removeprefix(maker)
    dealer, _, name = model.partition("/")
    if not name:
        return [(None, model)]
    if dealer in _LOCAL:
        return []
    return [(dealer, name), (None, model), (None, model.rpartition("/")[2])]
