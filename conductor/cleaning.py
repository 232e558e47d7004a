"""Cleans text that an agent, a repository or a log can influence, once, at the boundary.

What would steer a terminal or deceive a reader is shown as a visible sign, never passed on and
never silently dropped; newline and tab stay.
"""

from __future__ import annotations

import re

_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c|$)"  # OSC, DCS, SOS, PM, APC, up to their end
    r"|\x9b[0-?]*[ -/]*[@-~]|[\x9d\x90\x98\x9e\x9f].*?(?:\x07|\x1b\\|\x9c|$)"  # the same as C1
    r"|\x1b[ -/]*[0-~]",  # other escapes
    re.DOTALL,
)
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f"
    "\u2028-\u202e\u2060-\u2069\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
_KEYS = re.compile(
    r"(?<![A-Za-z0-9])(sk-(?:ant-|proj-)?|ghp_|gho_|github_pat_|glpat-|xox[abprs]-|AKIA|AIza|hf_|pypi-)"
    r"[A-Za-z0-9_\-]{12,}"
)


def clean(text: str, limit: int | None = None) -> str:
    """Return text that is safe to draw; with `limit`, no longer than that and marked if cut."""
    if limit is not None and len(text) > 4 * limit:
        text = text[: 4 * limit]
    if not text.isprintable():
        text = _SEQUENCES.sub("␛", text.replace("\r\n", "\n"))
        text = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…"
    return text


def clean_line(text: str, limit: int = 200) -> str:
    """Return text as one safe line: white space folded, ends stripped."""
    return clean(" ".join(text[: 8 * limit].split()), limit)


def mask(text: str) -> str:
    """Hide what looks like a key; its first characters stay, so that a person can tell which."""
    return _KEYS.sub(lambda found: found.group(0)[: len(found.group(1)) + 3] + "…", text)
