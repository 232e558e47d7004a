"""TOML tables that know where they stand, so that what is wrong is told with file, line and key."""

from __future__ import annotations

import os
import re
import stat
import tomllib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LARGEST = 1 << 20  # bytes of a settings file


class ConfigError(Exception):
    """A settings file is wrong; the text says where, and what was expected."""


def read(path: str) -> dict[str, Any]:
    """Read a TOML file; a missing one is empty."""
    try:
        # A pipe or a device, which a landed change could put there, would be read for ever.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            seen = os.fstat(file.fileno())
            if not stat.S_ISREG(seen.st_mode) or seen.st_size > LARGEST:
                raise ConfigError(f"{path} is not a file of at most {LARGEST >> 10} kB.")
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: it is not UTF-8 ({error}).") from error
    except (ValueError, RecursionError) as error:  # of figures and lists beyond all reason, too
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error


def _shown(value: object) -> str:
    try:
        return f"{value!r:.60}"
    except ValueError:  # Python writes no number of thousands of digits
        return "a number beyond all reason"


class Table:
    """A TOML table that knows where it stands, for saying so."""

    def __init__(self, path: str, content: dict[str, Any], place: str = "") -> None:
        self.path = path
        self.content = content
        self.place = place

    def wrong(self, key: str, expected: str) -> ConfigError:
        """Say what was expected of a key instead."""
        where = f"{self.place}.{key}" if self.place else key
        line = self._line(key)
        return ConfigError(f"{self.path}{f':{line}' if line else ''}: {where}: {expected}.")

    def _line(self, key: str) -> int:
        """Find the line a key stands on, as well as a search can tell."""
        last = self.place.split(".")[-1].split("[")[0]
        index = int(found[1]) if (found := re.search(r"\[(\d+)\]$", self.place)) else 0
        try:
            with open(self.path, encoding="utf-8", errors="replace") as file:
                lines = file.read().splitlines()
        except OSError:
            return 0
        header = re.compile(rf"\s*\[+\s*(?:\S+\.)?{re.escape(last)}\s*\]+") if last else None
        start = 0
        if header:
            starts = [n for n, text in enumerate(lines) if header.match(text)]
            start = starts[min(index, len(starts) - 1)] if starts else 0
        wanted = re.compile(rf"\s*(?:\[+\s*(?:\S+\.)?)?[\"']?{re.escape(key)}[\"']?\s*[=\].]")
        for number, text in enumerate(lines[start:], start + 1):
            if wanted.match(text):
                return number
        return start + 1

    def _get(self, key: str, kind: type, expected: str) -> Any:
        content = self.content.get(key)
        if content is None or (isinstance(content, kind) and not (content is True and kind is int)):
            return content
        raise self.wrong(key, f"{expected} was expected, not {_shown(content)}")

    def text(self, key: str) -> str | None:
        """Return a text, or None where it is left out."""
        found: str | None = self._get(key, str, "a text in quotes")
        return found

    def need(self, key: str) -> str:
        """Return a text that must be there."""
        if not (found := self.text(key)):
            raise self.wrong(key, "it is needed, as a text in quotes")
        return found

    def count(self, key: str, default: int, *, least: int = 1) -> int:
        """Return a whole number, or the default."""
        found = self._get(key, int, "a whole number")
        if found is not None and found < least:
            raise self.wrong(key, f"a number from {least} up was expected, not {found}")
        return default if found is None else int(found)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        found = self._get(key, list, "a list of texts") or []
        if not all(isinstance(one, str) for one in found):
            raise self.wrong(key, f"a list of texts was expected, not {_shown(found)}")
        return tuple(found)

    def amount(self, key: str) -> float | None:
        """Return a number above nothing, or None where it is left out."""
        found = self.content.get(key)
        if found is None:
            return None
        number = isinstance(found, int | float) and not isinstance(found, bool)
        if not number or not 0 < found < float("inf"):
            raise self.wrong(key, f"a number above 0 was expected, not {_shown(found)}")
        return float(found)

    def flag(self, key: str) -> bool:
        """Return whether something is set."""
        return bool(self._get(key, bool, "true or false"))

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        """Return one of the words allowed, or the default."""
        found = self.text(key)
        if found is not None and found not in allowed:
            raise self.wrong(key, f"one of {', '.join(allowed)} was expected, not {_shown(found)}")
        return found or default

    def table(self, key: str) -> Table:
        """Return a table in this one; an empty one where it is left out."""
        found = self._get(key, dict, "a table")
        return Table(self.path, found or {}, f"{self.place}.{key}" if self.place else key)

    def tables(self, key: str) -> list[Table]:
        """Return a list of tables."""
        found = self._get(key, list, f"a list of tables ([[{key}]])") or []
        if not all(isinstance(one, dict) for one in found):
            raise self.wrong(key, f"a list of tables ([[{key}]]) was expected")
        return [Table(self.path, one, f"{key}[{index}]") for index, one in enumerate(found)]

    def nothing_else(self, *known: str) -> None:
        """Refuse a key that means nothing here."""
        for key in self.content:
            if key not in known:
                raise self.wrong(key, f"it is not known here; known are {', '.join(known)}")
