"""Cleans text that an agent, a repository or a log can influence, once, at the boundary.

What would steer a terminal or deceive a reader is shown as a visible sign, never passed on and
never silently dropped; newline and tab stay. What looks like a key is cut to its beginning. The
patterns are made when the first text needs them.
"""

from __future__ import annotations

import re
from functools import cache


@cache
def _sequences() -> re.Pattern[str]:
    """Match what steers a terminal, up to where text begins that a reader must see.

    What an OSC or DCS carries is such text: hidden, it could be code that a reviewer never sees.
    """
    return re.compile(
        r"\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]"  # CSI, colours among them
        r"|\x1b[ -/]*[0-~]"  # other escapes, the beginnings of OSC and DCS among them
    )


@cache
def _controls() -> re.Pattern[str]:
    """Match what has no shape of its own, or turns the writing round."""
    return re.compile(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f"
        "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f"
        "\u2028-\u202e\u2060-\u2069\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
        "\ud800-\udfff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
        "\U000e0000-\U000e0fff]"
    )


_KEYS_BEGIN = (
    "sk-",
    "ghp_",
    "gho_",
    "github_pat_",
    "glpat-",
    "xox",
    "AKIA",
    "AIza",
    "hf_",
    "pypi-",
)


@cache
def _keys() -> re.Pattern[str]:
    """Match what looks like somebody's key: a vendor's beginning, then much with a digit in it."""
    return re.compile(
        r"(?<![A-Za-z0-9])"
        r"(sk-(?:ant-|proj-)?|ghp_|gho_|github_pat_|glpat-|xox[abprs]-|AKIA|AIza|hf_|pypi-)"
        r"(?=[A-Za-z_\-]*[0-9])[A-Za-z0-9_\-]{16,}"
    )


def clean(text: str, limit: int | None = None) -> str:
    """Return text that is safe to draw; with `limit`, no longer than that and marked if cut."""
    if limit is not None and len(text) > 4 * limit:
        text = text[: 4 * limit]
    if not text.isprintable():
        text = _sequences().sub("␛", text.replace("\r\n", "\n"))
        text = _controls().sub("\N{REPLACEMENT CHARACTER}", text)
    text = mask(text)
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…"
    return text


def clean_line(text: str, limit: int = 200) -> str:
    """Return text as one safe line: white space folded, ends stripped."""
    return clean(" ".join(text[: 8 * limit].split()), limit)


def mask(text: str) -> str:
    """Hide what looks like a key; its first characters stay, so that a person can tell which."""
    if not text or not any(beginning in text for beginning in _KEYS_BEGIN):
        return text
    return _keys().sub(lambda found: found.group(0)[: len(found.group(1)) + 3] + "…", text)
