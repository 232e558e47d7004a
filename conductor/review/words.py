"""What changed within lines: which removed line an added one replaces, and which words differ."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache, lru_cache

LIKE = 0.5
"""The share of words that two lines have in common from which one counts as the other, changed."""
TRIED = 24
"""Lines of a block up to which each is compared with each."""
LONGEST = 1000
"""Characters of a line up to which its words are compared."""


@cache
def _words() -> re.Pattern[str]:
    return re.compile(r"\w+|\s+|[^\w\s]")


def paired(lines: list[bytes], left: list[int], right: list[int]) -> list[tuple[int, int]]:
    """Set removed and added lines side by side; -1 stands for nothing."""
    if len(left) == len(right) or not left or not right or len(left) + len(right) > 2 * TRIED:
        longest = max(len(left), len(right))
        return list(
            zip(
                left + [-1] * (longest - len(left)),
                right + [-1] * (longest - len(right)),
                strict=True,
            )
        )
    rows: list[tuple[int, int]] = []
    begin = 0
    for at in left:
        found = next(
            (n for n in range(begin, len(right)) if _alike(lines[at][1:], lines[right[n]][1:])),
            None,
        )
        if found is None:
            rows.append((at, -1))
        else:
            rows += [(-1, right[n]) for n in range(begin, found)]
            rows.append((at, right[found]))
            begin = found + 1
    rows += [(-1, at) for at in right[begin:]]
    return _closed(rows)


def _closed(rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Let removed lines without a like and added ones after them share rows."""
    out: list[tuple[int, int]] = []
    lonely: list[int] = []
    for left, right in rows:
        if right < 0:
            lonely.append(left)
        elif left < 0 and lonely:
            out.append((lonely.pop(0), right))
        else:
            out += [(at, -1) for at in lonely]
            lonely = []
            out.append((left, right))
    return out + [(at, -1) for at in lonely]


def _alike(one: bytes, other: bytes) -> bool:
    """Say quickly whether two lines share most of their words."""
    mine, yours = set(one[:LONGEST].split()), set(other[:LONGEST].split())
    if not mine or not yours:
        return False
    return len(mine & yours) >= LIKE * max(len(mine), len(yours))


Marks = tuple[tuple[int, int], ...]
"""Where marked characters begin and end."""


@lru_cache(4096)
def changed(old: str, new: str) -> tuple[Marks, Marks]:
    """Find the words that differ between two lines; nothing where nearly all of them do."""
    if max(len(old), len(new)) > LONGEST:
        return (), ()
    mine, yours = _words().findall(old), _words().findall(new)
    head = 0
    most = min(len(mine), len(yours))
    while head < most and mine[head] == yours[head]:
        head += 1
    tail = 0
    while tail < most - head and mine[-1 - tail] == yours[-1 - tail]:
        tail += 1
    kept = sum(len(w) for w in mine[:head] + mine[len(mine) - tail :] if not w.isspace())
    middle, centre = mine[head : len(mine) - tail], yours[head : len(yours) - tail]
    if len(middle) + len(centre) <= 120:
        matcher = SequenceMatcher(None, middle, centre, autojunk=False)
        steps = [s for s in matcher.get_opcodes() if s[0] != "equal"]
        kept += sum(
            len(w)
            for block in matcher.get_matching_blocks()
            for w in middle[block.a : block.a + block.size]
            if not w.isspace()
        )
    else:
        steps = [("replace", 0, len(middle), 0, len(centre))]
    longest = max(len(old.strip()), len(new.strip()))
    if not longest or kept < 0.25 * longest:
        return (), ()
    return (
        _marks(mine, [(head + a, head + b) for _, a, b, _, _ in steps]),
        _marks(yours, [(head + c, head + d) for _, _, _, c, d in steps]),
    )


def _marks(words: list[str], spans: list[tuple[int, int]]) -> Marks:
    """Turn places of words into places of characters; what only a space parts is one mark."""
    begins = [0]
    for word in words:
        begins.append(begins[-1] + len(word))
    marks: list[tuple[int, int]] = []
    for first, last in spans:
        if first == last:
            continue
        start, end = begins[first], begins[last]
        if marks and start - marks[-1][1] <= 1:
            marks[-1] = (marks[-1][0], end)
        else:
            marks.append((start, end))
    return tuple(marks)
