"""What the meters show, read at once: how fast, how much, split, and where windows are heading."""

from __future__ import annotations

from conductor import meters, windows
from conductor.meters import OTHERS, Measure, Split
from conductor.samples import Tokens
from conductor.stints import Time
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.state import Window
    from conductor.tui.world import World

HOUR, DAY = 3600.0, 86400.0


class Span(Value):
    """A length of time that is looked back on."""

    name: str
    seconds: float
    step: float


SPANS = (
    Span("1 h", HOUR, 60.0), Span("24 h", DAY, 900.0), Span("30 d", 30 * DAY, DAY / 4),
)  # fmt: skip
SPLITS = (
    Split.SUBSCRIPTION, Split.SESSION, Split.TASK, Split.TEMPLATE, Split.MODEL, Split.REPO,
)  # fmt: skip
MEASURES = (Measure.TOKENS, Measure.INPUT, Measure.CACHED, Measure.OUTPUT, Measure.COST)
LANES = 12
"""The largest keys of a split that have a lane of their own."""


class Lane(Value):
    """One of what the amounts are split by."""

    key: str
    title: str
    amounts: tuple[float, ...]  # a minute
    total: float
    speed: float  # tokens a second, now


class Account(Value):
    """A subscription, with all that is known of its use."""

    name: str
    speed: float
    tokens: Tokens
    unpriced: tuple[str, ...]
    windows: tuple[Window, ...]
    returns: str  # when its allowance does, in words, if it is used up
    time: Time


class Figures(Value):
    """All that the meters show."""

    at: float
    span: Span
    split: Split
    measure: Measure
    speed: float
    a_minute: tuple[float, ...]  # tokens, over each of `SPANS`
    tokens: Tokens
    amounts: tuple[float, ...]  # a minute, of all
    lanes: tuple[Lane, ...]
    accounts: tuple[Account, ...]
    unpriced: tuple[str, ...]
    time: Time


def read(world: World, span: Span, split: Split, measure: Measure) -> Figures:
    """Read everything for one look."""
    journal, now = world.journal, world.now
    since = now - span.seconds
    over = meters.series(journal, since, now, span.step, by=split, top=LANES, of=measure)
    speeds = meters.now(journal, now, split) if split is not Split.SUBSCRIPTION else world.speeds
    minutes = over.a_minute()
    lanes = tuple(
        Lane(key, _title(world, split, key), amounts, sum(over.amounts[key]), speeds.get(key, 0.0))
        for key, amounts in minutes.items()
        if any(amounts)
    )
    used = [meters.totals(journal, now - one.seconds, Split.SUBSCRIPTION) for one in SPANS]
    sums = [_sum(each.values()) for each in used]
    here = SPANS.index(span)
    unpriced = meters.unpriced(journal, since) if sums[here].unpriced else {}
    time = world.stints.over(since, now)
    return Figures(
        now, span, split, measure, sum(world.speeds.values()),
        tuple(one.total * 60.0 / each.seconds for one, each in zip(sums, SPANS, strict=True)),
        sums[here], tuple(map(sum, zip(*minutes.values(), strict=True))), lanes,
        tuple(_accounts(world, used[here], unpriced, time)),
        tuple(sorted({model for some in unpriced.values() for model in some})),
        _all(time),
    )  # fmt: skip


def _sum(tokens: object) -> Tokens:
    total = Tokens()
    for one in tokens:  # type: ignore[attr-defined]
        total = meters.plus(total, one)
    return total


def _all(time: dict[str, Time]) -> Time:
    each = time.values()
    return Time(*(sum(getattr(one, what) for one in each) for what in Time._fields))


def _accounts(
    world: World, used: dict[str, Tokens], unpriced: dict[str, list[str]], time: dict[str, Time]
) -> list[Account]:
    """List the subscriptions: the person's own in their order, then others that used something."""
    names = dict.fromkeys(one.name for one in world.subscriptions)
    names.update(dict.fromkeys(sorted(one.subscription for one in world.state.windows.values())))
    names.update(dict.fromkeys(sorted(used, key=lambda name: -used[name].total)))
    return [
        Account(
            name, world.speeds.get(name, 0.0), used.get(name, Tokens()),
            tuple(unpriced.get(name, ())), tuple(windows.of_all(world.state, name)),
            windows.returns(world.state, name, world.now),
            time.get(name, Time()),
        )
        for name in names
    ]  # fmt: skip


_NOBODY = {
    Split.TASK: "agents of your own", Split.TEMPLATE: "no template", Split.REPO: "not told",
    Split.MODEL: "not told", Split.SUBSCRIPTION: "not told", Split.SESSION: "not told",
}  # fmt: skip


def _title(world: World, split: Split, key: str) -> str:
    """Say what a key stands for."""
    if not key or key == OTHERS:
        return key or _NOBODY.get(split, "")
    match split:
        case Split.REPO:
            return key.rstrip("/").rpartition("/")[2] or key
        case Split.SESSION | Split.TASK:
            session = world.state.sessions.get(key)
            task = world.state.tasks.get(session.task if session else key)
            return f"{key} {task.title}" if task else key
    return key


def tightest(world: World, now: float) -> dict[str, Window]:
    """Return the fullest window of each subscription that tells any."""
    found: dict[str, Window] = {}
    for window in world.state.windows.values():
        best = found.get(window.subscription)
        if not windows.is_over(window, now) and (best is None or window.used > best.used):
            found[window.subscription] = window
    return found


def heat(used: float) -> tuple[str, str]:
    """Return the class and the mark of how full a window is: never colour alone."""
    if used >= 0.95:
        return "failed", "‼"
    return ("waiting", "!") if used >= 0.8 else ("busy", " ")
