"""Colours for code, by a table of a few patterns a language: enough to read by, at once.

A parser would know more and cost more: what is on the screen is coloured line by line, with only
as much memory as long strings and comments need.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

WORD, TEXT, NUMBER, REMARK, NAME = "syn-word", "syn-text", "syn-number", "syn-remark", "syn-name"

Token = tuple[int, int, str]
"""Where coloured characters begin and end, and in which class."""

LONGEST = 600
"""Characters of a line that are coloured."""


class Language(NamedTuple):
    """What a language calls its own."""

    words: frozenset[str]
    line: tuple[str, ...] = ()  # what begins a remark to the end of the line
    block: tuple[tuple[str, str], ...] = ()  # remarks over several lines
    long: tuple[str, ...] = ()  # quotes of texts over several lines
    quotes: str = "\"'"
    keys: bool = False  # whether `name:` and `name =` at a line's begin is a name
    case: bool = True


def _of(words: str) -> frozenset[str]:
    return frozenset(words.split())


_C = _of(
    "abstract as async auto await bool boolean break case catch char class const constexpr continue"
    " default defer delete do double dyn else enum export extends extern false final finally float"
    " fn for from func function go goto if impl implements import in inline instanceof int"
    " interface internal is let long loop match mod move mut namespace new nil null nullptr object"
    " of operator override package private protected pub public range readonly ref return select"
    " self sealed short signed sizeof static string struct super switch template this throw throws"
    " trait true try type typedef typeof undefined union unsafe unsigned use using val var virtual"
    " void volatile when where while with yield chan map interface fallthrough data fun guard some"
    " foreach echo require include protocol extension lazy suspend"
)
_PYTHON = _of(
    "False None True and as assert async await break case class continue def del elif else except"
    " finally for from global if import in is lambda match nonlocal not or pass raise return self"
    " try type while with yield cls"
)
_SHELL = _of(
    "if then else elif fi for while until do done case esac in function return local export set"
    " unset readonly shift exit trap source eval exec"
)
_RUBY = _of(
    "begin break case class def defined do else elsif end ensure false for if in module next nil"
    " not or redo rescue retry return self super then true undef unless until when while yield"
    " require attr_reader attr_accessor private public local function repeat"
)
_SQL = _of(
    "select from where and or not insert into values update set delete create table index drop"
    " alter add column primary key foreign references join left right inner outer on group by"
    " order having limit offset as distinct union all null is in exists between like case when"
    " then else end begin commit rollback transaction if view trigger constraint unique default"
    " check with returning cascade"
)
_BLOCK = (("/*", "*/"),)
_LANGUAGES: dict[str, Language] = {
    "python": Language(_PYTHON, ("#",), long=('"""', "'''")),
    "c": Language(_C, ("//",), _BLOCK, quotes="\"'"),
    "script": Language(_C, ("//",), _BLOCK, long=("`",)),
    "css": Language(_of("important media import supports keyframes"), (), _BLOCK, keys=True),
    "shell": Language(_SHELL, ("#",)),
    "data": Language(_of("true false null yes no on off"), ("#",), keys=True),
    "json": Language(_of("true false null"), quotes='"'),
    "ruby": Language(_RUBY, ("#", "--")),
    "sql": Language(_SQL, ("--",), _BLOCK, quotes="'", case=False),
    "markup": Language(frozenset(), (), (("<!--", "-->"),), quotes='"'),
}
_ENDINGS = {
    "python": "py pyi pyx bzl star",
    "c": "c h cc cpp cxx hpp hh m mm java kt kts scala swift go rs cs php dart zig proto groovy"
    " gradle v sv glsl",
    "script": "js jsx ts tsx mjs cjs mts cts vue svelte",
    "css": "css scss less tcss",
    "shell": "sh bash zsh fish ksh",
    "data": "yaml yml toml ini cfg conf properties env tf hcl nix",
    "json": "json jsonc json5 jsonl",
    "ruby": "rb rake lua ex exs",
    "sql": "sql",
    "markup": "html htm xml svg xhtml",
}
_NAMES = {"dockerfile": "shell", "makefile": "shell", "gemfile": "ruby", "rakefile": "ruby"}


@cache
def _table() -> dict[str, str]:
    return {end: name for name, ends in _ENDINGS.items() for end in ends.split()}


@cache
def language(path: str) -> Language | None:
    """Return the language of a file by its name; None leaves it plain."""
    name = path.rpartition("/")[2].lower()
    found = _table().get(name.rpartition(".")[2]) if "." in name else _NAMES.get(name)
    return _LANGUAGES[found] if found else None


@cache
def _pattern(tongue: Language) -> re.Pattern[str]:
    """Match what matters in a line; the group says what it is."""
    parts = []
    begins = [re.escape(quote) for quote in tongue.long] + [re.escape(b) for b, _ in tongue.block]
    if begins:
        parts.append(f"(?P<open>{'|'.join(begins)})")
    if tongue.line:
        parts.append(f"(?P<remark>(?:{'|'.join(re.escape(one) for one in tongue.line)}).*)")
    if tongue.keys:
        parts.append(r"(?P<key>(?:(?<=^)|(?<=\s)|(?<=[{,-]))[\w.$-]+(?=\s*[:=]))")
    quoted = [rf"{q}(?:[^{q}\\]|\\.)*(?:{q}|$)" for q in tongue.quotes]
    parts.append(f"(?P<text>{'|'.join(quoted)})")
    parts.append(r"(?P<number>(?<![\w.])(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE]\d+)?))")
    parts.append(r"(?P<called>[A-Za-z_]\w*(?=\())")
    parts.append(r"(?P<word>[A-Za-z_]\w*)")
    return re.compile("|".join(parts))


def tokens(line: str, tongue: Language, inside: str = "") -> tuple[list[Token], str]:
    """Colour a line; `inside` is the end that an open text or remark waits for, as is returned."""
    found: list[Token] = []
    at = 0
    end = min(len(line), LONGEST)
    ends = dict(tongue.block)
    if inside:
        stop = line.find(inside)
        ink = TEXT if inside in tongue.long else REMARK
        if stop < 0:
            return [(0, len(line), ink)], inside
        at = stop + len(inside)
        found.append((0, at, ink))
    pattern = _pattern(tongue)
    while match := pattern.search(line, at, end):
        kind, start, at = match.lastgroup, match.start(), match.end()
        word = match.group()
        if kind == "open":
            stop_at = ends.get(word, word)
            stop = line.find(stop_at, at)
            ink = TEXT if word in tongue.long else REMARK
            if stop < 0:
                found.append((start, len(line), ink))
                return found, stop_at
            at = stop + len(stop_at)
            found.append((start, at, ink))
        elif kind in ("word", "called"):
            known = word in tongue.words or (not tongue.case and word.lower() in tongue.words)
            if known:
                found.append((start, at, WORD))
            elif kind == "called":
                found.append((start, at, NAME))
        else:
            found.append((start, at, _INKS[kind or ""]))
    return found, ""


_INKS = {"remark": REMARK, "text": TEXT, "number": NUMBER, "key": NAME}
