"""Colours as the style sheets give them, in the terminal's own words."""

from __future__ import annotations

from rich.color import ColorSystem
from rich.style import Style
from textual.color import TRANSPARENT

from conductor.cleaning import clean
from conductor.tui import glyphs
from conductor.tui.ansi import RESET, RawStrip, fit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

Run = tuple[str, str]
"""Some text and the class it is drawn in."""

FAINT = frozenset({"frame", "faint", "over", "held"})
"""Classes that step back; the terminal's own 16 colours have no shades for that, but dimness."""


RULED, CHOSEN = {"head"}, {"cursor", "on", "picked", "found", "word-added", "word-removed"}
SHADES = {"gap", "void", "ground-added", "ground-removed"}
"""Grounds of which 16 colours have no shade: a line or reversed text stand for them, or nothing."""


class Inks:
    """The component classes of one widget, each as the sequence that begins it."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._known: dict[str, str] = {}
        self._instead = glyphs.table()
        self.console = widget.app.console
        self.system = widget.app.console._color_system or ColorSystem.TRUECOLOR

    def begin(self, name: str) -> str:
        """Return what begins a class; several classes are laid over each other."""
        found = self._known.get(name)
        if found is None:
            style = self._style(name)
            found = style.render("\0", color_system=self.system).partition("\0")[0]
            self._known[name] = found
        return found

    def _style(self, name: str) -> Style:
        """Return a class's style; of a second class, only its ground is taken."""
        names = name.split()
        first, *others = [self._of_class(one) for one in names]
        ground = (others or [first])[-1].bgcolor
        if ground is not None and ground.is_system_defined and names[-1] not in {"plain", "bar"}:
            return self._few(first, others, names[-1])
        for other in others:
            first += Style(bgcolor=other.bgcolor)
        return first

    def _few(self, first: Style, others: list[Style], name: str) -> Style:
        """Make up for what the terminal's own colours lack."""
        if name in CHOSEN:
            ink = first.color if name.startswith("word") else None
            return Style(color=ink, reverse=True, bold=first.bold)
        if name in SHADES:
            return first if others else first + Style.from_color(first.color, None)
        for other in others:
            first += Style(bgcolor=other.bgcolor)
        return first + Style(underline=True) if name in RULED else first

    def _of_class(self, name: str) -> Style:
        """Read how a class looks straight from the style sheets.

        Textual's component classes say the same, but style a node for each of them at every
        change of the screen, which is a fifth of the time to the first frame.
        """
        _, ground = self._widget.background_colors
        colour = self._widget.styles.color
        text = Style.null()
        for rules in self._widget.app.stylesheet.rules_map.get(f".{name}", ()):
            found = rules.styles.get_rules()
            colour = found.get("color", colour)
            ground += found.get("background", TRANSPARENT)
            text += Style.parse(str(found.get("text_style", "none")))
        if name in FAINT and colour.ansi is not None:
            text += Style(dim=True)
        return text + Style.from_color((ground + colour).rich_color, ground.rich_color)

    def paint(self, text: str, name: str) -> str:
        """Return text drawn in a class."""
        if self._instead is not None:
            text = text.translate(self._instead)
        return f"{self.begin(name)}{text}{RESET}" if text else ""

    def line(self, runs: Iterable[Run], width: int, ground: str = "plain") -> RawStrip:
        """Draw runs of text as one line of exactly this width."""
        return RawStrip(self.row(runs, width, ground), width)

    def row(self, runs: Iterable[Run], width: int, ground: str = "plain") -> str:
        """Draw runs of text as terminal text of exactly this width."""
        out, left = [], width
        for said, name in runs:
            if left <= 0:
                break
            text = plain(said)
            length = cells(text)
            out.append(self.paint(text if length <= left else fit(text, left), name))
            left -= min(length, left)
        if left > 0:
            out.append(self.paint(" " * left, ground))
        return "".join(out)


def cells(text: str) -> int:
    """Return the width of text."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def plain(text: str) -> str:
    """Return text that is harmless to draw, wherever it came from."""
    return text if text.isprintable() else clean(text).replace("\n", " ").replace("\t", " ")


def spread(left: list[Run], right: list[Run], width: int, gap: str = "plain") -> list[Run]:
    """Set some runs to the left edge and some to the right; the left ones give way.

    What had to give way ends a column before what stands on the right.
    """
    left, right = ([(plain(text), name) for text, name in runs] for runs in (left, right))
    room = width - sum(cells(text) for text, _ in right)
    if right and right[0][0][:1].strip() and sum(cells(text) for text, _ in left) > room:
        room -= 1
    kept: list[Run] = []
    for text, name in left:
        length = min(cells(text), max(0, room))
        kept.append((text if cells(text) <= room else fit(text, length), name))
        room -= length
    blank = width - sum(cells(text) for text, _ in [*kept, *right])
    return [*kept, (" " * blank, gap), *right]
