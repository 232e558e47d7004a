"""The meters laid out: figures to lines of text, for any width and height; pure."""

from __future__ import annotations

from conductor import windows
from conductor.meters import Measure
from conductor.tui import plots
from conductor.tui.ansi import fit
from conductor.tui.figures import SPANS, heat
from conductor.tui.inks import Run, cells
from conductor.tui.wording import age, count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.samples import Tokens
    from conductor.state import Window
    from conductor.stints import Time
    from conductor.tui.figures import Account, Figures, Lane

Row = list[Run]
TWO = 130
"""The width from which accounts stand beside the plots, not under them."""

LABEL = 7
_NAMES = {
    Measure.TOKENS: "tokens", Measure.INPUT: "input tokens", Measure.CACHED: "cached tokens",
    Measure.OUTPUT: "output tokens", Measure.COST: "dollars",
}  # fmt: skip
_TIME = (
    ("busy", "at work", "█", "busy"), ("waiting", "waiting for you", "▓", "waiting"),
    ("limited", "limited", "▒", "limited"), ("idle", "idle", "░", "idle"),
)  # fmt: skip


def columns(figures: Figures, width: int, height: int) -> list[tuple[int, list[Row]]]:
    """Return the columns of the board: how wide each is, and its lines."""
    if width < TWO:
        plot = max(4, min(10, height // 4))
        rows = [*_head(figures, width, height), *_plots(figures, width, plot, lanes=4, tall=1)]
        return [(width, [*rows, *_accounts(figures, width), *_times(figures, width)])]
    right = max(62, width * 2 // 5)
    left = width - right
    lanes = min(len(figures.lanes), 12, height // 4)
    tall = max(1, min(4, height // 3 // max(1, len(figures.lanes))))
    head = _head(figures, left, height)
    plot = max(5, height - len(head) - lanes * tall - 6)
    plot = min(plot, height // 2)
    return [
        (left, [*head, *_plots(figures, left, plot, lanes=lanes, tall=tall)]),
        (right, [[], *_accounts(figures, right - 2), *_times(figures, right - 2)]),
    ]


def _head(figures: Figures, width: int, height: int) -> list[Row]:
    """Say how much goes through, big."""
    paces = "   ".join(
        f"{span.name} {count(pace)}/min" for span, pace in zip(SPANS, figures.a_minute, strict=True)
    )
    said = _spent(figures.tokens, figures.unpriced)
    now = count(figures.speed)
    if height < 28:
        return [
            [(f" {now} tokens/s", "strong"), (" now   ", "dim"), (paces, "plain")],
            [(f" last {figures.span.name}: ", "dim"), *said],
        ]
    words: list[Row] = [
        [("  tokens a second, now", "dim")],
        [("  ", "plain"), (paces, "strong")],
        [(f"  last {figures.span.name}: ", "dim"), *said],
    ]
    return [
        [],
        *([(f" {row}", "title"), *rest] for row, rest in zip(plots.big(now), words, strict=True)),
        [],
    ]


def _spent(tokens: Tokens, unpriced: tuple[str, ...]) -> Row:
    runs: Row = [(f"{count(tokens.total)} tokens", "plain")]
    if tokens.cost_usd is not None:
        runs.append((f"  {_money(tokens.cost_usd)}", "plain"))
    if unpriced:
        more = f" and {len(unpriced) - 2} more" if len(unpriced) > 2 else ""
        runs.append((f"  unpriced: {', '.join(unpriced[:2])}{more}", "waiting"))
    return runs


def _money(cost: float) -> str:
    return f"${cost:,.2f}" if cost >= 0.005 or not cost else "<$0.01"


# Over time.


def _plots(figures: Figures, width: int, height: int, *, lanes: int, tall: int) -> list[Row]:
    """Draw all of it over time, then the largest parts, each on a line of its own."""
    name = _NAMES[figures.measure]
    inside = width - LABEL - 2
    values = plots.resample(figures.amounts, inside)
    peak = plots.nice(max(values, default=0.0))
    rows: list[Row] = [
        [(f" {name.capitalize()} a minute", "title"), (f", last {figures.span.name}", "dim")]
    ]
    for number, bar in enumerate(plots.bars(values, height, peak)):
        label = {0: _amount(figures, peak), height // 2: _amount(figures, peak / 2)}.get(number, "")
        if height < 6 and number:
            label = ""
        edge = "┤" if label else "│"
        rows.append([(f"{label:>{LABEL}}", "dim"), (edge, "frame"), (bar, "landing")])
    rows.append([(" " * LABEL, "plain"), ("└", "frame"), (_axis(figures, inside), "dim")])
    rows.append([(f" By {figures.split}", "title"), (_more(figures, lanes), "dim")])
    shown = figures.lanes[:lanes]
    _, room = _lane_room(width)
    most = max((max(plots.resample(one.amounts, room)) for one in shown), default=0.0)
    for lane in shown:
        rows += _lane(figures, lane, most or 1.0, width, tall)
    if not figures.lanes:
        rows.append([(f"   nothing in the last {figures.span.name}", "dim")])
    rows.append([])
    return rows


def _more(figures: Figures, lanes: int) -> str:
    more = len(figures.lanes) - lanes
    return f", the {lanes} largest of {len(figures.lanes)}" if more > 0 else ""


def _amount(figures: Figures, value: float) -> str:
    if figures.measure is not Measure.COST:
        return count(value) if value >= 1 or not value else f"{value:.1g}"
    return f"${value:.0f}" if value >= 10 else f"${value:.2g}"


def _axis(figures: Figures, width: int) -> str:
    """Say how long ago the columns were."""
    number, unit = figures.span.name.split()
    parts, word = (int(number), unit) if unit != "h" or number != "1" else (60, "min")
    line = [" "] * width
    for quarter in range(4):
        said = f"-{parts * (4 - quarter) / 4:g} {word}"
        at = quarter * width // 4
        line[at : at + len(said)] = said
    line[width - 3 :] = "now"
    return "".join(line)[:width]


def _lane(figures: Figures, lane: Lane, peak: float, width: int, tall: int) -> list[Row]:
    """Draw one part on the scale of all: its name says which it is, not its colour."""
    whole = sum(one.total for one in figures.lanes) or 1.0
    name, inside = _lane_room(width)
    said = f"{lane.total / whole:>5.0%} {_total(figures, lane.total):>7} "
    words = [fit(lane.title, name - 2)]
    if tall > 1 and lane.speed >= 1:
        words.append(f"{count(lane.speed)}/s now")
    bars = plots.bars(plots.resample(lane.amounts, inside), tall, peak)
    rows: list[Row] = []
    for number, bar in enumerate(bars):
        word = words[number] if number < len(words) else ""
        row: Row = [(f" {fit(word, name - 1)}", "dim" if number else "plain"), (bar, "landing")]
        rows.append(row if number < tall - 1 else [*row, (said, "dim")])
    return rows


def _lane_room(width: int) -> tuple[int, int]:
    """Return how many cells a lane's name has, and its bars."""
    name = min(28, width // 4)
    return name, max(4, width - name - 16)


def _total(figures: Figures, total: float) -> str:
    return _money(total) if figures.measure is Measure.COST else count(total)


# Accounts and their windows.


def _accounts(figures: Figures, width: int) -> list[Row]:
    rows: list[Row] = [[(" Subscriptions", "title"), (f", last {figures.span.name}", "dim")]]
    told = [(one, window) for one in figures.accounts for window in one.windows]
    names = max((cells(window.name) for _, window in told), default=0) + 4
    longest = max((cells(_outlook(one, window, figures.at)) for one, window in told), default=0)
    beside = min(24, width - names - 8 - longest)
    for one in figures.accounts:
        rows += _account(one, figures, width, names, beside)
    return rows


def _account(one: Account, figures: Figures, width: int, names: int, beside: int) -> list[Row]:
    """Draw an account's windows, all on one scale: with what is said beside them, or below."""
    said: Row = [(f" {one.name}", "strong")]
    if one.speed >= 1:
        said.append((f"  ● {count(one.speed)} tok/s", "busy"))
    if one.returns:
        said.append((f"  ◔ {one.returns}", "limited"))
    said += [("  ", "plain"), *_spent(one.tokens, one.unpriced)]
    rows = [said]
    for window in one.windows:
        means = _outlook(one, window, figures.at)
        if beside >= 10:
            rows.append([*_gauge(window, figures.at, names, beside), (means, "plain")])
        else:
            long = min(40, width - names - 8)
            rows += [
                _gauge(window, figures.at, names, long),
                [(" " * names, "plain"), (means, "dim")],
            ]
    if not one.windows:
        rows.append([("   tells no windows", "faint")])
    rows.append([])
    return rows


def _outlook(one: Account, window: Window, now: float) -> str:
    said = windows.outlook(window, now, one.windows)
    return said + (" (estimated)" if window.estimated else "")


def _gauge(window: Window, now: float, names: int, long: int) -> Row:
    coming = windows.project(window, now)
    heads = None if coming is None else 1.0 if coming.empty_at else 1.0 - coming.lapses
    solid, soon, rest = plots.gauge(window.used, max(4, long), heads=heads)
    ink, mark = heat(window.used)
    if windows.is_stale(window, now) and window.used < windows.FULL:
        ink, solid, mark = "faint", "▚" * len(solid), "?"
    about = "≈" if window.estimated else " "
    return [
        (f"   {window.name:<{names - 3}}", "dim"), (solid, ink), (soon, ink), (rest, "frame"),
        (f"{about}{window.used:>4.0%}{mark} ", ink),
    ]  # fmt: skip


# Agents' time.


def _times(figures: Figures, width: int) -> list[Row]:
    rows: list[Row] = [[(" Agents' time", "title"), (f", last {figures.span.name}", "dim")]]
    if not figures.time.total:
        return [*rows, [("   no agent of ours was there", "dim")]]
    runs: Row = [(" ", "plain")]
    for field, word, shape, ink in _TIME:
        runs += [(f"  {shape} ", ink), (f"{age(getattr(figures.time, field))} {word}", "plain")]
    rows += [runs] if sum(cells(text) for text, _ in runs) <= width else _stacked(runs)
    longest = max(one.time.total for one in figures.accounts)
    name = min(18, width // 4)
    for one in figures.accounts:
        if one.time.total:
            rows.append(_bar(one.name, one.time, longest, name, width))
    return rows


def _stacked(runs: Row) -> list[Row]:
    return [[(" ", "plain"), *runs[1:5]], [(" ", "plain"), *runs[5:]]]


def _bar(title: str, time: Time, longest: float, name: int, width: int) -> Row:
    said = f" {age(time.total)}"
    inside = max(4, width - name - len(said) - 4)
    ends, at, runs = 0.0, 0, [(f"   {title[: name - 1]:<{name}}", "dim")]
    for field, _, shape, ink in _TIME:
        ends += getattr(time, field)
        to = round(ends / longest * inside)
        runs.append((shape * (to - at), ink))
        at = to
    return [*runs, (said, "dim")]


def empty() -> list[Row]:
    """Say what to do where there is nothing to show."""
    return [
        [],
        [(" Nothing has been measured yet.", "strong")],
        [],
        [
            (
                " Here are the tokens that go through your subscriptions, and what is left of your",
                "plain",
            )
        ],
        [(" allowance. They come from the vendors' own records on this machine.", "plain")],
        [],
        [
            (" 1  ", "key"),
            ("conductor init", "strong"),
            ("   offers the subscriptions that it finds here", "plain"),
        ],
        [
            (" 2  ", "key"),
            ("conductor usage", "strong"),
            ("  reads what your agents did so far", "plain"),
        ],
        [
            (" 3  ", "key"),
            ("n", "strong"),
            ("                writes a task, and an agent begins", "plain"),
        ],
    ]
