"""Another agent's remarks, read from its last words: untrusted text, cleaned before it is kept.

A remark is a line `FILE:LINE: remark` or `FILE:FIRST-LAST: remark`; lines set in below it belong to
it. What names no file of the change is no remark, and stays among the agent's words.
"""

from __future__ import annotations

import re

from conductor.cleaning import clean
from conductor.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

MOST = 100
LONGEST = 2000
MOST_WORDS = 4000

_REMARK = re.compile(
    r"\s{0,3}(?:[-*•]\s+|\d+[.)]\s+)?[`*\[]*"
    r"(?P<path>[^`*\n]+?)[`*]*:(?P<first>\d{1,7})(?:\s?[-\u2013]\s?(?P<last>\d{1,7}))?[`*\]]*"
    r"\s*[:\u2013\u2014-](?:[*`]+(?=\s))?\s*(?P<text>\S.*)"
)


class Remark(Value):
    """What another agent said about some lines."""

    path: str
    first: int
    last: int
    text: str


def remarks(words: str, paths: Collection[str]) -> tuple[list[Remark], str]:
    """Find the remarks in an agent's words; return them, and the words that are none."""
    found: list[Remark] = []
    rest: list[str] = []
    inside = False
    for line in clean(words[: 64 * LONGEST]).split("\n"):
        match = _REMARK.match(line)
        path = _known(match["path"].strip(), paths) if match else None
        if match and path and len(found) < MOST:
            first = max(1, int(match["first"]))
            last = max(first, int(match["last"] or first))
            found.append(Remark(path, first, last, match["text"].strip()[:LONGEST]))
            inside = True
        elif inside and line.startswith(("  ", "\t")) and line.strip():
            last_one = found[-1]
            found[-1] = last_one.but(text=f"{last_one.text}\n{line.strip()}"[:LONGEST])
        else:
            inside = False
            rest.append(line)
    return found, "\n".join(rest).strip()[:MOST_WORDS]


def _known(path: str, paths: Collection[str]) -> str | None:
    plain = path[2:] if path[:2] in ("a/", "b/") else path
    for name in (path, path.removeprefix("./"), plain, f"[{path}"):
        if name in paths:
            return name
    return None
