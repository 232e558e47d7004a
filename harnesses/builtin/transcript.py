"""The transcript: who said what, what ran and what came of it, in plain lines."""

from __future__ import annotations

from collections.abc import Sequence

from harnesses.builtin.happenings import Happening, Note, Output, Over, Ran, Running, Spent, Words
from harnesses.builtin.models import Halt, HaltKind, Message, Prompt, Reply, Result
from harnesses.builtin.terminal import Look, Row, wrap

_PROMPT_ROWS = 30
_OUTPUT_ROWS = 16
_LIVE_ROWS = 4
_LONG = 20_000  # characters of a text that are laid out at all


class Transcript:
    """Turns what happens into rows; the words of a reply come piece by piece."""

    def __init__(self) -> None:
        self._line = ""  # the line of the reply that is still being said
        self._speaking = False
        self._output = ""  # the end of what the running command has printed

    def partial(self, width: int) -> list[Row]:
        """Show the line that is still being said, or what the running command prints."""
        if self._output:
            return wrap(self._output, width, "  ", Look.QUIET)[-_LIVE_ROWS:]
        return wrap(self._line, width, "  ")[-3:] if self._line else []

    def prompt(self, text: str, width: int) -> list[Row]:
        """Show what the person said."""
        return [Row("you", Look.PERSON), *_shortened(text, width, _PROMPT_ROWS), Row("")]

    def happening(self, what: Happening, width: int) -> list[Row]:
        """Show what happened."""
        if isinstance(what, Words):
            return self._words(what.text, width)
        self._output = what.tail.rstrip("\n") if isinstance(what, Output) else ""
        rows = self._rest(width)
        match what:
            case Note(text):
                rows += wrap(text, width, "  ", Look.WARNING)
            case Running(command):
                rows += wrap(f"$ {command}"[:_LONG], width, "", Look.COMMAND)
            case Output():
                pass  # shown below the page until the command has ended
            case Ran(result):
                rows += _result(result, width)
            case Spent(fresh, cached, output, cost):
                dollars = f" · ${cost:.4f}" if cost is not None else ""
                figures = f"{fresh:,} in · {cached:,} cached · {output:,} out{dollars}"
                rows.append(Row(f"  {figures}"[:width], Look.QUIET))
            case Over():
                rows += _over(what, width)
        return rows

    def _words(self, text: str, width: int) -> list[Row]:
        rows = [] if self._speaking else [Row("agent", Look.PERSON)]
        self._speaking = True
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            rows += wrap(line, width, "  ")
        if len(self._line) > 4 * width:  # a paragraph: let go of what is full
            *full, last = wrap(self._line, width, "  ")
            rows += full
            self._line = last.text[2:] + (" " if self._line.endswith(" ") else "")
        return rows

    def _rest(self, width: int) -> list[Row]:
        rows = wrap(self._line, width, "  ") if self._line else []
        if self._speaking:
            rows.append(Row(""))
        self._line, self._speaking = "", False
        return rows


def condensed(messages: Sequence[Message], width: int) -> list[Row]:
    """Show an old conversation shortly: a row or two for each thing said or run."""
    rows = [Row("earlier in this conversation", Look.QUIET)]
    for message in messages:
        match message:
            case Prompt(text):
                rows += _shortened(f"you: {text}", width, 2)
            case Reply(text, command):
                rows += _shortened(f"agent: {text}", width, 3) if text.strip() else []
                if command is not None:
                    rows += wrap(f"  $ {command}"[:_LONG], width, "", Look.QUIET)[:2]
            case Result(exit=code, note=note):
                rows.append(Row(f"    {note or f'exit {code}'}"[:width], Look.QUIET))
            case Halt(kind, text):
                rows += wrap(f"{kind}: {text}" if text else str(kind), width, "  ", Look.QUIET)
    return [*rows, Row("")]


def _shortened(text: str, width: int, most: int) -> list[Row]:
    rows = wrap(text[:_LONG], width, "  ")
    if len(rows) <= most and len(text) <= _LONG:
        return rows
    more = f"  … {len(text):,} characters in all"
    return [*rows[:most], Row(more[:width], Look.QUIET)]


def _result(result: Result, width: int) -> list[Row]:
    rows = wrap(result.output.rstrip("\n"), width, "  ", Look.QUIET) if result.output else []
    if len(rows) > _OUTPUT_ROWS:
        half = _OUTPUT_ROWS // 2
        gap = Row(f"  … {len(rows) - 2 * half} more lines"[:width], Look.QUIET)
        rows = [*rows[:half], gap, *rows[-half:]]
    end = result.note or f"exit {result.exit}"
    look = Look.GOOD if result.exit == 0 else Look.BAD
    return [*rows, Row(f"  {end} · {result.seconds:.1f} s"[:width], look), Row("")]


def _over(over: Over, width: int) -> list[Row]:
    match over.kind:
        case None:
            return [Row("")]
        case HaltKind.LIMIT:
            rows = wrap(f"limited: {over.text}", width, "  ", Look.WARNING)
        case HaltKind.INTERRUPT:
            rows = [Row("  interrupted", Look.WARNING)]
        case _:
            rows = wrap(f"stopped: {over.text}", width, "  ", Look.BAD)
    return [*rows, Row("")]
