"""What the person reads in the pane: words, tools, diffs, and what is asked."""

from __future__ import annotations

from collections.abc import Sequence

from harnesses.acp.told import Ask, Diff, Plans, Thought, Told, Tool
from harnesses.builtin.composer import Composer
from harnesses.builtin.happenings import Note, Words
from harnesses.builtin.terminal import Look, Row, wrap
from harnesses.builtin.transcript import Transcript

_OUTPUT_ROWS = 12
_DIFF_ROWS = 40
_ASK_ROWS = 30
_COMPOSER_ROWS = 8
_SIGNS = {"completed": "[x]", "in_progress": "[>]", "pending": "[ ]"}


class Page(Transcript):
    """Turns what an agent tells into rows."""

    def __init__(self) -> None:
        super().__init__()
        self._thinking = ""
        self._plan: Plans | None = None
        self._shown: set[str] = set()  # tools whose diffs stood in a question already
        self._begun: dict[str, Tool] = {}  # whose end has not been told
        self.doing = ""  # what runs now

    def told(self, what: Told, width: int) -> list[Row]:
        """Show one thing that was told."""
        if isinstance(what, Thought):
            self._thinking = (self._thinking + what.text)[-4000:]
            return []
        rows = self._thought(width)
        match what:
            case Words() | Note():
                rows += self.happening(what, width)
            case Tool():
                rows += self._tool(what, width)
            case Plans() if what != self._plan:
                self._plan = what
                listed = "\n".join(f"{_SIGNS.get(how, '[ ]')} {one}" for one, how in what.entries)
                rows += [*self._rest(width), *wrap(listed, width, "  ", Look.QUIET), Row("")]
            case Ask():
                self._shown.add(what.tool.id)
                rows += [*self._rest(width), *asked(what, width)]
        return rows

    def ended(self, word: str, width: int, look: Look = Look.WARNING) -> list[Row]:
        """Close a turn; a word says how it ended unless all is well."""
        self.doing = ""
        rows = [*self._thought(width), *self._rest(width)]
        for tool in self._begun.values():
            rows += wrap(_titled(tool), width, "", Look.COMMAND)
            rows += [Row("  how it ended was not told", Look.QUIET), Row("")]
        self._begun.clear()
        return [*rows, *wrap(word, width, "  ", look), Row("")] if word else rows

    def _thought(self, width: int) -> list[Row]:
        text, self._thinking = self._thinking.strip(), ""
        return [*wrap(text, width, "  ", Look.QUIET)[-6:], Row("")] if text else []

    def _tool(self, tool: Tool, width: int) -> list[Row]:
        if not tool.over:
            self._begun[tool.id] = tool
            self.doing = tool.title or tool.name
            return []
        self._begun.pop(tool.id, None)
        self.doing = ""
        well = tool.status == "completed"
        rows = self._rest(width)
        rows += wrap(_titled(tool), width, "", Look.COMMAND if well else Look.BAD)
        if tool.diffs and tool.id not in self._shown:
            rows += _diffs(tool.diffs, width, _DIFF_ROWS)
        elif tool.output and not tool.diffs:
            shown = wrap(tool.output.rstrip("\n"), width, "  ", Look.QUIET)
            rows += _shortened(shown, _OUTPUT_ROWS)
        self._shown.discard(tool.id)
        end = [] if well else [Row("  failed", Look.BAD)]
        return [*rows, *end, Row("")]


def asked(ask: Ask, width: int) -> list[Row]:
    """Show what an agent asks, and which keys answer."""
    head, *lines = ask.text.split("\n")
    rows = wrap(f"? {head}", width, "", Look.WARNING)
    body = _diffs(ask.tool.diffs, width, _ASK_ROWS) if ask.tool.diffs else []
    if not body:
        body = _shortened(wrap("\n".join(lines), width, "  "), _ASK_ROWS) if lines else []
    keys = [f"{number} {one.name}" for number, one in enumerate(ask.options, 1)]
    return [*rows, *body, *wrap(" · ".join(keys), width, "  ", Look.PERSON), Row("")]


def _titled(tool: Tool) -> str:
    command = tool.given.get("command")
    title = tool.title or tool.name or "a tool"
    return f"$ {command}" if isinstance(command, str) and tool.kind in ("execute", "") else title


def _diffs(diffs: Sequence[Diff], width: int, most: int) -> list[Row]:
    rows: list[Row] = []
    for diff in diffs:
        for line in diff.lines():
            look = {"+": Look.GOOD, "-": Look.BAD, "@": Look.QUIET}.get(line[:1], Look.PLAIN)
            rows += wrap(line, width, "  ", look)
    return _shortened(rows, most)


def _shortened(rows: list[Row], most: int) -> list[Row]:
    if len(rows) <= most:
        return rows
    half = most // 2
    return [*rows[:half], Row(f"  … {len(rows) - 2 * half} more lines", Look.QUIET), *rows[-half:]]


def being_written(composer: Composer, width: int) -> list[Row]:
    """Show the end of what the person is writing."""
    rows = wrap(composer.tail(2000), width, "  ")[-_COMPOSER_ROWS:]
    return [Row("> " + rows[0].text[2:]), *rows[1:]]
